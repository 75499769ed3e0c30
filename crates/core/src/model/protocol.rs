//! What a client is allowed of the protocol, beyond its redirect URIs and scopes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::oidc::SigningAlgorithm;

/// How a confidential client proves who it is (OpenID Connect Core, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ClientAuthMethod {
    /// By a secret, in the header or in the form: stock clients choose by themselves.
    #[default]
    #[serde(rename = "client_secret")]
    Secret,
    /// By an assertion signed with a key of its own (RFC 7523): no secret is accepted from it.
    #[serde(rename = "private_key_jwt")]
    PrivateKeyJwt,
}

/// Whether the person is asked before a client gets what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPolicy {
    /// The client is the tenant's own: logging in is enough. `prompt=consent` asks all the same.
    #[default]
    FirstParty,
    /// The person is asked once, and again for more.
    Ask,
}

/// What access tokens look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// Random: means something here alone.
    #[default]
    Opaque,
    /// A signed JWT (RFC 9068) that the client's own services check by themselves.
    Jwt,
}

/// Which `sub` a client sees (OpenID Connect Core, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// The same in all of the tenant's clients.
    #[default]
    Public,
    /// Another one for each sector, the host of the client's redirect URIs.
    Pairwise,
}

/// What a client is allowed of the protocol. The defaults are what every client can live with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientProtocol {
    /// How it proves who it is.
    pub auth_method: ClientAuthMethod,
    /// Its public keys as a JWK Set (RFC 7517), for `private_key_jwt`. Kept here rather than fetched: an address that an
    /// operator types is an address that Hufu would call (SSRF).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Authorization requests must be pushed (RFC 9126, section 6).
    pub require_pushed_authorization_requests: bool,
    /// Tokens must be bound to a key of the client's (RFC 9449, section 5.2).
    pub dpop_bound_access_tokens: bool,
    /// Whether the person is asked.
    pub consent: ConsentPolicy,
    /// Whether a browser that is signed in for another of the tenant's apps is signed in for this one too.
    pub single_sign_on: bool,
    /// What its access tokens look like.
    pub access_token: AccessTokenFormat,
    /// Which `sub` it sees.
    pub subject_type: SubjectType,
    /// The only claims about a person that it gets beside `sub`, by name; `None`: all that its scopes allow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<BTreeSet<String>>,
    /// Userinfo is answered as a JWT signed so; `None`: as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// Whether it may have tokens for itself (RFC 6749, section 4.4), with its rights as scopes.
    pub client_credentials: bool,
    /// Whether it may log people in on devices without a keyboard (RFC 8628).
    pub device_code: bool,
    /// Whether it may introspect tokens of the tenant's other clients (RFC 7662): an API that is given them.
    pub resource_server: bool,
    /// Days for which an unused refresh token lives; `None`: the installation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_days: Option<u32>,
    /// Where the end of a session is told to it (OpenID Connect Back-Channel Logout).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether `sid` must be in what it is told.
    pub backchannel_logout_session_required: bool,
}

impl Default for ClientProtocol {
    fn default() -> Self {
        Self {
            auth_method: ClientAuthMethod::default(),
            jwks: None,
            require_pushed_authorization_requests: false,
            dpop_bound_access_tokens: false,
            consent: ConsentPolicy::default(),
            single_sign_on: true,
            access_token: AccessTokenFormat::default(),
            subject_type: SubjectType::default(),
            claims: None,
            userinfo_signed_response_alg: None,
            client_credentials: false,
            device_code: false,
            resource_server: false,
            refresh_days: None,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
        }
    }
}

/// Why a setting cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is none of this name.
    #[error("there is no such setting; known: {known}")]
    Unknown {
        /// The names there are.
        known: String,
    },
    /// The value is none of this setting's.
    #[error("the value is none of this setting's")]
    Value,
}

impl ClientProtocol {
    /// Names of all settings.
    pub const SETTINGS: [&'static str; 16] = [
        "auth_method",
        "jwks",
        "require_pushed_authorization_requests",
        "dpop_bound_access_tokens",
        "consent",
        "single_sign_on",
        "access_token",
        "subject_type",
        "claims",
        "userinfo_signed_response_alg",
        "client_credentials",
        "device_code",
        "resource_server",
        "refresh_days",
        "backchannel_logout_uri",
        "backchannel_logout_session_required",
    ];

    /// The same with another value of one setting: JSON, or a bare word; an empty text takes a value away.
    ///
    /// # Errors
    /// [`SettingError`].
    pub fn with(&self, name: &str, text: &str) -> Result<Self, SettingError> {
        if !Self::SETTINGS.contains(&name) {
            let known = Self::SETTINGS.join(", ");
            return Err(SettingError::Unknown { known });
        }
        let mut all = serde_json::to_value(self).map_err(|_| SettingError::Value)?;
        let value = match text {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        };
        let settings = all.as_object_mut().ok_or(SettingError::Value)?;
        if value.is_null() {
            settings.remove(name);
        } else {
            settings.insert(name.to_owned(), value);
        }
        serde_json::from_value(all).map_err(|_| SettingError::Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_changed_one_by_one() {
        let plain = ClientProtocol::default();
        let asked = plain.with("consent", "ask").unwrap().with("refresh_days", "7").unwrap();
        assert_eq!((asked.consent, asked.refresh_days), (ConsentPolicy::Ask, Some(7)));
        assert_eq!(
            asked.with("consent", "").unwrap().with("refresh_days", "").unwrap(),
            plain
        );
        assert_eq!(asked.with("claims", r#"["name"]"#).unwrap().claims.unwrap().len(), 1);
        assert_eq!(plain.with("consent", "maybe"), Err(SettingError::Value));
        assert!(matches!(plain.with("colour", "red"), Err(SettingError::Unknown { .. })));
        // Every field has its name here.
        let full = ClientProtocol {
            jwks: Some(Value::Null),
            claims: Some(BTreeSet::new()),
            userinfo_signed_response_alg: Some(SigningAlgorithm::Es256),
            refresh_days: Some(1),
            backchannel_logout_uri: Some(String::new()),
            ..ClientProtocol::default()
        };
        let full = serde_json::to_value(full).unwrap();
        let names: BTreeSet<_> = full.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(ClientProtocol::SETTINGS));
    }
}
