//! One's own account.

mod codes;
mod password;
mod second_factor;
pub(super) mod sessions;
mod set_up;
mod show;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/account", get(show::get))
        .route("/admin/account/password", post(password::post))
        .route("/admin/account/second-factor", post(second_factor::post))
        .route("/admin/account/second-factor/set-up", post(set_up::post))
        .route("/admin/account/recovery-codes", post(codes::post))
        .route("/admin/account/sessions/end", post(sessions::end_others))
        .route("/admin/account/sessions/{id}/end", post(sessions::end))
}
