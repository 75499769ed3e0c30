//! The row of a token: the token itself, and who is fetching it.

use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::provider::{FetchedToken, HeldToken, TokenKey};
use hufu_core::secret::{Digest256, ExposeSecret as _, SecretString, StoredSecret, constant_time_eq};
use hufu_core::store::Record;
use serde::{Deserialize, Serialize};

/// How long a row outlives its token before it is purged; the rows of deleted connectors go that way.
const AFTERLIFE: Duration = Duration::from_secs(86_400);
/// A provider that says less is not believed: a token that is dead on arrival would be fetched by every reader.
const SHORTEST: Duration = Duration::from_secs(10);

/// One token of one account, for all instances. Written under its version, so of two that want to fetch one does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct UpstreamToken {
    pub(super) tenant_id: TenantId,
    pub(super) connector_id: ConnectorId,
    pub(super) name: String,
    pub(super) credentials: Digest256,
    pub(super) token: Option<Stored>,
    /// When the provider was asked last, whatever it answered.
    pub(super) asked_at: Option<Timestamp>,
    /// When it gave a token once more that had been reported dead, though another was demanded.
    pub(super) insisted_at: Option<Timestamp>,
    pub(super) lease: Option<Lease>,
    pub(super) version: u32,
}

/// A token at rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) value: StoredSecret,
    pub(super) fetched_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// The right to ask the provider, for a short time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Lease {
    /// One fetch, not one instance.
    pub(super) who: String,
    /// From then on its holder is taken for dead.
    pub(super) until: Timestamp,
}

impl Record for UpstreamToken {
    const KIND: &'static str = "upstream_token";
    const SEALED: bool = true;
    fn id(&self) -> String {
        id(self.connector_id, &self.name)
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn tenant(&self) -> Option<TenantId> {
        Some(self.tenant_id)
    }
    fn group(&self) -> Option<String> {
        Some(self.connector_id.to_string())
    }
    fn expires_at(&self) -> Option<Timestamp> {
        let token = self.token.as_ref().map(|token| token.expires_at);
        let lease = self.lease.as_ref().map(|lease| lease.until);
        token.max(lease).max(self.asked_at).map(|end| end.plus(AFTERLIFE))
    }
}

/// The row's id.
pub(super) fn id(connector: ConnectorId, name: &str) -> String {
    format!("{connector}:{name}")
}

impl UpstreamToken {
    /// The row of `key`: as found, or as it will be written first. A row of other credentials keeps its version alone.
    pub(super) fn of(key: &TokenKey, found: Option<Self>) -> Self {
        let version = found.as_ref().map_or(0, |row| row.version);
        let empty = Self {
            tenant_id: key.tenant_id,
            connector_id: key.connector_id,
            name: key.name.to_owned(),
            credentials: key.credentials,
            token: None,
            asked_at: None,
            insisted_at: None,
            lease: None,
            version,
        };
        found.filter(|row| row.credentials == key.credentials).unwrap_or(empty)
    }

    /// The token, when it lives.
    pub(super) fn living(&self, now: Timestamp) -> Option<HeldToken> {
        let token = self.token.as_ref().filter(|token| now < token.expires_at);
        token.map(Stored::held)
    }

    /// Whether somebody is asking the provider right now.
    pub(super) fn is_leased(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| now < lease.until)
    }

    /// Whether the provider gave a dead token once more less than `pause` ago.
    pub(super) fn insisted(&self, now: Timestamp, pause: Duration) -> bool {
        self.insisted_at.is_some_and(|at| at <= now && now < at.plus(pause))
    }

    /// The same, leased.
    pub(super) fn leased(&self, lease: Lease) -> Self {
        Self {
            lease: Some(lease),
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// The same after an ask that brought nothing.
    pub(super) fn released(self, now: Timestamp) -> Self {
        Self {
            asked_at: Some(now),
            lease: None,
            version: self.version + 1,
            ..self
        }
    }

    /// The same with what the provider gave. The same token again is known a little better, and no younger.
    pub(super) fn with(self, fetched: &FetchedToken, insisted: bool, now: Timestamp) -> Self {
        let value = fetched.value.expose_secret();
        let known = self.token.as_ref().filter(|token| token.is(&fetched.value));
        let token = Stored {
            value: StoredSecret::new(value.to_owned()),
            fetched_at: known.map_or(now, |token| token.fetched_at),
            expires_at: now.plus(fetched.lifetime.max(SHORTEST)),
        };
        Self {
            token: Some(token),
            insisted_at: insisted.then_some(now),
            ..self.released(now)
        }
    }
}

impl Stored {
    /// As the port gives it.
    pub(super) fn held(&self) -> HeldToken {
        HeldToken {
            value: SecretString::from(self.value.expose()),
            fetched_at: self.fetched_at,
            expires_at: self.expires_at,
        }
    }

    fn is(&self, value: &SecretString) -> bool {
        constant_time_eq(self.value.expose(), value.expose_secret())
    }
}
