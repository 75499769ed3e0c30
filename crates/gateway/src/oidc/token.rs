//! The token endpoint (RFC 6749, 3.2; OpenID Connect Core, 3.1.3).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use hufu_core::flow::TokenResponse;
use hufu_core::oidc::OAuthError;
use hufu_web::tenant::Hosted;

use super::Api;
use super::credentials::{proof, refused, sent, unkept};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    let answer = redeem(&gateway, &api.0, &headers, body).await;
    unkept(answer.map_or_else(|response| response, |tokens| Json(tokens).into_response()))
}

async fn redeem(
    gateway: &Gateway,
    hosted: &Hosted,
    headers: &HeaderMap,
    body: Body,
) -> Result<TokenResponse, Response> {
    let refused = |error: OAuthError| refused(&error, hosted);
    let asked = sent(gateway, headers, body, hosted).await?;
    let dpop = proof(headers).map_err(refused)?;
    let engine = &gateway.site.engine;
    engine
        .redeem(&hosted.tenant, asked.basic.as_ref(), dpop, &asked.form, &hosted.visit)
        .await
        .map_err(refused)
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
            "authorization, content-type, dpop"
        );
        assert_eq!(response.headers()["access-control-allow-methods"], "GET, POST");
        let response = Host::new().send(Method::OPTIONS, "/t/acme/oauth2/authorize").await;
        assert_eq!(response.status(), 405);
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }

    fn basic() -> String {
        format!("{CLIENT}:{SECRET}")
    }

    #[tokio::test]
    async fn one_way_of_proof_and_the_clients_own() {
        use hufu_core::model::{ClientAuthMethod, ClientProtocol};
        let host = Host::new();
        let assertion =
            "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=a.b.c";
        for two in [
            assertion.to_owned(),
            format!("client_secret={SECRET}"),
            "client_assertion=".to_owned(),
        ] {
            check(with_basic(&host, &basic(), &two).await, 400, "invalid_request").await;
        }
        let two = format!("client_id={CLIENT}&client_secret={SECRET}&{assertion}");
        check(host.form(TOKEN, two).await, 400, "invalid_request").await;
        for wrong in [
            assertion.to_owned(),
            format!("client_id={CLIENT}&{assertion}"),
            format!("client_id={CLIENT}&client_assertion=a.b.c"),
            format!("client_id={CLIENT}&client_assertion_type=saml2&client_assertion=x"),
        ] {
            check(host.form(TOKEN, wrong).await, 401, "invalid_client").await;
        }
        host.protocol(ClientProtocol {
            auth_method: ClientAuthMethod::PrivateKeyJwt,
            ..ClientProtocol::default()
        });
        let right = "grant_type=client_credentials";
        check(with_basic(&host, &basic(), right).await, 401, "invalid_client").await;
    }

    #[tokio::test]
    async fn a_client_speaks_for_itself_when_it_may() {
        use std::collections::BTreeSet;

        use hufu_core::model::{ClientProtocol, Right, Rights};
        let host = Host::new();
        let ask = async |more: &str| {
            let grant = format!("grant_type=client_credentials{more}");
            with_basic(&host, &basic(), &grant).await
        };
        check(ask("").await, 400, "unauthorized_client").await;
        host.protocol(ClientProtocol {
            client_credentials: true,
            ..ClientProtocol::default()
        });
        check(ask("").await, 400, "invalid_scope").await;
        host.grant_rights(Rights {
            granted: BTreeSet::from([Right::Token, Right::SignPages]),
            ..Rights::default()
        });
        for scope in ["openid", "wechat.profile", "wechat.token openid", "offline_access"] {
            check(
                ask(&format!("&scope={}", scope.replace(' ', "+"))).await,
                400,
                "invalid_scope",
            )
            .await;
        }
        for (scope, given) in [
            ("", "wechat.token wechat.jssdk"),
            ("&scope=wechat.jssdk", "wechat.jssdk"),
        ] {
            let answer = json(ask(scope).await).await;
            assert_eq!(
                (&answer["token_type"], &answer["scope"]),
                (&"Bearer".into(), &given.into())
            );
            assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
        }
        let event = host.events().pop().unwrap();
        assert_eq!(
            (event.action, event.detail["grant"].as_str()),
            (Action::Token, Some("client_credentials"))
        );
    }

    #[tokio::test]
    async fn proofs_are_demanded_and_never_doubled() {
        use hufu_core::model::ClientProtocol;
        let host = Host::new();
        let proved = async |headers: &[&str]| {
            let mut request = Request::post(TOKEN)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("authorization", format!("Basic {}", STANDARD.encode(basic())));
            for header in headers {
                request = request.header("dpop", *header);
            }
            host.call(request.body("grant_type=authorization_code&code=x".into()).unwrap())
                .await
        };
        check(proved(&["a.b.c"]).await, 400, "invalid_dpop_proof").await;
        check(proved(&[""]).await, 400, "invalid_dpop_proof").await;
        check(proved(&["a.b.c", "a.b.c"]).await, 400, "invalid_dpop_proof").await;
        check(proved(&[]).await, 400, "invalid_grant").await;
        host.protocol(ClientProtocol {
            dpop_bound_access_tokens: true,
            ..ClientProtocol::default()
        });
        check(proved(&[]).await, 400, "invalid_dpop_proof").await;
    }

    #[tokio::test]
    async fn refresh_tokens_turn() {
        let host = Host::new();
        host.scopes("openid profile offline_access");
        let refresh = async |token: &str, more: &str| {
            let grant = format!("grant_type=refresh_token&refresh_token={token}{more}");
            with_basic(&host, &basic(), &grant).await
        };
        let path = format!("/t/acme/login?client_id={CLIENT}&scope=profile+offline_access");
        let (state, cookie) = host.sent(&path).await;
        let response = host.back(&format!("code=good&state={state}"), &cookie).await;
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let code = location
            .split_once("code=")
            .unwrap()
            .1
            .split('&')
            .next()
            .unwrap()
            .to_owned();
        let first = json(redeem(&host, &code).await).await["refresh_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let second = json(refresh(&first, "").await).await;
        assert_eq!(second["scope"], "profile offline_access");
        let second = second["refresh_token"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        assert_eq!(
            json(refresh(&first, "").await).await["refresh_token"],
            second.as_str(),
            "the answer may have been lost"
        );
        assert_eq!(json(refresh(&second, "&scope=profile").await).await["scope"], "profile");
        for (token, more, error) in [
            ("", "", "invalid_request"),
            ("x", "", "invalid_grant"),
            ("a.b.c", "", "invalid_grant"),
            ("01J0000000000000000000000F.1.x", "", "invalid_grant"),
            (&format!("{second}x"), "", "invalid_grant"),
            (&format!("{second}.x"), "", "invalid_grant"),
            (&second, "&scope=openid+profile", "invalid_scope"),
            (&second, "&scope=email", "invalid_scope"),
        ] {
            check(refresh(token, more).await, 400, error).await;
        }
        check(refresh(&first, "").await, 400, "invalid_grant").await;
        check(refresh(&second, "").await, 400, "invalid_grant").await;
        let reused = host
            .events()
            .into_iter()
            .filter(|event| event.error.as_deref() == Some("refresh_reused"));
        assert_eq!(reused.count(), 1, "then there is no family any more");
    }
}
