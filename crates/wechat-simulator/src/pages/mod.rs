//! `open.weixin.qq.com`: what a user's browser sees.

mod avatar;
pub(crate) mod callback;
mod checks;
mod consent;
mod decide;
mod handler;
pub(crate) mod html;
pub(crate) mod order;
mod qrconnect;
pub(crate) mod redirect_uri;
mod showqrcode;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::simulator::Inner;

/// Where accounts send their users.
pub(crate) const AUTHORIZE: &str = "/connect/oauth2/authorize";
/// Where website apps send them.
const QR_CONNECT: &str = "/connect/qrconnect";
/// The picture of a scene code, at `mp.weixin.qq.com`.
const SHOW_QR: &str = "/cgi-bin/showqrcode";

pub(crate) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route(AUTHORIZE, get(handler::handle).post(handler::handle))
        .route(QR_CONNECT, get(qrconnect::start))
        .route("/connect/qrconnect/{id}", get(qrconnect::show).post(qrconnect::act))
        .route(SHOW_QR, get(showqrcode::get))
        .route("/avatars/{user}/{size}", get(avatar::get))
}
