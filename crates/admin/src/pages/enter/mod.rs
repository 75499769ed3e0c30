//! Getting in: sign-in, second factor, set-up, invitation, recovery.

mod back;
mod codes;
mod confirm;
mod enrol;
mod faults;
mod invitation;
mod login;
mod logout;
mod newcomer;
mod onward;
mod preferences;
mod recovery;
mod second_factor;
mod setup;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;
pub(super) use codes::codes_page;
pub(super) use faults::Faults;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/login", get(login::get).post(login::post))
        .route(
            "/admin/second-factor",
            get(second_factor::get).post(second_factor::post),
        )
        .route("/admin/enrol", get(enrol::get).post(enrol::post))
        .route("/admin/enrol/kept", get(codes::get))
        .route("/admin/confirm", get(confirm::get).post(confirm::post))
        .route("/admin/logout", post(logout::post))
        .route("/admin/preferences", get(preferences::get))
        .route("/admin/setup", get(setup::get).post(setup::post))
        .route("/admin/invitation/{token}", get(invitation::get).post(invitation::post))
        .route("/admin/recovery/{token}", get(recovery::get).post(recovery::post))
}
