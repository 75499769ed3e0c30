//! The list of tenants, and what is done with many at once.

mod import;
mod list;
mod rows;
mod suspend;

use axum::Router;
use axum::routing::get;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants", get(list::get))
        .route("/admin/tenants/import", get(import::get).post(import::post))
        // A code never is a hyphen: the page stands in no tenant's way.
        .route("/admin/tenants/-/suspend", get(suspend::get).post(suspend::post))
}
