//! Operators, invitations and keys of the API.

pub(super) mod words;

use axum::Router;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
}
