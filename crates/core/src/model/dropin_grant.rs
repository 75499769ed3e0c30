//! What an app holds that logged a person in through the WeChat-shaped face.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{AttemptId, ClientId, ConnectorId, SubjectId, TenantId};

/// The tokens of one login through the WeChat-shaped face: which access token is the newest, and how long it and the
/// refresh token live.
///
/// It holds neither tokens nor what is known of the person: the tokens are derived from the login's id, and the person
/// stands in the [`AccessToken`](super::AccessToken) of the same login, which goes when the person is disabled or erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropInGrant {
    /// The login it came from; identifies it.
    pub attempt_id: AttemptId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The client it was given to.
    pub client_id: ClientId,
    /// Which account the person logged in with.
    pub connector_id: ConnectorId,
    /// The person.
    pub subject_id: SubjectId,
    /// Counts access tokens, from 1: older ones are over.
    pub generation: u16,
    /// End of the newest access token's life. A refresh before it moves it on, a later one gives a new token.
    pub access_expires_at: Timestamp,
    /// End of the refresh token's life, which nothing moves.
    pub expires_at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}
