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
mod showqrcode;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::simulator::Inner;

/// Where accounts send their users.
pub(crate) const AUTHORIZE: &str = "/connect/oauth2/authorize";
/// The picture of a scene code, at `mp.weixin.qq.com`.
const SHOW_QR: &str = "/cgi-bin/showqrcode";

pub(crate) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route(AUTHORIZE, get(handler::handle).post(handler::handle))
        .route(SHOW_QR, get(showqrcode::get))
        .route("/avatars/{user}/{size}", get(avatar::get))
}
