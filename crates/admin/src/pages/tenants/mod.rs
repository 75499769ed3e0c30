//! The list of tenants.

mod list;

use axum::Router;
use axum::routing::get;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new().route("/admin/tenants", get(list::get))
}
