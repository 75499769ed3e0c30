//! `GET` and `POST /t/{tenant}/webhook/{connector}`: the handshake, and pushes.
//!
//! Anybody can send anything here, so what is refused is told nothing: one answer for a tenant that is not, an account
//! that is not and a signature that is wrong. The log line of the request says which.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hufu_core::flow::{Problem, ProblemCode, PushFailure};
use hufu_core::ids::ConnectorId;
use hufu_core::oidc::Form;
use hufu_core::provider::PushAnswer;
use hufu_web::error::{RETRY_AFTER, caused};
use hufu_web::tenant::Hosted;
use tokio::time::timeout;

use crate::Gateway;

/// Bytes that are read at all. What a provider sends is far smaller, and its plug-in may read less.
const LIMIT: usize = 1024 * 1024;
/// For all that comes once the tenant is known. WeChat cuts the connection after five seconds.
const TIME: Duration = Duration::from_millis(4500);

/// Who is meant.
pub(crate) struct Addressed {
    hosted: Result<Hosted, Problem>,
    connector: Option<ConnectorId>,
}

impl FromRequestParts<Gateway> for Addressed {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Self::Rejection> {
        let path: Result<RawPathParams, RawPathParamsRejection> =
            RawPathParams::from_request_parts(parts, gateway).await;
        let connector = path.ok().and_then(|path| {
            let id = path.iter().find(|(name, _)| *name == "connector");
            id.and_then(|(_, id)| id.parse().ok())
        });
        let hosted = timeout(TIME, gateway.site.hosted(parts)).await;
        let slow = || Problem::new(ProblemCode::Unavailable).debug("the tenant was not found in time");
        Ok(Self {
            hosted: hosted.unwrap_or_else(|_| Err(slow())),
            connector,
        })
    }
}

pub(crate) async fn get(State(gateway): State<Gateway>, RawQuery(query): RawQuery, addressed: Addressed) -> Response {
    let asked = handshake(&gateway, addressed, query.as_deref());
    match timeout(TIME, asked).await {
        Ok(answer) => answer.unwrap_or_else(|refused| refused),
        Err(_) => too_slow(),
    }
}

async fn handshake(gateway: &Gateway, addressed: Addressed, query: Option<&str>) -> Result<Response, Response> {
    let (hosted, connector, query) = understood(addressed, query)?;
    let engine = &gateway.site.engine;
    let echo = engine
        .push_handshake(&hosted.tenant, connector, query.pairs())
        .await
        .map_err(|failure| failed(&failure))?;
    Ok(plain(StatusCode::OK, echo))
}

pub(crate) async fn post(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
    addressed: Addressed,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let received = receive(&gateway, addressed, query.as_deref(), &headers, body);
    match timeout(TIME, received).await {
        Ok(answer) => answer.unwrap_or_else(|refused| refused),
        Err(_) => too_slow(),
    }
}

async fn receive(
    gateway: &Gateway,
    addressed: Addressed,
    query: Option<&str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Response> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        let refused = plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no content encoding".to_owned());
        return Err(caused(refused, "push_encoded", ""));
    }
    let (hosted, connector, query) = understood(addressed, query)?;
    let body = to_bytes(body, LIMIT).await.map_err(|error| {
        let refused = plain(StatusCode::PAYLOAD_TOO_LARGE, "too large".to_owned());
        caused(refused, "push_too_large", &error.to_string())
    })?;
    let engine = &gateway.site.engine;
    let PushAnswer { content_type, body } = engine
        .receive_push(&hosted.tenant, connector, query.pairs(), &body, &hosted.visit)
        .await
        .map_err(|failure| failed(&failure))?;
    Ok(answer(StatusCode::OK, content_type, body))
}

type Understood = (Hosted, ConnectorId, Form);

fn understood(addressed: Addressed, query: Option<&str>) -> Result<Understood, Response> {
    let hosted = addressed.hosted.map_err(|problem| match problem.code {
        ProblemCode::Unavailable => unavailable(&problem.debug),
        _ => refused("push_unknown", "there is no such tenant"),
    })?;
    let connector = addressed
        .connector
        .ok_or_else(|| refused("push_unknown", "no connector can have this id"))?;
    let query =
        Form::parse(query.unwrap_or_default().as_bytes()).map_err(|error| refused("push_query", &error.to_string()))?;
    Ok((hosted, connector, query))
}

fn failed(failure: &PushFailure) -> Response {
    match failure {
        PushFailure::Store(error) => unavailable(&error.to_string()),
        // The sender measured it before it was sent.
        PushFailure::Refused(too_large) if too_large.code == "too_large" => {
            let answer = plain(StatusCode::PAYLOAD_TOO_LARGE, "too large".to_owned());
            caused(answer, "push_too_large", &too_large.debug)
        }
        other => refused(other.code(), &other.to_string()),
    }
}

fn refused(code: &str, debug: &str) -> Response {
    caused(plain(StatusCode::FORBIDDEN, "forbidden".to_owned()), code, debug)
}

fn too_slow() -> Response {
    unavailable("the database or the sender took too long")
}

/// The provider comes again: nothing was taken.
fn unavailable(debug: &str) -> Response {
    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, "try again later".to_owned());
    answer.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    caused(answer, "unavailable", debug)
}

fn plain(status: StatusCode, text: String) -> Response {
    answer(status, "text/plain", text)
}

fn answer(status: StatusCode, content_type: &str, text: String) -> Response {
    let mut answer = (status, text).into_response();
    if let Ok(content_type) = HeaderValue::from_str(&format!("{content_type}; charset=utf-8")) {
        answer.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    answer
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::testing::{CONNECTOR, Host, html, request};

    fn path(tenant: &str, connector: &str, signature: &str) -> String {
        format!("/t/{tenant}/webhook/{connector}?signature={signature}&echostr=4375120948345356249")
    }

    async fn push(host: &Host, path: &str, body: impl Into<Body>) -> Response {
        let asked = request(path).method(Method::POST).header("content-type", "text/xml");
        host.call(asked.body(body.into()).unwrap()).await
    }

    #[tokio::test]
    async fn the_handshake_is_echoed_and_nothing_else() {
        let host = Host::new();
        let response = host.get(&path("acme", CONNECTOR, "good")).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(html(response).await, "4375120948345356249");
        let response = host.send(Method::HEAD, &path("acme", CONNECTOR, "good")).await;
        assert_eq!(html(response).await, "");
    }

    #[tokio::test]
    async fn who_is_refused_learns_nothing() {
        let host = Host::new();
        let other = "01J00000000000000000000009";
        for path in [
            path("acme", CONNECTOR, "forged"),
            path("acme", other, "good"),
            path("acme", "nonsense", "good"),
            path("nobody", CONNECTOR, "good"),
            path("closed", CONNECTOR, "good"),
            format!("/t/acme/webhook/{CONNECTOR}"),
            format!("/t/acme/webhook/{CONNECTOR}?signature=%FF"),
        ] {
            for response in [host.get(&path).await, push(&host, &path, "<xml/>").await] {
                assert_eq!(response.status(), 403, "{path}");
                assert_eq!(html(response).await, "forbidden", "{path}");
            }
        }
        assert_eq!(host.saves(), 0);
        assert!(host.events().is_empty(), "a flood of forgeries fills no log");
    }

    #[tokio::test]
    async fn a_push_is_taken_once_and_answered_alike() {
        let host = Host::new();
        for _ in 0..2 {
            let response = push(&host, &path("acme", CONNECTOR, "good"), "hello").await;
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
            assert_eq!(html(response).await, "success");
        }
        // The mark by which the copy was known, and when the provider was last heard of.
        assert_eq!(host.saves(), 2);
    }

    #[tokio::test]
    async fn what_no_provider_sends() {
        let host = Host::new();
        let path = path("acme", CONNECTOR, "good");
        let asked = request(&path).method(Method::POST).header("content-encoding", "gzip");
        let response = host.call(asked.body("x".into()).unwrap()).await;
        assert_eq!(response.status(), 415);
        assert_eq!(push(&host, &path, vec![b'a'; LIMIT + 1]).await.status(), 413);
        assert_eq!(
            push(&host, &path, vec![b'a'; LIMIT]).await.status(),
            413,
            "the plug-in reads less"
        );
        assert_eq!(host.send(Method::PUT, &path).await.status(), 405);
        assert_eq!(host.saves(), 0);
    }

    #[tokio::test]
    async fn in_an_outage_the_provider_is_to_come_again() {
        let host = Host::new();
        host.break_rows();
        let response = push(&host, &path("acme", CONNECTOR, "good"), "hello").await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "5");
        assert!(!html(response).await.contains("disk"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_provider_is_not_kept_waiting() {
        let host = Host::new();
        host.stall_store();
        let began = tokio::time::Instant::now();
        assert_eq!(
            push(&host, &path("acme", CONNECTOR, "good"), "hello").await.status(),
            503
        );
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}
