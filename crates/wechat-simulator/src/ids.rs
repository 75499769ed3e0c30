//! Identifiers in the shapes WeChat's have (code shape: seen in issue reports; token prefix: Tencent doc).

use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

const ALPHANUMERIC: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const URL_SAFE: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";

/// sns tokens are about 100 characters long.
const SNS_TOKEN_LENGTH: usize = 100;
/// Server tokens are longer; Tencent asks to reserve 512 characters.
const SERVER_TOKEN_LENGTH: usize = 157;
const JS_TICKET_LENGTH: usize = 86;

/// A random number generator that everybody shares, seeded so that runs can be repeated.
pub(crate) struct Random(Mutex<StdRng>);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// An authorization code: `0[0-9]1` and 29 more characters.
    pub(crate) fn code(&self) -> String {
        let mut bytes = [0_u8; 30];
        self.fill(&mut bytes);
        let mut code = format!("0{}1", bytes[0] % 10);
        code.extend(bytes[1..].iter().map(|byte| pick(ALPHANUMERIC, *byte)));
        code
    }

    /// A web authorization or refresh token.
    pub(crate) fn sns_token(&self) -> String {
        self.token(SNS_TOKEN_LENGTH)
    }

    /// A server token.
    pub(crate) fn server_token(&self) -> String {
        self.token(SERVER_TOKEN_LENGTH)
    }

    /// A ticket for the JS-SDK.
    pub(crate) fn js_ticket(&self) -> String {
        self.text(URL_SAFE, JS_TICKET_LENGTH)
    }

    /// Letters and digits.
    pub(crate) fn alphanumeric(&self, length: usize) -> String {
        self.text(ALPHANUMERIC, length)
    }

    /// Decimal digits, the first of them no zero.
    pub(crate) fn digits(&self, length: usize) -> String {
        let mut digits = self.text(b"123456789", 1);
        digits.push_str(&self.text(b"0123456789", length.saturating_sub(1)));
        digits
    }

    /// Bytes that nobody can guess without the seed.
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.fill(&mut bytes);
        bytes
    }

    fn text(&self, alphabet: &[u8], length: usize) -> String {
        let mut bytes = vec![0_u8; length];
        self.fill(&mut bytes);
        bytes.iter().map(|byte| pick(alphabet, *byte)).collect()
    }

    /// A request id: the first group is the time (checked against a Date header in an issue's log).
    pub(crate) fn rid(&self, now: i64) -> String {
        let random = lock(&self.0).next_u64();
        format!("{now:08x}-{:08x}-{:08x}", random >> 32, random & 0xffff_ffff)
    }

    fn token(&self, length: usize) -> String {
        let mut bytes = vec![0_u8; length - 3];
        self.fill(&mut bytes);
        let mut token = String::with_capacity(length);
        token.push_str("86_");
        token.extend(bytes.iter().map(|byte| pick(URL_SAFE, *byte)));
        token
    }

    fn fill(&self, bytes: &mut [u8]) {
        lock(&self.0).fill_bytes(bytes);
    }
}

/// A lock that a panic in a test's closure cannot take out of service.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An openid or unionid: `o` and 27 characters, always the same for the same parts.
pub(crate) fn derived_id(seed: u64, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut id = String::with_capacity(28);
    id.push('o');
    id.extend(digest.iter().take(27).map(|byte| pick(URL_SAFE, *byte)));
    id
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn pick(alphabet: &[u8], byte: u8) -> char {
    char::from(alphabet[usize::from(byte) % alphabet.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_those_of_the_real_ones() {
        let random = Random::seeded(7);
        for _ in 0..100 {
            let code = random.code();
            assert_eq!(code.len(), 32);
            assert!(code.starts_with('0') && code.as_bytes()[1].is_ascii_digit() && code.as_bytes()[2] == b'1');
            assert!(code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        assert_eq!(random.sns_token().len(), SNS_TOKEN_LENGTH);
        assert!(random.rid(0x66e5_5c80).starts_with("66e55c80-"));
        assert_eq!(random.rid(0).len(), 26);
    }

    #[test]
    fn derived_ids_depend_on_every_part_and_its_borders() {
        let id = derived_id(1, &["openid", "ab", "c"]);
        assert_eq!(id.len(), 28);
        assert_eq!(id, derived_id(1, &["openid", "ab", "c"]));
        assert_ne!(id, derived_id(2, &["openid", "ab", "c"]));
        assert_ne!(id, derived_id(1, &["openid", "a", "bc"]));
    }
}
