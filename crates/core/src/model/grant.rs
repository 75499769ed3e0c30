//! What a person allowed a client, and what it was given for later.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AuthorizationRequest, Browser, Person};
use crate::clock::Timestamp;
use crate::ids::{AttemptId, ClientId, SubjectId, TenantId};
use crate::oidc::{ClaimsRequest, Scopes};
use crate::secret::Digest256;

/// A family of refresh tokens: all that came of one login's first one (RFC 9700, section 4.14.2). Each use makes the
/// next generation; the use of an older one ends the family.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshGrant {
    /// The login it came from, and the family's id: replaying that login's code ends it.
    pub attempt_id: AttemptId,
    /// Whose.
    pub tenant_id: TenantId,
    /// The client it was given to.
    pub client_id: ClientId,
    /// The person it speaks for. The end of their session does not end the family: that is what `offline_access` is for.
    pub person: Person,
    /// What it allows.
    pub scopes: Scopes,
    /// Claims that were asked for by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsRequest>,
    /// Whether a session stood in for the provider at that login (`acr`).
    #[serde(default)]
    pub by_session: bool,
    /// Thumbprint of the key to which it is bound (RFC 9449, section 5), when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// The issuer that gave it, when that is a host of the tenant's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_issuer: Option<String>,
    /// Digest of the token of this generation.
    pub current: Digest256,
    /// Digest of the one before, which is taken for [`RefreshGrant::GRACE`]: the answer that held the current one may
    /// have been lost.
    pub previous: Option<Digest256>,
    /// When the current one was made.
    pub rotated_at: Timestamp,
    /// From then on an unused family is over.
    pub expires_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// The generation, from 1. Counts saves.
    pub version: u32,
}

impl RefreshGrant {
    /// How long a token works once more after its successor was made.
    pub const GRACE: Duration = Duration::from_secs(30);
    /// How long a family lives however often it is used: then the person logs in again.
    pub const LONGEST: Duration = Duration::from_secs(365 * 86_400);
}

/// What a person allowed a client: they are asked once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Consent {
    /// Whose.
    pub tenant_id: TenantId,
    /// Who allowed.
    pub subject_id: SubjectId,
    /// Whom.
    pub client_id: ClientId,
    /// What.
    pub scopes: Scopes,
    /// When, last.
    pub at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}

impl Consent {
    /// The record's id.
    #[must_use]
    pub fn id_of(subject: SubjectId, client: ClientId) -> String {
        format!("{subject}/{client}")
    }

    /// Whether all of these are allowed.
    #[must_use]
    pub fn covers(&self, scopes: &Scopes) -> bool {
        scopes.iter().all(|scope| self.scopes.has(scope))
    }
}

/// An authorization request that a client pushed (RFC 9126): it is looked at again when the browser brings its name.
///
/// It is no spent ticket: the browser that began a login with it may begin another with it while it lives, for a reload
/// and for whoever goes back and chooses another way. No other browser may (see [`PushedUse`]), so no two browsers ever
/// hold a code of one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushedRequest {
    /// Digest of the random part of its `request_uri`.
    pub digest: Digest256,
    /// Whose.
    pub tenant_id: TenantId,
    /// Who pushed it.
    pub client_id: ClientId,
    /// The parameters, as they were pushed, without the client's authentication.
    pub parameters: Vec<(String, String)>,
    /// Thumbprint of the key that the push proved (RFC 9449, section 10.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// End of its life.
    pub expires_at: Timestamp,
}

/// The browser that began a login with a pushed request: no other may use it then. Whoever adds it was first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushedUse {
    /// The request's digest.
    pub digest: Digest256,
    /// Whose.
    pub tenant_id: TenantId,
    /// Digest of the cookie that binds logins to the browser.
    pub browser: Digest256,
    /// End of the request's life.
    pub expires_at: Timestamp,
}

/// Where a device's login stands (RFC 8628).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeviceState {
    /// Nobody has allowed it yet.
    Pending,
    /// A person logged in for it.
    Approved {
        /// The login.
        attempt_id: AttemptId,
    },
    /// A person refused.
    Denied,
    /// The device has its tokens.
    Redeemed {
        /// The login.
        attempt_id: AttemptId,
    },
}

/// A device that waits for a person to log in elsewhere (RFC 8628).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceLogin {
    /// Digest of the device code, and its id.
    pub digest: Digest256,
    /// Digest of the user code.
    pub user_code: Digest256,
    /// Whose.
    pub tenant_id: TenantId,
    /// The device's client.
    pub client_id: ClientId,
    /// What it asks for.
    pub request: AuthorizationRequest,
    /// The device, as it asked.
    pub device: Browser,
    /// Where it stands.
    pub state: DeviceState,
    /// When the device asked last: faster than [`DeviceLogin::interval`] is told to slow down.
    pub polled_at: Option<Timestamp>,
    /// Seconds that it must wait between two questions.
    pub interval: u32,
    /// End of its life.
    pub expires_at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}

/// Something that may be used once: the `jti` of a client's assertion or of a DPoP proof. Whoever adds it was first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UsedOnce {
    /// Digest of what it is and for whom.
    pub digest: Digest256,
    /// Whose.
    pub tenant_id: TenantId,
    /// From then on its time alone refuses it.
    pub expires_at: Timestamp,
}
