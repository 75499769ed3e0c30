//! Connectors: one tenant's configured provider instances.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Status;
use crate::clock::Timestamp;
use crate::ids::{ConnectorId, TenantId};
use crate::secret::{ExposeSecret as _, SecretString};

/// One tenant's configured instance of a provider kind; for WeChat, one AppID.
#[derive(Debug, Clone, Serialize)]
pub struct Connector {
    /// Identifier; part of the callback URL.
    pub id: ConnectorId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The provider kind, e.g. `wechat-official-account`.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Whether it may be used.
    pub status: Status,
    /// Values of the plug-in's form that are no secret, by field name.
    pub settings: BTreeMap<String, String>,
    /// Values of the plug-in's form that are secret. Sealed at rest, never serialized.
    #[serde(skip)]
    pub secrets: BTreeMap<String, SecretString>,
    /// When a secret was last replaced.
    pub secrets_at: Timestamp,
    /// When it was added.
    pub created_at: Timestamp,
    /// Counts saves, from 1; an opened provider is opened again when it changes.
    pub version: u32,
}

impl Connector {
    /// A setting by name; empty counts as absent.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The last four characters of a secret, by which people tell secrets apart; `None` when there is none.
    #[must_use]
    pub fn fingerprint(&self, name: &str) -> Option<String> {
        let secret = self.secrets.get(name)?.expose_secret();
        // A short secret would be given away by its end.
        let skipped = secret.chars().count().checked_sub(4).filter(|rest| *rest >= 12)?;
        Some(secret.chars().skip(skipped).collect())
    }
}
