//! Onboardings: an account being connected, step by step, over days if need be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SnapshotPolicy;
use crate::clock::Timestamp;
use crate::ids::{ClientId, ConnectorId, OnboardingId, TenantId, TrialId};

/// An account being connected. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onboarding {
    /// Identifier.
    pub id: OnboardingId,
    /// The tenant, made by the first step.
    pub tenant_id: TenantId,
    /// The provider kind that was chosen.
    pub kind: Option<String>,
    /// Values of the kind's form that are no secret, until the connector exists.
    pub values: BTreeMap<String, String>,
    /// The connector, from the step on that brings its secret.
    pub connector_id: Option<ConnectorId>,
    /// Redirect URIs of the first client, until it exists.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// What the first client does with snapshot visitors, until it exists.
    #[serde(default)]
    pub snapshot_policy: SnapshotPolicy,
    /// The first client.
    pub client_id: Option<ClientId>,
    /// The last test login.
    pub trial_id: Option<TrialId>,
    /// Steps the operator has confirmed where nothing can be checked by machine.
    pub confirmed: Vec<String>,
    /// Who began it: an actor of the audit log.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it last went on.
    pub changed_at: Timestamp,
    /// When the account went live.
    pub done_at: Option<Timestamp>,
    /// Counts saves, from 1.
    pub version: u32,
}
