//! Test logins: a connector tried out before it is live. No subject is made and no client hears of it.

use serde::{Deserialize, Serialize};

use super::{CheckNote, Identity, StepTime};
use crate::clock::Timestamp;
use crate::ids::{ConnectorId, TenantId, TrialId};
use crate::secret::Digest256;

/// Where a test login stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TrialState {
    /// The QR code is shown; nobody has opened it.
    Waiting,
    /// A phone has opened it and is at the provider.
    Opened {
        /// Digest of the cookie that binds it to the phone's browser.
        browser: Digest256,
    },
    /// It ended.
    Done {
        /// How.
        result: Box<TrialResult>,
    },
}

/// How a test login ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialResult {
    /// What the connector proved; `None`: it failed.
    pub identity: Option<Identity>,
    /// Why it failed.
    pub problem: Option<CheckNote>,
    /// What is odd though it succeeded, by stable names such as `snapshot_visitor`, `no_union_id`, `no_profile`.
    pub warnings: Vec<String>,
    /// Milliseconds the provider took.
    pub upstream_ms: u32,
}

/// A test login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Identifier.
    pub id: TrialId,
    /// Whose connector.
    pub tenant_id: TenantId,
    /// Which connector.
    pub connector_id: ConnectorId,
    /// Digest of the ticket in the QR code; once it is opened, of the state the provider carries. So one key finds it
    /// either way, and a ticket works once.
    pub key: Digest256,
    /// Where it stands.
    #[serde(flatten)]
    pub state: TrialState,
    /// When each step was reached.
    pub steps: Vec<StepTime>,
    /// Who began it: an actor of the audit log.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it may end.
    pub expires_at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}
