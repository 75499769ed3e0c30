//! Operators, invitations and keys of the API.

use axum::Router;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
}
