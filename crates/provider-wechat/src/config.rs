//! What an installation can set about WeChat as a whole; what belongs to one account stands in its connector.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

/// Where WeChat is and how long it is waited for. Two base URLs, because pages and calls are two services at WeChat:
/// a stand-in can replace, and break, one of them alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The pages people are sent to.
    pub pages_url: Url,
    /// The calls Hufu makes. They carry the AppSecret, so it is https, or http on this machine for a stand-in.
    pub calls_url: Url,
    /// How long one call may take in all, in milliseconds. All calls of one login together may take twice that:
    /// WeChat's browser asks for a callback again after about 15 seconds.
    pub timeout_millis: u64,
    /// How long connecting may take, in milliseconds.
    pub connect_timeout_millis: u64,
    /// The longest body that is read, in bytes; WeChat's are under 2 KiB.
    pub max_body_bytes: usize,
    /// Calls of one connector that are under way at once; others wait for their turn, two seconds at most.
    pub calls_at_once: usize,
    /// After so many calls of one connector in a row that WeChat did not answer, it is not asked for a while; 0: it always
    /// is.
    pub breaker_failures: u32,
    /// For how many seconds it is not asked; one call then finds out whether it answers.
    pub breaker_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            pages_url: known("https://open.weixin.qq.com"),
            calls_url: known("https://api.weixin.qq.com"),
            timeout_millis: 5000,
            connect_timeout_millis: 2000,
            max_body_bytes: 64 * 1024,
            calls_at_once: 64,
            breaker_failures: 10,
            breaker_seconds: 5,
        }
    }
}

impl Config {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_millis)
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_millis)
    }
}

#[expect(
    clippy::expect_used,
    reason = "called with the two literals above, which a test reads"
)]
fn known(url: &str) -> Url {
    Url::parse(url).expect("a literal URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_has_its_default() {
        let config: Config = toml::from_str("calls_url = \"http://127.0.0.1:9/\"\n").unwrap();
        assert_eq!(config.calls_url.as_str(), "http://127.0.0.1:9/");
        assert_eq!(config.pages_url.as_str(), "https://open.weixin.qq.com/");
        assert_eq!(config.timeout(), Duration::from_secs(5));
        assert_eq!(config.connect_timeout(), Duration::from_secs(2));
        assert_eq!(config.max_body_bytes, 65_536);
        assert!(toml::from_str::<Config>("pages = 1").is_err());
    }
}
