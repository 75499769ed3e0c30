//! What a scan says of itself to the store.

use std::time::Duration;

use super::Record;
use crate::clock::Timestamp;
use crate::ids::TenantId;
use crate::model::Scan;

/// How long QR codes that are over can still be told from codes that never were.
const AFTERLIFE: Duration = Duration::from_secs(3600);

impl Record for Scan {
    const KIND: &'static str = "scan";
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.attempt_id.to_string()
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn tenant(&self) -> Option<TenantId> {
        Some(self.tenant_id)
    }
    fn key(&self) -> Option<String> {
        Some(self.scene.encode())
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at.plus(AFTERLIFE))
    }
}
