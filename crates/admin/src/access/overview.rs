//! Lists and counts within a reach.

use std::sync::Arc;
use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::ids::{EventId, TenantId};
use hufu_core::manage::Manager;
use hufu_core::model::{Action, AuditEvent, AuditFilter, Family, Health, HealthState, Onboarding, Reach, Tenant};
use hufu_core::store::{
    Change, ErrorCount, LoginCount, RecordFilter, Records as _, TenantFilter, TenantSummary, UnitOfWork,
};
use serde_json::{Map, Value};

use crate::http::Refusal;

type Result<T> = std::result::Result<T, Refusal>;

/// Reads, each within the reach.
#[derive(Debug, Clone)]
pub(crate) struct Overview {
    manager: Manager,
    reach: Reach,
}

impl Overview {
    pub(super) fn new(manager: Manager, reach: Reach) -> Self {
        Self { manager, reach }
    }

    /// The same, for one tenant of the reach.
    pub(super) fn within(&self, tenant: TenantId) -> Self {
        Self {
            manager: self.manager.clone(),
            reach: Reach::tenant(tenant),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.manager.clock.now()
    }

    /// Tenants, by code.
    pub(crate) async fn tenants(&self, filter: &TenantFilter, limit: u64) -> Result<Vec<TenantSummary>> {
        Ok(self.manager.store.search_tenants(&self.reach, filter, limit).await?)
    }

    /// How many there are.
    pub(crate) async fn count_tenants(&self) -> Result<u64> {
        Ok(self.manager.store.count_tenants(&self.reach).await?)
    }

    /// A tenant by its id, when it is within the reach.
    pub(crate) async fn tenant_of(&self, id: TenantId) -> Result<Option<Arc<Tenant>>> {
        let found = self.manager.store.lookup_tenant_by_id(id).await?;
        Ok(found.filter(|tenant| self.reach.covers(tenant)))
    }

    /// Audit events, newest first.
    pub(crate) async fn events(&self, filter: &AuditFilter, limit: u64) -> Result<Vec<AuditEvent>> {
        Ok(self.manager.store.search_events(&self.reach, filter, limit).await?)
    }

    /// How many there are; counting ends at `most`.
    pub(crate) async fn count_events(&self, filter: &AuditFilter, most: u64) -> Result<u64> {
        Ok(self.manager.store.count_events(&self.reach, filter, most).await?)
    }

    /// One audit event.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) async fn event(&self, id: EventId) -> Result<AuditEvent> {
        let filter = AuditFilter {
            id: Some(id),
            ..AuditFilter::default()
        };
        self.events(&filter, 1).await?.pop().ok_or(Refusal::NotFound)
    }

    /// Says in the log that somebody begins to export it: `detail` names what. It stands in the log of the platform
    /// or the agency when all of theirs is read, else in that of each tenant.
    pub(crate) async fn export_begun(&self, detail: &Map<String, Value>) -> Result<()> {
        let logs = match &self.reach {
            Reach::Platform => vec![TenantId::PLATFORM],
            Reach::Agency { agency } => vec![agency.log()],
            Reach::Tenants { tenants } => tenants.iter().copied().collect(),
        };
        for log in logs {
            let mut event = self.manager.event(log, Action::AuditExport);
            event.detail.clone_from(detail);
            let unit = UnitOfWork::new(log).with(Change::Event(Box::new(event)));
            self.manager.store.begin(log).save(unit).await?;
        }
        Ok(())
    }

    /// The last changes by operators.
    pub(crate) async fn last_changes(&self, limit: u64) -> Result<Vec<AuditEvent>> {
        let filter = AuditFilter {
            family: Some(Family::Changes),
            ..AuditFilter::default()
        };
        self.events(&filter, limit).await
    }

    /// Outcomes of logins in slices of time.
    pub(crate) async fn logins(&self, filter: &AuditFilter, slice: Duration) -> Result<Vec<LoginCount>> {
        Ok(self.manager.store.count_logins(&self.reach, filter, slice).await?)
    }

    /// Milliseconds the provider took: upper bounds and how many lie below each.
    pub(crate) async fn upstream_times(&self, filter: &AuditFilter) -> Result<Vec<(u32, u64)>> {
        Ok(self.manager.store.count_upstream_times(&self.reach, filter).await?)
    }

    /// Why logins failed.
    pub(crate) async fn errors(&self, filter: &AuditFilter, limit: u64) -> Result<Vec<ErrorCount>> {
        Ok(self.manager.store.count_errors(&self.reach, filter, limit).await?)
    }

    /// Health badges of these tenants.
    pub(crate) async fn health_of(&self, tenants: Vec<TenantId>) -> Result<Vec<Health>> {
        let filter = RecordFilter {
            tenants: Some(tenants),
            ..RecordFilter::default()
        };
        Ok(self.manager.store.list::<Health>(&filter, 1000).await?)
    }

    /// What is red within the reach, at most `limit`.
    pub(crate) async fn red(&self, limit: usize) -> Result<Vec<(Arc<Tenant>, Health)>> {
        let filter = RecordFilter {
            tenants: match &self.reach {
                Reach::Tenants { tenants } => Some(tenants.iter().copied().collect()),
                _ => None,
            },
            group: Some(HealthState::Bad.as_str().to_owned()),
            ..RecordFilter::default()
        };
        let mut red = Vec::new();
        for health in self.manager.store.list::<Health>(&filter, 1000).await? {
            if red.len() >= limit {
                break;
            }
            if let Some(tenant) = self.tenant_of(health.tenant_id).await? {
                red.push((tenant, health));
            }
        }
        Ok(red)
    }

    /// Onboardings that are not done, oldest first.
    pub(crate) async fn open_onboardings(&self, limit: usize) -> Result<Vec<(Arc<Tenant>, Onboarding)>> {
        let filter = RecordFilter {
            tenants: match &self.reach {
                Reach::Tenants { tenants } => Some(tenants.iter().copied().collect()),
                _ => None,
            },
            group: Some("open".to_owned()),
            ..RecordFilter::default()
        };
        let mut open = Vec::new();
        for onboarding in self.manager.store.list::<Onboarding>(&filter, 1000).await? {
            if open.len() >= limit {
                break;
            }
            if let Some(tenant) = self.tenant_of(onboarding.tenant_id).await? {
                open.push((tenant, onboarding));
            }
        }
        Ok(open)
    }
}
