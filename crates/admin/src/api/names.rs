//! Words and times as they are written.

use hufu_core::clock::Timestamp;
use hufu_core::model;
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::asked::wrong;
use crate::http::Refusal;

/// A moment: RFC 3339, answered in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(pub(super) Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = Timestamp::parse(&text);
        at.map(Self)
            .map_err(|_| serde::de::Error::custom("expected an RFC 3339 date-time such as 2026-11-21T09:30:00Z"))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment: RFC 3339, answered in UTC with milliseconds."))
            .into()
    }
}

impl ToSchema for Time {
    fn name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
}

/// A field that must be there and may be null: in a PUT, what is left out would otherwise be lost unseen.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Words of core, under names of the document.
macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident: $core:ty = [$($word:literal),+];)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(transparent)]
            pub(super) struct $name(pub(super) $core);

            impl From<$core> for $name {
                fn from(word: $core) -> Self {
                    Self(word)
                }
            }

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .enum_values(Some([$($word),+]))
                        .description(Some(concat!($($doc),+).trim()))
                        .into()
                }
            }

            impl ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )+

        #[cfg(test)]
        const WORDS: &[(&str, &[&str], fn(&str) -> Option<String>)] = &[
            $((stringify!($name), &[$($word),+], |word| {
                let read: $name = serde_json::from_value(word.into()).ok()?;
                serde_json::to_value(read).ok()?.as_str().map(str::to_owned)
            })),+
        ];
    };
}

words! {
    /// Whether it may be used. A draft is not yet live, open to test logins alone; only connectors have it.
    Status: model::Status = ["active", "disabled", "draft"];
    /// A language of pages.
    Locale: text::Locale = ["zh-CN", "en"];
    /// What somebody may do.
    Role: model::Role = ["platform_owner", "agency_admin", "agency_operator", "tenant_admin", "developer", "auditor"];
    /// Whether an app can keep a secret (RFC 6749, section 2.1).
    ClientKind: model::ClientKind = ["confidential", "public"];
    /// What happens to a visitor whom WeChat shows a snapshot of the page.
    SnapshotPolicy: model::SnapshotPolicy = ["refuse", "allow"];
    /// What a client may do beside logging people in; also the name of a scope.
    Right: model::Right = ["wechat.token", "wechat.jssdk", "wechat.profile", "wechat.relay"];
    /// A JWS algorithm (RFC 7518, section 3.1).
    Algorithm: SigningAlgorithm = ["RS256", "ES256", "EdDSA"];
    /// How a client proves who it is: by a secret, in the header or in the form, or by an assertion signed with a key of
    /// its own (RFC 7523).
    ClientAuthMethod: model::ClientAuthMethod = ["client_secret", "private_key_jwt"];
    /// Whether people are asked before a client gets what it asks for: not at all, or once and again for more.
    ConsentPolicy: model::ConsentPolicy = ["first_party", "ask"];
    /// What access tokens look like: random, or a signed JWT (RFC 9068).
    AccessTokenFormat: model::AccessTokenFormat = ["opaque", "jwt"];
    /// Which `sub` a client sees (OpenID Connect Core, section 8): the same in all of a tenant's clients, or another one
    /// for each host of redirect URIs.
    SubjectType: model::SubjectType = ["public", "pairwise"];
    /// Stage of a signing key.
    KeyState: model::KeyState = ["pending", "active", "retired"];
    /// How a check went: uncertain may pass by itself, bad does not.
    HealthState: model::HealthState = ["good", "uncertain", "bad"];
    /// Who can act on a failure.
    Class: hufu_core::error::Class = ["retry", "start_again", "developer", "tenant_admin", "operator"];
    /// How something ended.
    Outcome: model::Outcome = ["succeeded", "failed", "denied", "expired", "rejected"];
    /// The two lists of the log: parts of people's logins, and changes by operators.
    Family: model::Family = ["logins", "changes"];
    /// What was done.
    Action: model::Action = ["login", "login.callback", "token", "login.consent", "logout", "logout.backchannel",
         "tenant.add", "tenant.change",
        "connector.add", "connector.change", "connector.rotate_secret", "client.add", "client.change", "client.rotate_secret",
        "verify_file.add", "verify_file.remove", "connector.trial", "person.change", "person.erase", "key.rotate",
        "audit.export", "agency.add", "agency.change", "operator.add", "operator.change", "operator.login",
        "operator.logout", "api_key.add", "api_key.revoke", "link.add", "link.use", "server_token.refresh",
        "person.refresh", "person.merge", "person.conflict", "menu.change", "menu.publish", "push.change", "push.replay"];
}

impl Status {
    /// Of what is never a draft.
    pub(super) fn settled(self) -> Result<model::Status, Refusal> {
        match self.0 {
            model::Status::Draft => Err(wrong(
                "invalid_status",
                "/status",
                "须为 active 或 disabled",
                "must be active or disabled",
            )),
            status => Ok(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_core() {
        for (name, words, read) in WORDS {
            for word in *words {
                assert_eq!(read(word).as_deref(), Some(*word), "{name}");
            }
        }
        let documented = |name: &str| WORDS.iter().find(|(known, ..)| *known == name).unwrap().1;
        assert_eq!(documented("Action"), model::Action::ALL.map(model::Action::as_str));
        assert_eq!(
            documented("Algorithm"),
            SigningAlgorithm::ALL.map(SigningAlgorithm::as_str)
        );
        assert_eq!(documented("Right"), model::Right::ALL.map(model::Right::as_str));
        assert_eq!(documented("Role"), model::Role::ALL.map(model::Role::as_str));
        assert_eq!(documented("Outcome"), model::Outcome::ALL.map(model::Outcome::as_str));
    }

    #[test]
    fn times_are_rfc_3339() {
        let at: Time = serde_json::from_str("\"2026-11-21T10:30:00+01:00\"").unwrap();
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-11-21T09:30:00.000Z\"");
        assert!(serde_json::from_str::<Time>("\"yesterday\"").is_err());
        assert!(serde_json::from_str::<Time>("1").is_err());
    }
}
