//! A store in memory for this folder's tests: records under their versions, and events.
#![expect(
    clippy::unimplemented,
    reason = "of the port these tests need records and events alone"
)]

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::ids::{BrowserSessionId, ClientId, ConnectorId, SubjectId, TenantId};
use crate::model::{
    AccessToken, Attempt, AuditEvent, AuditFilter, BrowserSession, Client, Connector, HostName, Reach, SessionLogin,
    SigningKey, Tenant, TenantCode, VerifyFile,
};
use crate::secret::Digest256;
use crate::store::{
    Change, ConsoleStore, Counted, ErrorCount, Find, FindSession, GrantedIdentity, KeySet, KnownIdentity, LoginCount,
    Person, PersonFilter, RecordFilter, RecordRow, RecordStore, Result, Saved, Store, TenantFilter, TenantStore,
    TenantSummary, UnitOfWork,
};

type Rows = BTreeMap<(&'static str, String), RecordRow>;

#[derive(Default)]
struct Inner {
    rows: Rows,
    events: Vec<AuditEvent>,
    tenants: Vec<Tenant>,
}

#[derive(Clone, Default)]
pub(super) struct FakeStore(Arc<Mutex<Inner>>);

impl FakeStore {
    pub(super) fn events(&self) -> Vec<AuditEvent> {
        self.0.lock().unwrap().events.clone()
    }

    pub(super) fn add_tenant(&self, tenant: Tenant) {
        self.0.lock().unwrap().tenants.push(tenant);
    }
}

#[async_trait]
impl RecordStore for FakeStore {
    async fn lookup_record(&self, kind: &'static str, find: Find<'_>) -> Result<Option<RecordRow>> {
        // Lets others run in between, as a database does: only so do races show.
        tokio::task::yield_now().await;
        let inner = self.0.lock().unwrap();
        Ok(match find {
            Find::Id(id) => inner.rows.get(&(kind, id.to_owned())).cloned(),
            Find::Key(key) => {
                let found = inner
                    .rows
                    .values()
                    .find(|row| row.kind == kind && row.key.as_deref() == Some(key));
                found.cloned()
            }
        })
    }

    async fn list_records(&self, kind: &'static str, filter: &RecordFilter, limit: u64) -> Result<Vec<RecordRow>> {
        tokio::task::yield_now().await;
        let inner = self.0.lock().unwrap();
        let of_tenant = |row: &RecordRow| match &filter.tenants {
            None => true,
            Some(tenants) => row.tenant_id.is_some_and(|id| tenants.contains(&id)),
        };
        let past = |row: &RecordRow| match &filter.after {
            None => true,
            Some(after) if filter.newest_first => row.id < *after,
            Some(after) => row.id > *after,
        };
        let mut rows: Vec<_> = inner.rows.values().filter(|row| row.kind == kind).cloned().collect();
        rows.retain(|row| of_tenant(row) && past(row) && (filter.group.is_none() || row.group == filter.group));
        if filter.newest_first {
            rows.reverse();
        }
        rows.truncate(usize::try_from(limit).unwrap());
        Ok(rows)
    }

    async fn count_records(&self, kind: &'static str) -> Result<u64> {
        tokio::task::yield_now().await;
        let inner = self.0.lock().unwrap();
        Ok(inner.rows.keys().filter(|(known, _)| *known == kind).count() as u64)
    }
}

struct FakeTenantStore(TenantId, FakeStore);

impl FakeTenantStore {
    fn save_now(&self, unit: UnitOfWork) -> Result<Saved> {
        assert!(!unit.is_mixed(), "a unit of one log alone");
        assert_eq!(unit.tenant_id(), self.0);
        let mut inner = self.1.0.lock().unwrap();
        let mut rows = inner.rows.clone();
        let mut events = Vec::new();
        for change in unit.into_changes() {
            match change {
                Change::Record(row) => save_row(&mut rows, *row)?,
                Change::DeleteRecord { kind, id } => {
                    rows.remove(&(kind, id));
                }
                Change::Event(event) => events.push(*event),
                other => unimplemented!("{other:?}"),
            }
        }
        inner.rows = rows;
        inner.events.extend(events);
        Ok(Saved::default())
    }
}

fn save_row(rows: &mut Rows, row: RecordRow) -> Result<()> {
    let at = (row.kind, row.id.clone());
    let known = rows.get(&at).map_or(0, |known| known.version);
    if row.version != known + 1 {
        return Err(StoreError::Conflict { what: row.kind });
    }
    let same_key = |other: &&RecordRow| other.kind == row.kind && other.id != row.id && other.key == row.key;
    if row.key.is_some() && rows.values().any(|other| same_key(&other)) {
        let what = if row.kind == "operator" {
            "operator.key"
        } else {
            "record.key"
        };
        return Err(StoreError::Duplicate { what });
    }
    rows.insert(at, row);
    Ok(())
}

#[async_trait]
impl TenantStore for FakeTenantStore {
    fn tenant_id(&self) -> TenantId {
        self.0
    }
    async fn save(&self, unit: UnitOfWork) -> Result<Saved> {
        tokio::task::yield_now().await;
        self.save_now(unit)
    }
    async fn lookup_client(&self, _: ClientId) -> Result<Option<Arc<Client>>> {
        unimplemented!()
    }
    async fn list_clients(&self) -> Result<Vec<Client>> {
        unimplemented!()
    }
    async fn lookup_connector(&self, _: ConnectorId) -> Result<Option<Arc<Connector>>> {
        unimplemented!()
    }
    async fn list_connectors(&self) -> Result<Arc<Vec<Arc<Connector>>>> {
        unimplemented!()
    }
    async fn lookup_keys(&self) -> Result<Arc<KeySet>> {
        unimplemented!()
    }
    async fn list_keys(&self) -> Result<Vec<SigningKey>> {
        unimplemented!()
    }
    async fn lookup_attempt_by_state(&self, _: &Digest256) -> Result<Option<Arc<Attempt>>> {
        unimplemented!()
    }
    async fn lookup_attempt_by_code(&self, _: &Digest256) -> Result<Option<Arc<Attempt>>> {
        unimplemented!()
    }
    async fn reload_attempt(&self, _: &Attempt) -> Result<Option<Arc<Attempt>>> {
        unimplemented!()
    }
    async fn lookup_grant(&self, _: ConnectorId, _: SubjectId) -> Result<Option<GrantedIdentity>> {
        Ok(None)
    }
    async fn lookup_session(&self, _: FindSession<'_>) -> Result<Option<BrowserSession>> {
        unimplemented!()
    }
    async fn list_sessions(&self, _: SubjectId, _: u64) -> Result<Vec<BrowserSession>> {
        unimplemented!()
    }
    async fn list_session_logins(&self, _: BrowserSessionId) -> Result<Vec<SessionLogin>> {
        unimplemented!()
    }
    async fn list_counters(&self, _: ConnectorId, _: u32) -> Result<Vec<Counted>> {
        Ok(Vec::new())
    }
    async fn lookup_identity(&self, _: ConnectorId, _: &str) -> Result<Option<KnownIdentity>> {
        unimplemented!()
    }
    async fn lookup_access_token(&self, _: &Digest256) -> Result<Option<Arc<AccessToken>>> {
        unimplemented!()
    }
    async fn list_events(&self, _: &AuditFilter, _: u64) -> Result<Vec<AuditEvent>> {
        unimplemented!()
    }
}

#[async_trait]
impl Store for FakeStore {
    async fn lookup_tenant(&self, _: &TenantCode) -> Result<Option<Arc<Tenant>>> {
        unimplemented!()
    }
    async fn lookup_tenant_by_host(&self, _: &HostName) -> Result<Option<Arc<Tenant>>> {
        unimplemented!()
    }
    async fn list_tenants(&self, _: Option<&TenantCode>, _: u64) -> Result<Vec<Tenant>> {
        unimplemented!()
    }
    fn begin(&self, tenant: TenantId) -> Box<dyn TenantStore> {
        Box::new(FakeTenantStore(tenant, self.clone()))
    }
    async fn has_verify_file(&self, _: &str, _: &str) -> Result<bool> {
        unimplemented!()
    }
    async fn lookup_tenant_of_client(&self, _: ClientId) -> Result<Option<Arc<Tenant>>> {
        Ok(None)
    }
    async fn list_overdue_attempts(&self, _: Timestamp, _: u64) -> Result<Vec<Attempt>> {
        unimplemented!()
    }
    async fn purge(&self, _: Timestamp, _: Timestamp) -> Result<u64> {
        unimplemented!()
    }
    async fn ping(&self) -> Result<()> {
        unimplemented!()
    }
    async fn close(&self) {}
}

#[async_trait]
impl ConsoleStore for FakeStore {
    async fn lookup_tenant_by_id(&self, id: TenantId) -> Result<Option<Arc<Tenant>>> {
        let inner = self.0.lock().unwrap();
        Ok(inner
            .tenants
            .iter()
            .find(|tenant| tenant.id == id)
            .cloned()
            .map(Arc::new))
    }
    async fn search_tenants(&self, _: &Reach, _: &TenantFilter, _: u64) -> Result<Vec<TenantSummary>> {
        unimplemented!()
    }
    async fn taken_codes(&self, _: &[TenantCode]) -> Result<HashSet<TenantCode>> {
        unimplemented!()
    }
    async fn count_tenants(&self, _: &Reach) -> Result<u64> {
        unimplemented!()
    }
    async fn search_events(&self, _: &Reach, _: &AuditFilter, _: u64) -> Result<Vec<AuditEvent>> {
        unimplemented!()
    }
    async fn count_events(&self, _: &Reach, _: &AuditFilter, _: u64) -> Result<u64> {
        unimplemented!()
    }
    async fn count_logins(&self, _: &Reach, _: &AuditFilter, _: Duration) -> Result<Vec<LoginCount>> {
        unimplemented!()
    }
    async fn count_upstream_times(&self, _: &Reach, _: &AuditFilter) -> Result<Vec<(u32, u64)>> {
        unimplemented!()
    }
    async fn count_errors(&self, _: &Reach, _: &AuditFilter, _: u64) -> Result<Vec<ErrorCount>> {
        unimplemented!()
    }
    async fn list_people(&self, _: TenantId, _: &PersonFilter, _: u64) -> Result<Vec<Person>> {
        unimplemented!()
    }
    async fn lookup_person(&self, _: TenantId, _: SubjectId) -> Result<Option<Person>> {
        unimplemented!()
    }
    async fn list_verify_files(&self, _: TenantId) -> Result<Vec<VerifyFile>> {
        unimplemented!()
    }
}
