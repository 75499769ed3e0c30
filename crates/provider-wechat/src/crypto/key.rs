//! EncodingAESKey, as WeChat's console shows it, and the key it stands for.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// 43 characters hold 258 bits, two more than the key has; WeChat draws those two at random and ignores them.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// The key of the push settings (服务器配置 → EncodingAESKey): AES-256, shared with WeChat.
#[derive(Clone)]
pub struct EncodingAesKey(Zeroizing<[u8; 32]>);

/// The text is no EncodingAESKey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an EncodingAESKey has 43 letters and digits")]
pub struct NoEncodingAesKey;

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey([REDACTED])")
    }
}

impl EncodingAesKey {
    /// Reads a key: 43 ASCII letters and digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, NoEncodingAesKey> {
        if text.len() != 43 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NoEncodingAesKey);
        }
        let mut key = Zeroizing::new([0_u8; 32]);
        match LENIENT.decode_slice_unchecked(text, key.as_mut_slice()) {
            Ok(32) => Ok(Self(key)),
            _ => Err(NoEncodingAesKey),
        }
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The initialisation vector, the same for all messages: the key's first half, by WeChat's protocol.
    pub(super) fn iv(&self) -> [u8; 16] {
        let mut iv = [0; 16];
        iv.copy_from_slice(&self.0[..16]);
        iv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftover_bits_are_ignored() {
        let key = |last: char| {
            let text = format!("{}{last}", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF");
            *EncodingAesKey::parse(&text).unwrap().bytes()
        };
        // 'E' to 'H' differ in the two bits that are no part of the key.
        assert_eq!(key('E'), key('G'));
        assert_eq!(key('E'), key('H'));
        assert_ne!(key('E'), key('I'));
        assert_eq!(EncodingAesKey::parse(&"A".repeat(43)).unwrap().bytes(), &[0; 32]);
    }

    #[test]
    fn a_key_has_a_form() {
        for wrong in [
            "",
            &"A".repeat(42),
            &"A".repeat(44),
            &format!("{}=", "A".repeat(42)),
            &format!("{}+", "A".repeat(42)),
            &format!("{}密", "A".repeat(40)),
        ] {
            assert!(EncodingAesKey::parse(wrong).is_err(), "{wrong}");
        }
        let shown = format!("{:?}", EncodingAesKey::parse(&"B".repeat(43)).unwrap());
        assert_eq!(shown, "EncodingAesKey([REDACTED])");
    }
}
