//! Logins of the last day in figures: by the hour, how many went well, how long the provider took.

use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::model::{AuditFilter, TenantCode};
use hufu_core::store::LoginCount;

use crate::access::Overview;
use crate::http::{Refusal, Visitor};
use crate::ui::{Bars, Column, Frame, Tone, texts};

const HOUR: Duration = Duration::from_secs(3600);
const HOURS: u32 = 24;

/// Logins of the last day.
#[derive(Debug, Clone, Default)]
pub(in crate::pages) struct Day {
    /// Begin of the first hour.
    pub(in crate::pages) from: Timestamp,
    hours: Vec<LoginCount>,
}

/// The day up to now: the running hour and the 23 before it.
pub(in crate::pages) async fn day(overview: &Overview) -> Result<Day, Refusal> {
    let from = begin_of_day(overview.now());
    let filter = AuditFilter {
        from: Some(from),
        ..AuditFilter::default()
    };
    let hours = overview.logins(&filter, HOUR).await?;
    Ok(Day { from, hours })
}

fn begin_of_day(now: Timestamp) -> Timestamp {
    let begun = Timestamp::from_millis(now.as_millis().div_euclid(3_600_000) * 3_600_000);
    begun.minus(HOUR * (HOURS - 1))
}

impl Day {
    pub(in crate::pages) fn succeeded(&self) -> u64 {
        self.sum(|hour| hour.succeeded)
    }

    pub(in crate::pages) fn failed(&self) -> u64 {
        self.sum(|hour| hour.failed)
    }

    pub(in crate::pages) fn abandoned(&self) -> u64 {
        self.sum(|hour| hour.abandoned)
    }

    fn sum(&self, part: impl Fn(&LoginCount) -> u64) -> u64 {
        self.hours.iter().fold(0, |sum, hour| sum.saturating_add(part(hour)))
    }

    /// The share that went well of those that Hufu or the provider decided: who changes their mind is no failure.
    /// `None`: there was none.
    #[expect(clippy::cast_precision_loss, reason = "a share needs four digits")]
    pub(in crate::pages) fn success_rate(&self) -> Option<f64> {
        let decided = self.succeeded().saturating_add(self.failed());
        (decided > 0).then(|| self.succeeded() as f64 / decided as f64)
    }

    /// A column an hour, each leading to its logins.
    pub(in crate::pages) fn bars(&self, visitor: &Visitor, tenant: Option<&TenantCode>) -> Bars {
        let column = |hour: u32| {
            let from = self.from.plus(HOUR * hour);
            let until = from.plus(HOUR);
            let found = self.hours.iter().find(|count| count.from == from);
            Column {
                label: visitor.zone.hour(from),
                good: found.map_or(0, |count| count.succeeded),
                bad: found.map_or(0, |count| count.failed),
                url: logins(tenant, &[("from", &from.to_string()), ("until", &until.to_string())]),
            }
        };
        Bars {
            title: texts::text_with(
                visitor.locale,
                "home.hours_title",
                &[("zone", &visitor.zone.offset(self.from))],
            ),
            good_label: visitor.text("home.succeeded"),
            bad_label: visitor.text("home.failed"),
            time_label: visitor.text("home.hour"),
            columns: (0..HOURS).map(column).collect(),
        }
    }
}

/// The login history with these filters.
pub(in crate::pages) fn logins(tenant: Option<&TenantCode>, filters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(tenant) = tenant {
        query.append_pair("tenant", tenant.as_str());
    }
    query.extend_pairs(filters);
    let query = query.finish();
    if query.is_empty() {
        "/admin/logins".to_owned()
    } else {
        format!("/admin/logins?{query}")
    }
}

/// How a success rate is to be seen.
pub(in crate::pages) fn tone_of(rate: Option<f64>) -> Tone {
    match rate {
        None => Tone::Neutral,
        Some(rate) if rate >= 0.99 => Tone::Good,
        Some(rate) if rate >= 0.95 => Tone::Warn,
        Some(_) => Tone::Bad,
    }
}

/// Within how many milliseconds 95 of 100 answers came, as far as the counted slices tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Within {
    /// At most so many.
    Millis(u32),
    /// More than so many: the slice is without end.
    MoreThan(u32),
}

/// The 95th percentile of answers counted in slices: pairs of an upper bound and how many lie between it and the bound
/// before. `None`: there was no answer.
pub(in crate::pages) fn p95(times: &[(u32, u64)]) -> Option<Within> {
    let all: u128 = times.iter().map(|(_, count)| u128::from(*count)).sum();
    if all == 0 {
        return None;
    }
    // The rank, rounded up: of 20 answers the 19th, of 21 the 20th.
    let rank = (all * 95).div_ceil(100);
    let mut seen = 0;
    let mut before = 0;
    for (bound, count) in times {
        seen += u128::from(*count);
        if seen >= rank {
            return Some(if *bound == u32::MAX {
                Within::MoreThan(before)
            } else {
                Within::Millis(*bound)
            });
        }
        before = *bound;
    }
    None
}

impl Within {
    /// `≤ 400 ms`, `≤ 1.6 s`, `> 6.4 s`.
    pub(in crate::pages) fn text(self) -> String {
        let (sign, millis) = match self {
            Self::Millis(millis) => ("≤", millis),
            Self::MoreThan(millis) => (">", millis),
        };
        if millis < 1000 {
            format!("{sign} {millis} ms")
        } else {
            format!("{sign} {}.{} s", millis / 1000, millis % 1000 / 100)
        }
    }

    /// People notice a second.
    pub(in crate::pages) const fn tone(self) -> Tone {
        match self {
            Self::Millis(..=1600) => Tone::Good,
            Self::Millis(_) => Tone::Warn,
            Self::MoreThan(_) => Tone::Bad,
        }
    }
}

/// `99.4%`, or a dash where nothing was counted.
pub(in crate::pages) fn percent(frame: &Frame, rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| frame.percent(rate))
}

#[cfg(test)]
mod tests {
    use hufu_core::text::Locale;

    use super::*;

    fn hour(from: Timestamp, succeeded: u64, abandoned: u64, failed: u64) -> LoginCount {
        LoginCount {
            from,
            succeeded,
            abandoned,
            failed,
        }
    }

    #[test]
    fn who_gave_up_is_no_failure() {
        let at = Timestamp::default();
        let rate = |hours: &[LoginCount]| {
            let day = Day {
                from: at,
                hours: hours.to_vec(),
            };
            day.success_rate()
        };
        assert_eq!(rate(&[]), None);
        assert_eq!(rate(&[hour(at, 0, 9, 0)]), None);
        assert_eq!(rate(&[hour(at, 3, 90, 1)]), Some(0.75));
        assert_eq!(rate(&[hour(at, 3, 0, 0), hour(at, 0, 0, 3)]), Some(0.5));
        assert_eq!(rate(&[hour(at, u64::MAX, 0, 0), hour(at, 1, 0, 0)]), Some(1.0));
        assert_eq!(
            [None, Some(1.0), Some(0.98), Some(0.2)].map(tone_of),
            [Tone::Neutral, Tone::Good, Tone::Warn, Tone::Bad]
        );
    }

    #[test]
    fn the_day_has_24_hours_up_to_now() {
        let now = Timestamp::parse("2026-11-21T14:03:22Z").unwrap();
        let from = begin_of_day(now);
        assert_eq!(from.to_string(), "2026-11-20T15:00:00.000Z");
        assert_eq!(begin_of_day(Timestamp::parse("2026-11-21T14:00:00Z").unwrap()), from);
        assert_eq!(logins(None, &[]), "/admin/logins");
        assert_eq!(
            logins("acme".parse().ok().as_ref(), &[("error", "a&b")]),
            "/admin/logins?tenant=acme&error=a%26b"
        );
    }

    #[test]
    fn p95_is_the_bound_of_the_slice_it_lies_in() {
        assert_eq!(p95(&[]), None);
        assert_eq!(p95(&[(50, 0), (u32::MAX, 0)]), None);
        assert_eq!(p95(&[(50, 1), (100, 0)]), Some(Within::Millis(50)));
        assert_eq!(p95(&[(50, 95), (100, 5)]), Some(Within::Millis(50)));
        assert_eq!(p95(&[(50, 94), (100, 6)]), Some(Within::Millis(100)));
        assert_eq!(p95(&[(6400, 1), (u32::MAX, 99)]), Some(Within::MoreThan(6400)));
        assert_eq!(p95(&[(50, u64::MAX), (100, u64::MAX)]), Some(Within::Millis(100)));
        let texts = [Within::Millis(400), Within::Millis(1600), Within::MoreThan(6400)].map(Within::text);
        assert_eq!(texts, ["≤ 400 ms", "≤ 1.6 s", "> 6.4 s"]);
        let frame = Frame {
            locale: Locale::En,
            ..Frame::default()
        };
        assert_eq!(percent(&frame, None), "–");
        assert_eq!(percent(&frame, Some(0.9999)), "99.9%");
    }
}
