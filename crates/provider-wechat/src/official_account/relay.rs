//! Calls in the account's name, for who may make them.

use async_trait::async_trait;
use hufu_core::error::Class;
use hufu_core::provider::{ProviderError, ProviderErrorCode, Relay, RelayedAnswer, RelayedCall};
use hufu_core::text::Text;

use super::OfficialAccount;
use crate::api::{NotRelayed, Relay as Call, RelayBody, Relayed};
use crate::errors::is_dead_token;
use crate::server_tokens::ACCESS_TOKEN;

/// What is not the account's token's business: people's tokens, and fetching the account's own, which would end the
/// one that everybody uses.
const CLOSED: [&str; 4] = ["/sns/", "/connect/", "/cgi-bin/token", "/cgi-bin/stable_token"];

/// What WeChat takes for JSON, when the caller does not say.
const JSON: &str = "application/json";

#[async_trait]
impl Relay for OfficialAccount {
    async fn relay(&self, call: &RelayedCall<'_>) -> Result<RelayedAnswer, ProviderError> {
        let body = match call.method {
            "GET" => None,
            "POST" => Some(RelayBody {
                content_type: call.content_type.unwrap_or(JSON),
                bytes: call.body,
            }),
            _ => return Err(closed("a method other than GET and POST")),
        };
        let path = call.path.to_ascii_lowercase();
        if CLOSED.iter().any(|closed| path.starts_with(closed)) {
            return Err(closed("a closed path"));
        }
        let call = Call::new(call.path, call.query, body).map_err(|why| refused(&why))?;
        let token = self.tokens.current(ACCESS_TOKEN).await?.value;
        let api = self.api.within(self.limit);
        let answer = api.relay(&token, &call).await?;
        if !answer.errcode().is_some_and(is_dead_token) {
            return Ok(relayed(answer));
        }
        // Refused at the door: nothing was done, so the same again does it once.
        match self.tokens.replace(ACCESS_TOKEN, &token).await {
            Ok(other) => Ok(relayed(api.relay(&other.value, &call).await?)),
            Err(error) => {
                tracing::warn!(%error, "a dead token could not be replaced; the caller gets WeChat's answer");
                Ok(relayed(answer))
            }
        }
    }
}

fn relayed(answer: Relayed) -> RelayedAnswer {
    RelayedAnswer {
        status: answer.status,
        content_type: answer.content_type.unwrap_or_else(|| JSON.to_owned()),
        body: answer.body,
    }
}

fn refused(why: &NotRelayed) -> ProviderError {
    closed(&why.to_string())
}

fn closed(why: &str) -> ProviderError {
    ProviderError {
        class: Class::Developer,
        code: ProviderErrorCode::NotOffered,
        errcode: None,
        message: Text::new("不能转发该调用", "This call is not relayed"),
        remedy: None,
        debug: format!("relay: {why}"),
    }
}
