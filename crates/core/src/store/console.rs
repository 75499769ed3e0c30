//! What the console reads across tenants. Every such read names a [`Reach`]: what is outside of it does not exist.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{RecordStore, Result, Store};
use crate::clock::Timestamp;
use crate::ids::{ConnectorId, SubjectId, TenantId};
use crate::model::{AuditEvent, AuditFilter, Identity, Reach, Status, Tenant, TenantCode, VerifyFile};

/// Which tenants are listed.
#[derive(Debug, Clone, Default)]
pub struct TenantFilter {
    /// Words in code, name or a connector's settings (so an AppID finds its tenant); empty: all.
    pub text: String,
    /// Only this status.
    pub status: Option<Status>,
    /// Codes after this one: the key of the next page.
    pub after: Option<TenantCode>,
    /// Codes before this one, listed backwards and answered in order: the key of the page before.
    pub before: Option<TenantCode>,
}

/// A tenant in a list.
#[derive(Debug, Clone)]
pub struct TenantSummary {
    /// The tenant.
    pub tenant: Tenant,
    /// How many connectors it has that are live.
    pub live_connectors: u64,
    /// How many connectors it has.
    pub connectors: u64,
    /// When somebody last logged in.
    pub last_login_at: Option<Timestamp>,
}

/// Logins that ended in one slice of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginCount {
    /// Begin of the slice.
    pub from: Timestamp,
    /// How many succeeded.
    pub succeeded: u64,
    /// How many people refused or let expire: nothing is wrong with those.
    pub abandoned: u64,
    /// How many failed or were refused by a rule.
    pub failed: u64,
}

/// How often logins failed for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorCount {
    /// Hufu's stable code.
    pub error: String,
    /// The provider's number.
    pub errcode: Option<i64>,
    /// How often.
    pub count: u64,
    /// When last.
    pub last_at: Timestamp,
    /// In how many tenants.
    pub tenants: u64,
}

/// Which people of a tenant are listed, newest subject first.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// A subject id, openid or unionid exactly, or a part of a name; empty: all.
    pub text: String,
    /// Subjects older than this one: the key of the next page.
    pub before: Option<SubjectId>,
}

/// One identity of a person.
#[derive(Debug, Clone)]
pub struct PersonIdentity {
    /// The connector that proved it.
    pub connector_id: ConnectorId,
    /// What it proved.
    pub identity: Identity,
    /// First login.
    pub first_seen: Timestamp,
    /// Last login.
    pub last_seen: Timestamp,
}

/// A person as the console shows them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The subject: `sub`.
    pub id: SubjectId,
    /// [`Status::Disabled`]: every login is refused.
    pub status: Status,
    /// First seen.
    pub created_at: Timestamp,
    /// The subject that they turned out to be.
    pub merged_into: Option<SubjectId>,
    /// By which they are known; none once they are erased.
    pub identities: Vec<PersonIdentity>,
}

/// The console's view of the database.
#[async_trait]
pub trait ConsoleStore: Store + RecordStore {
    /// The tenant of an id.
    async fn lookup_tenant_by_id(&self, id: TenantId) -> Result<Option<Arc<Tenant>>>;

    /// Tenants, by code, at most `limit`.
    async fn search_tenants(&self, reach: &Reach, filter: &TenantFilter, limit: u64) -> Result<Vec<TenantSummary>>;

    /// Those of the codes that a tenant has, whosoever it is.
    async fn taken_codes(&self, codes: &[TenantCode]) -> Result<HashSet<TenantCode>>;

    /// How many tenants there are.
    async fn count_tenants(&self, reach: &Reach) -> Result<u64>;

    /// Audit events, newest first, at most `limit`. A reach of the platform or an agency includes its own log.
    async fn search_events(&self, reach: &Reach, filter: &AuditFilter, limit: u64) -> Result<Vec<AuditEvent>>;

    /// How many events there are; counting ends at `most`.
    async fn count_events(&self, reach: &Reach, filter: &AuditFilter, most: u64) -> Result<u64>;

    /// Outcomes of logins, counted in slices of time that begin at multiples of `slice`; slices without any are left
    /// out. The filter needs `from`.
    async fn count_logins(&self, reach: &Reach, filter: &AuditFilter, slice: Duration) -> Result<Vec<LoginCount>>;

    /// Milliseconds the provider took in logins: pairs of an upper bound and how many lie between it and the bound
    /// before, ascending.
    async fn count_upstream_times(&self, reach: &Reach, filter: &AuditFilter) -> Result<Vec<(u32, u64)>>;

    /// Why logins failed, the most frequent first, at most `limit`.
    async fn count_errors(&self, reach: &Reach, filter: &AuditFilter, limit: u64) -> Result<Vec<ErrorCount>>;

    /// People of a tenant, newest first, at most `limit`. Who was erased is found by their id alone.
    async fn list_people(&self, tenant: TenantId, filter: &PersonFilter, limit: u64) -> Result<Vec<Person>>;

    /// One person of a tenant.
    async fn lookup_person(&self, tenant: TenantId, id: SubjectId) -> Result<Option<Person>>;

    /// Ownership files of a tenant, by host.
    async fn list_verify_files(&self, tenant: TenantId) -> Result<Vec<VerifyFile>>;
}
