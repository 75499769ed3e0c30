//! Reading signed JWTs: those of ours that come back, and those of clients.
//!
//! Only the signature and the type are looked at here; which claims must hold is the caller's to say.

use jsonwebtoken::jwk::{Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::JwtError;

/// The longest token that is read.
const LONGEST: usize = 16 * 1024;

/// The signature algorithms that clients and we ourselves use. `none` and HMAC are none of them: a public key must never
/// serve as a secret (RFC 8725, 2.1).
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// A token whose signature holds.
#[derive(Debug, Clone)]
pub struct VerifiedJwt {
    /// `typ` of the header.
    pub typ: Option<String>,
    /// The claims. Neither times nor audience are checked.
    pub claims: Map<String, Value>,
}

impl VerifiedJwt {
    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim that is a time, in seconds since the epoch.
    #[must_use]
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.claims.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time with a fraction counts as its second"
        )]
        value.as_i64().or_else(|| value.as_f64().map(|value| value as i64))
    }

    /// Whether `aud` is, or holds, this.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        }
    }
}

/// Verifies a token by one of these public keys (JWKs): the one that `kid` names, or without a name any that fits.
///
/// # Errors
/// When it is no signed JWT, or none of the keys made it.
pub fn verify_jwt(token: &str, keys: &[Value]) -> Result<VerifiedJwt, JwtError> {
    if token.len() > LONGEST {
        return Err(JwtError);
    }
    let header = decode_header(token).map_err(|_| JwtError)?;
    // RFC 7515, section 4.1.11: what must be understood is not understood here.
    if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
        return Err(JwtError);
    }
    let named = |key: &&Value| match &header.kid {
        Some(kid) => key["kid"].as_str() == Some(kid),
        None => true,
    };
    keys.iter()
        .filter(named)
        .find_map(|key| verified(token, header.alg, key))
        .map(|claims| VerifiedJwt {
            typ: header.typ.clone(),
            claims,
        })
        .ok_or(JwtError)
}

fn verified(token: &str, algorithm: Algorithm, key: &Value) -> Option<Map<String, Value>> {
    let jwk: Jwk = serde_json::from_value(key.clone()).ok()?;
    let fits = jwk
        .common
        .key_algorithm
        .is_none_or(|own: KeyAlgorithm| own.to_string() == format!("{algorithm:?}"));
    if !fits {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let data = decode::<Map<String, Value>>(token, &key, &validation).ok()?;
    Some(data.claims)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::{SystemClock, SystemRandom};
    use crate::ids::KeyId;
    use crate::oidc::{JwtType, PrivateKey, Signer, SigningAlgorithm};

    fn signer(algorithm: SigningAlgorithm) -> Signer {
        let key = PrivateKey::generate(algorithm).unwrap();
        Signer::new(KeyId::generate(&SystemClock, &SystemRandom), &key).unwrap()
    }

    #[test]
    fn a_token_is_read_by_its_own_key_alone() {
        for algorithm in SigningAlgorithm::ALL {
            let (one, other) = (signer(algorithm), signer(algorithm));
            let token = one
                .sign_as(JwtType::Logout, &json!({"a": "b", "exp": 1, "aud": ["x"]}))
                .unwrap();
            let read = verify_jwt(&token, &[other.public_jwk(), one.public_jwk()]).unwrap();
            assert_eq!(
                (read.typ.as_deref(), read.text("a"), read.seconds("exp")),
                (Some("logout+jwt"), Some("b"), Some(1))
            );
            assert!(read.is_for("x") && !read.is_for("y"));
            assert!(verify_jwt(&token, &[other.public_jwk()]).is_err());
            let mut renamed = other.public_jwk();
            renamed["kid"] = one.public_jwk()["kid"].clone();
            assert!(
                verify_jwt(&token, &[renamed]).is_err(),
                "the name alone is worth nothing"
            );
        }
    }

    #[test]
    fn what_must_be_understood_and_is_not_is_refused() {
        let signer = signer(SigningAlgorithm::Es256);
        let read = |more: Value| {
            let mut head = json!({"alg": "ES256", "kid": signer.id().to_string()});
            head.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let token = signer.sign_with_header(&head, &json!({"sub": "x"})).unwrap();
            verify_jwt(&token, &[signer.public_jwk()]).is_ok()
        };
        assert!(read(json!({})) && read(json!({"x5t": "a", "unknown": 1})));
        for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("exp")] {
            assert!(!read(json!({"crit": crit, "exp": 1, "b64": false})), "{crit}");
        }
    }

    #[test]
    fn unsigned_and_symmetric_tokens_are_none() {
        let key = signer(SigningAlgorithm::Rs256).public_jwk();
        for token in [
            "",
            "a.b.c",
            // {"alg":"none"}.{"sub":"x"}.
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
            // {"alg":"HS256"}
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA",
        ] {
            assert!(verify_jwt(token, std::slice::from_ref(&key)).is_err(), "{token}");
        }
    }
}
