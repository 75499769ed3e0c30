//! The texts of tokens: `{version}_{login}{…}{proof}`.
//!
//! The proof is an HMAC over what stands before it, so a text that nobody was given costs no look into the database,
//! and nothing in the database is worth stealing.

use crate::ids::AttemptId;
use crate::secret::{DerivationKey, constant_time_eq};

/// Stands before each token as WeChat's numbers do; another one would mean another form.
const FORM: &str = "90_";
/// Characters of a login's id.
const ID: usize = 26;
/// Characters of a generation.
const GENERATION: usize = 4;

const REFRESH: &str = "drop-in refresh token";
const ACCESS: &str = "drop-in access token";
const HOLDER: &str = "drop-in holder";

/// The refresh token of a login.
pub(super) fn refresh_token(key: &DerivationKey, login: AttemptId) -> String {
    signed(key, REFRESH, &login.to_string())
}

/// The `generation`th access token of a login.
pub(super) fn access_token(key: &DerivationKey, login: AttemptId, generation: u16) -> String {
    signed(key, ACCESS, &format!("{login}{generation:04x}"))
}

/// Names the row that says who a login's tokens speak for. Given to nobody, so that it can be shown nowhere.
pub(super) fn holder(key: &DerivationKey, login: AttemptId) -> String {
    key.derive(HOLDER, &login.to_string())
}

/// The login of a refresh token that is ours.
pub(super) fn read_refresh_token(key: &DerivationKey, text: &str) -> Option<AttemptId> {
    verified(key, REFRESH, text, ID)?.parse().ok()
}

/// Login and generation of an access token that is ours.
pub(super) fn read_access_token(key: &DerivationKey, text: &str) -> Option<(AttemptId, u16)> {
    let (login, generation) = verified(key, ACCESS, text, ID + GENERATION)?.split_at_checked(ID)?;
    Some((login.parse().ok()?, u16::from_str_radix(generation, 16).ok()?))
}

fn signed(key: &DerivationKey, purpose: &str, content: &str) -> String {
    format!("{FORM}{content}{}", key.derive(purpose, content))
}

fn verified<'a>(key: &DerivationKey, purpose: &str, text: &'a str, length: usize) -> Option<&'a str> {
    let (content, proof) = text.strip_prefix(FORM)?.split_at_checked(length)?;
    constant_time_eq(&key.derive(purpose, content), proof).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    #[test]
    fn only_our_own_texts_for_their_own_purpose_are_read() {
        let key = DerivationKey::new([7; 32]);
        let login = AttemptId::generate(&SystemClock, &SystemRandom);
        let (refresh, access) = (refresh_token(&key, login), access_token(&key, login, 300));
        assert_eq!(read_refresh_token(&key, &refresh), Some(login));
        assert_eq!(read_access_token(&key, &access), Some((login, 300)));
        assert_eq!(read_access_token(&key, &refresh), None);
        assert_eq!(read_refresh_token(&key, &access), None);
        let other = DerivationKey::new([8; 32]);
        assert_eq!(read_access_token(&other, &access), None);
        for at in 0..access.len() {
            let mut forged = access.clone().into_bytes();
            forged[at] ^= 1;
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(read_access_token(&key, &forged), None, "{forged}");
        }
        for odd in [
            "",
            "90_",
            "90_01",
            "张三",
            &format!("{access}x"),
            &access[1..],
            &access.to_lowercase(),
        ] {
            assert_eq!(read_access_token(&key, odd), None, "{odd}");
        }
        let wide = format!("90_{}", "张".repeat(40));
        assert_eq!(read_access_token(&key, &wide), None, "cut inside a character");
    }
}
