//! `/_sim/…` and the control page: the strings of [`Control`], for people and for other programs.

mod api;
mod chat_api;
mod chat_forms;
mod forms;
mod home;
mod lint;
mod merge;
mod phone_api;
mod push_api;

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
        .merge(chat_routes())
        .route("/_sim/lint", post(lint::post))
        .route("/_sim/forms/next-user", post(forms::next_user))
        .route("/_sim/forms/fault", post(forms::fault))
        .route("/_sim/forms/clear-faults", post(forms::clear_faults))
        .route("/_sim/forms/clock", post(forms::clock))
}

/// Users before an account, and what the account is told of them.
fn chat_routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/_sim/forms/scan", post(chat_forms::scan))
        .route("/_sim/forms/chat", post(chat_forms::chat))
        .route("/_sim/forms/push-config", post(chat_forms::push_config))
        .route("/_sim/follow", post(chat_api::follow))
        .route("/_sim/unfollow", post(chat_api::unfollow))
        .route("/_sim/text", post(chat_api::text))
        .route("/_sim/scan", post(chat_api::scan))
        .route("/_sim/menu-tap", post(chat_api::tap))
        .route("/_sim/location", post(chat_api::location))
        .route(
            "/_sim/push-config",
            get(push_api::configs)
                .post(push_api::save_config)
                .delete(push_api::remove_config),
        )
        .route("/_sim/pushes", get(push_api::pushes).delete(push_api::clear_pushes))
        .route(
            "/_sim/push-faults",
            get(push_api::faults)
                .post(push_api::add_fault)
                .delete(push_api::clear_faults),
        )
        .route("/_sim/qr-logins", get(phone_api::logins).post(phone_api::act))
        .route("/_sim/js-code", post(phone_api::js_code))
        .route("/_sim/raw-data", post(phone_api::raw_data))
        .route("/_sim/qr-codes", get(push_api::qr_codes))
        .route("/_sim/menus", get(push_api::menus))
        .route("/_sim/js-check", post(push_api::js_check))
}
