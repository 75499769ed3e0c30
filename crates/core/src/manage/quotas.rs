//! Quotas of the accounts that run out.

use super::{Manager, Result};
use crate::ids::{ConnectorId, TenantId};
use crate::model::Connector;
use crate::provider::{ApiUsage, Level, usage};

/// A quota that is nearly used up.
#[derive(Debug, Clone)]
pub struct QuotaWarning {
    /// Whose.
    pub tenant_id: TenantId,
    /// The account.
    pub connector_id: ConnectorId,
    /// Today, in days since the epoch at China's time.
    pub day: u32,
    /// Which and how much of it.
    pub usage: ApiUsage,
}

impl Manager {
    /// How much an account used today of each of its quotas; empty for kinds without any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quota_usage(&self, connector: &Connector) -> Result<Vec<ApiUsage>> {
        // An account that cannot be opened makes no calls.
        let quotas = self
            .providers
            .open(connector)
            .map_or(&[][..], |provider| provider.quotas());
        if quotas.is_empty() {
            return Ok(Vec::new());
        }
        let today = self.clock.now().china_day();
        let rows = self.store.begin(connector.tenant_id);
        Ok(usage(quotas, &rows.list_counters(connector.id, today).await?, today))
    }

    /// All quotas of active accounts that are at [`Level::Notice`] or beyond.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quotas_running_out(&self) -> Result<Vec<QuotaWarning>> {
        const PAGE: u64 = 200;
        let mut warnings = Vec::new();
        let mut after = None;
        loop {
            let tenants = self.store.list_tenants(after.as_ref(), PAGE).await?;
            for tenant in tenants.iter().filter(|tenant| tenant.status.is_active()) {
                let connectors = self.store.begin(tenant.id).list_connectors().await?;
                for connector in connectors.iter().filter(|connector| connector.status.is_active()) {
                    let used = self.quota_usage(connector).await?;
                    let warned = used.into_iter().filter(|usage| usage.level > Level::Fine);
                    warnings.extend(warned.map(|usage| QuotaWarning {
                        tenant_id: tenant.id,
                        connector_id: connector.id,
                        day: self.clock.now().china_day(),
                        usage,
                    }));
                }
            }
            after = tenants.last().map(|tenant| tenant.code.clone());
            if (tenants.len() as u64) < PAGE {
                return Ok(warnings);
            }
        }
    }
}
