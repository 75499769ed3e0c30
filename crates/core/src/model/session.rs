//! Sessions: browsers that are signed in at a tenant, for single sign-on between its apps.

use serde::{Deserialize, Serialize};

use super::{Browser, Identity};
use crate::clock::Timestamp;
use crate::ids::{AttemptId, BrowserSessionId, ClientId, ConnectorId, SubjectId, TenantId};
use crate::secret::Digest256;

/// A browser that is signed in at a tenant. It is written with the login that begins it, anew with each login of the
/// same identity in that browser, and ends by being deleted or by its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserSession {
    /// Identifier; its text form is the `sid` claim (OpenID Connect Back-Channel Logout, section 2.1).
    pub id: BrowserSessionId,
    /// Of which tenant.
    pub tenant_id: TenantId,
    /// Digest of the cookie's value. Made anew at each login (session fixation).
    pub digest: Digest256,
    /// By which connector the person logged in.
    pub connector_id: ConnectorId,
    /// For which client they did.
    pub client_id: ClientId,
    /// The login that began it.
    pub attempt_id: AttemptId,
    /// The person. A store fills it in: an identity's subject is the one that counts.
    #[serde(default)]
    pub subject_id: Option<SubjectId>,
    /// Subjects that were merged into that one. A store fills it in too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_subjects: Vec<SubjectId>,
    /// At which of the tenant's issuers: cookies do not travel from one host to another, so all of its logins are of this
    /// one.
    pub issuer: String,
    /// What the connector proved.
    pub identity: Identity,
    /// The browser, as it was then.
    pub browser: Browser,
    /// When the person logged in at the provider.
    pub auth_time: Timestamp,
    /// End of its life.
    pub expires_at: Timestamp,
}

/// One login that a session gave: whom its end is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLogin {
    /// Of which session.
    pub session_id: BrowserSessionId,
    /// Which login.
    pub attempt_id: AttemptId,
    /// For which client.
    pub client_id: ClientId,
    /// When the session ends, and this with it.
    pub expires_at: Timestamp,
}
