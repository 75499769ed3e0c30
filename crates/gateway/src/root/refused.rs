//! What is not there, what is not done that way, and what took too long: a page for people, JSON for the rest.

use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use hufu_core::flow::{Problem, ProblemCode};
use hufu_web::error::{caused, json_error, json_problem};

use crate::Gateway;
use crate::arrival::Scene;
use crate::pages::notice;
use crate::step;

/// Whether a person is in front of it. Programs send `*/*` or nothing.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let mut accept = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accept.any(|value| value.contains("text/html"))
}

pub(crate) async fn not_found(State(gateway): State<Gateway>, parts: Parts) -> Response {
    let description = "there is nothing here";
    refused(&gateway, &parts, StatusCode::NOT_FOUND, "not_found", description).await
}

pub(crate) async fn method_not_allowed(State(gateway): State<Gateway>, parts: Parts) -> Response {
    let description = "this address does not take that method";
    let status = StatusCode::METHOD_NOT_ALLOWED;
    refused(&gateway, &parts, status, "method_not_allowed", description).await
}

async fn refused(gateway: &Gateway, parts: &Parts, status: StatusCode, code: &str, description: &str) -> Response {
    if wants_page(&parts.headers) {
        let scene = Scene::astray(gateway, parts).await;
        let now = gateway.site.engine.now();
        return caused(notice::respond(status, &scene, code, now), code, "");
    }
    json_error(status, code, description)
}

/// The request was given up.
pub(crate) fn took_too_long(gateway: &Gateway, parts: &Parts) -> Response {
    let problem = Problem::new(ProblemCode::Unavailable).debug("the request took too long");
    if wants_page(&parts.headers) {
        return step::page(gateway, &Scene::of(gateway, parts), &problem);
    }
    json_problem(&problem)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use crate::testing::{Host, html, json, request};

    #[tokio::test]
    async fn people_get_a_page_and_programs_get_json() {
        let host = Host::new();
        for path in ["/nothing", "/t/acme/nothing", "/robots.txt", "/assets/x/y.css"] {
            let response = host.get(path).await;
            assert_eq!(response.status(), 404, "{path}");
        }
        assert_eq!(json(host.get("/nothing/here").await).await["error"], "not_found");
        let asked = request("/nothing/here")
            .header("accept", "text/html,*/*")
            .header("accept-language", "en");
        let response = host.call(asked.body("".into()).unwrap()).await;
        assert_eq!(response.status(), 404);
        assert!(html(response).await.contains("<html lang=\"en\">"));
        assert_eq!(host.send(Method::POST, "/nothing").await.status(), 404);
    }

    #[tokio::test]
    async fn every_failure_says_its_number() {
        let host = Host::new();
        let cases = [
            (Method::GET, "/nothing/here", 404),
            (Method::GET, "/t/nobody/oauth2/jwks", 404),
            (Method::DELETE, "/t/acme/oauth2/token", 405),
            (Method::GET, "/t/acme/oauth2/userinfo", 401),
            (Method::GET, "/t/acme/callback/x?code=a&state=b", 404),
        ];
        for (method, path, status) in cases {
            for accept in ["*/*", "text/html"] {
                let asked = request(path).method(method.clone()).header("accept", accept);
                let response = host.call(asked.body("".into()).unwrap()).await;
                assert_eq!(response.status(), status, "{path} {accept}");
                let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
                let text = html(response).await;
                assert!(text.contains(&id), "{status} of {path} as {accept}: {text}");
            }
        }
        host.break_store();
        let response = host.get("/t/fresh/oauth2/jwks").await;
        assert_eq!(response.status(), 503);
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(json(response).await["request_id"], id);
        // What nobody asks about says none: the greeting.
        assert!(!html(host.get("/").await).await.contains("request-id"));
    }

    #[tokio::test]
    async fn the_start_page_and_its_headers() {
        let response = Host::new().get("/").await;
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'self';"));
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("strict-transport-security"), "max-age=31536000");
        assert_eq!(header("x-request-id").len(), 26);
        let page = html(response).await;
        for href in page.split("/assets/").skip(1) {
            let path = format!("/assets/{}", href.split('"').next().unwrap());
            let response = Host::new().get(&path).await;
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(
                response.headers()["cache-control"],
                "public, max-age=31536000, immutable"
            );
        }
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onclick"));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_worked_on_for_ever() {
        let host = Host::new();
        host.stall_store();
        let response = host.get("/t/acme/oauth2/jwks").await;
        assert_eq!(response.status(), 503);
        assert_eq!(json(response).await["error"], "temporarily_unavailable");
    }
}
