//! QR codes in pages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// From so many bytes on a text gets the least redundancy, so that the squares stay large enough for a phone.
const LONG: usize = 200;
/// The least width and height of the picture.
const SIZE: u32 = 240;

/// A QR code as a `data:` URL; none of a text that is too long for one. Black on white with the quiet zone, in dark
/// mode too: not every scanner reads an inverted code.
#[must_use]
pub fn data_url(text: &str) -> Option<String> {
    let level = if text.len() > LONG { EcLevel::L } else { EcLevel::M };
    let code = QrCode::with_error_correction_level(text, level).ok()?;
    let image = code
        .render::<svg::Color<'_>>()
        .min_dimensions(SIZE, SIZE)
        .quiet_zone(true)
        .build();
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(image)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_picture_unless_it_is_too_long() {
        let url = "otpauth://totp/Hufu:ops%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Hufu";
        let picture = data_url(url).unwrap();
        let (head, body) = picture.split_once(',').unwrap();
        assert_eq!(head, "data:image/svg+xml;base64");
        let image = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
        assert!(image.contains("<svg") && !image.contains("JBSWY3"), "squares, no text");
        assert!(data_url(&"a".repeat(2900)).is_some());
        assert!(data_url(&"a".repeat(3000)).is_none());
    }
}
