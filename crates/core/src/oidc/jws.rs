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

/// Members of a JWK that only a private or a symmetric key has (RFC 7518, sections 6.2.2, 6.3.2 and 6.4).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Whether a key says nothing that is to stay with its owner.
#[must_use]
pub fn is_public_jwk(key: &Map<String, Value>) -> bool {
    PRIVATE.iter().all(|member| !key.contains_key(*member))
}

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
    use std::sync::LazyLock;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::prelude::*;
    use serde_json::json;
    use sha2::Sha256;

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

    /// A key of each kind, and a token by it.
    static MADE: LazyLock<Vec<(Value, String)>> = LazyLock::new(|| {
        let made = SigningAlgorithm::ALL.map(|algorithm| {
            let signer = signer(algorithm);
            let token = signer.sign(&json!({"sub": "x", "exp": 4_000_000_000_i64})).unwrap();
            (signer.public_jwk(), token)
        });
        made.into()
    });

    /// All public keys, also under each other's names and without a name or algorithm.
    fn keys() -> Vec<Value> {
        let mut keys = Vec::new();
        for (jwk, _) in MADE.iter() {
            for (named, _) in MADE.iter() {
                let mut renamed = jwk.clone();
                renamed["kid"] = named["kid"].clone();
                keys.push(renamed);
            }
            let mut bare = jwk.clone();
            for name in ["kid", "alg", "use"] {
                bare.as_object_mut().unwrap().remove(name);
            }
            keys.push(bare);
        }
        keys
    }

    /// What an attacker has who knows the public key, and hopes that it serves as a secret.
    fn public_secrets(jwk: &Value) -> Vec<Vec<u8>> {
        let mut secrets = vec![Vec::new(), jwk.to_string().into_bytes()];
        for name in ["n", "x", "y", "kid"] {
            if let Some(text) = jwk[name].as_str() {
                secrets.push(text.as_bytes().to_vec());
                secrets.extend(URL_SAFE_NO_PAD.decode(text));
            }
        }
        secrets
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_is_a_token(text in ".{0,300}", shape in "[A-Za-z0-9_=-]{0,80}(\\.[A-Za-z0-9_=-]{0,80}){0,4}") {
            prop_assert!(verify_jwt(&text, &keys()).is_err());
            prop_assert!(verify_jwt(&shape, &keys()).is_err());
        }

        /// Any bit of a token that holds, turned.
        #[test]
        fn no_bit_can_be_turned(which in 0..3_usize, place in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let (_, token) = &MADE[which];
            prop_assert!(verify_jwt(token, &keys()).is_ok());
            let mut bytes = token.clone().into_bytes();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let turned = String::from_utf8_lossy(&bytes);
            prop_assert!(verify_jwt(&turned, &keys()).is_err(), "{} at {}", turned, at);
        }

        /// A header of the attacker's own, with no signature, a borrowed one, one made of noise, or an HMAC by what is
        /// public.
        #[test]
        fn no_header_makes_a_token(
            which in 0..3_usize,
            alg in prop_oneof![
                prop::sample::select(vec!["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA", "ES256K"]).prop_map(str::to_owned),
                "[A-Za-z0-9]{0,8}",
            ],
            kid in 0..5_usize,
            more in prop::sample::select(vec!["crit", "b64", "jku", "x5u", "jwk", "x5c", "zip", "enc"]),
            noise in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let (jwk, token) = &MADE[which];
            let mut header = json!({"alg": alg, "typ": "JWT"});
            match kid {
                0 | 1 => header["kid"] = jwk["kid"].clone(),
                2 => header["kid"] = json!("../../dev/null"),
                3 => header[more] = jwk.clone(),
                _ => {}
            }
            let claims = json!({"sub": "admin", "exp": 4_000_000_000_i64});
            let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
            let borrowed = token.rsplit('.').next().unwrap();
            let mut signatures = vec![String::new(), borrowed.to_owned(), URL_SAFE_NO_PAD.encode(&noise)];
            for secret in public_secrets(jwk) {
                let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
                mac.update(signed.as_bytes());
                signatures.push(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
            }
            for signature in signatures {
                prop_assert!(verify_jwt(&format!("{signed}.{signature}"), &keys()).is_err(), "{}", header);
            }
            prop_assert!(verify_jwt(&signed, &keys()).is_err());
        }
    }

    /// A token is refused by every key of another kind, whatever that is called.
    #[test]
    fn a_key_of_another_kind_is_none() {
        for (own, token) in MADE.iter() {
            for (other, _) in MADE.iter().filter(|(other, _)| other["kid"] != own["kid"]) {
                let mut dressed = other.clone();
                for name in ["kid", "alg", "use"] {
                    dressed[name] = own[name].clone();
                }
                let mut crossed = dressed.clone();
                crossed["kty"] = own["kty"].clone();
                assert!(verify_jwt(token, &[dressed, crossed]).is_err(), "{other}");
            }
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
