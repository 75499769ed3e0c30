//! Which claims a client gets of an identity.

use serde_json::{Map, Value};

use crate::ids::SubjectId;
use crate::model::Identity;
use crate::oidc::Scopes;

/// Subjects by which a client may know the person still, since they were merged into `sub`.
const PREVIOUS: &str = "hufu_previous_subs";

/// The provider's own claims always; the profile when the scopes have it. A provider can neither set nor shadow a
/// claim that the engine answers for.
pub(super) fn claims(identity: &Identity, scopes: &Scopes, previous: &[SubjectId]) -> Map<String, Value> {
    const OURS: [&str; 10] = [
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
    ];
    let own = identity
        .claims
        .iter()
        .filter(|(name, _)| !OURS.contains(&name.as_str()));
    let mut claims: Map<String, Value> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    if scopes.has("profile")
        && let Some(profile) = &identity.profile
    {
        for (name, value) in [
            ("name", &profile.name),
            ("picture", &profile.picture),
            ("locale", &profile.locale),
        ] {
            if let Some(value) = value {
                claims.insert(name.to_owned(), Value::String(value.clone()));
            }
        }
    }
    if !previous.is_empty() {
        let previous = previous.iter().map(|id| Value::String(id.to_string()));
        claims.insert(PREVIOUS.to_owned(), previous.collect());
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_provider_cannot_speak_for_the_engine() {
        let identity = Identity {
            external_id: "o1".to_owned(),
            union_id: None,
            profile: None,
            transient: false,
            claims: json!({"sub": "somebody else", "wechat_openid": "o1"})
                .as_object()
                .unwrap()
                .clone(),
        };
        let claims = claims(&identity, &Scopes::parse("openid profile"), &[]);
        assert_eq!(Value::Object(claims), json!({"wechat_openid": "o1"}));
    }
}
