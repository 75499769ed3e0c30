//! Time and randomness, injected: every piece that needs them takes a [`Clock`] or a [`Random`].

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment: milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, as JWT's `NumericDate` wants them (RFC 7519, section 2).
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Days since the Unix epoch at China's time: WeChat's daily quotas begin anew at its midnight.
    #[must_use]
    pub fn china_day(self) -> u32 {
        u32::try_from((self.as_secs() + 8 * 3600).div_euclid(86_400)).unwrap_or(0)
    }

    /// Milliseconds from `earlier` to `self`; 0 when the clock was set back between the two.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> u32 {
        u32::try_from(self.0.saturating_sub(earlier.0).max(0)).unwrap_or(u32::MAX)
    }

    /// The moment `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The moment `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// Reads RFC 3339 text such as `2026-11-21T09:30:00Z`.
    ///
    /// # Errors
    /// When the text is no RFC 3339 date-time.
    pub fn parse(text: &str) -> Result<Self, time::error::Parse> {
        let at = OffsetDateTime::parse(text, &Rfc3339)?;
        Ok(Self(
            i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX),
        ))
    }
}

/// RFC 3339, UTC, milliseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000) {
            Ok(at) => {
                let (y, mo, d) = at.to_calendar_date();
                let (h, mi, s, ms) = at.time().as_hms_milli();
                write!(f, "{y:04}-{:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}Z", u8::from(mo))
            }
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

/// Gives the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Gives random bytes fit for secrets.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's generator, through aws-lc.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::expect_used,
        reason = "a machine without randomness must not issue a single secret"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        aws_lc_rs::rand::fill(buffer).expect("the system's random generator works");
    }
}

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `length` uniformly random characters of `[0-9A-Za-z]`, 5.95 bits each.
#[must_use]
pub fn random_alphanumeric(random: &dyn Random, length: usize) -> String {
    let mut out = String::with_capacity(length);
    let mut buffer = [0_u8; 64];
    while out.len() < length {
        random.fill(&mut buffer);
        // Bytes past the last multiple of 62 are dropped, so that each character is equally likely.
        for byte in buffer.iter().filter(|byte| **byte < 248).take(length - out.len()) {
            out.push(char::from(ALPHANUMERIC[usize::from(*byte % 62)]));
        }
    }
    out
}

/// `bytes` random bytes in base64url without padding.
#[must_use]
pub fn random_token<const BYTES: usize>(random: &dyn Random) -> String {
    use base64::Engine as _;
    let mut buffer = [0_u8; BYTES];
    random.fill(&mut buffer);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_printed_as_rfc_3339_and_read_back() {
        let at = Timestamp::from_millis(1_795_253_400_123);
        assert_eq!(Timestamp::parse(&at.to_string()).unwrap(), at);
    }

    #[test]
    fn a_clock_set_back_gives_no_negative_time() {
        assert_eq!(Timestamp::from_millis(5).millis_since(Timestamp::from_millis(9)), 0);
    }

    #[test]
    fn random_strings_have_their_length_and_alphabet() {
        let text = random_alphanumeric(&SystemRandom, 32);
        assert_eq!(text.len(), 32);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(text, random_alphanumeric(&SystemRandom, 32));
    }
}
