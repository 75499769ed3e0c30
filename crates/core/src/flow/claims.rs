//! Which claims a client gets of an identity.

use serde_json::{Map, Value};

use crate::ids::SubjectId;
use crate::model::Identity;
use crate::oidc::Scopes;

/// Subjects by which a client may know the person still, since they were merged into `sub`.
const PREVIOUS: &str = "hufu_previous_subs";

/// A provider's claim `x_y` when the scopes have `x`; the profile when they have `profile`. A provider can neither set
/// nor shadow a claim that the engine answers for.
pub(super) fn claims(identity: &Identity, scopes: &Scopes, previous: &[SubjectId]) -> Map<String, Value> {
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
        .filter(|(name, _)| name.split_once('_').is_some_and(|(scope, _)| scopes.has(scope)));
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
        let told = claims(&identity, &Scopes::parse("openid wechat"), &[]);
        assert_eq!(Value::Object(told), json!({"wechat_openid": "o1"}));
        let told = claims(&identity, &Scopes::parse("openid profile"), &[]);
        assert!(told.is_empty(), "what is the provider's own is asked for by its scope");
    }
}
