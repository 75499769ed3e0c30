//! Ports to the database.
//!
//! - [`Store`] is the platform's view: find a tenant, keep the house. It hands out a [`TenantStore`].
//! - [`TenantStore`] sees one tenant's rows and no other's: there is no query for a tenant's data without naming the
//!   tenant first, because no such function exists.
//! - [`ConsoleStore`] is what the console reads across tenants, each read within a reach.
//! - [`UnitOfWork`] is how anything is written: a list of typed changes that [`TenantStore::save`] carries out whole
//!   or refuses whole. It is a value, not an open transaction, so nothing can hold a connection while it waits.
//!
//! A new aggregate: its struct in `model`, a variant in [`Change`], its `lookup`/`list` here, one file in
//! `storage`, its contract in `test-kit`.

mod console;
mod kinds;
mod record;
mod unit_of_work;

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::ids::{BrowserSessionId, ClientId, ConnectorId, SubjectId, TenantId};
use crate::model::{
    AccessToken, Attempt, AuditEvent, AuditFilter, BrowserSession, Client, Connector, HostName, Identity, SessionLogin,
    SigningKey, Tenant, TenantCode, UserGrant,
};
use crate::oidc::{Signer, SigningAlgorithm};
use crate::secret::Digest256;
pub use console::{
    ConsoleStore, ErrorCount, LoginCount, Person, PersonFilter, PersonIdentity, TenantFilter, TenantSummary,
};
pub use record::{Find, Record, RecordFilter, RecordRow, RecordStore, Records};
pub use unit_of_work::{Change, Counted, IdentitySeen, Saved, UnionSeen, UnitOfWork};

/// Answers of a store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The platform's view of the database. Implementations are cheap to clone behind an [`Arc`].
#[async_trait]
pub trait Store: Send + Sync {
    /// The tenant with this code. Cached.
    async fn lookup_tenant(&self, code: &TenantCode) -> Result<Option<Arc<Tenant>>>;

    /// The tenant whose own host this is. Cached.
    async fn lookup_tenant_by_host(&self, host: &HostName) -> Result<Option<Arc<Tenant>>>;

    /// All tenants, by code: at most `limit` after `after`.
    async fn list_tenants(&self, after: Option<&TenantCode>, limit: u64) -> Result<Vec<Tenant>>;

    /// The tenant that has this client, for faces whose URLs name no tenant. Cached.
    async fn lookup_tenant_of_client(&self, id: ClientId) -> Result<Option<Arc<Tenant>>>;

    /// The view of one tenant.
    fn begin(&self, tenant: TenantId) -> Box<dyn TenantStore>;

    /// Whether some tenant placed a domain ownership file with this token at this host.
    async fn has_verify_file(&self, host: &str, token: &str) -> Result<bool>;

    /// Attempts of any tenant that still wait for an identity though their time is over.
    async fn list_overdue_attempts(&self, now: Timestamp, limit: u64) -> Result<Vec<Attempt>>;

    /// Deletes attempts and access tokens whose time was over at `before`, records whose time is over at `now`, and
    /// audit events past their tenant's retention; says how many rows went.
    async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<u64>;

    /// Answers when the database does.
    async fn ping(&self) -> Result<()>;

    /// Waits until what was queued is written, then closes. Later calls fail.
    async fn close(&self);
}

/// A tenant's signing keys, ready for use.
#[derive(Debug)]
pub struct KeySet {
    /// The active signers, one an algorithm.
    pub signers: Vec<Arc<Signer>>,
    /// Public keys to publish: pending, active and retired.
    pub public: Vec<serde_json::Value>,
}

impl KeySet {
    /// The active signer of an algorithm.
    #[must_use]
    pub fn signer(&self, algorithm: SigningAlgorithm) -> Option<&Arc<Signer>> {
        self.signers.iter().find(|signer| signer.algorithm() == algorithm)
    }
}

/// One tenant's rows.
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// Whose rows these are.
    fn tenant_id(&self) -> TenantId;

    /// The client of this id. Cached.
    async fn lookup_client(&self, id: ClientId) -> Result<Option<Arc<Client>>>;
    /// All clients, oldest first.
    async fn list_clients(&self) -> Result<Vec<Client>>;

    /// The connector of this id. Cached.
    async fn lookup_connector(&self, id: ConnectorId) -> Result<Option<Arc<Connector>>>;
    /// All connectors, oldest first. Cached.
    async fn list_connectors(&self) -> Result<Arc<Vec<Arc<Connector>>>>;

    /// The tenant's signing keys, parsed. Cached.
    async fn lookup_keys(&self) -> Result<Arc<KeySet>>;
    /// The stored keys.
    async fn list_keys(&self) -> Result<Vec<SigningKey>>;

    /// The attempt whose provider state has this digest. Cached when this instance wrote it.
    async fn lookup_attempt_by_state(&self, state: &Digest256) -> Result<Option<Arc<Attempt>>>;
    /// The attempt whose code has this digest, `subject_id` filled in. Cached when this instance wrote it.
    async fn lookup_attempt_by_code(&self, code: &Digest256) -> Result<Option<Arc<Attempt>>>;
    /// The attempt as the database has it now, past every cache.
    async fn reload_attempt(&self, attempt: &Attempt) -> Result<Option<Arc<Attempt>>>;

    /// The profile-bearing identity seen last under this id at this connector, with its subject, and when its
    /// profile was seen.
    async fn lookup_identity(&self, connector: ConnectorId, external_id: &str) -> Result<Option<KnownIdentity>>;

    /// The identity of a person at this connector, with what the provider granted for them.
    async fn lookup_grant(&self, connector: ConnectorId, subject: SubjectId) -> Result<Option<GrantedIdentity>>;

    /// A browser session, `subject_id` filled in; none of a person who is disabled. Not cached: one that was ended is
    /// over with the request that ended it, on every instance. Its time may be over.
    async fn lookup_session(&self, find: FindSession<'_>) -> Result<Option<BrowserSession>>;
    /// A person's sessions, newest first, at most `limit`.
    async fn list_sessions(&self, subject: SubjectId, limit: u64) -> Result<Vec<BrowserSession>>;
    /// The logins that a session gave beside its first.
    async fn list_session_logins(&self, id: BrowserSessionId) -> Result<Vec<SessionLogin>>;

    /// Counters of a connector since `day`; see [`Counted::day`].
    async fn list_counters(&self, connector: ConnectorId, since: u32) -> Result<Vec<Counted>>;

    /// The access token with this digest, unless revoked. Cached when this instance wrote it.
    async fn lookup_access_token(&self, digest: &Digest256) -> Result<Option<Arc<AccessToken>>>;

    /// Audit events, newest first, at most `limit`.
    async fn list_events(&self, filter: &AuditFilter, limit: u64) -> Result<Vec<AuditEvent>>;

    /// Carries the unit out whole, durably, or refuses it whole.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a precondition no longer holds; [`StoreError::Duplicate`] when a unique value
    /// exists. In each case nothing was written.
    async fn save(&self, unit: UnitOfWork) -> Result<Saved>;
}

/// By what a browser session is looked up.
#[derive(Debug, Clone, Copy)]
pub enum FindSession<'a> {
    /// The digest of the browser's cookie.
    Cookie(&'a Digest256),
    /// Its id (`sid`).
    Id(BrowserSessionId),
}

/// An identity with what may be used without the person.
#[derive(Debug, Clone)]
pub struct GrantedIdentity {
    /// The identity.
    pub known: KnownIdentity,
    /// What the provider granted last; `None`: nothing, or nothing kept.
    pub grant: Option<UserGrant>,
    /// Whether the person is disabled.
    pub blocked: bool,
}

/// An identity as the database knows it.
#[derive(Debug, Clone)]
pub struct KnownIdentity {
    /// The person.
    pub subject_id: SubjectId,
    /// As last seen.
    pub identity: Identity,
    /// When its profile was last seen; `None`: never.
    pub profile_at: Option<Timestamp>,
}
