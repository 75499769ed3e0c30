//! A tenant's signing keys.

use axum::Router;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
}
