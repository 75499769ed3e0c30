//! The pushed authorization request endpoint (RFC 9126).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hufu_core::flow::PushedUri;
use hufu_core::oidc::{OAuthError, OAuthErrorCode};
use hufu_web::body::read_form;
use hufu_web::error::{caused, json_error, numbered_oauth_error};
use hufu_web::tenant::Hosted;

use super::Api;
use super::credentials::{Credentials, credentials};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    let mut response = match push(&gateway, &api.0, &headers, body).await {
        Ok(pushed) => (StatusCode::CREATED, Json(pushed)).into_response(),
        Err(response) => response,
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn push(gateway: &Gateway, hosted: &Hosted, headers: &HeaderMap, body: Body) -> Result<PushedUri, Response> {
    let refused = |error: OAuthError| refused(&error, hosted);
    let basic = match credentials(headers).map_err(refused)? {
        Credentials::None => None,
        Credentials::Basic(basic) => Some(basic),
        Credentials::Bearer(_) | Credentials::Unreadable => {
            let error = OAuthError::new(OAuthErrorCode::InvalidClient, "client authentication failed");
            return Err(refused(error.with_debug("the Authorization header is no Basic one")));
        }
    };
    let form = read_form(headers, body).await.map_err(|error| {
        let code = OAuthErrorCode::InvalidRequest.as_str();
        let text = error.to_string();
        caused(json_error(error.status(), code, &text), code, &text)
    })?;
    gateway
        .site
        .engine
        .push_request(&hosted.tenant, basic.as_ref(), &form, &hosted.visit)
        .await
        .map_err(refused)
}

/// As the token endpoint has it (RFC 9126, section 2.3).
fn refused(error: &OAuthError, hosted: &Hosted) -> Response {
    let mut response = numbered_oauth_error(error, hosted.visit.browser.request_id);
    if error.code == OAuthErrorCode::InvalidClient
        && let Ok(challenge) = format!("Basic realm=\"{}\"", hosted.tenant.code).parse()
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
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
