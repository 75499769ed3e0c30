//! A tenant's settings: name, language, branding, retention.

mod edit;

use axum::Router;
use axum::routing::get;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new().route("/admin/tenants/{code}/settings", get(edit::get).post(edit::post))
}
