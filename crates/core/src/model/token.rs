//! Access tokens.

use serde::{Deserialize, Serialize};

use super::Identity;
use crate::clock::Timestamp;
use crate::ids::{AttemptId, ClientId, SubjectId, TenantId};
use crate::oidc::Scopes;
use crate::secret::Digest256;

/// An access token that Hufu gave a client. Opaque; only its digest is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// Digest of the token, 256 random bits.
    pub digest: Digest256,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The client it was given to.
    pub client_id: ClientId,
    /// The person it speaks for.
    pub subject_id: SubjectId,
    /// Subjects that were merged into that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_subjects: Vec<SubjectId>,
    /// The login it came from: replaying that login's code revokes it.
    pub attempt_id: AttemptId,
    /// What it allows.
    pub scopes: Scopes,
    /// What userinfo answers.
    pub identity: Identity,
    /// End of its life.
    pub expires_at: Timestamp,
}
