//! People of a tenant.

mod erase;
mod list;
mod person;
mod same;
mod sessions;
mod status;

use axum::Router;
use axum::routing::{get, post};
use hufu_core::ids::SubjectId;

use crate::console::Console;
use crate::http::Refusal;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants/{code}/people", get(list::get))
        .route("/admin/tenants/{code}/same-people", get(same::get))
        .route("/admin/tenants/{code}/same-people/{pair}", post(same::post))
        .route("/admin/tenants/{code}/people/{sub}", get(person::get))
        .route("/admin/tenants/{code}/people/{sub}/status", post(status::post))
        .route(
            "/admin/tenants/{code}/people/{sub}/sessions/end",
            post(sessions::end_all),
        )
        .route(
            "/admin/tenants/{code}/people/{sub}/sessions/{session}/end",
            post(sessions::end),
        )
        .route(
            "/admin/tenants/{code}/people/{sub}/erase",
            get(erase::get).post(erase::post),
        )
}

fn subject(sub: &str) -> Result<SubjectId, Refusal> {
    sub.parse().map_err(|_| Refusal::NotFound)
}
