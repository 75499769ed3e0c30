//! Operators, invitations and keys of the API.

mod form;
mod keys;
mod operators;
mod seat;
mod secret;
pub(super) mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/operators", get(operators::list::get))
        .route(
            "/admin/operators/invite",
            get(operators::invite::get).post(operators::invite::post),
        )
        .route(
            "/admin/operators/invitations/{id}/revoke",
            post(operators::invitation::revoke),
        )
        .route(
            "/admin/operators/{id}",
            get(operators::show::get).post(operators::edit::post),
        )
        .route("/admin/operators/{id}/edit", get(operators::edit::get))
        .route("/admin/operators/{id}/status", post(operators::status::post))
        .route("/admin/operators/{id}/recovery", post(operators::recovery::post))
        .route("/admin/operators/{id}/sessions/end", post(operators::sessions::end_all))
        .route(
            "/admin/operators/{id}/sessions/{session}/end",
            post(operators::sessions::end),
        )
        .route("/admin/api-keys", get(keys::list::get).post(keys::add::post))
        .route("/admin/api-keys/new", get(keys::add::get))
        .route(
            "/admin/api-keys/{id}/revoke",
            get(keys::revoke::get).post(keys::revoke::post),
        )
}
