//! A tenant's settings: name, language, branding, retention, host.

mod edit;
mod host;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants/{code}/settings", get(edit::get).post(edit::post))
        .route("/admin/tenants/{code}/settings/host", post(host::post))
        .route("/admin/tenants/{code}/settings/host/check", post(host::check))
}
