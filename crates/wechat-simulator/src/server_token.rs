//! The two server tokens of an account, which know nothing of each other (Tencent doc).

use crate::quota::china_day;

/// Both kinds live for two hours.
pub(crate) const TOKEN_SECONDS: i64 = 7200;
/// For so long a classic token outlives its successor; the stable one is rotated so long before its end.
const GRACE_SECONDS: i64 = 300;
const FORCED_PER_DAY: u32 = 20;
const FORCED_APART_SECONDS: i64 = 30;

/// One issued token and when it stops working.
#[derive(Clone, Debug)]
struct Issued {
    value: String,
    expires_at: i64,
    /// Set when a successor has been issued.
    dead_at: Option<i64>,
}

/// What a server token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Valid,
    Expired,
    Unknown,
}

/// The tokens of one account.
#[derive(Debug, Default)]
pub(crate) struct ServerTokens {
    classic: Vec<Issued>,
    stable: Vec<Issued>,
    forced_at: Option<i64>,
    forced_day: i64,
    forced_in_day: u32,
}

impl ServerTokens {
    /// `/cgi-bin/token`: always a new one.
    pub(crate) fn classic(&mut self, now: i64, new: impl FnOnce() -> String) -> (String, i64) {
        issue(&mut self.classic, now, now + GRACE_SECONDS, new)
    }

    /// `/cgi-bin/stable_token`: the same one until its last minutes, or until a new one is forced.
    pub(crate) fn stable(&mut self, now: i64, force: bool, new: impl FnOnce() -> String) -> (String, i64) {
        if force && self.may_force(now) {
            return issue(&mut self.stable, now, now, new);
        }
        if let Some(current) = self.stable.last()
            && current.expires_at - now > GRACE_SECONDS
        {
            return (current.value.clone(), current.expires_at - now);
        }
        issue(&mut self.stable, now, now + GRACE_SECONDS, new)
    }

    pub(crate) fn standing(&self, token: &str, now: i64) -> Standing {
        let issued = self
            .classic
            .iter()
            .chain(&self.stable)
            .find(|issued| issued.value == token);
        match issued {
            None => Standing::Unknown,
            Some(issued) if issued.dead_at.is_some_and(|dead_at| dead_at <= now) => Standing::Unknown,
            Some(issued) if issued.expires_at <= now => Standing::Expired,
            Some(_) => Standing::Valid,
        }
    }

    /// Too often or too soon is no error: the token just stays.
    fn may_force(&mut self, now: i64) -> bool {
        let day = china_day(now);
        if self.forced_day != day {
            self.forced_day = day;
            self.forced_in_day = 0;
        }
        let too_soon = self.forced_at.is_some_and(|at| now - at < FORCED_APART_SECONDS);
        if too_soon || self.forced_in_day >= FORCED_PER_DAY {
            return false;
        }
        self.forced_at = Some(now);
        self.forced_in_day += 1;
        true
    }
}

fn issue(slot: &mut Vec<Issued>, now: i64, others_die_at: i64, new: impl FnOnce() -> String) -> (String, i64) {
    slot.retain(|issued| issued.dead_at.is_none_or(|dead_at| dead_at > now));
    for issued in slot.iter_mut() {
        issued.dead_at = Some(issued.dead_at.unwrap_or(others_die_at).min(others_die_at));
    }
    let value = new();
    slot.push(Issued {
        value: value.clone(),
        expires_at: now + TOKEN_SECONDS,
        dead_at: None,
    });
    (value, TOKEN_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> impl FnOnce() -> String {
        move || text.to_owned()
    }

    #[test]
    fn a_classic_token_outlives_its_successor_by_the_grace() {
        let mut tokens = ServerTokens::default();
        tokens.classic(0, name("a"));
        tokens.classic(100, name("b"));
        assert_eq!(tokens.standing("a", 399), Standing::Valid);
        assert_eq!(tokens.standing("a", 400), Standing::Unknown);
        assert_eq!(tokens.standing("b", 7299), Standing::Valid);
        assert_eq!(tokens.standing("b", 7300), Standing::Expired);
    }

    #[test]
    fn a_stable_token_stays_and_is_rotated_early() {
        let mut tokens = ServerTokens::default();
        assert_eq!(tokens.stable(0, false, name("a")), ("a".to_owned(), 7200));
        assert_eq!(tokens.stable(6899, false, name("x")), ("a".to_owned(), 301));
        assert_eq!(tokens.stable(6900, false, name("b")), ("b".to_owned(), 7200));
        assert_eq!(tokens.standing("a", 7199), Standing::Valid);
        assert_ne!(tokens.standing("a", 7200), Standing::Valid);
        tokens.classic(6900, name("c"));
        assert_eq!(tokens.standing("b", 6901), Standing::Valid, "the slots are apart");
    }

    #[test]
    fn forcing_kills_at_once_but_not_too_often() {
        let mut tokens = ServerTokens::default();
        tokens.stable(0, false, name("a"));
        assert_eq!(tokens.stable(10, true, name("b")).0, "b");
        assert_eq!(tokens.standing("a", 10), Standing::Unknown);
        assert_eq!(tokens.stable(39, true, name("c")).0, "b", "30 seconds apart");
        for nth in 2..=20 {
            assert_eq!(
                tokens.stable(nth * 100, true, || format!("f{nth}")).0,
                format!("f{nth}")
            );
        }
        assert_eq!(tokens.stable(5000, true, name("z")).0, "f20", "20 a day");
    }
}
