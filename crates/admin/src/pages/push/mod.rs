//! Pushes of one account: how they are set up, answered and forwarded.
//!
//! | file | what |
//! |---|---|
//! | `show` | the page, and the form with the answers |
//! | `rules` | the answers as a form |
//! | `mode`, `secrets` | the provider's push settings |
//! | `targets` | receivers |
//! | `replay` | sends dead deliveries again |
//! | `made` | the page that shows a secret once |

mod made;
mod mode;
mod replay;
mod rules;
mod secrets;
mod show;
mod targets;

use axum::Router;
use axum::routing::{get, post};
use hufu_core::ids::ConnectorId;
use hufu_core::model::TenantCode;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route(
            "/admin/tenants/{code}/connectors/{id}/push",
            get(show::get).post(show::post),
        )
        .route("/admin/tenants/{code}/connectors/{id}/push/mode", post(mode::post))
        .route(
            "/admin/tenants/{code}/connectors/{id}/push/secrets",
            post(secrets::post),
        )
        .route("/admin/tenants/{code}/connectors/{id}/push/targets", post(targets::add))
        .route(
            "/admin/tenants/{code}/connectors/{id}/push/targets/{target}",
            post(targets::post),
        )
        .route(
            "/admin/tenants/{code}/connectors/{id}/push/targets/{target}/secret",
            post(targets::rotate),
        )
        .route(
            "/admin/tenants/{code}/connectors/{id}/push/targets/{target}/remove",
            post(targets::remove),
        )
        .route("/admin/tenants/{code}/connectors/{id}/push/replay", post(replay::post))
}

fn url(code: &TenantCode, id: ConnectorId) -> String {
    format!("{}/push", super::connectors::url(code, id))
}
