//! Keys of the admin API.

use serde::{Deserialize, Serialize};

use super::Seat;
use crate::clock::Timestamp;
use crate::ids::{AgencyId, ApiKeyId};
use crate::secret::Digest256;

/// A key with which a program uses the admin API. Shown once; only its digest is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Identifier.
    pub id: ApiKeyId,
    /// Digest of the key, 256 random bits.
    pub digest: Digest256,
    /// Its last four characters.
    pub hint: String,
    /// Name for people; in the audit log.
    pub name: String,
    /// What it may do, and where: never more than who made it.
    pub seat: Seat,
    /// The agency it belongs to; `None`: the platform.
    pub agency_id: Option<AgencyId>,
    /// Whether it may only read.
    pub read_only: bool,
    /// Who made it: an actor of the audit log.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Counts saves, from 1.
    pub version: u32,
}

impl ApiKey {
    /// Whether it still works.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
