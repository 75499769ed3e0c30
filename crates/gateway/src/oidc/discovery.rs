//! Discovery, at the place of OpenID Connect Discovery 1.0 and at that of RFC 8414.

use axum::extract::State;
use axum::response::Response;
use hufu_web::error::oauth_error;

use super::{Api, public};
use crate::Gateway;

pub(crate) async fn get(State(gateway): State<Gateway>, api: Api) -> Result<Response, Response> {
    let hosted = api.active()?;
    let document = gateway.site.engine.discovery(&hosted.tenant, &hosted.visit.urls).await;
    document.map(public).map_err(|error| oauth_error(&error))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Host, json};

    #[tokio::test]
    async fn both_places_serve_the_same_document_to_any_origin() {
        let host = Host::new();
        let one = host.get("/t/acme/.well-known/openid-configuration").await;
        assert_eq!(one.status(), 200);
        assert_eq!(one.headers()["content-type"], "application/json");
        assert_eq!(one.headers()["cache-control"], "public, max-age=300");
        assert_eq!(one.headers()["access-control-allow-origin"], "*");
        let one = json(one).await;
        assert_eq!(one["issuer"], "https://login.example.com/t/acme");
        assert_eq!(
            json(host.get("/.well-known/oauth-authorization-server/t/acme").await).await,
            one
        );
    }

    #[tokio::test]
    async fn unknown_and_disabled_tenants_have_none() {
        let host = Host::new();
        for code in ["nobody", "closed", "Acme", "..%2fx", "%ff"] {
            let response = host.get(&format!("/t/{code}/.well-known/openid-configuration")).await;
            assert_eq!(response.status(), 404, "{code}");
            assert_eq!(response.headers()["content-type"], "application/json");
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert_eq!(response.headers()["access-control-allow-origin"], "*");
            assert_eq!(json(response).await["error"], "tenant_unknown");
        }
    }

    #[tokio::test]
    async fn an_outage_is_said_in_json() {
        let host = Host::new();
        host.break_store();
        let response = host.get("/t/acme/.well-known/openid-configuration").await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"5".parse().unwrap())
        );
        assert_eq!(json(response).await["error"], "temporarily_unavailable");
    }
}
