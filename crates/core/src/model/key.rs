//! Signing keys of a tenant.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::ids::{KeyId, TenantId};
use crate::oidc::PrivateKey;

/// Stage of a signing key's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, not yet signing.
    Pending,
    /// Signing.
    Active,
    /// Published for tokens still in use, no longer signing.
    Retired,
}

/// A tenant's signing key.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// Identifier; as text it is the `kid`.
    pub id: KeyId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Stage.
    pub state: KeyState,
    /// The private key; sealed at rest.
    pub private: PrivateKey,
    /// The public half, as served in the JWKS.
    pub public_jwk: Value,
    /// Since when it has its state.
    pub changed_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The last time that a tenant's keys were rotated by schedule: of two instances that do it at once its version lets one
/// through.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyRotation {
    /// Whose.
    pub tenant_id: TenantId,
    /// When.
    pub at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}
