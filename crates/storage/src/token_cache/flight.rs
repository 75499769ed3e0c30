//! One instance's way to a token: look at the row, take the lease, ask the provider, write what it gave.
//!
//! A flight runs as a task of its own: a caller that goes away leaves no lease behind that others would wait for.

use std::sync::Arc;
use std::time::Duration;

use hufu_core::clock::{Clock, Random, Timestamp, random_alphanumeric};
use hufu_core::error::{Class, StoreError};
use hufu_core::provider::{FetchedToken, HeldToken, ProviderError, ProviderErrorCode, TokenKey, TokenSource};
use hufu_core::secret::{ExposeSecret as _, SecretString, constant_time_eq};
use hufu_core::store::{Change, Find, Records as _, Store as _, UnitOfWork};
use hufu_core::text::Text;
use tokio::time::{Instant, sleep, timeout};

use super::record::{self, Lease, UpstreamToken};
use super::slot::{Slot, is_due};
use crate::database::Database;

/// A lease of somebody who died ends after this.
const LEASE: Duration = Duration::from_secs(15);
/// The provider's answer is waited for so long: whoever asks is done before the lease is taken over.
const ASK: Duration = Duration::from_secs(12);
/// Others' leases are waited for so long: a dead one is outlived.
const PATIENCE: Duration = Duration::from_secs(18);
/// Tries to write a token that was fetched: it cost a call, and others wait for it.
const TRIES: u32 = 3;
/// After a provider gave a dead token again it is left alone: WeChat forces at most every 30 seconds and 20 times a day.
const INSISTENCE: Duration = Duration::from_secs(60);

/// What flights share.
#[derive(Debug)]
pub(super) struct Tower {
    pub(super) database: Arc<Database>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

impl Tower {
    /// The row as it lies in the database.
    pub(super) async fn row(&self, key: &TokenKey) -> Result<UpstreamToken, StoreError> {
        let id = record::id(key.connector_id, key.name);
        let found = self.database.find::<UpstreamToken>(Find::Id(&id)).await?;
        if found.as_ref().is_some_and(|row| row.tenant_id != key.tenant_id) {
            let debug = format!("upstream_token {id} is another tenant's");
            return Err(StoreError::Inconsistent { debug });
        }
        Ok(UpstreamToken::of(key, found))
    }

    async fn write(&self, row: &UpstreamToken) -> Result<(), StoreError> {
        let unit = UnitOfWork::new(row.tenant_id).with(Change::record(row)?);
        self.database.begin(row.tenant_id).save(unit).await.map(drop)
    }
}

/// One way to one token.
pub(super) struct Flight {
    pub(super) tower: Arc<Tower>,
    pub(super) slot: Arc<Slot>,
    pub(super) key: TokenKey,
    pub(super) source: Arc<dyn TokenSource>,
}

impl Flight {
    fn now(&self) -> Timestamp {
        self.tower.clock.now()
    }

    /// The living token of the row, or a new one.
    pub(super) async fn obtain(&self) -> Result<HeldToken, ProviderError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let row = match self.tower.row(&self.key).await {
                Ok(row) => row,
                Err(error) => return self.without_database(&error),
            };
            let now = self.now();
            if let Some(token) = self.adopt(&row, now) {
                return Ok(token);
            }
            if row.is_leased(now) {
                // Its writer failed to write what it fetched here a moment ago, or another instance is replacing it.
                if let Some(token) = self.slot.living(now) {
                    self.slot.make_do(now);
                    return Ok(token);
                }
                self.wait(until).await?;
                continue;
            }
            match self.lease(&row, now).await {
                Ok(Some(leased)) => {
                    let asked = self.ask(leased, None).await;
                    return asked.inspect_err(|error| self.slot.fail(error.clone(), self.now()));
                }
                Ok(None) => self.wait(until).await?,
                Err(error) => return self.without_database(&error),
            }
        }
    }

    /// The living token of the row unless it is `failing`, or a new one.
    pub(super) async fn exchange(&self, failing: &SecretString) -> Result<HeldToken, ProviderError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let row = self.tower.row(&self.key).await.map_err(|error| unavailable(&error))?;
            let now = self.now();
            let living = row.living(now);
            let is_failing = living.as_ref().is_some_and(|token| is_same(&token.value, failing));
            if let Some(token) = living.filter(|_| !is_failing) {
                self.slot.keep(Some(token.clone()), row.asked_at, now);
                return Ok(token);
            }
            if is_failing && row.insisted(now, INSISTENCE) {
                return Err(insists());
            }
            if row.is_leased(now) {
                self.wait(until).await?;
                continue;
            }
            match self.lease(&row, now).await {
                Ok(Some(leased)) => {
                    let asked = self.ask(leased, Some(failing)).await;
                    return asked.inspect_err(|error| self.slot.fail(error.clone(), self.now()));
                }
                Ok(None) => self.wait(until).await?,
                Err(error) => return Err(unavailable(&error)),
            }
        }
    }

    /// Asks for the next token while readers get the present one. What fails is tried again after a pause.
    pub(super) async fn renew(&self) {
        self.slot.asked(self.now());
        let row = match self.tower.row(&self.key).await {
            Ok(row) => row,
            Err(error) => return tracing::debug!(%error, "a token is not renewed now"),
        };
        let now = self.now();
        let Some(token) = self.adopt(&row, now) else { return };
        if row.is_leased(now) || !is_due(&token, row.asked_at, |lifetime| self.source.ahead(lifetime), now) {
            return;
        }
        if let Ok(Some(leased)) = self.lease(&row, now).await
            && let Err(error) = self.ask(leased, None).await
        {
            tracing::warn!(connector = %self.key.connector_id, name = self.key.name, %error, "a token could not be renewed; the present one is served");
        }
    }

    /// Takes over what the row says; `None`: it has no living token.
    fn adopt(&self, row: &UpstreamToken, now: Timestamp) -> Option<HeldToken> {
        let token = row.living(now)?;
        self.slot.keep(Some(token.clone()), row.asked_at, now);
        Some(token)
    }

    /// Takes the lease; `None`: somebody else was first.
    async fn lease(&self, row: &UpstreamToken, now: Timestamp) -> Result<Option<UpstreamToken>, StoreError> {
        let lease = Lease {
            who: random_alphanumeric(&*self.tower.random, 16),
            until: now.plus(LEASE),
        };
        let leased = row.leased(lease);
        match self.tower.write(&leased).await {
            Ok(()) => Ok(Some(leased)),
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks the provider and writes its answer; with `failing` for another token than that.
    async fn ask(&self, leased: UpstreamToken, failing: Option<&SecretString>) -> Result<HeldToken, ProviderError> {
        let fetched = timeout(ASK, self.fetch(failing)).await;
        let now = self.now();
        self.slot.asked(now);
        match fetched.unwrap_or_else(|_| Err(too_slow())) {
            Ok(fetched) => {
                let is_failing = failing.is_some_and(|failing| is_same(&fetched.value, failing));
                let row = leased.with(&fetched, is_failing, now);
                self.settle(&row).await;
                let token = row.living(now);
                self.slot.keep(token.clone(), Some(now), now);
                token.filter(|_| !is_failing).ok_or_else(insists)
            }
            Err(error) => {
                self.settle(&leased.released(now)).await;
                Err(error)
            }
        }
    }

    /// Another system may have replaced the token: WeChat's next one is asked for before one is forced, which is rationed.
    async fn fetch(&self, failing: Option<&SecretString>) -> Result<FetchedToken, ProviderError> {
        let fetched = self.source.fetch(false).await?;
        match failing {
            Some(failing) if is_same(&fetched.value, failing) => self.source.fetch(true).await,
            _ => Ok(fetched),
        }
    }

    /// Writes the row that ends a lease. When it cannot be written the lease ends by itself.
    async fn settle(&self, row: &UpstreamToken) {
        for _ in 0..TRIES {
            match self.tower.write(row).await {
                Ok(()) => return,
                Err(error @ StoreError::Unavailable { .. }) => tracing::warn!(%error, "a token could not be written"),
                // It was forgotten, or the lease was taken over: what stands there now is right.
                Err(error) => return tracing::debug!(%error, "a token was not written"),
            }
            sleep(self.pause()).await;
        }
    }

    /// A moment, unless waiting went on for too long.
    async fn wait(&self, until: Instant) -> Result<(), ProviderError> {
        if Instant::now() >= until {
            return Err(too_slow());
        }
        sleep(self.pause()).await;
        Ok(())
    }

    /// 50 to 100 ms, so that instances do not look in step.
    fn pause(&self) -> Duration {
        let mut byte = [0];
        self.tower.random.fill(&mut byte);
        Duration::from_millis(50 + u64::from(byte[0]) * 50 / 255)
    }

    /// A living token does for as long as Hufu's own database is out of order.
    fn without_database(&self, error: &StoreError) -> Result<HeldToken, ProviderError> {
        let now = self.now();
        let Some(token) = self.slot.living(now) else {
            return Err(unavailable(error));
        };
        tracing::warn!(%error, "a token is served without a look at its row");
        self.slot.make_do(now);
        Ok(token)
    }
}

pub(super) fn is_same(one: &SecretString, other: &SecretString) -> bool {
    constant_time_eq(one.expose_secret(), other.expose_secret())
}

/// Hufu's own database fails.
pub(super) fn unavailable(error: &StoreError) -> ProviderError {
    passing(
        ProviderErrorCode::Unreachable,
        Text::new(
            "暂时无法读取凭据，请稍后再试",
            "The token cannot be read right now; try again in a moment",
        ),
        format!("token: {error}"),
    )
}

/// Nobody got an answer in time.
pub(super) fn too_slow() -> ProviderError {
    passing(
        ProviderErrorCode::Unreachable,
        Text::new(
            "获取凭据超时，请稍后再试",
            "The token did not come in time; try again in a moment",
        ),
        "token: no answer in time".to_owned(),
    )
}

/// The provider gave the token again that it refused as dead.
fn insists() -> ProviderError {
    passing(
        ProviderErrorCode::TokenInvalid,
        Text::new(
            "对方仍返回同一个已失效的凭据，请一分钟后再试",
            "The provider keeps giving the token that it refuses; try again in a minute",
        ),
        "token: the same again, though another was demanded".to_owned(),
    )
}

fn passing(code: ProviderErrorCode, message: Text, debug: String) -> ProviderError {
    ProviderError {
        class: Class::Retry,
        code,
        errcode: None,
        message,
        remedy: None,
        debug,
    }
}
