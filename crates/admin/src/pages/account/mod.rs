//! One's own account: password, second factor, sessions, language and theme.

use axum::Router;

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
}
