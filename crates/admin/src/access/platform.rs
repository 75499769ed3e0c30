//! The platform itself, and new tenants.

use std::collections::HashSet;

use hufu_core::ids::AgencyId;
use hufu_core::manage::{By, Manager, NewTenant};
use hufu_core::model::{Agency, Reach, Status, Tenant, TenantCode};

use crate::console::Console;
use crate::http::Refusal;

type Result<T> = std::result::Result<T, Refusal>;

/// Agencies and the system.
#[derive(Debug, Clone)]
pub(crate) struct Platform {
    console: Console,
    by: By,
}

impl Platform {
    pub(super) fn new(console: Console, by: By) -> Self {
        Self { console, by }
    }

    /// What the system page shows.
    pub(crate) fn facts(&self) -> &[(String, String)] {
        &self.console.facts
    }

    /// Agencies, oldest first.
    pub(crate) async fn agencies(&self, after: Option<AgencyId>, limit: u64) -> Result<Vec<Agency>> {
        Ok(self.console.operators.list_agencies(after, limit).await?)
    }

    pub(crate) async fn agency(&self, id: AgencyId) -> Result<Agency> {
        self.console.operators.agency(id).await?.ok_or(Refusal::NotFound)
    }

    /// How many tenants an agency has.
    pub(crate) async fn count_tenants_of(&self, id: AgencyId) -> Result<u64> {
        let reach = Reach::Agency { agency: id };
        Ok(self.console.manager.store.count_tenants(&reach).await?)
    }

    pub(crate) async fn add_agency(&self, name: &str) -> Result<Agency> {
        Ok(self.console.operators.add_agency(&self.by, name).await?)
    }

    pub(crate) async fn change_agency(
        &self,
        id: AgencyId,
        name: &str,
        status: Status,
        expected: Option<u32>,
    ) -> Result<Agency> {
        let changed = self
            .console
            .operators
            .change_agency(&self.by, id, name, status, expected);
        Ok(changed.await?)
    }
}

/// New tenants. An agency's admin makes them for the agency; the owner says whose they are.
#[derive(Debug, Clone)]
pub(crate) struct Onboarding {
    manager: Manager,
    agency_id: Option<AgencyId>,
}

impl Onboarding {
    pub(super) fn new(manager: Manager, agency_id: Option<AgencyId>) -> Self {
        Self { manager, agency_id }
    }

    /// Whether there is a tenant with this code, whosoever: adding one would say so too.
    pub(crate) async fn is_taken(&self, code: &TenantCode) -> Result<bool> {
        Ok(self.manager.store.lookup_tenant(code).await?.is_some())
    }

    /// Those of many codes for which there is a tenant, whosoever.
    pub(crate) async fn taken(&self, codes: &[TenantCode]) -> Result<HashSet<TenantCode>> {
        Ok(self.manager.store.taken_codes(codes).await?)
    }

    /// Adds a tenant. The page shows what is wrong beside the field, so the error stays what it is.
    pub(crate) async fn add_tenant(&self, new: NewTenant) -> hufu_core::manage::Result<Tenant> {
        let agency_id = self.agency_id.or(new.agency_id);
        self.manager.add_tenant_of(NewTenant { agency_id, ..new }).await
    }
}
