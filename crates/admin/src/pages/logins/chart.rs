//! Logins over time. Each column narrows the list to its time.

use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::store::LoginCount;

use super::asked::Asked;
use super::kind::Kind;
use super::wanted::Wanted;
use crate::http::{Refusal, Visitor};
use crate::ui::{Bars, Column, texts};
use crate::zone::Zone;

/// Columns at most.
const MOST: u64 = 48;

/// Widths of columns, in minutes.
const SLICES: [u64; 13] = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 10_080, 43_200];

const MINUTE: u64 = 60_000;

/// The width of columns with which a span has [`MOST`] of them at most.
fn slice_of(from: Timestamp, until: Timestamp) -> u64 {
    let span = u64::try_from(until.as_millis().saturating_sub(from.as_millis())).unwrap_or(0);
    let fits = |minutes: &u64| span / (minutes * MINUTE) <= MOST;
    SLICES.into_iter().find(fits).unwrap_or(span / MOST / MINUTE + 1) * MINUTE
}

/// The chart of what the filter finds.
pub(super) async fn bars(visitor: &Visitor, wanted: &Wanted, asked: &Asked) -> Result<Bars, Refusal> {
    let mut filter = wanted.filter.clone();
    (filter.before, filter.after) = (None, None);
    let from = wanted.chart_from();
    let until = filter.until.unwrap_or_else(|| wanted.overview.now());
    filter.from = Some(from);
    let slice = slice_of(from, until);
    let counts = wanted.overview.logins(&filter, Duration::from_millis(slice)).await?;
    let columns = columns(&visitor.zone, &counts, from, until, slice, asked);
    Ok(Bars {
        title: texts::text_with(
            visitor.locale,
            "logins.chart_title",
            &[("zone", &visitor.zone.offset(until))],
        ),
        good_label: visitor.text("logins.chart_good"),
        bad_label: visitor.text("logins.chart_bad"),
        time_label: visitor.text("logins.chart_time"),
        columns,
    })
}

/// A column for each slice, also those in which nothing happened.
fn columns(
    zone: &Zone,
    counts: &[LoginCount],
    from: Timestamp,
    until: Timestamp,
    slice: u64,
    asked: &Asked,
) -> Vec<Column> {
    let Ok(step) = i64::try_from(slice) else {
        return Vec::new();
    };
    let first = from.as_millis().div_euclid(step) * step;
    let mut columns = Vec::new();
    let mut begin = first;
    while begin < until.as_millis() && columns.len() <= MOST as usize {
        let at = Timestamp::from_millis(begin);
        let count = counts.iter().find(|count| count.from == at);
        let end = Timestamp::from_millis(begin.saturating_add(step));
        columns.push(Column {
            label: zone.day(at, slice >= 1440 * MINUTE),
            good: count.map_or(0, |count| count.succeeded),
            bad: count.map_or(0, |count| count.failed + count.abandoned),
            url: narrowed(asked, at, end).url(Kind::Logins.base()),
        });
        begin = end.as_millis();
    }
    columns
}

fn narrowed(asked: &Asked, from: Timestamp, until: Timestamp) -> Asked {
    asked
        .first_page()
        .without("range")
        .with("from", &from.to_string())
        .with("until", &until.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_the_range() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let until = at("2026-11-21T14:03:22Z");
        for (back, minutes, count) in [(60, 2, 31), (1440, 30, 49), (7 * 1440, 360, 29), (30 * 1440, 1440, 31)] {
            let from = until.minus(Duration::from_secs(back * 60));
            let slice = slice_of(from, until);
            assert_eq!(slice, minutes * MINUTE);
            let columns = columns(&Zone::default(), &[], from, until, slice, &Asked::default());
            assert_eq!(columns.len(), count, "{back}");
        }
        let long = slice_of(Timestamp::from_millis(0), until);
        assert!(long > 43_200 * MINUTE - 1, "{long}");
        assert_eq!(slice_of(until, until), MINUTE);
    }

    #[test]
    fn a_column_leads_to_its_time() {
        let from = Timestamp::parse("2026-11-21T14:00:00Z").unwrap();
        let until = from.plus(Duration::from_secs(120));
        let counts = [LoginCount {
            from,
            succeeded: 5,
            abandoned: 1,
            failed: 2,
        }];
        let asked = Asked::read("range=1h&tenant=acme&before=x");
        let columns = columns(&Zone::default(), &counts, from, until, MINUTE, &asked);
        assert_eq!((columns[0].good, columns[0].bad, columns[1].good), (5, 3, 0));
        assert_eq!(columns[0].label, "11-21 14:00");
        assert_eq!(
            columns[0].url,
            "/admin/logins?from=2026-11-21T14%3A00%3A00.000Z&tenant=acme&until=2026-11-21T14%3A01%3A00.000Z"
        );
    }
}
