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
    /// Authorization requests must have a code challenge (RFC 9700, 2.1.1). Of public clients all must anyway; of others
    /// it is wise, but there are libraries that know no PKCE.
    pub require_pkce: bool,
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
    /// Where the end of a session is told to it (OpenID Connect Back-Channel Logout); `sid` is always in what it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
}

impl Default for ClientProtocol {
    fn default() -> Self {
        Self {
            auth_method: ClientAuthMethod::default(),
            jwks: None,
            require_pushed_authorization_requests: false,
            require_pkce: false,
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

/// What a setting is about; forms show them so, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingPart {
    /// How the client proves who it is.
    Proof,
    /// What a person meets when logging in.
    Login,
    /// What the client is given.
    Tokens,
    /// How it hears of a logout.
    Logout,
    /// What it may do without a person at a browser.
    Machine,
}

impl SettingPart {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Proof, Self::Login, Self::Tokens, Self::Logout, Self::Machine];
}

/// Which values a setting has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingShape {
    /// On or off.
    Switch,
    /// One of these words; where none may be chosen too, the empty one stands for it.
    Word(&'static [&'static str]),
    /// Names, each once, or none at all.
    Names,
    /// A whole number, or none.
    Number,
    /// A URI, or none.
    Uri,
    /// A JWK Set, or none.
    Keys,
}

/// One setting, as whatever shows them all is made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as stored and written.
    pub name: &'static str,
    /// What it is about.
    pub part: SettingPart,
    /// Which values it has.
    pub shape: SettingShape,
    /// Whether it is for clients alone that can prove who they are.
    pub confidential: bool,
    /// Whether it says by what the client is known: who changes it could be the client afterwards.
    pub credential: bool,
    /// Whether it gives what only those may give who look after the tenant's accounts: it reaches beyond the client.
    pub granted: bool,
}

impl Setting {
    const fn of(name: &'static str, part: SettingPart, shape: SettingShape) -> Self {
        Self {
            name,
            part,
            shape,
            confidential: false,
            credential: false,
            granted: false,
        }
    }

    const fn confidential(self) -> Self {
        Self {
            confidential: true,
            ..self
        }
    }

    const fn credential(self) -> Self {
        Self {
            credential: true,
            ..self.confidential()
        }
    }

    const fn granted(self) -> Self {
        Self {
            granted: true,
            ..self.confidential()
        }
    }
}

impl ClientProtocol {
    /// All settings, in the order of forms.
    pub const SETTINGS: [Setting; 16] = {
        use SettingPart::{Login, Logout, Machine, Proof, Tokens};
        use SettingShape::{Keys, Names, Number, Switch, Uri, Word};
        [
            Setting::of("auth_method", Proof, Word(&["client_secret", "private_key_jwt"])).credential(),
            Setting::of("jwks", Proof, Keys).credential(),
            Setting::of("require_pushed_authorization_requests", Proof, Switch),
            Setting::of("require_pkce", Proof, Switch).confidential(),
            Setting::of("dpop_bound_access_tokens", Proof, Switch),
            Setting::of("consent", Login, Word(&["first_party", "ask"])),
            Setting::of("single_sign_on", Login, Switch),
            Setting::of("access_token", Tokens, Word(&["opaque", "jwt"])),
            Setting::of("subject_type", Tokens, Word(&["public", "pairwise"])),
            Setting::of(
                "userinfo_signed_response_alg",
                Tokens,
                Word(&["", "RS256", "ES256", "EdDSA"]),
            ),
            Setting::of("claims", Tokens, Names),
            Setting::of("refresh_days", Tokens, Number),
            Setting::of("backchannel_logout_uri", Logout, Uri),
            Setting::of("client_credentials", Machine, Switch).confidential(),
            Setting::of("device_code", Machine, Switch),
            Setting::of("resource_server", Machine, Switch).granted(),
        ]
    };

    /// Names of all settings.
    #[must_use]
    pub fn names() -> [&'static str; 16] {
        Self::SETTINGS.map(|setting| setting.name)
    }

    /// The value of a setting; null: none, or no such setting.
    #[must_use]
    pub fn value(&self, name: &str) -> Value {
        let all = serde_json::to_value(self).unwrap_or_default();
        all.get(name).cloned().unwrap_or_default()
    }

    /// The same, but with the values that `of` has of the settings that are `kept`.
    #[must_use]
    pub fn keeping(&self, of: &Self, kept: impl Fn(&Setting) -> bool) -> Self {
        let mut all = serde_json::to_value(self).unwrap_or_default();
        if let Some(settings) = all.as_object_mut() {
            for setting in Self::SETTINGS.iter().filter(|setting| kept(setting)) {
                settings.insert(setting.name.to_owned(), of.value(setting.name));
            }
            // What has none is left out.
            settings.retain(|_, value| !value.is_null());
        }
        serde_json::from_value(all).unwrap_or_else(|_| of.clone())
    }

    /// The same with another value of one setting: JSON, or a bare word; an empty text takes a value away.
    ///
    /// # Errors
    /// [`SettingError`].
    pub fn with(&self, name: &str, text: &str) -> Result<Self, SettingError> {
        if !Self::names().contains(&name) {
            let known = Self::names().join(", ");
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
        assert_eq!(names, BTreeSet::from(ClientProtocol::names()));
    }

    #[test]
    fn the_table_says_which_values_there_are() {
        let plain = ClientProtocol::default();
        for setting in ClientProtocol::SETTINGS {
            let texts = match setting.shape {
                SettingShape::Switch => vec!["true", "false"],
                SettingShape::Word(words) => words.to_vec(),
                SettingShape::Names => vec![r#"["name"]"#, ""],
                SettingShape::Number => vec!["7", ""],
                SettingShape::Uri => vec!["https://app.example/out", ""],
                SettingShape::Keys => vec![r#"{"keys":[]}"#, ""],
            };
            for text in texts {
                let value = plain.with(setting.name, text).unwrap().value(setting.name);
                let told = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let expected = if text.is_empty() { "null" } else { text };
                assert_eq!(told, expected, "{}", setting.name);
            }
            let is_word = |word: &&str| plain.value(setting.name).as_str().unwrap_or_default() == *word;
            if let SettingShape::Word(words) = setting.shape {
                assert!(words.iter().any(is_word), "the default of {} is a word", setting.name);
            }
        }
    }

    #[test]
    fn what_is_kept_stays() {
        let plain = ClientProtocol::default();
        let wanted = plain
            .with("consent", "ask")
            .unwrap()
            .with("resource_server", "true")
            .unwrap();
        let wanted = wanted.with("jwks", r#"{"keys":[]}"#).unwrap();
        let kept = wanted.keeping(&plain, |setting| setting.granted || setting.credential);
        assert_eq!(kept, plain.with("consent", "ask").unwrap());
        assert_eq!(wanted.keeping(&plain, |_| false), wanted);
        assert_eq!(plain.keeping(&wanted, |_| true), wanted);
    }

    #[test]
    fn what_an_older_version_stored_is_read() {
        let stored = r#"{"consent":"ask","backchannel_logout_session_required":true}"#;
        let read: ClientProtocol = serde_json::from_str(stored).unwrap();
        assert_eq!(read, ClientProtocol::default().with("consent", "ask").unwrap());
    }
}
