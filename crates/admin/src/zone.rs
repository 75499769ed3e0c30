//! The time zone that the console writes and reads moments in: one for an installation, so that two operators who talk
//! about a login mean the same hour.

use std::fmt;

use hufu_core::clock::Timestamp;
use jiff::Zoned;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

/// A time zone. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// A name that no time zone has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownZone(String);

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        write!(
            f,
            "no time zone is called `{name}`; write UTC or a name such as Asia/Shanghai"
        )
    }
}

impl std::error::Error for UnknownZone {}

impl Zone {
    /// The zone of this IANA name. The names are in the program: no file of the machine is read.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        if name.eq_ignore_ascii_case("UTC") {
            return Ok(Self::default());
        }
        let known = TimeZoneDatabase::bundled().get(name);
        known.map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }

    /// `UTC` or an IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    fn zoned(&self, at: Timestamp) -> Zoned {
        let at = jiff::Timestamp::from_millisecond(at.as_millis());
        at.unwrap_or_default().to_zoned(self.0.clone())
    }

    /// `2026-11-21 22:03:22 UTC+8`.
    pub(crate) fn second(&self, at: Timestamp) -> String {
        format!("{} {}", self.zoned(at).strftime("%Y-%m-%d %H:%M:%S"), self.offset(at))
    }

    /// `2026-11-21 22:03 UTC+8`.
    pub(crate) fn minute(&self, at: Timestamp) -> String {
        format!("{} {}", self.zoned(at).strftime("%Y-%m-%d %H:%M"), self.offset(at))
    }

    /// `22:00`.
    pub(crate) fn hour(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%H:%M").to_string()
    }

    /// `11-21 22:00`; a day's beginning, if `whole_days` are meant, is `11-21`.
    pub(crate) fn day(&self, at: Timestamp, whole_days: bool) -> String {
        let at = self.zoned(at);
        let is_midnight = (at.hour(), at.minute()) == (0, 0);
        let format = if whole_days && is_midnight {
            "%m-%d"
        } else {
            "%m-%d %H:%M"
        };
        at.strftime(format).to_string()
    }

    /// As a browser's field for date and time has it: `2026-11-21T22:03`.
    pub(crate) fn field(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// How far the zone is from UTC at a moment: `UTC`, `UTC+8`, `UTC-3:30`.
    pub(crate) fn offset(&self, at: Timestamp) -> String {
        let seconds = self.zoned(at).offset().seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.unsigned_abs() / 60;
        match (minutes / 60, minutes % 60) {
            (0, 0) => "UTC".to_owned(),
            (hours, 0) => format!("UTC{sign}{hours}"),
            (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }

    /// A moment with its offset (RFC 3339), or without one: then it is meant in this zone. A date is its beginning; of
    /// an hour that a clock shows twice the first is meant.
    pub(crate) fn read(&self, text: &str) -> Option<Timestamp> {
        let local = |at: DateTime| {
            let at = at.to_zoned(self.0.clone()).ok()?;
            Some(Timestamp::from_millis(at.timestamp().as_millisecond()))
        };
        let begins_with_date = text.as_bytes().get(..10).is_some_and(<[u8]>::is_ascii);
        let at = Timestamp::parse(text).ok().or_else(|| {
            if !begins_with_date {
                None
            } else if text.len() == 10 {
                local(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()))
            } else {
                local(text.parse::<DateTime>().ok()?)
            }
        });
        at.filter(|at| at.as_millis() >= 0)
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;
    fn try_from(name: String) -> Result<Self, UnknownZone> {
        Self::named(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_moment_is_written_in_its_zone() {
        let now = at("2026-11-21T14:03:22.512Z");
        let written = |zone: &str| Zone::named(zone).unwrap().second(now);
        assert_eq!(written("UTC"), "2026-11-21 14:03:22 UTC");
        assert_eq!(written("Asia/Shanghai"), "2026-11-21 22:03:22 UTC+8");
        assert_eq!(written("America/St_Johns"), "2026-11-21 10:33:22 UTC-3:30");
        assert_eq!(written("Europe/London"), "2026-11-21 14:03:22 UTC");
        let shanghai = Zone::named("Asia/Shanghai").unwrap();
        assert_eq!(shanghai.minute(now), "2026-11-21 22:03 UTC+8");
        assert_eq!(shanghai.hour(now), "22:03");
        assert_eq!(shanghai.field(now), "2026-11-21T22:03");
        assert_eq!(shanghai.day(at("2026-11-20T16:00:00Z"), true), "11-21");
        assert_eq!(shanghai.day(at("2026-11-20T16:00:00Z"), false), "11-21 00:00");
        assert_eq!(shanghai.day(at("2026-11-21T00:00:00Z"), true), "11-21 08:00");
    }

    #[test]
    fn what_was_written_is_read_back() {
        for name in ["UTC", "Asia/Shanghai", "America/New_York"] {
            let zone = Zone::named(name).unwrap();
            let minute = at("2026-11-21T14:03:00Z");
            assert_eq!(zone.read(&zone.field(minute)), Some(minute), "{name}");
        }
        let shanghai = Zone::named("Asia/Shanghai").unwrap();
        for (text, moment) in [
            ("2026-11-21T09:30", "2026-11-21T01:30:00Z"),
            ("2026-11-21T09:30:15", "2026-11-21T01:30:15Z"),
            ("2026-11-21T09:30:15.5Z", "2026-11-21T09:30:15.500Z"),
            ("2026-11-21T09:30:00+02:00", "2026-11-21T07:30:00Z"),
            ("2026-11-21", "2026-11-20T16:00:00Z"),
        ] {
            assert_eq!(shanghai.read(text), Some(at(moment)), "{text}");
        }
        for bad in [
            "",
            "now",
            "2026-13-01",
            "1969-01-01T00:00:00Z",
            "1969-01-01",
            "2026-11-2🐯",
            "🐯",
        ] {
            assert_eq!(shanghai.read(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first_one() {
        let london = Zone::named("Europe/London").unwrap();
        assert_eq!(london.read("2026-10-25T01:30"), Some(at("2026-10-25T00:30:00Z")));
        assert_eq!(london.second(at("2026-10-25T00:30:00Z")), "2026-10-25 01:30:00 UTC+1");
        // Half past one did not come on this day: it is the moment an hour after half past midnight.
        assert_eq!(london.read("2026-03-29T01:30"), Some(at("2026-03-29T01:30:00Z")));
    }

    #[test]
    fn a_zone_is_known_by_its_name() {
        assert_eq!(Zone::named("Asia/Shanghai").unwrap().name(), "Asia/Shanghai");
        assert_eq!(Zone::default().name(), "UTC");
        for bad in ["", "Mars/Olympus", "+08:00", "../../etc/passwd"] {
            assert!(Zone::named(bad).is_err(), "{bad}");
        }
    }
}
