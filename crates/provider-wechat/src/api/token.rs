//! The account's own token: `/cgi-bin/stable_token` (Tencent's documentation, 获取稳定版接口调用凭据).

use hufu_core::secret::SecretString;

use super::OfficialAccountApi;
use super::call::{Method, Request, Value};
use super::endpoint::Endpoint;
use super::failure::CallError;

/// The account's own token.
#[derive(Debug)]
pub struct ServerToken {
    /// The token; at most 512 characters.
    pub access_token: SecretString,
    /// Seconds it lives.
    pub expires_in: Option<u64>,
}

impl OfficialAccountApi {
    /// `POST /cgi-bin/stable_token` without forcing a new one: everybody who asks gets the same token, and tokens of
    /// `/cgi-bin/token` stay as they are, so that no other system of the account notices.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn stable_token(&self) -> Result<ServerToken, CallError> {
        // All four: without `force_refresh`, which the documentation calls optional, 41002 was seen.
        let parameters = [
            ("grant_type", Value::Open("client_credential")),
            ("appid", Value::Open(&self.app_id)),
            ("secret", Value::secret(&self.secret)),
            ("force_refresh", Value::Flag(false)),
        ];
        let request = Request {
            endpoint: Endpoint::StableToken,
            method: Method::PostJson,
            parameters: &parameters,
        };
        self.call(&request, |fields| {
            Ok(ServerToken {
                access_token: fields.secret("access_token")?,
                expires_in: fields.number("expires_in"),
            })
        })
        .await
    }
}
