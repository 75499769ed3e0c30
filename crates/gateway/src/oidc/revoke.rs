//! The revocation endpoint (RFC 7009).

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::Api;
use super::credentials::{refused, sent, unkept};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    unkept(
        revoke(&gateway, api, &headers, body)
            .await
            .unwrap_or_else(|response| response),
    )
}

/// The answer has no body: the status says all (section 2.2).
async fn revoke(gateway: &Gateway, api: Api, headers: &HeaderMap, body: Body) -> Result<Response, Response> {
    let hosted = &api.0;
    let asked = sent(gateway, headers, body, hosted).await?;
    let engine = &gateway.site.engine;
    let revoked = engine.revoke(&hosted.tenant, asked.basic.as_ref(), &asked.form, &hosted.visit);
    revoked.await.map_err(|error| refused(&error, hosted))?;
    Ok(StatusCode::OK.into_response())
}

#[cfg(test)]
mod tests {
    use axum::response::Response;

    use crate::testing::{CLIENT, Host, INTROSPECT, REVOKE, asked, client_token, html, json};

    #[tokio::test]
    async fn what_is_revoked_is_worth_nothing() {
        let host = Host::new();
        let token = client_token(&host).await;
        let told = json(asked(&host, INTROSPECT, &format!("token={token}")).await).await;
        assert_eq!(told["active"], true);
        for hint in ["&token_type_hint=refresh_token", "&token_type_hint=nonsense", ""] {
            let response = asked(&host, REVOKE, &format!("token={token}{hint}")).await;
            check(response, 200, "").await;
        }
        let told = json(asked(&host, INTROSPECT, &format!("token={token}")).await).await;
        assert_eq!(told, serde_json::json!({"active": false}));
        let revoked = host
            .events()
            .into_iter()
            .filter(|event| event.detail.get("revoked").is_some());
        assert_eq!(revoked.count(), 1, "what was over already is no event");
    }

    #[tokio::test]
    async fn nothing_helps_guessing() {
        let host = Host::new();
        for token in ["x", "a.b.c", "01J0000000000000000000000F.1.x", "%00"] {
            check(asked(&host, REVOKE, &format!("token={token}")).await, 200, "").await;
        }
        check(asked(&host, REVOKE, "").await, 400, "invalid_request").await;
        check(asked(&host, REVOKE, "token=a&token=b").await, 400, "invalid_request").await;
        let named = |secret: &str| format!("token=x&client_id={CLIENT}&client_secret={secret}");
        check(host.form(REVOKE, named("wrong")).await, 401, "invalid_client").await;
        check(host.form(REVOKE, "token=x".to_owned()).await, 401, "invalid_client").await;
        assert_eq!(host.get(REVOKE).await.status(), 405);
        host.public_client(&[]);
        check(host.form(REVOKE, format!("token=x&client_id={CLIENT}")).await, 200, "").await;
        host.break_rows();
        check(
            host.form(REVOKE, format!("token=x&client_id={CLIENT}")).await,
            503,
            "temporarily_unavailable",
        )
        .await;
    }

    async fn check(response: Response, status: u16, error: &str) {
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(response.headers()["cache-control"], "no-store");
        if status == 200 {
            assert_eq!(html(response).await, "");
            return;
        }
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
        assert_eq!(json(response).await["error"], error);
    }
}
