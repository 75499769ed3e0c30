//! 服务器配置: where pushes go and how they are protected.

use serde::{Deserialize, Serialize};
use url::Url;

/// How pushes are protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushMode {
    /// 明文模式.
    #[default]
    Plain,
    /// 兼容模式: plain and encrypted fields side by side.
    Compatible,
    /// 安全模式: encrypted only.
    Safe,
}

/// The server configuration of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushConfig {
    /// Where to; WeChat takes port 80 or 443 only, the simulator any.
    pub url: String,
    /// 3–32 letters and digits.
    pub token: String,
    /// 43 letters and digits.
    pub encoding_aes_key: String,
    /// How.
    #[serde(default)]
    pub mode: PushMode,
}

/// Why a configuration was not saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushConfigError {
    /// No such account, or one of a kind that receives no messages.
    #[error("no account with this AppID receives messages")]
    Account,
    /// Not an http or https URL.
    #[error("the URL is not an http or https URL")]
    Url,
    /// Not 3–32 letters and digits.
    #[error("the token is not 3 to 32 letters and digits")]
    Token,
    /// Not 43 letters and digits.
    #[error("the EncodingAESKey is not 43 letters and digits")]
    EncodingAesKey,
    /// The server did not answer in time (请求URL超时).
    #[error("the server did not answer the verification in time: {0}")]
    NoAnswer(String),
    /// The server answered something else than `echostr` (token验证失败).
    #[error("the server answered the verification with status {status} and {body:?}, not with the echostr")]
    WrongAnswer {
        /// HTTP status.
        status: u16,
        /// The first 200 characters of the body.
        body: String,
    },
}

impl PushConfig {
    /// The shapes only; nothing is sent.
    pub(super) fn check(&self) -> Result<(), PushConfigError> {
        let alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let url = Url::parse(&self.url).ok();
        if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some()) {
            return Err(PushConfigError::Url);
        }
        if !((3..=32).contains(&self.token.len()) && alphanumeric(&self.token)) {
            return Err(PushConfigError::Token);
        }
        if !(self.encoding_aes_key.len() == 43 && alphanumeric(&self.encoding_aes_key)) {
            return Err(PushConfigError::EncodingAesKey);
        }
        Ok(())
    }

    /// The URL with more parameters behind those it has.
    pub(super) fn url_with(&self, parameters: &[(&str, &str)]) -> Option<Url> {
        let mut url = Url::parse(&self.url).ok()?;
        url.query_pairs_mut().extend_pairs(parameters);
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let good = PushConfig {
            url: "http://127.0.0.1:1/push".into(),
            token: "AAAAA".into(),
            encoding_aes_key: "A".repeat(43),
            mode: PushMode::Safe,
        };
        assert_eq!(good.check(), Ok(()));
        let with = |change: fn(&mut PushConfig)| {
            let mut config = good.clone();
            change(&mut config);
            config.check()
        };
        assert_eq!(with(|c| c.url = "ftp://a/".into()), Err(PushConfigError::Url));
        assert_eq!(with(|c| c.token = "ab".into()), Err(PushConfigError::Token));
        assert_eq!(with(|c| c.token = "a-b-c".into()), Err(PushConfigError::Token));
        let short = with(|c| c.encoding_aes_key.truncate(42));
        assert_eq!(short, Err(PushConfigError::EncodingAesKey));
    }
}
