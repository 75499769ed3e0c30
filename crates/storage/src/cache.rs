//! What an instance keeps in memory. The database stays the truth.
//!
//! - Configuration is read through. All of it is one value that is replaced whole when the revision moves: a reader
//!   that was slow fills the shelves it took at its start, which nobody looks at any more.
//! - Attempts and access tokens are written through by the writer, after its commit. Reads do not fill these shelves,
//!   so a slow read cannot put back what a commit or a revocation made old.

use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hufu_core::error::StoreError;
use hufu_core::ids::{AttemptId, ClientId, ConnectorId, TenantId};
use hufu_core::model::{AccessToken, Attempt, AttemptState, Client, Connector, HostName, Tenant, TenantCode};
use hufu_core::secret::Digest256;
use hufu_core::store::{KeySet, Result};
use moka::Expiry;
use moka::future::Cache;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;

use crate::measures::CacheReads;
use crate::revision::Revision;

/// Absence is remembered this long: enough against a flood of unknown ids.
const ABSENT: Duration = Duration::from_secs(2);
/// Presence is remembered until the revision moves; this bounds it should the revision not be readable for long.
const PRESENT: Duration = Duration::from_secs(600);
const CONFIGURATION_ENTRIES: u64 = 10_000;

/// A login takes ten minutes at most, and its code a minute.
const ATTEMPT_LIFE: Duration = Duration::from_secs(15 * 60);
const ATTEMPT_ENTRIES: u64 = 20_000;

/// Apps ask for userinfo right after the token. Another instance's revocation is noticed with the revision, within two
/// seconds; this bounds it should the revision not be readable.
const TOKEN_LIFE: Duration = Duration::from_secs(30);
const TOKEN_ENTRIES: u64 = 20_000;

/// A shelf of things that may be absent.
pub(crate) struct Shelf<K, V> {
    things: Cache<K, Option<Arc<V>>>,
    reads: CacheReads,
}

impl<K, V> fmt::Debug for Shelf<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf")
            .field("reads", &self.reads)
            .finish_non_exhaustive()
    }
}

/// Configuration of all tenants, as of one revision.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) tenants: Shelf<TenantCode, Tenant>,
    pub(crate) hosts: Shelf<HostName, Tenant>,
    pub(crate) clients: Shelf<(TenantId, ClientId), Client>,
    pub(crate) connectors: Shelf<(TenantId, ConnectorId), Connector>,
    pub(crate) lists: Shelf<TenantId, Vec<Arc<Connector>>>,
    pub(crate) keys: Shelf<TenantId, KeySet>,
    /// Whose a client is.
    pub(crate) owners: Shelf<ClientId, Tenant>,
}

impl Configuration {
    fn new() -> Self {
        Self {
            tenants: shelf("tenants"),
            hosts: shelf("tenant_hosts"),
            clients: shelf("clients"),
            connectors: shelf("connectors"),
            lists: shelf("connector_lists"),
            keys: shelf("keys"),
            owners: shelf("client_owners"),
        }
    }
}

struct Life;

impl<K, V> Expiry<K, Option<Arc<V>>> for Life {
    #[expect(
        clippy::disallowed_types,
        reason = "the trait's own signature; moka keeps its own time"
    )]
    fn expire_after_create(&self, _: &K, value: &Option<Arc<V>>, _: std::time::Instant) -> Option<Duration> {
        Some(if value.is_some() { PRESENT } else { ABSENT })
    }
}

fn shelf<K, V>(name: &'static str) -> Shelf<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    Shelf {
        things: Cache::builder()
            .max_capacity(CONFIGURATION_ENTRIES)
            .expire_after(Life)
            .build(),
        reads: CacheReads::of(name),
    }
}

/// The thing of a key, loaded by one caller when it is not there; the others wait for that one.
pub(crate) async fn read_through<K, V>(
    shelf: &Shelf<K, V>,
    key: K,
    load: impl Future<Output = Result<Option<V>>>,
) -> Result<Option<Arc<V>>>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    let mut is_hit = true;
    let load = async {
        is_hit = false;
        Ok::<_, StoreError>(load.await?.map(Arc::new))
    };
    let found = shelf.things.try_get_with(key, load).await;
    shelf.reads.count(is_hit);
    found.map_err(|error| (*error).clone())
}

/// All shelves of an instance.
#[derive(Debug)]
pub(crate) struct Caches {
    configuration: RwLock<Arc<Configuration>>,
    configuration_revision: AtomicI64,
    revocations: AtomicI64,
    attempts: Cache<AttemptId, Arc<Attempt>>,
    by_state: Cache<Digest256, AttemptId>,
    by_code: Cache<Digest256, AttemptId>,
    tokens: Cache<Digest256, Arc<AccessToken>>,
    attempt_reads: CacheReads,
    token_reads: CacheReads,
}

impl Caches {
    pub(crate) fn new() -> Self {
        Self {
            configuration: RwLock::new(Arc::new(Configuration::new())),
            configuration_revision: AtomicI64::new(0),
            revocations: AtomicI64::new(0),
            attempts: bounded(ATTEMPT_ENTRIES, ATTEMPT_LIFE),
            by_state: bounded(ATTEMPT_ENTRIES, ATTEMPT_LIFE),
            by_code: bounded(ATTEMPT_ENTRIES, ATTEMPT_LIFE),
            tokens: bounded(TOKEN_ENTRIES, TOKEN_LIFE),
            attempt_reads: CacheReads::of("attempts"),
            token_reads: CacheReads::of("access_tokens"),
        }
    }

    /// The shelves of now. Take them before reading the database, not after.
    pub(crate) fn configuration(&self) -> Arc<Configuration> {
        self.configuration
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Another instance changed configuration, or this one did, when the revision is newer than what is known.
    pub(crate) fn configuration_changed(&self, revision: i64) {
        if self.configuration_revision.fetch_max(revision, Ordering::AcqRel) < revision {
            *self.configuration.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Configuration::new());
        }
    }

    /// What a look at the revision saw.
    pub(crate) fn revision_seen(&self, seen: Revision) {
        self.configuration_changed(seen.configuration);
        if self.revocations.fetch_max(seen.revocations, Ordering::AcqRel) < seen.revocations {
            self.tokens.invalidate_all();
        }
    }

    /// Keeps an attempt unless a newer version is there.
    pub(crate) async fn keep_attempt(&self, attempt: Arc<Attempt>) {
        if let Some(state) = attempt.state_digest {
            self.by_state.insert(state, attempt.id).await;
        }
        if let Some(code) = attempt.code_digest {
            self.by_code.insert(code, attempt.id).await;
        }
        let kept = self.attempts.entry(attempt.id).and_compute_with(|known| {
            let is_newer = known.is_none_or(|known| known.into_value().version <= attempt.version);
            std::future::ready(if is_newer { Op::Put(attempt) } else { Op::Nop })
        });
        kept.await;
    }

    /// Forgets an attempt.
    pub(crate) async fn forget_attempt(&self, id: &AttemptId) {
        self.attempts.invalidate(id).await;
    }

    /// The attempt of a state, when this instance wrote it. Not by a state that a newer version no longer has.
    pub(crate) async fn attempt_by_state(&self, state: &Digest256) -> Option<Arc<Attempt>> {
        let attempt = self.attempt_of(&self.by_state, state).await;
        let attempt = attempt.filter(|attempt| attempt.state_digest.as_ref() == Some(state));
        self.attempt_reads.count(attempt.is_some());
        attempt
    }

    /// The attempt of a code, when this instance wrote it; none that waits for the person's consent, which another
    /// instance may have been given since.
    pub(crate) async fn attempt_by_code(&self, code: &Digest256) -> Option<Arc<Attempt>> {
        let waits = |attempt: &Attempt| match &attempt.state {
            AttemptState::Authenticated(proof) => proof.awaits_consent,
            _ => false,
        };
        let attempt = self.attempt_of(&self.by_code, code).await;
        let attempt = attempt.filter(|attempt| attempt.code_digest.as_ref() == Some(code) && !waits(attempt));
        self.attempt_reads.count(attempt.is_some());
        attempt
    }

    async fn attempt_of(&self, index: &Cache<Digest256, AttemptId>, digest: &Digest256) -> Option<Arc<Attempt>> {
        self.attempts.get(&index.get(digest).await?).await
    }

    /// Keeps a token.
    pub(crate) async fn keep_token(&self, token: Arc<AccessToken>) {
        self.tokens.insert(token.digest, token).await;
    }

    /// Forgets a token.
    pub(crate) async fn forget_token(&self, digest: &Digest256) {
        self.tokens.invalidate(digest).await;
    }

    /// The token of a digest, when this instance wrote it a moment ago.
    pub(crate) async fn token(&self, digest: &Digest256) -> Option<Arc<AccessToken>> {
        let token = self.tokens.get(digest).await;
        self.token_reads.count(token.is_some());
        token
    }
}

/// A shelf from which the longest unused goes first: new things are always kept, which a policy by frequency does not
/// promise.
fn bounded<K, V>(entries: u64, life: Duration) -> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder()
        .max_capacity(entries)
        .time_to_live(life)
        .eviction_policy(EvictionPolicy::lru())
        .build()
}
