//! The token centre: server tokens of all accounts, fetched once for everybody on all instances.
//!
//! - In memory: one slot a token. A read of a living token looks nowhere else for five seconds; then one reader looks
//!   at the row for all. That is the trade: an instance may serve for five seconds what another one replaced, and in
//!   exchange a read costs no statement. Whoever finds the token dead says so ([`TokenCache::replace`]), and that
//!   looks at the row at once.
//! - In the database: one sealed record a token, with a lease written under the record's version. Who holds the lease
//!   asks the provider; the others look again every 50 to 100 ms. The lease of somebody who died ends after 15 seconds
//!   by the instances' clocks, which therefore must not be further apart than that; if they are, a call is made twice.
//! - In the last part of a token's life ([`TokenSource::ahead`]) the next one is asked for in the background, with
//!   pauses, while readers get the present one.
//! - A failure is remembered for a moment: a thousand readers of a dead token do not make a thousand calls.

mod flight;
mod record;
mod slot;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::clock::{Clock, Random};
use hufu_core::error::StoreError;
use hufu_core::provider::{HeldToken, ProviderError, TokenCache, TokenKey, TokenSource};
use hufu_core::secret::SecretString;
use hufu_core::store::{Change, Store as _, UnitOfWork};
use moka::future::Cache;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::database::Database;
use flight::{Flight, Tower, is_same, too_slow};
use record::UpstreamToken;
use slot::Slot;

/// Tokens in memory. One that is pushed out costs a read of its row.
const SLOTS: u64 = 10_000;
/// Longer than any token lives.
const IDLE: Duration = Duration::from_secs(3 * 3600);

/// Server tokens in a database.
#[derive(Debug)]
pub struct DatabaseTokens {
    tower: Arc<Tower>,
    slots: Cache<TokenKey, Arc<Slot>>,
}

impl DatabaseTokens {
    /// The tokens of one database. An instance makes one.
    #[must_use]
    pub fn new(database: Arc<Database>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            tower: Arc::new(Tower {
                database,
                clock,
                random,
            }),
            slots: Cache::builder().max_capacity(SLOTS).time_to_idle(IDLE).build(),
        }
    }

    async fn slot(&self, key: &TokenKey) -> Arc<Slot> {
        match self.slots.get(key).await {
            Some(slot) => slot,
            None => self.slots.get_with(*key, async { Arc::default() }).await,
        }
    }

    fn flight(&self, slot: Arc<Slot>, key: &TokenKey, source: Arc<dyn TokenSource>) -> Flight {
        Flight {
            tower: Arc::clone(&self.tower),
            slot,
            key: *key,
            source,
        }
    }

    /// Has the next token asked for in the background when it is time.
    fn look_ahead(&self, slot: &Arc<Slot>, key: &TokenKey, source: Arc<dyn TokenSource>, token: &HeldToken) {
        let now = self.tower.clock.now();
        if !slot.is_due(token, |lifetime| source.ahead(lifetime), now) {
            return;
        }
        let Some(renewing) = slot.begin_renewing() else { return };
        let flight = self.flight(Arc::clone(slot), key, source);
        let renew = async move {
            flight.renew().await;
            drop(renewing);
        };
        tokio::spawn(renew.in_current_span());
    }
}

/// What a flight brought; it goes on when the one who waits here goes away.
async fn landed(
    flight: impl Future<Output = Result<HeldToken, ProviderError>> + Send + 'static,
) -> Result<HeldToken, ProviderError> {
    let task = tokio::spawn(flight.in_current_span());
    task.await.unwrap_or_else(|_| Err(too_slow()))
}

#[async_trait]
impl TokenCache for DatabaseTokens {
    async fn current(&self, key: &TokenKey, source: Arc<dyn TokenSource>) -> Result<HeldToken, ProviderError> {
        let slot = self.slot(key).await;
        let now = self.tower.clock.now();
        if let Some(token) = slot.fresh(now) {
            self.look_ahead(&slot, key, source, &token);
            return Ok(token);
        }
        let guard = slot.flight().await;
        // Somebody may have looked meanwhile.
        let now = self.tower.clock.now();
        if let Some(token) = slot.fresh(now) {
            return Ok(token);
        }
        if slot.living(now).is_none()
            && let Some(error) = slot.failure(now)
        {
            return Err(error);
        }
        let flight = self.flight(Arc::clone(&slot), key, Arc::clone(&source));
        let token = landed(async move {
            let _guard = guard;
            flight.obtain().await
        });
        let token = token.await?;
        self.look_ahead(&slot, key, source, &token);
        Ok(token)
    }

    async fn replace(
        &self,
        key: &TokenKey,
        failing: &SecretString,
        source: Arc<dyn TokenSource>,
    ) -> Result<HeldToken, ProviderError> {
        let asked = Instant::now();
        let slot = self.slot(key).await;
        let guard = slot.flight().await;
        let now = self.tower.clock.now();
        // Not by what is in memory from before the question: the failing token may be newer than that.
        if let Some(token) = slot
            .living_since(asked, now)
            .filter(|token| !is_same(&token.value, failing))
        {
            return Ok(token);
        }
        if let Some(error) = slot.failure(now) {
            return Err(error);
        }
        let (flight, failing) = (self.flight(slot, key, source), failing.clone());
        landed(async move {
            let _guard = guard;
            flight.exchange(&failing).await
        })
        .await
    }

    async fn peek(&self, key: &TokenKey) -> Result<Option<HeldToken>, StoreError> {
        let row = self.tower.row(key).await?;
        Ok(row.token.as_ref().map(record::Stored::held))
    }

    async fn forget(&self, key: &TokenKey) -> Result<(), StoreError> {
        let change = Change::delete_record::<UpstreamToken>(record::id(key.connector_id, key.name));
        let unit = UnitOfWork::new(key.tenant_id).with(change);
        self.tower.database.begin(key.tenant_id).save(unit).await?;
        if let Some(slot) = self.slots.get(key).await {
            slot.clear();
        }
        Ok(())
    }
}
