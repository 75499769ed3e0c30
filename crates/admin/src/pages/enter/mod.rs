//! Getting in: sign-in, second factor, set-up, invitation, recovery.

use axum::Router;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
}
