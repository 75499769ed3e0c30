//! The admin API to read, without a line from elsewhere: drawn from the same document that programs get.

mod example;
mod group;
mod index;
mod reading;

use axum::Router;
use axum::routing::get;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/api-docs", get(index::get))
        .route("/admin/api-docs/{group}", get(group::get))
}
