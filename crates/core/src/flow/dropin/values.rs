//! The texts of tokens: `{version}_{login}{…}{proof}`.
//!
//! The proof is an HMAC over what stands before it, so a text that nobody was given costs no look into the database,
//! and nothing in the database is worth stealing.

use crate::ids::{AttemptId, ClientId};
use crate::secret::{DerivationKey, Digest256, constant_time_eq};

/// Stands before each token as WeChat's numbers do; another one would mean another form.
const FORM: &str = "90_";
/// Characters of a login's id.
const ID: usize = 26;
/// Characters of a generation.
const GENERATION: usize = 4;

const REFRESH: &str = "drop-in refresh token";
const ACCESS: &str = "drop-in access token";
const HOLDER: &str = "drop-in holder";
const RELAY: &str = "drop-in relay token";
/// Characters of a moment.
const MOMENT: usize = 8;

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

/// A client's token for relayed calls until `ends` (Unix seconds). It holds as long as the secret that it was asked with.
pub(super) fn relay_token(key: &DerivationKey, client: ClientId, ends: i64, secret: &Digest256) -> String {
    let content = format!("{client}{ends:08x}");
    let proof = key.derive(RELAY, &format!("{content}{}", secret.encode()));
    format!("{FORM}{content}{proof}")
}

/// The client that a token for relayed calls names; the token may be forged.
pub(super) fn client_of_relay_token(text: &str) -> Option<&str> {
    let (client, rest) = text.strip_prefix(FORM)?.split_at_checked(ID)?;
    (rest.len() > MOMENT).then_some(client)
}

/// When a token for relayed calls ends, if it is ours and was asked with this secret.
pub(super) fn end_of_relay_token(key: &DerivationKey, text: &str, secret: &Digest256) -> Option<i64> {
    let (content, proof) = text.strip_prefix(FORM)?.split_at_checked(ID + MOMENT)?;
    let ours = key.derive(RELAY, &format!("{content}{}", secret.encode()));
    let moment = content.get(ID..).filter(|_| constant_time_eq(&ours, proof))?;
    i64::from_str_radix(moment, 16).ok()
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
    fn a_token_for_relayed_calls_hangs_on_the_secret() {
        let key = DerivationKey::new([7; 32]);
        let client = ClientId::generate(&SystemClock, &SystemRandom);
        let (secret, other) = (Digest256::of("a"), Digest256::of("b"));
        let text = relay_token(&key, client, 1_800_000_000, &secret);
        assert_eq!(client_of_relay_token(&text), Some(client.to_string().as_str()));
        assert_eq!(end_of_relay_token(&key, &text, &secret), Some(1_800_000_000));
        assert_eq!(end_of_relay_token(&key, &text, &other), None);
        let later = text.replacen(&format!("{:08x}", 1_800_000_000), &format!("{:08x}", 1_900_000_000), 1);
        assert_ne!(later, text);
        assert_eq!(end_of_relay_token(&key, &later, &secret), None);
        assert_eq!(read_access_token(&key, &text), None);
        assert_eq!(client_of_relay_token("61_short"), None);
    }

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
