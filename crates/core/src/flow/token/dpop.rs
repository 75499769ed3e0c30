//! Proofs of possession (RFC 9449): a token that is bound to a key is of no use to who steals it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::clock::Timestamp;
use crate::flow::Engine;
use crate::model::Tenant;
use crate::oidc::{CLIENT_ALGORITHMS, JwtType, OAuthError, OAuthErrorCode, is_public_jwk, verify_jwt};
use crate::secret::constant_time_eq;

/// How far the clocks of a client and of this machine may be apart.
const SKEW: Duration = Duration::from_secs(60);

/// Characters of a `jti` at most.
const LONGEST_ID: usize = 256;

/// What a proof must be about.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) struct Proof<'a> {
    /// The request's method.
    method: &'a str,
    /// Its URL, from the issuer and never from the request's own headers.
    url: &'a str,
    /// The access token that comes with it, at a resource.
    token: Option<&'a str>,
}

impl<'a> Proof<'a> {
    /// Of a POST without a token.
    pub(in crate::flow) fn post(url: &'a str) -> Self {
        Self {
            method: "POST",
            url,
            token: None,
        }
    }

    /// Of a request with an access token.
    pub(in crate::flow) fn with_token(method: &'a str, url: &'a str, token: &'a str) -> Self {
        Self {
            method,
            url,
            token: Some(token),
        }
    }
}

/// A proof that holds.
#[derive(Debug)]
struct Proved {
    /// Thumbprint of its key (RFC 7638).
    jkt: String,
    /// Its `jti`.
    id: String,
    /// When it was made.
    at: Timestamp,
}

fn invalid(why: &str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidDpopProof, "the DPoP proof does not hold").with_debug(why)
}

impl Engine {
    /// Thumbprint of the key that a request proves to hold by its `DPoP` header; `None`: it has no such header. A proof
    /// is taken once.
    ///
    /// # Errors
    /// [`OAuthErrorCode::InvalidDpopProof`]; temporarily unavailable in an outage.
    pub(in crate::flow) async fn proved_key(
        &self,
        tenant: &Tenant,
        header: Option<&str>,
        wanted: &Proof<'_>,
    ) -> Result<Option<String>, OAuthError> {
        let Some(header) = header else {
            return Ok(None);
        };
        let proved = check(header, wanted, self.now()).map_err(invalid)?;
        let what = format!("dpop/{}/{}/{}", tenant.id, proved.jkt, proved.id);
        // Past both ends of the window its time alone refuses it.
        let end = proved.at.plus(SKEW).plus(SKEW);
        if self.first_use(tenant, &what, end).await? {
            Ok(Some(proved.jkt))
        } else {
            Err(invalid("it was used before"))
        }
    }
}

/// All of RFC 9449, section 4.3 but whether it is used for the first time.
fn check(header: &str, wanted: &Proof<'_>, now: Timestamp) -> Result<Proved, &'static str> {
    let (head, _) = header.split_once('.').ok_or("it is no JWT")?;
    let head = URL_SAFE_NO_PAD.decode(head).map_err(|_| "its header is no base64url")?;
    let head: Map<String, Value> = serde_json::from_slice(&head).map_err(|_| "its header is no JSON")?;
    if head.get("typ").and_then(Value::as_str) != Some(JwtType::Dpop.as_str()) {
        return Err("its type is another");
    }
    if head.contains_key("crit") {
        return Err("it wants what is not understood");
    }
    let algorithm = head.get("alg").and_then(Value::as_str).unwrap_or_default();
    if !CLIENT_ALGORITHMS.contains(&algorithm) {
        return Err("its algorithm is not taken");
    }
    let jwk = head.get("jwk").and_then(Value::as_object).ok_or("it has no key")?;
    let jkt = thumbprint(jwk)?;
    // The key is the one in the proof, whatever either is called.
    let mut key = jwk.clone();
    key.remove("kid");
    if let Some(kid) = head.get("kid") {
        key.insert("kid".to_owned(), kid.clone());
    }
    let jwt = verify_jwt(header, &[Value::Object(key)]).map_err(|_| "its signature does not hold")?;
    if jwt.text("htm") != Some(wanted.method) {
        return Err("it is for another method");
    }
    if !jwt.text("htu").is_some_and(|url| is_same(url, wanted.url)) {
        return Err("it is for another URL");
    }
    let at = jwt.seconds("iat").ok_or("it does not say when it was made")?;
    let at = Timestamp::from_millis(at.saturating_mul(1000));
    if at > now.plus(SKEW) || at < now.minus(SKEW) {
        return Err("it was not made now");
    }
    if let Some(token) = wanted.token {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
        if !jwt.text("ath").is_some_and(|ath| constant_time_eq(ath, &hash)) {
            return Err("it is for another access token");
        }
    }
    let id = jwt.text("jti").filter(|id| (1..=LONGEST_ID).contains(&id.len()));
    Ok(Proved {
        jkt,
        id: id.ok_or("it has no jti that can be kept")?.to_owned(),
        at,
    })
}

/// The thumbprint of a public key (RFC 7638, section 3; RFC 8037, section 2).
fn thumbprint(jwk: &Map<String, Value>) -> Result<String, &'static str> {
    if !is_public_jwk(jwk) {
        return Err("its key is no public one");
    }
    let required: &[&str] = match jwk.get("kty").and_then(Value::as_str) {
        Some("RSA") => &["e", "kty", "n"],
        Some("EC") => &["crv", "kty", "x", "y"],
        Some("OKP") => &["crv", "kty", "x"],
        _ => return Err("its kind of key is not taken"),
    };
    let is_plain = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let mut members = Vec::with_capacity(required.len());
    for name in required {
        let value = jwk.get(*name).and_then(Value::as_str).filter(|value| is_plain(value));
        members.push(format!("\"{name}\":\"{}\"", value.ok_or("its key is not whole")?));
    }
    let canonical = format!("{{{}}}", members.join(","));
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes())))
}

/// Whether two URLs are the same without query and fragment, normalized as RFC 9449, section 4.3 has it.
fn is_same(claimed: &str, ours: &str) -> bool {
    let read = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    matches!((read(claimed), read(ours)), (Some(claimed), Some(ours)) if claimed == ours)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::clock::{Clock as _, SystemClock, SystemRandom};
    use crate::ids::KeyId;
    use crate::oidc::{PrivateKey, Signer, SigningAlgorithm};

    const URL: &str = "https://login.example/t/acme/oauth2/token";

    /// A proof with changes to header and claims.
    fn proof(algorithm: SigningAlgorithm, header: &Value, claims: &Value) -> String {
        let key = PrivateKey::generate(algorithm).unwrap();
        let signer = Signer::new(KeyId::generate(&SystemClock, &SystemRandom), &key).unwrap();
        let mut jwk = signer.public_jwk();
        jwk.as_object_mut().unwrap().remove("kid");
        let mut head = json!({"typ": "dpop+jwt", "alg": algorithm.as_str(), "jwk": jwk});
        let mut body = json!({"htm": "POST", "htu": URL, "iat": SystemClock.now().as_secs(), "jti": "x"});
        for (all, changes) in [(&mut head, header), (&mut body, claims)] {
            for (name, value) in changes.as_object().unwrap() {
                if name == "jwk" {
                    for (name, value) in value.as_object().unwrap() {
                        all["jwk"][name] = value.clone();
                    }
                } else {
                    all[name] = value.clone();
                }
            }
        }
        signer.sign_with_header(&head, &body).unwrap()
    }

    fn checked(header: &Value, claims: &Value) -> Result<Proved, &'static str> {
        let proof = proof(SigningAlgorithm::Es256, header, claims);
        check(&proof, &Proof::post(URL), SystemClock.now())
    }

    #[test]
    fn every_kind_of_key_proves() {
        for algorithm in SigningAlgorithm::ALL {
            let proof = proof(algorithm, &json!({}), &json!({}));
            let proved = check(&proof, &Proof::post(URL), SystemClock.now()).unwrap();
            assert_eq!((proved.jkt.len(), &*proved.id), (43, "x"));
        }
        for claims in [
            json!({"htu": format!("{URL}?a=b#c")}),
            json!({"htu": URL.replace("login.example", "LOGIN.example:443")}),
            json!({"iat": SystemClock.now().as_secs() - 50}),
            json!({"iat": SystemClock.now().as_secs() + 50}),
        ] {
            assert!(checked(&json!({}), &claims).is_ok(), "{claims}");
        }
        assert!(checked(&json!({"kid": "named"}), &json!({})).is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_proof() {
        let now = SystemClock.now().as_secs();
        for (header, claims) in [
            (json!({"typ": "JWT"}), json!({})),
            (json!({"typ": "at+jwt"}), json!({})),
            (json!({"typ": null}), json!({})),
            (json!({"alg": "none"}), json!({})),
            (json!({"alg": "HS256"}), json!({})),
            (json!({"alg": "RS256"}), json!({})),
            (json!({"crit": ["x"]}), json!({})),
            (json!({"jwk": {"d": "AAAA"}}), json!({})),
            (json!({"jwk": {"kty": "oct", "k": "AAAA"}}), json!({})),
            (json!({"jwk": {"x": "AAAA"}}), json!({})),
            (json!({"jwk": {"x": "\",\""}}), json!({})),
            (json!({}), json!({"htm": "GET"})),
            (json!({}), json!({"htm": "post"})),
            (json!({}), json!({"htu": "https://login.example/t/other/oauth2/token"})),
            (json!({}), json!({"htu": "http://login.example/t/acme/oauth2/token"})),
            (json!({}), json!({"htu": "not a URL"})),
            (json!({}), json!({"iat": now - 90})),
            (json!({}), json!({"iat": now + 90})),
            (json!({}), json!({"iat": null})),
            (json!({}), json!({"jti": ""})),
            (json!({}), json!({"jti": "x".repeat(300)})),
            (json!({}), json!({"jti": 1})),
        ] {
            assert!(checked(&header, &claims).is_err(), "{header} {claims}");
        }
        for nonsense in ["", "x", "a.b.c", "e30.e30.AA"] {
            assert!(check(nonsense, &Proof::post(URL), SystemClock.now()).is_err());
        }
    }

    #[test]
    fn at_a_resource_it_is_about_the_token() {
        let now = SystemClock.now();
        let wanted = Proof::with_token("POST", URL, "token");
        let ath = |token: &str| URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
        let made = |claims: Value| proof(SigningAlgorithm::EdDsa, &json!({}), &claims);
        assert!(check(&made(json!({"ath": ath("token")})), &wanted, now).is_ok());
        assert!(check(&made(json!({"ath": ath("other")})), &wanted, now).is_err());
        assert!(check(&made(json!({})), &wanted, now).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bit_of_a_proof_can_be_turned(place in any::<prop::sample::Index>(), bit in 0..8_u32, text in ".{0,200}") {
            let made = proof(SigningAlgorithm::Es256, &json!({}), &json!({}));
            let mut bytes = made.clone().into_bytes();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let now = SystemClock.now();
            prop_assert!(check(&made, &Proof::post(URL), now).is_ok());
            let turned = String::from_utf8_lossy(&bytes);
            prop_assert!(check(&turned, &Proof::post(URL), now).is_err(), "{}", turned);
            prop_assert!(check(&text, &Proof::post(URL), now).is_err());
        }

        /// A header of the attacker's own with any key in it, over a signature of another.
        #[test]
        fn no_header_makes_a_proof(
            alg in "(none|HS256|ES256|ES384|EdDSA|RS256|PS256|[A-Za-z0-9]{0,6})",
            kty in "(EC|OKP|RSA|oct|[A-Z]{0,3})",
            crv in "(P-256|P-384|Ed25519|[A-Za-z0-9-]{0,8})",
            number in "[A-Za-z0-9_-]{0,90}",
            noise in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let made = proof(SigningAlgorithm::Es256, &json!({}), &json!({}));
            let (_, signed) = made.split_once('.').unwrap();
            let (claims, signature) = signed.split_once('.').unwrap();
            let jwk = json!({"kty": kty, "crv": crv, "x": number, "y": number, "n": number, "e": "AQAB"});
            let header = URL_SAFE_NO_PAD.encode(json!({"typ": "dpop+jwt", "alg": alg, "jwk": jwk}).to_string());
            for signature in [signature, "", &URL_SAFE_NO_PAD.encode(&noise)] {
                let forged = format!("{header}.{claims}.{signature}");
                prop_assert!(check(&forged, &Proof::post(URL), SystemClock.now()).is_err(), "{}", forged);
            }
        }
    }

    #[test]
    fn the_thumbprint_of_the_rfc() {
        // RFC 7638, section 3.1.
        let jwk = json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
        });
        assert_eq!(
            thumbprint(jwk.as_object().unwrap()).unwrap(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }
}
