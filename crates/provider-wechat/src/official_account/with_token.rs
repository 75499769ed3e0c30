//! Calls with the account's own token, by way of the host's token cache.
//! Calls with the account's own token. A token that turns out to be dead is replaced once, and the call made once more.

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

use hufu_core::provider::{FetchedToken, ProviderError, TokenSource};
use hufu_core::secret::SecretString;

use super::OfficialAccount;
use crate::api::{CallError, OfficialAccountApi};
use crate::errors;

/// Seconds that a token lives when WeChat does not say.
const LIFE: u64 = 7200;

/// `/cgi-bin/stable_token`, or `/cgi-bin/token` where the account's other systems cannot do without.
struct Source {
    api: OfficialAccountApi,
    classic: bool,
    limit: Duration,
}

#[async_trait]
impl TokenSource for Source {
    async fn fetch(&self, forced: bool) -> Result<FetchedToken, ProviderError> {
        let api = self.api.within(self.limit);
        let token = match (self.classic, forced) {
            (true, _) => api.classic_token().await,
            (false, true) => api.force_stable_token().await,
            (false, false) => api.stable_token().await,
        }?;
        Ok(FetchedToken {
            value: token.access_token,
            lifetime: Duration::from_secs(token.expires_in.unwrap_or(LIFE)),
        })
    }
}

impl OfficialAccount {
    /// Calls with the account's token.
    pub(super) async fn with_token<T, F>(
        &self,
        call: impl Fn(OfficialAccountApi, SecretString) -> F + Send + Sync,
    ) -> Result<T, ProviderError>
    where
        T: Send,
        F: Future<Output = Result<T, CallError>> + Send,
    {
        let held = self.host.tokens.current(&self.account, self.source()).await?;
        match call(self.api.within(self.limit), held.value.clone()).await {
            Err(error) if error.errcode().is_some_and(errors::is_dead_token) => {
                let tokens = &self.host.tokens;
                let other = tokens.replace(&self.account, &held.value, self.source()).await?;
                Ok(call(self.api.within(self.limit), other.value).await?)
            }
            answer => Ok(answer?),
        }
    }

    fn source(&self) -> Arc<dyn TokenSource> {
        Arc::new(Source {
            api: self.api.clone(),
            classic: self.settings.classic_token,
            limit: self.limit,
        })
    }
}
