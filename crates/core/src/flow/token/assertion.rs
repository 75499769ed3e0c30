//! A client proves itself by an assertion that it signed (RFC 7521, section 4.2; RFC 7523, section 3; OpenID Connect
//! Core, section 9, `private_key_jwt`).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::flow::{Engine, Visit};
use crate::model::{Client, Tenant, UsedOnce};
use crate::oidc::{OAuthError, TenantUrls, VerifiedJwt, verify_jwt};
use crate::secret::Digest256;
use crate::store::{Change, UnitOfWork};

/// The only kind of assertion there is.
pub(in crate::flow) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far ahead an assertion may end: who finds one that was never used has so long. Authlib's live an hour.
const LONGEST: Duration = Duration::from_secs(3600);

/// How far the clocks of a client and of this machine may be apart.
const SKEW: Duration = Duration::from_secs(30);

/// Characters of a `jti` at most.
const LONGEST_ID: usize = 256;

/// Whom an assertion names, before anything of it is believed: by this the keys are found that it must hold to.
pub(in crate::flow) fn named(assertion: &str) -> Option<String> {
    let claims = assertion.split('.').nth(1)?;
    let claims: Map<String, Value> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// An assertion that holds.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    id: String,
    ends: Timestamp,
}

impl Engine {
    /// Whether the client made this assertion, for here, now, and uses it for the first time.
    ///
    /// # Errors
    /// Temporarily unavailable in an outage.
    pub(in crate::flow) async fn asserted(
        &self,
        tenant: &Tenant,
        client: &Client,
        assertion: &str,
        visit: &Visit,
    ) -> Result<Result<(), &'static str>, OAuthError> {
        let held = match check(client, assertion, &visit.urls, self.now()) {
            Ok(held) => held,
            Err(why) => return Ok(Err(why)),
        };
        let what = format!("assertion/{}/{}/{}", tenant.id, client.id, held.id);
        let first = self.first_use(tenant, &what, held.ends.plus(SKEW)).await?;
        Ok(if first { Ok(()) } else { Err("it was used before") })
    }

    /// Whether this is seen for the first time; until `ends` it is remembered.
    ///
    /// # Errors
    /// Temporarily unavailable in an outage: what cannot be remembered is not taken.
    pub(in crate::flow) async fn first_use(
        &self,
        tenant: &Tenant,
        what: &str,
        ends: Timestamp,
    ) -> Result<bool, OAuthError> {
        let used = UsedOnce {
            digest: Digest256::of(what),
            tenant_id: tenant.id,
            expires_at: ends,
        };
        let unit = UnitOfWork::new(tenant.id).with(Change::record(&used).map_err(OAuthError::unavailable)?);
        match self.parts.store.begin(tenant.id).save(unit).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => Ok(false),
            Err(error) => Err(OAuthError::unavailable(error)),
        }
    }
}

/// All of RFC 7523, section 3 but whether it is used for the first time.
fn check(client: &Client, assertion: &str, urls: &TenantUrls, now: Timestamp) -> Result<Held, &'static str> {
    let keys = client.protocol.jwks.as_ref().and_then(|set| set["keys"].as_array());
    let keys = keys.ok_or("the client has no keys")?;
    let jwt = verify_jwt(assertion, keys).map_err(|_| "no key of the client's made it")?;
    // RFC 8725, section 3.11: a DPoP proof by the same key is no assertion.
    let typ = jwt.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    if typ != "jwt" && typ != "client-authentication+jwt" {
        return Err("its type is another");
    }
    let id = client.id.to_string();
    if jwt.text("iss") != Some(&id) || jwt.text("sub") != Some(&id) {
        return Err("iss and sub are not the client");
    }
    if !is_for_us(&jwt, urls) {
        return Err("it is for another audience");
    }
    let ends = times(&jwt, now)?;
    let id = jwt.text("jti").filter(|id| (1..=LONGEST_ID).contains(&id.len()));
    Ok(Held {
        id: id.ok_or("it has no jti that can be kept")?.to_owned(),
        ends,
    })
}

/// The issuer, or one of its endpoints that clients prove themselves at. Which of them does not matter: they are one
/// server, and an assertion is taken once.
fn is_for_us(jwt: &VerifiedJwt, urls: &TenantUrls) -> bool {
    let ours = [
        urls.issuer().to_owned(),
        urls.token(),
        urls.pushed_authorization_request(),
        urls.revoke(),
        urls.introspect(),
        urls.device_authorization(),
    ];
    ours.iter().any(|url| jwt.is_for(url))
}

fn times(jwt: &VerifiedJwt, now: Timestamp) -> Result<Timestamp, &'static str> {
    let at = |name| {
        let seconds = jwt.seconds(name)?;
        Some(Timestamp::from_millis(seconds.saturating_mul(1000)))
    };
    let ends = at("exp").ok_or("it has no end")?;
    if ends.plus(SKEW) <= now {
        return Err("it is over");
    }
    if ends > now.plus(LONGEST).plus(SKEW) {
        return Err("it lives too long");
    }
    if ["nbf", "iat"]
        .into_iter()
        .filter_map(at)
        .any(|from| from > now.plus(SKEW))
    {
        return Err("it is of the future");
    }
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::clock::{Clock as _, SystemClock, SystemRandom};
    use crate::flow::claims::tests::client;
    use crate::ids::KeyId;
    use crate::oidc::{PrivateKey, Signer, SigningAlgorithm};

    const ISSUER: &str = "https://login.example/t/acme";

    fn signer() -> Signer {
        let key = PrivateKey::generate(SigningAlgorithm::Es256).unwrap();
        Signer::new(KeyId::generate(&SystemClock, &SystemRandom), &key).unwrap()
    }

    /// An assertion with changes to header and claims, checked.
    fn checked(header: &Value, claims: &Value) -> Result<Held, &'static str> {
        let signer = signer();
        let mut client = client("openid", None);
        client.protocol.jwks = Some(json!({"keys": [signer.public_jwk()]}));
        let id = client.id.to_string();
        let mut head = json!({"alg": "ES256", "kid": signer.id().to_string()});
        let mut body = json!({
            "iss": id, "sub": id, "aud": ISSUER, "jti": "x", "exp": SystemClock.now().as_secs() + 60,
        });
        for (all, changes) in [(&mut head, header), (&mut body, claims)] {
            for (name, value) in changes.as_object().unwrap() {
                all[name] = value.clone();
            }
        }
        let assertion = signer.sign_with_header(&head, &body).unwrap();
        let is_named = named(&assertion).as_deref() == body["sub"].as_str();
        assert!(is_named, "the keys are found by sub");
        check(
            &client,
            &assertion,
            &TenantUrls::new(ISSUER.to_owned()),
            SystemClock.now(),
        )
    }

    #[test]
    fn who_it_is_for() {
        for aud in [
            json!(ISSUER),
            json!([format!("{ISSUER}/oauth2/token")]),
            json!(["https://elsewhere.example", format!("{ISSUER}/oauth2/introspect")]),
        ] {
            assert!(checked(&json!({}), &json!({"aud": aud})).is_ok(), "{aud}");
        }
        for typ in ["JWT", "client-authentication+jwt", "jwt"] {
            assert!(checked(&json!({"typ": typ}), &json!({})).is_ok());
        }
        assert!(checked(&json!({}), &json!({"exp": SystemClock.now().as_secs() + 3600})).is_ok());
    }

    #[test]
    fn what_is_wrong_with_an_assertion() {
        let now = SystemClock.now().as_secs();
        for (header, claims) in [
            (json!({"alg": "none"}), json!({})),
            (json!({"alg": "HS256"}), json!({})),
            (json!({"alg": "ES384"}), json!({})),
            (json!({"kid": "another"}), json!({})),
            (json!({"typ": "dpop+jwt"}), json!({})),
            (json!({"typ": "at+jwt"}), json!({})),
            (json!({}), json!({"iss": "somebody"})),
            (json!({}), json!({"iss": null})),
            (json!({}), json!({"sub": "somebody"})),
            (json!({}), json!({"aud": "https://login.example/t/other"})),
            (json!({}), json!({"aud": format!("{ISSUER}/")})),
            (json!({}), json!({"aud": null})),
            (json!({}), json!({"exp": null})),
            (json!({}), json!({"exp": now - 60})),
            (json!({}), json!({"exp": now + 3700})),
            (json!({}), json!({"nbf": now + 300})),
            (json!({}), json!({"iat": now + 300})),
            (json!({}), json!({"jti": null})),
            (json!({}), json!({"jti": ""})),
        ] {
            assert!(checked(&header, &claims).is_err(), "{header} {claims}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bit_of_an_assertion_can_be_turned(place in any::<prop::sample::Index>(), bit in 0..8_u32, text in ".{0,200}") {
            let signer = signer();
            let mut client = client("openid", None);
            client.protocol.jwks = Some(json!({"keys": [signer.public_jwk()]}));
            let (id, now) = (client.id.to_string(), SystemClock.now());
            let claims = json!({"iss": id, "sub": id, "aud": ISSUER, "jti": "x", "exp": now.as_secs() + 60});
            let made = signer.sign(&claims).unwrap();
            let urls = TenantUrls::new(ISSUER.to_owned());
            prop_assert!(check(&client, &made, &urls, now).is_ok());
            let mut bytes = made.into_bytes();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let turned = String::from_utf8_lossy(&bytes);
            // Whom it names is looked for before anything of it is believed.
            let _ = (named(&turned), named(&text));
            prop_assert!(check(&client, &turned, &urls, now).is_err(), "{}", turned);
            prop_assert!(check(&client, &text, &urls, now).is_err());
        }
    }

    #[test]
    fn only_the_clients_own_keys_count() {
        let (signer, other) = (signer(), signer());
        let mut client = client("openid", None);
        let id = client.id.to_string();
        let claims = json!({"iss": id, "sub": id, "aud": ISSUER, "jti": "x", "exp": SystemClock.now().as_secs() + 60});
        let assertion = signer.sign(&claims).unwrap();
        let urls = TenantUrls::new(ISSUER.to_owned());
        for jwks in [None, Some(json!({})), Some(json!({"keys": [other.public_jwk()]}))] {
            client.protocol.jwks = jwks;
            assert!(check(&client, &assertion, &urls, SystemClock.now()).is_err());
        }
    }
}
