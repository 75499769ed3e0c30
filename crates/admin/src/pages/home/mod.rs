//! Home: how logins go, what is red, what changed.

pub(super) mod errors;
pub(super) mod figures;
mod overview;
mod recent;

use axum::Router;
use axum::routing::get;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new().route("/admin", get(overview::get))
}
