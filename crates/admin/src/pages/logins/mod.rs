//! Login history, changes by operators, live tail and export.

use axum::Router;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
}
