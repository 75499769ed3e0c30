//! The account's own token: `/cgi-bin/stable_token` and `/cgi-bin/token` (Tencent's documentation,
//! 获取稳定版接口调用凭据, 获取接口调用凭据). Their tokens are apart: neither call ends a token of the other.

use hufu_core::secret::SecretString;

use super::OfficialAccountApi;
use super::call::{Method, Request, Value};
use super::endpoint::Endpoint;
use super::failure::{CallError, Failure};
use super::fields::Fields;

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
    /// `/cgi-bin/token` stay as they are, so that no other system of the account notices. At most 10 000 a minute and
    /// 500 000 a day.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn stable_token(&self) -> Result<ServerToken, CallError> {
        self.stable(false).await
    }

    /// `POST /cgi-bin/stable_token` forcing a new one: the old one is dead at once, for everybody. At most 20 a day and
    /// 30 seconds apart; asked sooner, WeChat answers with the token there is.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn force_stable_token(&self) -> Result<ServerToken, CallError> {
        self.stable(true).await
    }

    /// `GET /cgi-bin/token`: a new token each time, which ends the one before within five minutes. For accounts whose
    /// other systems cannot do without; at most 2000 a day, 200 for a test account. Never made twice.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn classic_token(&self) -> Result<ServerToken, CallError> {
        let parameters = [
            ("grant_type", Value::Open("client_credential")),
            ("appid", Value::Open(&self.app_id)),
            ("secret", Value::secret(&self.secret)),
        ];
        self.get(Endpoint::Token, &parameters, ServerToken::read).await
    }

    async fn stable(&self, force: bool) -> Result<ServerToken, CallError> {
        // All four: without `force_refresh`, which the documentation calls optional, 41002 was seen.
        let parameters = [
            ("grant_type", Value::Open("client_credential")),
            ("appid", Value::Open(&self.app_id)),
            ("secret", Value::secret(&self.secret)),
            ("force_refresh", Value::Flag(force)),
        ];
        let request = Request {
            endpoint: Endpoint::StableToken,
            method: Method::PostJson,
            parameters: &parameters,
        };
        self.call(&request, ServerToken::read).await
    }
}

impl ServerToken {
    fn read(fields: &Fields) -> Result<Self, Failure> {
        Ok(Self {
            access_token: fields.secret("access_token")?,
            expires_in: fields.number("expires_in"),
        })
    }
}
