//! Agencies and the system.

mod agencies;
mod agency;
mod system;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/agencies", get(agencies::get).post(agencies::post))
        .route("/admin/agencies/{id}", get(agency::get).post(agency::post))
        .route("/admin/agencies/{id}/status", post(agency::switch))
        .route("/admin/system", get(system::get))
}
