//! Login in mini programs: `/sns/jscode2session` (Tencent's documentation, 小程序登录).

use hufu_core::secret::SecretString;

use super::OfficialAccountApi;
use super::call::Value;
use super::endpoint::Endpoint;
use super::failure::CallError;

/// What a mini program's code was exchanged for.
#[derive(Debug)]
pub struct MiniSession {
    /// The person at this mini program.
    pub openid: String,
    /// Signs and encrypts what the mini program says of its user. Never leaves the server; the next login of the
    /// person may replace it.
    pub session_key: SecretString,
    /// The person across the accounts of one Open Platform account.
    pub unionid: Option<String>,
}

impl OfficialAccountApi {
    /// `GET /sns/jscode2session`: exchanges a code of `wx.login`, which works once within five minutes. Made once: see
    /// [`CallError::leaves_code_unused`].
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn exchange_js_code(&self, js_code: &str) -> Result<MiniSession, CallError> {
        let parameters = [
            ("appid", Value::Open(&self.app_id)),
            ("secret", Value::secret(&self.secret)),
            ("js_code", Value::Secret(js_code)),
            ("grant_type", Value::Open("authorization_code")),
        ];
        self.get(Endpoint::JsCode2Session, &parameters, |fields| {
            Ok(MiniSession {
                openid: fields.person_id("openid")?,
                session_key: fields.secret("session_key")?,
                unionid: fields.optional_person_id("unionid")?,
            })
        })
        .await
    }
}
