//! The tenant's public keys.

use axum::extract::State;
use axum::response::Response;
use hufu_web::error::oauth_error;

use super::{Api, public};
use crate::Gateway;

pub(crate) async fn get(State(gateway): State<Gateway>, api: Api) -> Result<Response, Response> {
    let hosted = api.active()?;
    gateway
        .site
        .engine
        .jwks(&hosted.tenant)
        .await
        .map(public)
        .map_err(|error| oauth_error(&error))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Host, json};

    #[tokio::test]
    async fn keys_are_public_and_kept_for_five_minutes() {
        let host = Host::new();
        let response = host.get("/t/acme/oauth2/jwks").await;
        assert_eq!(response.headers()["cache-control"], "public, max-age=300");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(json(response).await["keys"][0]["kid"], "k1");
        assert_eq!(host.get("/t/closed/oauth2/jwks").await.status(), 404);
    }
}
