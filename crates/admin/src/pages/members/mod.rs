//! Who has a seat in a tenant.

mod invite;
mod list;
mod revoke;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants/{code}/members", get(list::get))
        .route(
            "/admin/tenants/{code}/members/invite",
            get(invite::get).post(invite::post),
        )
        .route("/admin/tenants/{code}/members/links/{id}/revoke", post(revoke::post))
}
