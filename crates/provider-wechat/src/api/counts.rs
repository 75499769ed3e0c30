//! Counting calls, for the account's quotas.

use std::fmt;
use std::sync::Arc;

use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::provider::{API, Meter};

use super::endpoint::Endpoint;
use crate::quota;

/// Where an account's calls are counted.
#[derive(Clone)]
pub(crate) struct Counts {
    pub(crate) meter: Arc<dyn Meter>,
    pub(crate) tenant_id: TenantId,
    pub(crate) connector_id: ConnectorId,
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Counts({})", self.connector_id)
    }
}

impl Counts {
    /// One call of `path` more. Other systems choose the paths of relayed calls: those that nothing is known of count
    /// together.
    pub(super) fn count(&self, path: &str) {
        let is_known = quota::QUOTAS.iter().any(|quota| quota.path == path)
            || Endpoint::ALL.iter().any(|endpoint| endpoint.path() == path);
        let path = if is_known { path } else { Endpoint::Relay.path() };
        self.meter
            .count(self.tenant_id, self.connector_id, &format!("{API}{path}"));
    }
}
