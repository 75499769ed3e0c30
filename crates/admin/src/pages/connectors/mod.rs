//! A tenant's connectors: the list, one of them, its secret, its test logins, and links by which owners enter secrets.
//!
//! | file | what |
//! |---|---|
//! | `schema` | a plug-in's form, drawn and read back; the wizard uses it too |
//! | `checks`, `trial` | results of checks and test logins, for all pages that show them |
//! | `list`, `show`, `status`, `check`, `secret`, `try_out` | pages and actions of a tenant's connectors |
//! | `tokens` | the account's server tokens and who uses them |
//! | `hand_over`, `revoke` | make a hand-over link, and take it back |
//! | `entered` | what whoever holds the link sees, without an account |

mod check;
pub(super) mod checks;
mod entered;
pub(super) mod hand_over;
mod list;
mod revoke;
pub(super) mod schema;
mod secret;
mod show;
mod status;
mod tokens;
pub(super) mod trial;
mod try_out;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants/{code}/connectors", get(list::get))
        .route("/admin/tenants/{code}/connectors/{id}", get(show::get).post(show::post))
        .route("/admin/tenants/{code}/connectors/{id}/status", post(status::post))
        .route("/admin/tenants/{code}/connectors/{id}/check", post(check::post))
        .route("/admin/tenants/{code}/connectors/{id}/secret", post(secret::post))
        .route("/admin/tenants/{code}/connectors/{id}/trial", post(try_out::post))
        .route("/admin/tenants/{code}/connectors/{id}/trial/{trial}", get(try_out::get))
        .route("/admin/tenants/{code}/connectors/{id}/tokens", get(tokens::show::get))
        .route(
            "/admin/tenants/{code}/connectors/{id}/tokens/replace",
            get(tokens::replace::get).post(tokens::replace::post),
        )
        .route("/admin/tenants/{code}/hand-over", post(hand_over::post))
        .route("/admin/tenants/{code}/hand-over/{link}/revoke", post(revoke::post))
        .route("/admin/hand-over/{token}", get(entered::get).post(entered::post))
}

/// The page of a connector.
pub(super) fn url(code: &hufu_core::model::TenantCode, id: hufu_core::ids::ConnectorId) -> String {
    format!("/admin/tenants/{code}/connectors/{id}")
}

/// An id out of a path; what is none belongs to nothing.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, crate::http::Refusal> {
    text.parse().map_err(|_| crate::http::Refusal::NotFound)
}

/// What a page can show beside its form; what it cannot becomes a page of its own.
pub(super) fn shown(
    error: hufu_core::manage::ManageError,
) -> Result<hufu_core::manage::ManageError, crate::http::Refusal> {
    use hufu_core::manage::ManageError;
    match error {
        ManageError::NotFound { .. } | ManageError::Conflict { .. } | ManageError::Store(_) => Err(error.into()),
        other => Ok(other),
    }
}
