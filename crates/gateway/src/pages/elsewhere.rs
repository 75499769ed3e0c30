//! The page for a browser that cannot pass the provider's own: how to open the same URL elsewhere.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use hufu_core::text::Text;
use hufu_web::page::page;
use hufu_web::qr::data_url;

use super::Frame;
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "elsewhere.html")]
struct Elsewhere<'a> {
    frame: Frame,
    title: String,
    how: &'a str,
    url: &'a str,
    /// A `data:` URL; none when the URL is longer than a QR code can be.
    qr: Option<String>,
    qr_label: String,
}

/// 200: nothing went wrong.
pub(crate) fn respond(scene: &Scene, how: &Text, account: &str) -> Response {
    let frame = Frame::new(scene);
    let title = frame.text_with("elsewhere.title", "account", account);
    let qr_label = frame.text_with("elsewhere.qr_label", "account", account);
    let how = how.get(scene.locale);
    page(
        StatusCode::OK,
        &Elsewhere {
            frame,
            title,
            how,
            url: &scene.url,
            qr: data_url(&scene.url),
            qr_label,
        },
    )
}
