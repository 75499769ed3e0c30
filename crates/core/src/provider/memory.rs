//! Server tokens of one process, kept nowhere: for tests of plug-ins and faces.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{HeldToken, Meter, ProviderError, TokenCache, TokenKey, TokenSource};
use crate::clock::Clock;
use crate::error::StoreError;
use crate::ids::{ConnectorId, TenantId};
use crate::secret::{ExposeSecret as _, SecretString, constant_time_eq};

/// Holds tokens in memory, one fetch at a time.
#[derive(Debug)]
pub struct MemoryTokens {
    clock: Arc<dyn Clock>,
    held: tokio::sync::Mutex<HashMap<TokenKey, HeldToken>>,
}

impl MemoryTokens {
    /// Empty.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            held: tokio::sync::Mutex::default(),
        }
    }

    async fn fetch(&self, source: &dyn TokenSource, forced: bool) -> Result<HeldToken, ProviderError> {
        let fetched = source.fetch(forced).await?;
        let now = self.clock.now();
        Ok(HeldToken {
            value: fetched.value,
            fetched_at: now,
            expires_at: now.plus(fetched.lifetime),
        })
    }
}

#[async_trait]
impl TokenCache for MemoryTokens {
    async fn current(&self, key: &TokenKey, source: Arc<dyn TokenSource>) -> Result<HeldToken, ProviderError> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.get(key).filter(|token| self.clock.now() < token.expires_at) {
            return Ok(token.clone());
        }
        let token = self.fetch(&*source, false).await?;
        held.insert(*key, token.clone());
        Ok(token)
    }

    async fn replace(
        &self,
        key: &TokenKey,
        failing: &SecretString,
        source: Arc<dyn TokenSource>,
    ) -> Result<HeldToken, ProviderError> {
        let mut held = self.held.lock().await;
        let is_failing = |token: &HeldToken| constant_time_eq(token.value.expose_secret(), failing.expose_secret());
        if let Some(token) = held.get(key).filter(|token| !is_failing(token)) {
            return Ok(token.clone());
        }
        let token = self.fetch(&*source, true).await?;
        held.insert(*key, token.clone());
        Ok(token)
    }

    async fn peek(&self, key: &TokenKey) -> Result<Option<HeldToken>, StoreError> {
        Ok(self.held.lock().await.get(key).cloned())
    }

    async fn forget(&self, key: &TokenKey) -> Result<(), StoreError> {
        self.held.lock().await.remove(key);
        Ok(())
    }
}

/// Counts in memory.
#[derive(Debug, Default)]
pub struct MemoryMeter(Mutex<HashMap<(ConnectorId, String), u64>>);

impl MemoryMeter {
    /// How often `name` was counted at a connector.
    #[must_use]
    pub fn of(&self, connector: ConnectorId, name: &str) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(&(connector, name.to_owned())).copied().unwrap_or_default()
    }
}

impl Meter for MemoryMeter {
    fn count(&self, _: TenantId, connector_id: ConnectorId, name: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((connector_id, name.to_owned())).or_default() += 1;
    }
}
