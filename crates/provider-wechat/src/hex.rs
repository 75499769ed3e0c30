//! SHA-1 in hexadecimal: what every signature of WeChat's is.

use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

const DIGITS: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
];

/// SHA-1 of the parts, one after the other, in 40 lower-case digits. The algorithm is WeChat's choice; its weakness
/// (collisions) does not forge a signature whose secret part is unknown.
pub(crate) fn sha1_hex(parts: &[&[u8]]) -> String {
    let mut hasher = Sha1::new();
    for part in parts {
        hasher.update(part);
    }
    let mut text = String::with_capacity(40);
    for byte in hasher.finalize() {
        // Both are below 16.
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

/// Compares a signature in constant time: how much of a guess is right must not show.
pub(crate) fn is_signature(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3174, test 1, and the empty text.
    #[test]
    fn known_digests() {
        assert_eq!(sha1_hex(&[b"a", b"bc"]), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(sha1_hex(&[]), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    }

    #[test]
    fn a_signature_is_equal_whole_or_not() {
        let expected = sha1_hex(&[b"abc"]);
        assert!(is_signature(&expected, "a9993e364706816aba3e25717850c26c9cd0d89d"));
        for wrong in [
            "",
            "a",
            "A9993E364706816ABA3E25717850C26C9CD0D89D",
            "a9993e364706816aba3e25717850c26c9cd0d89e",
            "a9993e364706816aba3e25717850c26c9cd0d89d0",
        ] {
            assert!(!is_signature(&expected, wrong), "{wrong}");
        }
    }
}
