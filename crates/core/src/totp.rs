//! Time-based one-time passwords (RFC 6238) as every authenticator app reads them: SHA-1, 30 seconds, 6 digits.

use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::clock::{Random, Timestamp};
use crate::secret::{SecretString, StoredSecret};

/// Seconds for which one code is shown.
const STEP: u64 = 30;

/// A new secret in base32: 160 bits, as RFC 4226 recommends.
#[must_use]
pub fn new_secret(random: &dyn Random) -> StoredSecret {
    let mut bytes = [0_u8; 20];
    random.fill(&mut bytes);
    StoredSecret::new(Secret::new_stack(bytes).to_base32())
}

/// The time step at whose code this is: the one now, the one before or the one after, if it is later than
/// `last_step`. `None` for every other text.
#[must_use]
pub fn check(secret: &StoredSecret, code: &str, now: Timestamp, last_step: u64) -> Option<u64> {
    let totp = open(secret, None)?;
    let now = u64::try_from(now.as_secs()).ok()?;
    // Every step of the window is compared, whichever fits: of two that show the same code the later one counts.
    let around = [now.checked_sub(STEP), Some(now), now.checked_add(STEP)];
    let fits = around
        .into_iter()
        .flatten()
        .filter(|at| totp.check(code, *at).is_some());
    fits.map(|at| at / STEP).rfind(|step| *step > last_step)
}

/// The `otpauth://` address of a secret, as an authenticator app scans it.
#[must_use]
pub fn url(secret: &StoredSecret, issuer: &str, account: &str) -> Option<SecretString> {
    let url = open(secret, Some((issuer, account)))?.to_url().ok()?;
    Some(SecretString::from(url))
}

/// The code of a moment: for tests and for programs that sign in.
#[must_use]
pub fn code(secret: &StoredSecret, at: Timestamp) -> Option<SecretString> {
    let at = u64::try_from(at.as_secs()).ok()?;
    Some(SecretString::from(open(secret, None)?.generate(at).to_string()))
}

fn open(secret: &StoredSecret, names: Option<(&str, &str)>) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret.expose()).ok()?;
    let mut builder = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(0)
        .with_step_duration(STEP)
        .with_secret(secret);
    if let Some((issuer, account)) = names {
        // A colon parts the two in the address, so neither may have one.
        let plain = |name: &str| name.replace(':', " ");
        builder = builder
            .with_issuer(Some(plain(issuer)))
            .with_account_name(plain(account));
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;
    use crate::secret::ExposeSecret as _;

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = StoredSecret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        for (at, expected) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let at = Timestamp::from_millis(at * 1000);
            assert_eq!(code(&secret, at).unwrap().expose_secret(), expected);
            let step = u64::try_from(at.as_secs()).unwrap() / STEP;
            assert_eq!(check(&secret, expected, at, 0), Some(step));
            assert_eq!(check(&secret, expected, at, step), None, "taken already");
            assert_eq!(
                check(&secret, expected, at.plus(std::time::Duration::from_secs(60)), 0),
                None
            );
            assert_eq!(check(&secret, &expected[..5], at, 0), None);
        }
    }

    #[test]
    fn a_secret_has_160_bits_and_its_address_names_the_account() {
        let secret = new_secret(&SystemRandom);
        assert_eq!(secret.expose().len(), 32);
        let url = url(&secret, "Hufu: 虎符", "a+b@example.com").unwrap();
        let url = url::Url::parse(url.expose_secret()).unwrap();
        assert_eq!(url.scheme(), "otpauth");
        let named = |name: &str| {
            url.query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        assert_eq!(named("secret").as_deref(), Some(secret.expose()));
        assert_eq!(named("issuer").as_deref(), Some("Hufu  虎符"));
    }
}
