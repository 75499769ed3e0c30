//! The token endpoint (RFC 6749, 3.2; OpenID Connect Core, 3.1.3).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use hufu_core::flow::TokenResponse;
use hufu_core::oidc::{OAuthError, OAuthErrorCode};
use hufu_web::body::read_form;
use hufu_web::error::{caused, json_error, numbered_oauth_error};
use hufu_web::tenant::Hosted;

use super::Api;
use super::credentials::{Credentials, credentials};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    let mut response = match redeem(&gateway, &api.0, &headers, body).await {
        Ok(tokens) => Json(tokens).into_response(),
        Err(response) => response,
    };
    // RFC 6749, 5.1 asks for both, on errors too.
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn redeem(
    gateway: &Gateway,
    hosted: &Hosted,
    headers: &HeaderMap,
    body: Body,
) -> Result<TokenResponse, Response> {
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
        .redeem(&hosted.tenant, basic.as_ref(), &form, &hosted.visit)
        .await
        .map_err(refused)
}

/// A client that could not prove itself is told how it may (RFC 6749, 5.2).
pub(super) fn refused(error: &OAuthError, hosted: &Hosted) -> Response {
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
    use axum::http::{Method, Request};
    use axum::response::Response;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use hufu_core::model::{Action, Outcome};

    use crate::testing::{CLIENT, CONNECTORS, Host, SECRET, json};

    const TOKEN: &str = "/t/acme/oauth2/token";

    async fn with_basic(host: &Host, pair: &str, body: &str) -> Response {
        let request = Request::post(TOKEN)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Basic {}", STANDARD.encode(pair)))
            .body(body.to_owned().into());
        host.call(request.unwrap()).await
    }

    async fn check(response: Response, status: u16, error: &str) {
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["pragma"], "no-cache");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        let challenge = response
            .headers()
            .get("www-authenticate")
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(challenge.as_deref(), (status == 401).then_some("Basic realm=\"acme\""));
        assert_eq!(json(response).await["error"], error);
    }

    #[tokio::test]
    async fn clients_prove_themselves() {
        let host = Host::new();
        check(host.form(TOKEN, String::new()).await, 401, "invalid_client").await;
        check(
            with_basic(&host, &format!("{CLIENT}:wrong"), "").await,
            401,
            "invalid_client",
        )
        .await;
        check(with_basic(&host, "no colon", "").await, 401, "invalid_client").await;
        let good = format!("{CLIENT}:{SECRET}");
        check(with_basic(&host, &good, "").await, 400, "invalid_request").await;
        let grant = "grant_type=authorization_code&code=x&redirect_uri=y";
        check(with_basic(&host, &good, grant).await, 400, "invalid_grant").await;
        let posted = format!("{grant}&client_id={CLIENT}&client_secret={SECRET}");
        check(host.form(TOKEN, posted).await, 400, "invalid_grant").await;
    }

    /// A code of a login without `openid`, since the host has no signing key.
    async fn code(host: &Host) -> String {
        let path = format!("/t/acme/login?client_id={CLIENT}&scope=profile");
        let (state, cookie) = host.sent(&path).await;
        let response = host.back(&format!("code=good&state={state}"), &cookie).await;
        let location = response.headers()["location"].to_str().unwrap();
        let (_, code) = location.split_once("code=").unwrap();
        code.split('&').next().unwrap().to_owned()
    }

    async fn redeem(host: &Host, code: &str) -> Response {
        let grant = format!("grant_type=authorization_code&code={code}&redirect_uri=https://app.example/cb");
        with_basic(host, &format!("{CLIENT}:{SECRET}"), &grant).await
    }

    #[tokio::test]
    async fn tokens_live_as_long_as_the_client_says() {
        let host = Host::new();
        let lives = async || json(redeem(&host, &code(&host).await).await).await["expires_in"].clone();
        assert_eq!(lives().await, 3600);
        host.token_seconds(300);
        assert_eq!(lives().await, 300);
    }

    #[tokio::test]
    async fn the_code_of_somebody_disabled_since_is_worth_nothing() {
        let host = Host::new();
        let code = code(&host).await;
        host.block_person();
        check(redeem(&host, &code).await, 400, "invalid_grant").await;
        let event = host.events().pop().unwrap();
        assert_eq!(event.error.as_deref(), Some("person_blocked"));
    }

    const MINI: &str = "urn:hufu:params:oauth:grant-type:wechat-mini-program";

    async fn bring(host: &Host, more: &str) -> Response {
        let grant = format!("grant_type={MINI}&scope=profile&{more}");
        with_basic(host, &format!("{CLIENT}:{SECRET}"), &grant).await
    }

    #[tokio::test]
    async fn an_app_brings_the_providers_code() {
        let host = Host::new();
        host.connectors(&["quiet", "app"]);
        let answer = bring(&host, "code=good&raw_data=x&signature=x").await;
        assert_eq!(answer.status(), 200);
        let answer = json(answer).await;
        assert_eq!(
            (&answer["token_type"], &answer["scope"]),
            (&"Bearer".into(), &"profile".into())
        );
        assert!(answer["access_token"].as_str().unwrap().len() > 30 && answer.get("id_token").is_none());
        let events = host.events();
        assert_eq!(events.len(), 2);
        assert_eq!(
            (events[0].action, events[0].outcome),
            (Action::Login, Outcome::Succeeded)
        );
        assert_eq!(
            (events[1].action, events[1].outcome),
            (Action::Token, Outcome::Succeeded)
        );
        assert_eq!(events[0].attempt_id, events[1].attempt_id);
        assert_eq!(events[0].connector_id.unwrap().to_string(), CONNECTORS[1]);
    }

    #[tokio::test]
    async fn what_the_provider_refuses_is_an_outcome() {
        for (more, error, logged) in [
            ("code=used", "invalid_grant", "upstream_code_used"),
            ("code=bad", "server_error", "connector_misconfigured"),
            ("code=good&raw_data=a&signature=b", "invalid_grant", "signature_invalid"),
        ] {
            let host = Host::new();
            host.connectors(&["app"]);
            let status = if error == "server_error" { 500 } else { 400 };
            check(bring(&host, more).await, status, error).await;
            let events = host.events();
            assert_eq!(events.len(), 1, "{more}");
            assert_eq!(
                (events[0].outcome, events[0].error.as_deref()),
                (Outcome::Failed, Some(logged))
            );
        }
        let host = Host::new();
        host.connectors(&["app"]);
        host.block_person();
        check(bring(&host, "code=good").await, 400, "access_denied").await;
        let events = host.events();
        assert_eq!((events.len(), events[0].error.as_deref()), (1, Some("person_blocked")));
    }

    #[tokio::test]
    async fn a_request_that_begins_no_login_is_in_the_log() {
        let long = format!("code=x&signature=s&raw_data={}", "a".repeat(9000));
        for (more, error) in [
            ("", "invalid_request"),
            ("code=x&raw_data=y", "invalid_request"),
            ("code=x&connection=y", "invalid_request"),
            ("code=x&connection=01J0000000000000000000000D", "unauthorized_client"),
            (&long, "invalid_request"),
        ] {
            let host = Host::new();
            host.connectors(&["quiet", "app"]);
            check(bring(&host, more).await, 400, error).await;
            let events = host.events();
            assert_eq!((events.len(), events[0].outcome), (1, Outcome::Rejected), "{more}");
        }
        let host = Host::new();
        host.connectors(&["app", "app"]);
        check(bring(&host, "code=x").await, 400, "invalid_request").await;
        assert_eq!(
            bring(&host, &format!("code=x&connection={}", CONNECTORS[1]))
                .await
                .status(),
            200
        );
        let response = bring(&host, "").await;
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(json(response).await["request_id"], id, "who helps asks for it");
    }

    #[tokio::test]
    async fn an_app_without_a_secret_needs_the_connectors_name_on_its_list() {
        let host = Host::new();
        host.connectors(&["app"]);
        let grant = format!("grant_type={MINI}&scope=profile&code=good&client_id={CLIENT}");
        host.public_client(&[]);
        check(host.form(TOKEN, grant.clone()).await, 400, "unauthorized_client").await;
        host.public_client(&[CONNECTORS[0]]);
        assert_eq!(host.form(TOKEN, grant).await.status(), 200);
    }

    #[tokio::test]
    async fn only_forms_only_post_only_once() {
        let host = Host::new();
        let request = Request::post(TOKEN)
            .header("content-type", "application/json")
            .body("{}".into());
        check(host.call(request.unwrap()).await, 400, "invalid_request").await;
        check(host.form(TOKEN, "a=%FF".to_owned()).await, 400, "invalid_request").await;
        let request = Request::post(TOKEN)
            .header("authorization", "Basic a")
            .header("authorization", "Basic b");
        check(
            host.call(request.body("".into()).unwrap()).await,
            400,
            "invalid_request",
        )
        .await;

        let response = host.get(TOKEN).await;
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()["allow"], "POST,OPTIONS");
        assert_eq!(json(response).await["error"], "method_not_allowed");
    }

    #[tokio::test]
    async fn an_outage_is_worth_another_try() {
        let host = Host::new();
        host.break_rows();
        let response = host.form(TOKEN, format!("client_id={CLIENT}")).await;
        assert_eq!(response.headers()["retry-after"], "5");
        check(response, 503, "temporarily_unavailable").await;
    }

    #[tokio::test]
    async fn apps_in_browsers_may_ask() {
        let response = Host::new().send(Method::OPTIONS, TOKEN).await;
        assert_eq!(response.status(), 204);
        assert_eq!(
            response.headers()["access-control-allow-headers"],
            "authorization, content-type"
        );
        assert_eq!(response.headers()["access-control-allow-methods"], "GET, POST");
        let response = Host::new().send(Method::OPTIONS, "/t/acme/oauth2/authorize").await;
        assert_eq!(response.status(), 405);
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
}
