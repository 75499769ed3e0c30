//! Saving a server configuration: WeChat asks the server to prove that it knows the token.

use super::config::{PushConfig, PushConfigError};
use super::crypto::signature;
use super::engine::fetched;
use crate::simulator::Inner;

const SHOWN: usize = 200;

/// The answer must be the `echostr`, to the byte.
pub(crate) async fn shake_hands(inner: &Inner, config: &PushConfig) -> Result<(), PushConfigError> {
    config.check()?;
    let timestamp = inner.now().to_string();
    let nonce = inner.random.digits(10);
    let [extra] = inner.random.bytes();
    let echo = inner.random.digits(16 + usize::from(extra) % 5);
    let signed = signature([&config.token, &timestamp, &nonce]);
    let query = [
        ("signature", signed.as_str()),
        ("timestamp", &timestamp),
        ("nonce", &nonce),
        ("echostr", &echo),
    ];
    let url = config.url_with(&query).ok_or(PushConfigError::Url)?;
    let client = inner.client().ok_or(PushConfigError::Url)?;
    let answer = fetched(inner, client.get(url))
        .await
        .map_err(PushConfigError::NoAnswer)?;
    if answer.status == 200 && answer.body == echo.as_bytes() {
        return Ok(());
    }
    let body = String::from_utf8_lossy(&answer.body);
    Err(PushConfigError::WrongAnswer {
        status: answer.status,
        body: body.chars().take(SHOWN).collect(),
    })
}
