//! Identities: what a connector proved about a person.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::secret::StoredSecret;

/// What a person shows of themself; every field may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Display name, any Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// What a connector proved: who stands at the other end, by the provider's own ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's id of the person at this connector (WeChat: openid). Unique within the connector only.
    pub external_id: String,
    /// The provider's id across connectors of one owner (WeChat: unionid); may arrive later than the first login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub union_id: Option<String>,
    /// Profile; `None` when the provider was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// A stand-in the provider made up for a visitor who did not log in (WeChat: snapshot page).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transient: bool,
    /// Claims under the provider's own names, e.g. `wechat_openid`.
    pub claims: Map<String, Value>,
}

/// What a provider granted for one person: enough to ask for their profile again without them. Sealed at rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserGrant {
    /// The provider's token for the person.
    pub access_token: StoredSecret,
    /// End of that token's life.
    pub access_expires_at: Timestamp,
    /// The token for a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<StoredSecret>,
    /// From then on the person must log in again.
    pub expires_at: Timestamp,
    /// What was granted, in the provider's words.
    pub scope: String,
}

/// What a login proved.
#[derive(Debug, Clone)]
pub struct Proved {
    /// Who.
    pub identity: Identity,
    /// What came with it, when the provider gives such a thing.
    pub grant: Option<UserGrant>,
}

impl From<Identity> for Proved {
    fn from(identity: Identity) -> Self {
        Self { identity, grant: None }
    }
}
