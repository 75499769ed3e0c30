//! Server tokens: what a provider's API wants to see of the account itself, and the port through which they are held.
//!
//! A provider's plug-in says how a token is fetched ([`TokenSource`]); the [`TokenCache`] decides when: once for
//! everybody who asks, on all instances together.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::ProviderError;
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::ids::{ConnectorId, TenantId};
use crate::secret::{Digest256, SecretString};

/// Which token of which account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenKey {
    /// Whose.
    pub tenant_id: TenantId,
    /// The account.
    pub connector_id: ConnectorId,
    /// The provider's name of it, e.g. `access_token`, `jsapi_ticket`.
    pub name: &'static str,
    /// Digest of the id and secret it is fetched with: what was fetched with others is another token, so a replaced
    /// secret needs no order to forget anything.
    pub credentials: Digest256,
}

/// What a provider gave.
#[derive(Debug, Clone)]
pub struct FetchedToken {
    /// The token.
    pub value: SecretString,
    /// How long it lives, as the provider says.
    pub lifetime: Duration,
}

/// A token as it is held.
#[derive(Debug, Clone)]
pub struct HeldToken {
    /// The token.
    pub value: SecretString,
    /// When the provider gave it.
    pub fetched_at: Timestamp,
    /// End of its life.
    pub expires_at: Timestamp,
}

/// How a token is fetched from the provider.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// Asks the provider. With `forced` the one it gave last is known to be dead, and the same again is of no use.
    ///
    /// # Errors
    /// Classed by who can act.
    async fn fetch(&self, forced: bool) -> Result<FetchedToken, ProviderError>;

    /// How long before the end of a token that lives for `lifetime` the provider has another one to give; before that
    /// it is not asked. A fifth of the life unless the source knows better.
    fn ahead(&self, lifetime: Duration) -> Duration {
        lifetime / 5
    }
}

/// Holds server tokens for all who need them.
///
/// Exactly one fetch happens for each time a token lives, whatever the number of readers and instances. It is renewed
/// before it ends; while the provider is out of order the last one is served as long as it lives.
#[async_trait]
pub trait TokenCache: Send + Sync {
    /// The token, fetched when there is none.
    ///
    /// # Errors
    /// The source's, when there is no living token; `Unreachable` with the class `Retry` when Hufu's own database
    /// fails.
    async fn current(&self, key: &TokenKey, source: Arc<dyn TokenSource>) -> Result<HeldToken, ProviderError>;

    /// A token other than `failing`, which the provider refused as dead. When somebody replaced it already, that one;
    /// so that many who find the same token dead cause one fetch.
    ///
    /// # Errors
    /// See [`TokenCache::current`].
    async fn replace(
        &self,
        key: &TokenKey,
        failing: &SecretString,
        source: Arc<dyn TokenSource>,
    ) -> Result<HeldToken, ProviderError>;

    /// The token as it is held, if there is one, though its life may be over; causes no fetch.
    ///
    /// # Errors
    /// When the database fails.
    async fn peek(&self, key: &TokenKey) -> Result<Option<HeldToken>, StoreError>;

    /// Forgets the token, here and for all instances, which notice within seconds.
    ///
    /// # Errors
    /// When the database fails.
    async fn forget(&self, key: &TokenKey) -> Result<(), StoreError>;
}

/// Counts what happens often: calls to a provider, reads of a token. Never waits, never fails; what was counted
/// reaches the database after a while.
pub trait Meter: Send + Sync {
    /// One more of `name` (e.g. `api:/cgi-bin/token`, `read:access_token:{client}`) at this account today.
    fn count(&self, tenant_id: TenantId, connector_id: ConnectorId, name: &str);
}
