//! Calls with the account's own token, by way of the host's token cache.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::provider::{FetchedToken, ProviderError, TokenKey, TokenSource};
use hufu_core::secret::SecretString;

use super::OfficialAccount;
use crate::api::{CallError, Failure, OfficialAccountApi};

/// Life of a token when WeChat does not say.
const LIFE: u64 = 7200;
/// WeChat's words for a token that is over.
const DEAD: [i64; 3] = [40001, 40014, 42001];

impl OfficialAccount {
    /// Makes a call with the account's token; when WeChat says that it is dead, once more with another one.
    pub(super) async fn with_token<T, F>(&self, call: impl Fn(SecretString) -> F) -> Result<T, ProviderError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let source: Arc<dyn TokenSource> = Arc::new(Stable(self.api.clone()));
        let key = TokenKey {
            tenant_id: self.tenant_id,
            connector_id: self.connector_id,
            name: "access_token",
        };
        let tokens = &self.host.tokens;
        let token = tokens.current(&key, Arc::clone(&source)).await?.value;
        match call(token.clone()).await {
            Err(error) if is_dead(&error) => {
                let other = tokens.replace(&key, &token, source).await?;
                Ok(call(other.value).await?)
            }
            result => Ok(result?),
        }
    }
}

fn is_dead(error: &CallError) -> bool {
    matches!(&error.failure, Failure::Refused(refusal) if DEAD.contains(&refusal.errcode))
}

struct Stable(OfficialAccountApi);

#[async_trait]
impl TokenSource for Stable {
    async fn fetch(&self, _: bool) -> Result<FetchedToken, ProviderError> {
        let token = self.0.stable_token().await?;
        Ok(FetchedToken {
            value: token.access_token,
            lifetime: Duration::from_secs(token.expires_in.unwrap_or(LIFE)),
        })
    }
}
