//! `open.weixin.qq.com`: what a user's browser sees.

mod avatar;
mod callback;
mod checks;
mod consent;
mod decide;
mod handler;
pub(crate) mod html;
pub(crate) mod order;
pub(crate) mod redirect_uri;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::simulator::Inner;

/// The one page there is.
pub(crate) const AUTHORIZE: &str = "/connect/oauth2/authorize";

pub(crate) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route(AUTHORIZE, get(handler::handle).post(handler::handle))
        .route("/avatars/{user}/{size}", get(avatar::get))
}
