//! The console's view: [`RecordStore`] and [`ConsoleStore`] on a database. Nothing of it is cached.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::ids::{SubjectId, TenantId};
use hufu_core::model::{AuditEvent, AuditFilter, Reach, Tenant, TenantCode, VerifyFile};
use hufu_core::store::{
    ConsoleStore, ErrorCount, Find, LoginCount, Person, PersonFilter, RecordFilter, RecordRow, RecordStore, Result,
    TenantFilter, TenantSummary,
};

use crate::database::Database;
use crate::{counts, events, people, records, tenant_search, verify_files};

#[async_trait]
impl RecordStore for Database {
    async fn lookup_record(&self, kind: &'static str, find: Find<'_>) -> Result<Option<RecordRow>> {
        self.shared
            .read(records::lookup(self.shared.reader(), &self.shared.sealer, kind, find))
            .await
    }

    async fn list_records(&self, kind: &'static str, filter: &RecordFilter, limit: u64) -> Result<Vec<RecordRow>> {
        let list = records::list(self.shared.reader(), &self.shared.sealer, kind, filter, limit);
        self.shared.read(list).await
    }

    async fn count_records(&self, kind: &'static str) -> Result<u64> {
        self.shared.read(records::count(self.shared.reader(), kind)).await
    }
}

#[async_trait]
impl ConsoleStore for Database {
    async fn lookup_tenant_by_id(&self, id: TenantId) -> Result<Option<Arc<Tenant>>> {
        let found = self.shared.read(tenant_search::by_id(self.shared.reader(), id)).await?;
        Ok(found.map(Arc::new))
    }

    async fn search_tenants(&self, reach: &Reach, filter: &TenantFilter, limit: u64) -> Result<Vec<TenantSummary>> {
        self.shared
            .read(tenant_search::search(self.shared.reader(), reach, filter, limit))
            .await
    }

    async fn taken_codes(&self, codes: &[TenantCode]) -> Result<HashSet<TenantCode>> {
        self.shared
            .read(tenant_search::taken(self.shared.reader(), codes))
            .await
    }

    async fn count_tenants(&self, reach: &Reach) -> Result<u64> {
        self.shared
            .read(tenant_search::count(self.shared.reader(), reach))
            .await
    }

    async fn search_events(&self, reach: &Reach, filter: &AuditFilter, limit: u64) -> Result<Vec<AuditEvent>> {
        let scope = events::within(reach, filter);
        self.shared
            .read(events::list(self.shared.reader(), scope, filter, limit))
            .await
    }

    async fn count_events(&self, reach: &Reach, filter: &AuditFilter, most: u64) -> Result<u64> {
        let scope = events::within(reach, filter);
        self.shared
            .read(events::count(self.shared.reader(), scope, filter, most))
            .await
    }

    async fn count_logins(&self, reach: &Reach, filter: &AuditFilter, slice: Duration) -> Result<Vec<LoginCount>> {
        self.shared
            .read(counts::logins(self.shared.reader(), reach, filter, slice))
            .await
    }

    async fn count_upstream_times(&self, reach: &Reach, filter: &AuditFilter) -> Result<Vec<(u32, u64)>> {
        self.shared
            .read(counts::upstream_times(self.shared.reader(), reach, filter))
            .await
    }

    async fn count_errors(&self, reach: &Reach, filter: &AuditFilter, limit: u64) -> Result<Vec<ErrorCount>> {
        self.shared
            .read(counts::errors(self.shared.reader(), reach, filter, limit))
            .await
    }

    async fn list_people(&self, tenant: TenantId, filter: &PersonFilter, limit: u64) -> Result<Vec<Person>> {
        self.shared
            .read(people::list(self.shared.reader(), tenant, filter, limit))
            .await
    }

    async fn lookup_person(&self, tenant: TenantId, id: SubjectId) -> Result<Option<Person>> {
        self.shared.read(people::lookup(self.shared.reader(), tenant, id)).await
    }

    async fn list_verify_files(&self, tenant: TenantId) -> Result<Vec<VerifyFile>> {
        self.shared.read(verify_files::list(self.shared.reader(), tenant)).await
    }
}
