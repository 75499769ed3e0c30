//! The pushed authorization request endpoint (RFC 9126).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use hufu_core::flow::PushedUri;
use hufu_core::oidc::OAuthError;
use hufu_web::tenant::Hosted;

use super::Api;
use super::credentials::{proof, refused, sent, unkept};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    let pushed = push(&gateway, &api.0, &headers, body).await;
    unkept(pushed.map_or_else(
        |response| response,
        |pushed| (StatusCode::CREATED, Json(pushed)).into_response(),
    ))
}

async fn push(gateway: &Gateway, hosted: &Hosted, headers: &HeaderMap, body: Body) -> Result<PushedUri, Response> {
    let refused = |error: OAuthError| refused(&error, hosted);
    let asked = sent(gateway, headers, body, hosted).await?;
    let dpop = proof(headers).map_err(refused)?;
    let engine = &gateway.site.engine;
    engine
        .push_request(&hosted.tenant, asked.basic.as_ref(), dpop, &asked.form, &hosted.visit)
        .await
        .map_err(refused)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use crate::testing::{CLIENT, Host, SECRET, json};

    const PAR: &str = "/t/acme/oauth2/par";

    fn good() -> String {
        format!(
            "client_id={CLIENT}&client_secret={}&redirect_uri=https://app.example/cb&response_type=code&scope=openid",
            SECRET.replace(' ', "+")
        )
    }

    #[tokio::test]
    async fn a_request_is_pushed() {
        let host = Host::new();
        let response = host.form(PAR, good()).await;
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["content-type"], "application/json");
        let pushed = json(response).await;
        assert_eq!(pushed["expires_in"], 90);
        let uri = pushed["request_uri"].as_str().unwrap();
        assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:") && uri.len() > 70);
        let path = format!("/t/acme/oauth2/authorize?client_id={CLIENT}&request_uri={uri}");
        assert_eq!(host.get(&path).await.status(), 303);
        // Another browser: this one brought no cookie, so nobody knows it as the first.
        assert_eq!(host.get(&path).await.status(), 400);
        assert_eq!(host.send(Method::GET, PAR).await.status(), 405);
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_at_once() {
        let host = Host::new();
        for (body, status, error) in [
            (String::new(), 401, "invalid_client"),
            (good().replace("secret=the", "secret=no"), 401, "invalid_client"),
            (good().replace("app.example", "evil.example"), 400, "invalid_request"),
            (good().replace("=code", "=token"), 400, "unsupported_response_type"),
            (good().replace("=openid", "=email"), 400, "invalid_scope"),
            (format!("{}&scope=openid", good()), 400, "invalid_request"),
            (format!("{}&request_uri=urn:x", good()), 400, "invalid_request"),
            (format!("{}&request=x", good()), 400, "request_not_supported"),
            (format!("{}&prompt=none+login", good()), 400, "invalid_request"),
            (format!("{}&response_mode=fragment", good()), 400, "invalid_request"),
        ] {
            let response = host.form(PAR, body.clone()).await;
            assert_eq!(response.status(), status, "{body}");
            assert!(response.headers().get("location").is_none());
            assert_eq!(json(response).await["error"], error, "{body}");
        }
    }
}
