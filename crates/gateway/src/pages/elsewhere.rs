//! The page for a browser that cannot pass the provider's own: how to open the same URL elsewhere.

use askama::Template;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use hufu_core::text::Text;
use hufu_web::page::page;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

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
            qr: qr(&scene.url),
            qr_label,
        },
    )
}

/// Long URLs get the least redundancy, so that the squares stay large enough for a phone.
fn qr(url: &str) -> Option<String> {
    let level = if url.len() > 200 { EcLevel::L } else { EcLevel::M };
    let code = QrCode::with_error_correction_level(url, level).ok()?;
    // Black on white with the quiet zone, in dark mode too: not every scanner reads an inverted code.
    let image = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .quiet_zone(true)
        .build();
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(image)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_too_long_for_a_qr_code_has_none() {
        assert!(qr("https://login.example.com/t/acme/login?client_id=x").is_some());
        assert!(qr(&"a".repeat(2900)).is_some());
        assert!(qr(&"a".repeat(3000)).is_none());
    }
}
