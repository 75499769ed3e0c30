//! A tenant's signing keys.

mod activate;
mod add;
mod delete;
mod list;
mod replace;
mod rotate;

use axum::Router;
use axum::routing::{get, post};
use hufu_core::ids::KeyId;
use hufu_core::model::SigningKey;
use hufu_core::oidc::SigningAlgorithm;

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::Refusal;

/// For so long clients keep the public keys: the `max-age` of the JWKS. A key that is younger may be unknown to them.
const KNOWN_AFTER_MILLIS: u32 = 300_000;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants/{code}/keys", get(list::get).post(add::post))
        .route("/admin/tenants/{code}/keys/{id}/activate", post(activate::post))
        .route(
            "/admin/tenants/{code}/keys/{id}/delete",
            get(delete::get).post(delete::post),
        )
        .route(
            "/admin/tenants/{code}/keys/{id}/replace",
            get(replace::get).post(replace::post),
        )
        .route(
            "/admin/tenants/{code}/keys/{id}/rotate",
            get(rotate::get).post(rotate::post),
        )
}

fn algorithm_of(text: &str) -> Result<SigningAlgorithm, Refusal> {
    let known = SigningAlgorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.as_str() == text);
    known.ok_or(Refusal::NotFound)
}

async fn key_of(tenant: &TenantAccess, id: &str) -> Result<SigningKey, Refusal> {
    let id: KeyId = id.parse().map_err(|_| Refusal::NotFound)?;
    let keys = tenant.keys().await?;
    keys.into_iter().find(|key| key.id == id).ok_or(Refusal::NotFound)
}
