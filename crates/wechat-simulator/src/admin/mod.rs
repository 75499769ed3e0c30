//! `/_sim/…` and the control page: the strings of [`Control`], for people and for other programs.

mod api;
mod forms;
mod home;
mod lint;
mod merge;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};

use crate::control::Control;
use crate::simulator::Inner;

impl FromRef<Arc<Inner>> for Control {
    fn from_ref(inner: &Arc<Inner>) -> Self {
        Self::new(Arc::clone(inner))
    }
}

pub(crate) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/", get(home::get))
        .route("/_sim/accounts", get(api::accounts).post(api::put_account))
        .route("/_sim/users", get(api::users).post(api::put_user))
        .route(
            "/_sim/next-user",
            get(api::next_users)
                .post(api::add_next_user)
                .delete(api::clear_next_users),
        )
        .route("/_sim/always-user", get(api::always_user).post(api::set_always_user))
        .route("/_sim/clock", get(api::clock).post(api::move_clock))
        .route(
            "/_sim/faults",
            get(api::faults).post(api::add_fault).delete(api::clear_faults),
        )
        .route(
            "/_sim/requests",
            get(api::requests).post(api::switch_log).delete(api::clear_requests),
        )
        .route("/_sim/quotas", get(api::quotas).post(api::set_quotas))
        .route("/_sim/codes", get(api::codes))
        .route("/_sim/lint", post(lint::post))
        .route("/_sim/forms/next-user", post(forms::next_user))
        .route("/_sim/forms/fault", post(forms::fault))
        .route("/_sim/forms/clear-faults", post(forms::clear_faults))
        .route("/_sim/forms/clock", post(forms::clock))
}
