//! A tenant's signing keys.

mod activate;
mod add;
mod delete;
mod list;
mod replace;

use axum::Router;
use axum::routing::{get, post};
use hufu_core::ids::KeyId;
use hufu_core::model::SigningKey;
use hufu_core::oidc::SigningAlgorithm;

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::Refusal;

/// Both, the one that every client knows first.
const ALGORITHMS: [SigningAlgorithm; 2] = [SigningAlgorithm::Rs256, SigningAlgorithm::Es256];

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
}

fn algorithm_of(text: &str) -> Result<SigningAlgorithm, Refusal> {
    let known = ALGORITHMS.into_iter().find(|algorithm| algorithm.as_str() == text);
    known.ok_or(Refusal::NotFound)
}

async fn key_of(tenant: &TenantAccess, id: &str) -> Result<SigningKey, Refusal> {
    let id: KeyId = id.parse().map_err(|_| Refusal::NotFound)?;
    let keys = tenant.keys().await?;
    keys.into_iter().find(|key| key.id == id).ok_or(Refusal::NotFound)
}
