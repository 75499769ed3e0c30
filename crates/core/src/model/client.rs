//! Clients (relying parties): the apps that send their users.

use serde::{Deserialize, Serialize};

use super::{ClientAuthMethod, ClientProtocol, Rights, Status};
use crate::clock::Timestamp;
use crate::ids::{ClientId, ConnectorId, TenantId};
use crate::oidc::{Scopes, SigningAlgorithm};
use crate::secret::Digest256;

/// Whether a client can keep a secret (RFC 6749, section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// Has secrets; authenticates at the token endpoint.
    Confidential,
    /// Has none; PKCE is required.
    Public,
}

/// What happens to a visitor whom the provider shows a snapshot of the page, with a made-up identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotPolicy {
    /// The login is refused with a page that says how to leave the snapshot.
    #[default]
    Refuse,
    /// The visitor is let in, marked by a claim.
    Allow,
}

/// One of a client's secrets. Only its digest is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// Digest of the secret, 256 random bits when Hufu made it.
    pub digest: Digest256,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is refused; `None`: no end.
    pub expires_at: Option<Timestamp>,
    /// Its last four characters, by which people tell secrets apart.
    #[serde(default)]
    pub hint: String,
}

/// An app that sends its users to a tenant's login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Client {
    /// Identifier; as text it is the `client_id`.
    pub id: ClientId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Name for people.
    pub name: String,
    /// Whether it may be used.
    pub status: Status,
    /// Confidential or public.
    pub kind: ClientKind,
    /// Exact redirect URIs; the first is the login link's default.
    pub redirect_uris: Vec<String>,
    /// Exact URIs for after a logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// Scopes it may ask for; also what the login link asks for.
    pub scopes: Scopes,
    /// Digests of its secrets; several while one replaces another. Never serialized.
    #[serde(skip)]
    pub secrets: Vec<ClientSecret>,
    /// Connectors it may use; empty: all of the tenant.
    pub connectors: Vec<ConnectorId>,
    /// Algorithm of its ID tokens.
    pub id_token_alg: SigningAlgorithm,
    /// What happens to snapshot visitors.
    pub snapshot_policy: SnapshotPolicy,
    /// Life of its tokens in seconds; `None`: the installation's.
    pub token_seconds: Option<u32>,
    /// What it may do beside logging people in.
    pub rights: Rights,
    /// What it is allowed of the protocol.
    pub protocol: ClientProtocol,
    /// When it was added.
    pub created_at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}

impl Client {
    /// Whether `secret` is one of its valid secrets. All are compared, in constant time. A client that proves itself by
    /// its key has none that counts, at no face.
    #[must_use]
    pub fn has_secret(&self, secret: &str, now: Timestamp) -> bool {
        if self.protocol.auth_method != ClientAuthMethod::Secret {
            return false;
        }
        let digest = Digest256::of(secret);
        let valid = |s: &ClientSecret| s.digest == digest && s.expires_at.is_none_or(|end| now < end);
        self.secrets.iter().fold(false, |found, secret| found | valid(secret))
    }

    /// Whether it may use `connector`.
    #[must_use]
    pub fn may_use(&self, connector: ConnectorId) -> bool {
        self.connectors.is_empty() || self.connectors.contains(&connector)
    }
}
