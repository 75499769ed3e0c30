//! Secrets that cannot be printed, and digests that are compared in constant time.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
pub use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// SHA-256 of a high-entropy secret (code, token, client secret, state).
///
/// Such secrets have ≥ 128 random bits, so a plain hash is enough: there is nothing to guess, and a slow
/// password hash would only cost every request milliseconds. Compared in constant time.
#[derive(Clone, Copy, Eq)]
pub struct Digest256([u8; 32]);

impl Digest256 {
    /// Digest of `secret`.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// The text form in the database: base64url, 43 characters.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads [`Digest256::encode`]'s text; `None` when it is no such text.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The left half in base64url: the form of OpenID Connect's `at_hash` (Core, 3.1.3.6).
    #[must_use]
    pub fn left_half(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0[..16])
    }
}

impl PartialEq for Digest256 {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::hash::Hash for Digest256 {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Shows only the first characters: enough to tell two apart in a test's output.
impl fmt::Debug for Digest256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest256({}…)", &self.encode()[..6])
    }
}

impl Serialize for Digest256 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.encode())
    }
}

impl<'de> Deserialize<'de> for Digest256 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::decode(&text).ok_or_else(|| serde::de::Error::custom("not a SHA-256 in base64url"))
    }
}

/// A secret that is part of a record sealed at rest: it can be written there, but never printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoredSecret(String);

impl StoredSecret {
    /// A secret to store.
    #[must_use]
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredSecret([REDACTED])")
    }
}

impl Drop for StoredSecret {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// Compares two texts in constant time (for equal lengths).
#[must_use]
pub fn constant_time_eq(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// A 256-bit key from which values are derived that must be computable again but never guessed.
#[derive(Clone)]
pub struct DerivationKey(Arc<SecretBox<[u8; 32]>>);

impl DerivationKey {
    /// From key bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Arc::new(SecretBox::new(Box::new(bytes))))
    }

    /// `HMAC-SHA-256(key, purpose ‖ 0 ‖ input)` in base64url, 43 characters.
    #[must_use]
    pub fn derive(&self, purpose: &str, input: &str) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(input.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for DerivationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivationKey([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text_form() {
        let digest = Digest256::of("a secret");
        assert_eq!(Digest256::decode(&digest.encode()), Some(digest));
        assert_eq!(Digest256::decode("short"), None);
    }

    #[test]
    fn derived_values_depend_on_key_purpose_and_input() {
        let key = DerivationKey::new([7; 32]);
        assert_eq!(key.derive("code", "a"), key.derive("code", "a"));
        assert_ne!(key.derive("code", "a"), key.derive("code", "b"));
        assert_ne!(key.derive("code", "a"), key.derive("other", "a"));
        assert_ne!(key.derive("code", "a"), DerivationKey::new([8; 32]).derive("code", "a"));
        assert_eq!(format!("{key:?}"), "DerivationKey([REDACTED])");
    }
}
