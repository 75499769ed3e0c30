//! Which logins there were: when, where, whose, and how they went. Decided by dice that the hour seeds.

use hufu_core::clock::Timestamp;

use super::dice::Dice;
use super::story::Story;
use crate::commands::demo::cast::{AppPart, TENANTS, TenantPart};

/// From when, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// A login.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) begun: Timestamp,
    /// The tenant, its account and its app, by their places.
    pub(super) house: usize,
    pub(super) account: usize,
    pub(super) app: usize,
    /// The person's number in the tenant.
    pub(super) person: u32,
    pub(super) story: Story,
    /// For what else there is to decide.
    pub(super) dice: Dice,
}

/// All of them, oldest first.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) logins: Vec<Login>,
}

const HOUR: i64 = 3_600_000;
/// Of how many ten-thousandths of a day's logins each hour in China has.
const CURVE: [u32; 24] = [
    110, 60, 30, 20, 20, 40, 120, 250, 360, 420, 500, 720, 760, 560, 420, 400, 430, 560, 740, 840, 880, 820, 600, 340,
];

impl Plan {
    /// The logins of a span; those of a broken account fail from `broken` on.
    pub(super) fn of(span: Span, broken: Timestamp) -> Self {
        let hour_of = |at: Timestamp| at.as_millis().div_euclid(HOUR);
        let mut logins = Vec::new();
        for hour in hour_of(span.from)..=hour_of(span.until) {
            for (house, part) in TENANTS.iter().enumerate() {
                logins.extend(of_hour(hour, house, part, broken));
            }
        }
        logins.retain(|login: &Login| login.begun > span.from && login.begun < span.until);
        logins.sort_by_key(|login| login.begun);
        Self { logins }
    }
}

fn of_hour(hour: i64, house: usize, part: &TenantPart, broken: Timestamp) -> Vec<Login> {
    let in_china = hour + 8;
    let seed = [u64::try_from(hour).unwrap_or(0), u64::try_from(house).unwrap_or(0)];
    let mut dice = Dice::of(&seed);
    let place = usize::try_from(in_china.rem_euclid(24)).unwrap_or(0);
    let expected = part.busy * CURVE.get(place).copied().unwrap_or(0);
    let more = u32::from(dice.below(10_000) < expected % 10_000);
    // Every third evening WeChat has trouble of its own.
    let is_bad = in_china.rem_euclid(72) == 20;
    let logins = (0..expected / 10_000 + more).filter_map(|_| {
        let begun = Timestamp::from_millis(hour * HOUR + i64::from(dice.below(3_600_000)));
        let mut dice = Dice::of(&[dice.throw()]);
        let shares: Vec<(u32, usize)> = part
            .apps
            .iter()
            .enumerate()
            .map(|(app, part)| (part.share, app))
            .collect();
        let app = dice.weighted(&shares)?;
        let account = part.apps.get(app).and_then(|app: &AppPart| app.account).unwrap_or(0);
        let is_broken = part.accounts.get(account)?.is_broken;
        let story = match is_broken {
            true if begun >= broken => Story::of_broken_account(&mut dice),
            true if dice.below(40) == 0 => Story::of_new_account(),
            _ if is_bad => Story::of_bad_hour(&mut dice),
            _ => Story::usual(&mut dice),
        };
        Some(Login {
            begun,
            house,
            account,
            app,
            // Some come often.
            person: dice.skewed(0, part.people - 1),
            story,
            dice,
        })
    });
    logins.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::story::Redeemed;
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_253_400_000);
    const DAY: i64 = 24 * HOUR;

    fn before(now: Timestamp, millis: i64) -> Timestamp {
        Timestamp::from_millis(now.as_millis() - millis)
    }

    fn week() -> Plan {
        let span = Span {
            from: before(NOW, 7 * DAY),
            until: NOW,
        };
        Plan::of(span, before(NOW, DAY))
    }

    #[test]
    fn a_week_has_some_hundreds_of_logins_of_which_most_go_well() {
        let logins = week().logins;
        assert!((500..750).contains(&logins.len()), "{}", logins.len());
        let well = logins.iter().filter(|login| login.story == Story::Done(Redeemed::Well));
        let share = well.count() * 100 / logins.len();
        assert!((70..92).contains(&share), "{share} %");
        assert!(logins.is_sorted_by_key(|login| login.begun));
        let houses: BTreeSet<_> = logins
            .iter()
            .map(|login| (login.house, login.account, login.app))
            .collect();
        assert_eq!(houses.len(), 5, "every app but the one that is no longer used");
    }

    #[test]
    fn whether_told_at_once_or_in_two_parts_it_is_the_same_week() {
        let middle = before(NOW, 3 * DAY);
        let part = |from, until| Plan::of(Span { from, until }, before(NOW, DAY)).logins;
        let (first, second) = (part(before(NOW, 7 * DAY), middle), part(middle, NOW));
        let shape = |login: &Login| (login.begun, login.house, login.app, login.person, login.story);
        let parts: Vec<_> = first.iter().chain(&second).map(shape).collect();
        assert_eq!(parts, week().logins.iter().map(shape).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_gets_in_through_the_broken_account() {
        let plan = week();
        let mut broken = plan.logins.iter().filter(|login| {
            let account = &TENANTS[login.house].accounts[login.account];
            account.is_broken && login.begun >= before(NOW, DAY)
        });
        assert!(broken.all(|login| !matches!(login.story, Story::Done(_))));
    }
}
