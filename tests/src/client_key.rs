//! A key of an app's: it signs proofs of possession and assertions with a foreign library.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hufu_core::oidc::{PrivateKey, SigningAlgorithm};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A P-256 key.
pub struct ClientKey {
    key: EncodingKey,
    jwk: Jwk,
    made: AtomicU32,
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey").finish_non_exhaustive()
    }
}

impl ClientKey {
    /// A new one.
    pub fn generate() -> Self {
        let key = PrivateKey::generate(SigningAlgorithm::Es256).unwrap();
        let key = EncodingKey::from_ec_der(key.pkcs8.expose_secret());
        let jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        Self {
            key,
            jwk,
            made: AtomicU32::new(0),
        }
    }

    /// The public half.
    pub fn jwk(&self) -> Value {
        serde_json::to_value(&self.jwk).unwrap()
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        self.jwk.thumbprint(ThumbprintHash::SHA256).unwrap()
    }

    fn id(&self) -> String {
        format!("jti {}", self.made.fetch_add(1, Ordering::SeqCst))
    }

    /// A proof of possession, made at `at` (seconds); with the access token at a resource (RFC 9449, section 4.2).
    pub fn proof(&self, method: &str, url: &str, at: i64, token: Option<&str>) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("dpop+jwt".to_owned());
        header.jwk = Some(self.jwk.clone());
        let mut claims = json!({"htm": method, "htu": url, "iat": at, "jti": self.id()});
        if let Some(token) = token {
            claims["ath"] = URL_SAFE_NO_PAD.encode(Sha256::digest(token)).into();
        }
        encode(&header, &claims, &self.key).unwrap()
    }

    /// An assertion of the client at `audience` (RFC 7523, section 3), valid for a minute from `at`.
    pub fn assertion(&self, client_id: &str, audience: &str, at: i64) -> String {
        let claims = json!({"iss": client_id, "sub": client_id, "aud": audience, "exp": at + 60, "jti": self.id()});
        encode(&Header::new(Algorithm::ES256), &claims, &self.key).unwrap()
    }
}
