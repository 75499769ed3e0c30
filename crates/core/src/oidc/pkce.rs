//! PKCE (RFC 7636), S256 only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::secret::constant_time_eq;

/// What is wrong with a challenge or verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// Only S256 is taken; an absent method means `plain`.
    #[error("code_challenge_method must be S256")]
    Method,
    /// Not 43 base64url characters.
    #[error("code_challenge must be 43 characters of base64url")]
    Challenge,
    /// Not 43 to 128 unreserved characters.
    #[error("code_verifier must be 43 to 128 characters of [A-Za-z0-9-._~]")]
    Verifier,
    /// The verifier does not hash to the challenge.
    #[error("code_verifier does not match the code_challenge")]
    Mismatch,
    /// A challenge was sent but no verifier.
    #[error("code_verifier is missing")]
    Missing,
    /// A verifier was sent though the authorization request had no challenge (RFC 9700, 2.1.1: downgrade).
    #[error("code_verifier was sent, but the authorization request had no code_challenge")]
    Unexpected,
}

/// A checked S256 challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The challenge.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads `code_challenge` and `code_challenge_method` of an authorization request.
    ///
    /// # Errors
    /// [`PkceError::Method`] or [`PkceError::Challenge`].
    pub fn read(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Self>, PkceError> {
        match (challenge, method) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(PkceError::Challenge),
            (Some(challenge), Some("S256")) => {
                let valid = challenge.len() == 43 && URL_SAFE_NO_PAD.decode(challenge).is_ok();
                if valid {
                    Ok(Some(Self(challenge.to_owned())))
                } else {
                    Err(PkceError::Challenge)
                }
            }
            (Some(_), _) => Err(PkceError::Method),
        }
    }

    /// Checks the verifier of a token request against what the authorization request had.
    ///
    /// # Errors
    /// Any of [`PkceError`] but those about challenge and method.
    pub fn verify(challenge: Option<&Self>, verifier: Option<&str>) -> Result<(), PkceError> {
        let (challenge, verifier) = match (challenge, verifier) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(PkceError::Unexpected),
            (Some(_), None) => return Err(PkceError::Missing),
            (Some(challenge), Some(verifier)) => (challenge, verifier),
        };
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
            return Err(PkceError::Verifier);
        }
        let hashed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        if constant_time_eq(&hashed, &challenge.0) {
            Ok(())
        } else {
            Err(PkceError::Mismatch)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_vector_of_the_rfc_holds() {
        let challenge = CodeChallenge::read(Some(CHALLENGE), Some("S256")).unwrap();
        assert_eq!(CodeChallenge::verify(challenge.as_ref(), Some(VERIFIER)), Ok(()));
        let other = VERIFIER.replace('d', "e");
        assert_eq!(
            CodeChallenge::verify(challenge.as_ref(), Some(&other)),
            Err(PkceError::Mismatch)
        );
        assert_eq!(CodeChallenge::verify(challenge.as_ref(), None), Err(PkceError::Missing));
        assert_eq!(
            CodeChallenge::verify(challenge.as_ref(), Some("short")),
            Err(PkceError::Verifier)
        );
    }

    #[test]
    fn only_s256_is_taken_and_no_downgrade() {
        for method in [None, Some("plain"), Some("s256")] {
            assert_eq!(CodeChallenge::read(Some(CHALLENGE), method), Err(PkceError::Method));
        }
        assert_eq!(
            CodeChallenge::read(Some("short"), Some("S256")),
            Err(PkceError::Challenge)
        );
        assert_eq!(CodeChallenge::verify(None, Some(VERIFIER)), Err(PkceError::Unexpected));
    }
}
