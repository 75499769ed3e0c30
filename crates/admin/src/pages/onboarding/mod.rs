//! The wizard that connects an account, and the hand-over to its owner.

use axum::Router;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
}
