//! Which claims a client gets of an identity.

use serde_json::{Map, Value};

use crate::model::{Client, Identity};
use crate::oidc::Scopes;

/// Subjects by which a client may know the person still, since they were merged into `sub`.
const PREVIOUS: &str = "hufu_previous_subs";

/// What stands between an identity and who is told of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    /// Who is told.
    pub(super) client: &'a Client,
    /// What was granted.
    pub(super) scopes: &'a Scopes,
    /// Claims that were asked for by name (OpenID Connect Core, section 5.5).
    pub(super) named: &'a [String],
}

impl Told<'_> {
    /// Whether a claim of this scope is told: its scope was granted, or it was asked for by name by a client that may
    /// have the scope; and the client's list of claims, if there is one, has it.
    fn includes(&self, name: &str, scope: &str) -> bool {
        let is_named = self.named.iter().any(|named| named == name) && self.client.scopes.has(scope);
        let is_listed = self.client.protocol.claims.as_ref();
        (self.scopes.has(scope) || is_named) && is_listed.is_none_or(|list| list.contains(name))
    }
}

/// A provider's claim `x_y` when the scopes have `x`; the profile when they have `profile`. A provider can neither set
/// nor shadow a claim that the engine answers for. Former names of the person go with `sub`: they are no claim about
/// them that a list would have to name.
pub(super) fn claims(identity: &Identity, told: Told<'_>, previous: &[String]) -> Map<String, Value> {
    const OURS: [&str; 13] = [
        PREVIOUS,
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "at_hash",
        "azp",
        "acr",
        "amr",
        "sid",
    ];
    let own = identity
        .claims
        .iter()
        .filter(|(name, _)| !OURS.contains(&name.as_str()))
        .filter(|(name, _)| {
            name.split_once('_')
                .is_some_and(|(scope, _)| told.includes(name, scope))
        });
    let mut claims: Map<String, Value> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(profile) = &identity.profile {
        for (name, value) in [
            ("name", &profile.name),
            ("picture", &profile.picture),
            ("locale", &profile.locale),
        ] {
            if let Some(value) = value
                && told.includes(name, "profile")
            {
                claims.insert(name.to_owned(), Value::String(value.clone()));
            }
        }
    }
    if !previous.is_empty() {
        let previous = previous.iter().map(|id| Value::String(id.clone()));
        claims.insert(PREVIOUS.to_owned(), previous.collect());
    }
    claims
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::{SystemClock, SystemRandom, Timestamp};
    use crate::ids::{ClientId, TenantId};
    use crate::model::{ClientKind, ClientProtocol, Profile, Rights, SnapshotPolicy, Status};
    use crate::oidc::SigningAlgorithm;

    pub(in crate::flow) fn client(scopes: &str, list: Option<&[&str]>) -> Client {
        Client {
            id: ClientId::generate(&SystemClock, &SystemRandom),
            tenant_id: TenantId::generate(&SystemClock, &SystemRandom),
            name: String::new(),
            status: Status::Active,
            kind: ClientKind::Confidential,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            scopes: Scopes::parse(scopes),
            secrets: Vec::new(),
            connectors: Vec::new(),
            id_token_alg: SigningAlgorithm::Rs256,
            snapshot_policy: SnapshotPolicy::Refuse,
            token_seconds: None,
            rights: Rights::default(),
            protocol: ClientProtocol {
                claims: list.map(|list| list.iter().map(|name| (*name).to_owned()).collect()),
                ..ClientProtocol::default()
            },
            created_at: Timestamp::default(),
            version: 1,
        }
    }

    fn told(client: &Client, scopes: &str, named: &[&str]) -> Value {
        let identity = Identity {
            external_id: "o1".to_owned(),
            union_id: None,
            profile: Some(Profile {
                name: Some("n".to_owned()),
                picture: Some("p".to_owned()),
                locale: None,
            }),
            transient: false,
            claims: json!({"sub": "somebody else", "wechat_openid": "o1", "wechat_unionid": "u1"})
                .as_object()
                .unwrap()
                .clone(),
        };
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        let told = Told {
            client,
            scopes: &Scopes::parse(scopes),
            named: &named,
        };
        Value::Object(claims(&identity, told, &[]))
    }

    #[test]
    fn a_provider_cannot_speak_for_the_engine() {
        let client = client("openid profile wechat", None);
        let all = json!({"wechat_openid": "o1", "wechat_unionid": "u1"});
        assert_eq!(told(&client, "openid wechat", &[]), all);
        assert_eq!(
            told(&client, "openid profile", &["sub"]),
            json!({"name": "n", "picture": "p"}),
            "what is the provider's own is asked for by its scope"
        );
    }

    #[test]
    fn one_claim_alone_is_asked_for_by_its_name() {
        let wide = client("openid profile wechat", None);
        assert_eq!(
            told(&wide, "openid", &["name", "wechat_openid", "email"]),
            json!({"name": "n", "wechat_openid": "o1"})
        );
        let narrow = client("openid", None);
        assert_eq!(
            told(&narrow, "openid", &["name", "wechat_openid"]),
            json!({}),
            "a name gives no more than the client's own scopes could"
        );
    }

    #[test]
    fn a_list_of_claims_is_the_end_of_it() {
        let listed = client("openid profile wechat", Some(&["name", "wechat_openid"]));
        assert_eq!(
            told(&listed, "openid profile wechat", &["picture"]),
            json!({"name": "n", "wechat_openid": "o1"})
        );
        let none = client("openid profile wechat", Some(&[]));
        assert_eq!(told(&none, "openid profile wechat", &["name"]), json!({}));
    }
}
