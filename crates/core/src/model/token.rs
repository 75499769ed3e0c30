//! Access tokens.

use serde::{Deserialize, Serialize};

use super::Identity;
use crate::clock::Timestamp;
use crate::ids::{AttemptId, BrowserSessionId, ClientId, ConnectorId, SubjectId, TenantId};
use crate::oidc::{ClaimsRequest, Scopes};
use crate::secret::Digest256;

/// The person for whom a token speaks, as they logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub subject_id: SubjectId,
    /// Subjects that were merged into that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_subjects: Vec<SubjectId>,
    /// By which connector they logged in.
    pub connector_id: ConnectorId,
    /// What it proved: userinfo answers from it.
    pub identity: Identity,
    /// In which session they did (`sid`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<BrowserSessionId>,
    /// When they logged in at the provider.
    pub auth_time: Timestamp,
}

/// An access token that Hufu gave a client. Only its digest is kept, also of one that is a JWT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// Digest of the token.
    pub digest: Digest256,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The client it was given to.
    pub client_id: ClientId,
    /// The person it speaks for; `None`: the client itself (RFC 6749, section 4.4).
    pub person: Option<Person>,
    /// The login it came from, or for a client itself a number of its own: replaying that login's code revokes it.
    pub attempt_id: AttemptId,
    /// What it allows.
    pub scopes: Scopes,
    /// Claims that were asked for by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsRequest>,
    /// Thumbprint of the key to which it is bound (RFC 9449, section 6), when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// When it was made.
    pub issued_at: Timestamp,
    /// End of its life.
    pub expires_at: Timestamp,
}
