//! `/cgi-bin/showqrcode`: the picture of a ticket, for whoever asks.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use qrcode::QrCode;
use qrcode::render::svg;

use super::SHOW_QR;
use crate::params::Params;
use crate::simulator::Inner;
use crate::wire::reply;

const SIDE: u32 = 430;

/// An SVG, where WeChat gives a JPEG of that size.
pub(super) async fn get(State(inner): State<Arc<Inner>>, RawQuery(query): RawQuery) -> Response {
    inner.log().count_one(SHOW_QR);
    let params = Params::parse(query.as_deref().unwrap_or_default());
    let ticket = params.get("ticket").unwrap_or_default();
    let url = inner.world().qr.find(ticket).map(|(_, known)| known.url.clone());
    match url.and_then(|url| picture(&url)) {
        Some(picture) => reply("image/svg+xml", picture),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) fn picture(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let mut canvas = code.render::<svg::Color<'_>>();
    Some(canvas.min_dimensions(SIDE, SIDE).build())
}
