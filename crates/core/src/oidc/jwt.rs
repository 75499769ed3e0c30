//! Signing keys and ID tokens.
//!
//! The key pair is parsed once and kept: parsing an RSA key again for each signature, as a general JWT library does,
//! costs a third of the signature itself. See `docs/adr/0004-signing.md`.

use std::fmt;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ids::KeyId;
use crate::secret::{ExposeSecret as _, SecretSlice};

/// JWS algorithms for ID tokens (RFC 7518, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: every client knows it.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256: a fifteenth of the work.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519 (RFC 8037): the least work. A tenant has such a key only when an operator makes one.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    /// The `alg` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The left half of the text's hash in base64url, as `at_hash` and `c_hash` have it (OpenID Connect Core, 3.1.3.6):
    /// by the hash that the algorithm signs with, which for Ed25519 is SHA-512.
    #[must_use]
    pub fn half_hash(self, text: &str) -> String {
        let hash = match self {
            Self::Rs256 | Self::Es256 => digest(&SHA256, text.as_bytes()),
            Self::EdDsa => digest(&SHA512, text.as_bytes()),
        };
        let bytes = hash.as_ref();
        URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() / 2])
    }
}

/// What a JWT is (its `typ` header).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtType {
    /// An ID token, or userinfo.
    Jwt,
    /// An access token (RFC 9068, section 2.1).
    AccessToken,
    /// A logout token (OpenID Connect Back-Channel Logout, section 2.4).
    Logout,
    /// A proof of possession (RFC 9449, section 4.2).
    Dpop,
}

impl JwtType {
    /// The `typ` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AccessToken => "at+jwt",
            Self::Logout => "logout+jwt",
            Self::Dpop => "dpop+jwt",
        }
    }
}

/// A key cannot be made, read or used. The cause is never shown: it could say something of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key cannot be used")]
pub struct JwtError;

/// A private key as it is stored (sealed): PKCS #8.
#[derive(Clone)]
pub struct PrivateKey {
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// PKCS #8 DER.
    pub pkcs8: SecretSlice<u8>,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({}, [REDACTED])", self.algorithm.as_str())
    }
}

impl PrivateKey {
    /// A new key: RSA with 2048 bits or P-256. Takes tens of milliseconds for RSA: call it off the async threads.
    ///
    /// # Errors
    /// When the crypto library has no randomness.
    pub fn generate(algorithm: SigningAlgorithm) -> Result<Self, JwtError> {
        let pkcs8 = match algorithm {
            SigningAlgorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| JwtError)?;
                pair.as_der().map_err(|_| JwtError)?.as_ref().to_vec()
            }
            SigningAlgorithm::Es256 => {
                let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
                document.map_err(|_| JwtError)?.as_ref().to_vec()
            }
            SigningAlgorithm::EdDsa => {
                let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
                document.map_err(|_| JwtError)?.as_ref().to_vec()
            }
        };
        Ok(Self {
            algorithm,
            pkcs8: pkcs8.into(),
        })
    }
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
    Ed(Box<Ed25519KeyPair>),
}

/// A key ready to sign: parsed once.
pub struct Signer {
    id: KeyId,
    algorithm: SigningAlgorithm,
    pair: Pair,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, {})", self.algorithm.as_str(), self.id)
    }
}

impl Signer {
    /// Parses a stored key.
    ///
    /// # Errors
    /// When the bytes are no key of that algorithm.
    pub fn new(id: KeyId, key: &PrivateKey) -> Result<Self, JwtError> {
        let der = key.pkcs8.expose_secret();
        let pair = match key.algorithm {
            SigningAlgorithm::Rs256 => RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(Box::new(pair))),
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(|pair| Pair::Ec(Box::new(pair)))
            }
            SigningAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der).map(|pair| Pair::Ed(Box::new(pair))),
        }
        .map_err(|_| JwtError)?;
        Ok(Self {
            id,
            algorithm: key.algorithm,
            pair,
        })
    }

    /// The key's id (`kid`).
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The public half as a JWK (RFC 7517).
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                json!({
                    "kty": "RSA",
                    "n": encode(public.modulus().big_endian_without_leading_zero()),
                    "e": encode(public.exponent().big_endian_without_leading_zero()),
                })
            }
            Pair::Ec(pair) => {
                // Uncompressed point: 4, then x and y of 32 bytes each (SEC 1, 2.3.3).
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..65])})
            }
            Pair::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())}),
        };
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.algorithm.as_str());
        jwk["kid"] = json!(self.id.to_string());
        jwk
    }

    /// Signs `claims` as a compact JWS (RFC 7515, section 7.1).
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn sign<T: Serialize>(&self, claims: &T) -> Result<String, JwtError> {
        self.sign_as(JwtType::Jwt, claims)
    }

    /// The same for a token of a certain type: what is of one type is never taken for another (RFC 8725, 3.11).
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn sign_as<T: Serialize>(&self, kind: JwtType, claims: &T) -> Result<String, JwtError> {
        let header = json!({"typ": kind.as_str(), "alg": self.algorithm.as_str(), "kid": self.id.to_string()});
        self.sign_with_header(&header, claims)
    }

    pub(crate) fn sign_with_header<T: Serialize>(&self, header: &Value, claims: &T) -> Result<String, JwtError> {
        let claims = serde_json::to_vec(claims).map_err(|_| JwtError)?;
        let mut token = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, token.as_bytes(), &mut signature)
                    .map_err(|_| JwtError)?;
                signature
            }
            Pair::Ec(pair) => pair
                .sign(&random, token.as_bytes())
                .map_err(|_| JwtError)?
                .as_ref()
                .to_vec(),
            Pair::Ed(pair) => pair.sign(token.as_bytes()).as_ref().to_vec(),
        };
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(token)
    }
}

/// Claims of an ID token (OpenID Connect Core, section 2).
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the fields are the specification's own")]
pub struct IdTokenClaims<'a> {
    pub iss: &'a str,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    pub auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    pub at_hash: String,
    /// How the login was made (`urn:hufu:acr:provider` or `urn:hufu:acr:session`).
    pub acr: &'a str,
    /// By what: the kind of the connector.
    pub amr: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Profile claims and the provider's own.
    #[serde(flatten)]
    pub more: &'a Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom as Random};
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{DecodingKey, Validation, decode};

    #[test]
    fn a_token_verifies_with_the_public_jwk_alone_and_not_when_altered() {
        for algorithm in SigningAlgorithm::ALL {
            let key = PrivateKey::generate(algorithm).unwrap();
            let signer = Signer::new(KeyId::generate(&SystemClock, &Random), &key).unwrap();
            let token = signer.sign(&json!({"sub": "x", "exp": 4_000_000_000_i64})).unwrap();
            let jwk: Jwk = serde_json::from_value(signer.public_jwk()).unwrap();
            let validation = Validation::new(algorithm.as_str().parse().unwrap());
            let public = DecodingKey::from_jwk(&jwk).unwrap();
            assert_eq!(
                decode::<Value>(&token, &public, &validation).unwrap().claims["sub"],
                "x"
            );
            let altered = token.replacen(".eyJ", ".eyK", 1);
            assert!(decode::<Value>(&altered, &public, &validation).is_err());
            assert!(!format!("{key:?} {signer:?}").contains("PRIVATE"));
        }
    }
}
