//! Names of what events name by id: each looked up once a page, from configuration that is cached.

use std::collections::HashMap;

use hufu_core::ids::{ClientId, ConnectorId, TenantId};
use hufu_core::model::AuditEvent;

use crate::access::{Access, TenantAccess};
use crate::http::{Refusal, SignedIn};

/// Names by id. What is gone has none.
#[derive(Debug, Default)]
pub(crate) struct Names {
    tenants: HashMap<TenantId, Option<TenantAccess>>,
    clients: HashMap<ClientId, Option<String>>,
    connectors: HashMap<ConnectorId, Option<String>>,
}

impl Names {
    /// Adds what these events name.
    pub(super) async fn learn(&mut self, signed_in: &SignedIn, events: &[AuditEvent]) -> Result<(), Refusal> {
        for event in events {
            if let Some(tenant) = self.learn_tenant(&signed_in.access, event.tenant_id).await? {
                self.learn_connectors(&tenant, event.connector_id).await?;
                self.learn_client(&tenant, event.client_id).await?;
            }
        }
        Ok(())
    }

    /// Adds the tenants of these events alone.
    pub(crate) async fn learn_tenants(&mut self, access: &Access, events: &[AuditEvent]) -> Result<(), Refusal> {
        for event in events {
            self.learn_tenant(access, event.tenant_id).await?;
        }
        Ok(())
    }

    async fn learn_tenant(&mut self, access: &Access, id: TenantId) -> Result<Option<TenantAccess>, Refusal> {
        if let Some(known) = self.tenants.get(&id) {
            return Ok(known.clone());
        }
        let found = match access.overview().tenant_of(id).await? {
            Some(tenant) => some(access.tenant(tenant.code.as_str()).await)?,
            None => None,
        };
        self.tenants.insert(id, found.clone());
        Ok(found)
    }

    async fn learn_client(&mut self, tenant: &TenantAccess, id: Option<ClientId>) -> Result<(), Refusal> {
        if let Some(id) = id.filter(|id| !self.clients.contains_key(id)) {
            let found = some(tenant.client(id).await)?;
            self.clients.insert(id, found.map(|client| client.name.clone()));
        }
        Ok(())
    }

    async fn learn_connectors(&mut self, tenant: &TenantAccess, id: Option<ConnectorId>) -> Result<(), Refusal> {
        if let Some(id) = id.filter(|id| !self.connectors.contains_key(id)) {
            let found = some(tenant.connector(id).await)?;
            self.connectors
                .insert(id, found.map(|connector| connector.name.clone()));
        }
        Ok(())
    }

    pub(super) fn tenant(&self, id: TenantId) -> Option<&TenantAccess> {
        self.tenants.get(&id).and_then(Option::as_ref)
    }

    /// How files and programs name a log: by the tenant's code, another log by its id.
    pub(crate) fn log(&self, id: TenantId) -> String {
        match self.tenant(id) {
            Some(tenant) => tenant.tenant().code.to_string(),
            None if id == TenantId::PLATFORM => "(platform)".to_owned(),
            None => format!("({id})"),
        }
    }

    /// The name, or the id of what is gone; empty for none.
    pub(super) fn client(&self, id: Option<ClientId>) -> String {
        let known = |id| self.clients.get(&id).cloned().flatten();
        id.map_or_else(String::new, |id| known(id).unwrap_or_else(|| id.to_string()))
    }

    /// The name, or the id of what is gone; empty for none.
    pub(super) fn connector(&self, id: Option<ConnectorId>) -> String {
        let known = |id| self.connectors.get(&id).cloned().flatten();
        id.map_or_else(String::new, |id| known(id).unwrap_or_else(|| id.to_string()))
    }
}

/// What is gone is none; all else that fails does fail.
fn some<T>(found: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Refusal::NotFound) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}
