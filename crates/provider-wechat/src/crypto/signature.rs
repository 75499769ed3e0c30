//! Signatures of pushes: SHA-1 over the sorted parts.

use std::fmt;

use hufu_core::secret::{ExposeSecret as _, SecretString};

use crate::hex::{is_signature, sha1_hex};

/// The token of the push settings (服务器配置 → Token): a secret shared with WeChat, which signs with it.
#[derive(Clone)]
pub struct PushToken(SecretString);

/// The text is no push token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a push token has 3 to 32 letters and digits")]
pub struct NoPushToken;

impl fmt::Debug for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushToken([REDACTED])")
    }
}

impl PushToken {
    /// Reads a token: 3 to 32 ASCII letters and digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, NoPushToken> {
        if (3..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(SecretString::from(text)))
        } else {
            Err(NoPushToken)
        }
    }

    /// Whether `signature` is WeChat's over a push's query: `sha1(sort(token, timestamp, nonce))`. This proves the
    /// handshake and a plain push; of an encrypted one it says nothing about the body.
    #[must_use]
    pub fn signed_query(&self, timestamp: &str, nonce: &str, signature: &str) -> bool {
        is_signature(&self.sign_query(timestamp, nonce), signature)
    }

    /// Whether `msg_signature` is WeChat's over an encrypted push: `sha1(sort(token, timestamp, nonce, encrypt))`.
    #[must_use]
    pub fn signed_message(&self, timestamp: &str, nonce: &str, encrypt: &str, msg_signature: &str) -> bool {
        is_signature(&self.sign_message(timestamp, nonce, encrypt), msg_signature)
    }

    /// The signature of a push's query, 40 lower-case hexadecimal digits.
    pub(crate) fn sign_query(&self, timestamp: &str, nonce: &str) -> String {
        sign(&mut [self.0.expose_secret(), timestamp, nonce])
    }

    /// The signature of an encrypted message, 40 lower-case hexadecimal digits.
    pub(crate) fn sign_message(&self, timestamp: &str, nonce: &str, encrypt: &str) -> String {
        sign(&mut [self.0.expose_secret(), timestamp, nonce, encrypt])
    }
}

/// Sorted byte by byte, then one after the other without anything between.
fn sign(parts: &mut [&str]) -> String {
    parts.sort_unstable();
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    sha1_hex(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tencent's documentation (消息推送), the first with echostr 4375120948345356249; the third is wechatpy's.
    const PUBLISHED: [(&str, &str, &str, &str); 3] = [
        (
            "AAAAA",
            "1714036504",
            "1514711492",
            "f464b24fc39322e44b38aa78f5edd27bd1441696",
        ),
        (
            "AAAAA",
            "1714037059",
            "486452656",
            "899cf89e464efb63f54ddac96b0a0a235f53aa78",
        ),
        ("test", "1410685589", "test", "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"),
    ];

    #[test]
    fn published_signatures() {
        for (token, timestamp, nonce, signature) in PUBLISHED {
            let token = PushToken::parse(token).unwrap();
            assert!(token.signed_query(timestamp, nonce, signature), "{signature}");
            assert!(!token.signed_query(nonce, "1", signature));
            assert!(!token.signed_query(timestamp, nonce, &signature.to_uppercase()));
            assert!(!token.signed_query(timestamp, nonce, &signature[..39]));
            assert!(!token.signed_query(timestamp, nonce, ""));
            let other = PushToken::parse("other").unwrap();
            assert!(!other.signed_query(timestamp, nonce, signature));
        }
    }

    /// Vector A's query (Tencent's documentation, 安全模式).
    #[test]
    fn the_query_of_an_encrypted_push_is_signed_too() {
        let token = PushToken::parse("AAAAA").unwrap();
        let signature = "6c5c811b55cc85e0e1b54100749188c20beb3f5d";
        assert!(token.signed_query("1714112445", "415670741", signature));
    }

    #[test]
    fn a_token_has_a_form() {
        for fine in ["abc", "AAAAA", &"a1".repeat(16)] {
            assert!(PushToken::parse(fine).is_ok(), "{fine}");
        }
        for wrong in ["", "ab", "a b", "令牌令", &"a".repeat(33), "abc\n"] {
            assert!(PushToken::parse(wrong).is_err(), "{wrong}");
        }
        assert!(!format!("{:?}", PushToken::parse("sesame1").unwrap()).contains("sesame1"));
    }
}
