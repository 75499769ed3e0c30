//! Links that work once: a token in a URL that lets somebody without an account do one thing.

use serde::{Deserialize, Serialize};

use super::Seat;
use crate::clock::Timestamp;
use crate::ids::{AgencyId, ConnectorId, LinkId, OnboardingId, OperatorId, TenantId};
use crate::secret::Digest256;

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Purpose {
    /// Make the first operator of an installation.
    Setup,
    /// Become an operator.
    Invitation {
        /// With this seat.
        seat: Seat,
        /// In this agency; `None`: of the platform.
        agency_id: Option<AgencyId>,
    },
    /// Choose a new password and second factor.
    Recovery {
        /// Who.
        operator_id: OperatorId,
    },
    /// An account's owner enters its secrets, so that nobody else sees them.
    HandOver {
        /// Whose account.
        tenant_id: TenantId,
        /// The connector whose secret is replaced; `None`: the one that the onboarding makes.
        connector_id: Option<ConnectorId>,
        /// The onboarding that waits for it.
        onboarding_id: Option<OnboardingId>,
    },
}

/// A link that works once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Identifier.
    pub id: LinkId,
    /// Digest of the token in the URL.
    pub digest: Digest256,
    /// What for.
    #[serde(flatten)]
    pub purpose: Purpose,
    /// Whom it is for, in the words of who made it.
    pub note: String,
    /// Who made it: an actor of the audit log.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// Counts saves, from 1.
    pub version: u32,
}

impl Link {
    /// Whether it still works.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}
