//! QR codes with a scene: `/cgi-bin/qrcode/create` (Tencent's documentation, 生成带参数的二维码).

use std::fmt;

use hufu_core::secret::SecretString;
use serde_json::json;

use super::OfficialAccountApi;
use super::call::Body;
use super::endpoint::Endpoint;
use super::failure::CallError;

/// The longest life of a QR code: 30 days.
pub const MAX_QR_SECONDS: u32 = 2_592_000;

/// What comes back when the code is scanned. Whoever knows it could claim somebody else's scan, so it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Scene(String);

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scene([REDACTED])")
    }
}

impl Scene {
    /// 1 to 64 letters, digits, `_` and `-`; WeChat would take others, which then travel through XML.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let is_scene = (1..=64).contains(&text.len()) && text.bytes().all(is_part);
        is_scene.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A QR code.
#[derive(Debug)]
pub struct QrCode {
    /// Stands for the code at WeChat's page that draws it, and comes back in the event.
    pub ticket: SecretString,
    /// What the code says: draw this.
    pub url: String,
    /// Seconds it lives.
    pub expires_in: Option<u64>,
}

impl OfficialAccountApi {
    /// `POST /cgi-bin/qrcode/create`: a code that lives for `seconds`, 1 to [`MAX_QR_SECONDS`]; what is outside is moved
    /// to the nearer end. At most 100 000 a day; never made twice.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn create_qr_code(&self, token: &SecretString, scene: &Scene, seconds: u32) -> Result<QrCode, CallError> {
        let json = json!({
            "expire_seconds": seconds.clamp(1, MAX_QR_SECONDS),
            "action_name": "QR_STR_SCENE",
            "action_info": { "scene": { "scene_str": scene.as_str() } },
        })
        .to_string();
        let body = Body {
            json: &json,
            secrets: &[scene.as_str()],
        };
        self.post(Endpoint::CreateQrCode, token, body, |fields| {
            Ok(QrCode {
                ticket: fields.secret("ticket")?,
                url: fields.text("url")?,
                expires_in: fields.number("expire_seconds"),
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_has_a_form() {
        for fine in ["a", "login_7f3a", "A-9", &"x".repeat(64)] {
            assert_eq!(Scene::parse(fine).unwrap().as_str(), fine);
        }
        for wrong in ["", "a b", "]]>", "场景", "a\n", &"x".repeat(65)] {
            assert_eq!(Scene::parse(wrong), None, "{wrong}");
        }
        assert!(!format!("{:?}", Scene::parse("login_7f3a")).contains("7f3a"));
    }
}
