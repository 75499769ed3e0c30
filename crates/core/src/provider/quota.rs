//! What a provider lets an account do in a day, and how much of it is used.

use crate::store::Counted;
use crate::text::Text;

/// Calls to a provider are counted under this and their path; see [`crate::provider::Meter`].
pub const API: &str = "api:";

/// How often an account may make a call in a day of China's.
#[derive(Debug, Clone)]
pub struct Quota {
    /// What the call does, for people.
    pub name: Text,
    /// Its path.
    pub path: &'static str,
    /// How often. Accounts may be granted more by the provider.
    pub per_day: u64,
}

words! {
    /// How near the end of a quota is.
    #[derive(PartialOrd, Ord)]
    pub enum Level {
        /// Less than 70 % is used.
        Fine = "fine",
        /// 70 % and more.
        Notice = "notice",
        /// 90 % and more.
        Alarm = "alarm",
    }
}

impl Level {
    fn reached(used: u64, limit: u64) -> Self {
        let is_at = |percent: u128| u128::from(used) * 100 >= u128::from(limit) * percent;
        match () {
            () if is_at(90) => Self::Alarm,
            () if is_at(70) => Self::Notice,
            () => Self::Fine,
        }
    }
}

/// One quota as it is used.
#[derive(Debug, Clone)]
pub struct ApiUsage {
    /// What the call does.
    pub name: Text,
    /// Its path.
    pub path: &'static str,
    /// Calls that this installation made; other systems of the account use up the same quota, unseen.
    pub used: u64,
    /// Calls a day.
    pub limit: u64,
    /// How near the end is.
    pub level: Level,
}

/// How much of each quota was used on `day`, in the order of `quotas`.
#[must_use]
pub fn usage(quotas: &[Quota], counted: &[Counted], day: u32) -> Vec<ApiUsage> {
    let used = |path: &str| {
        let is_it = |one: &&Counted| one.day == day && one.name.strip_prefix(API) == Some(path);
        counted.iter().filter(is_it).map(|one| one.more).sum()
    };
    let usage = quotas.iter().map(|quota| {
        let used = used(quota.path);
        ApiUsage {
            name: quota.name.clone(),
            path: quota.path,
            used,
            limit: quota.per_day,
            level: Level::reached(used, quota.per_day),
        }
    });
    usage.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_of_one_day_and_has_levels() {
        const QUOTAS: [Quota; 2] = [
            Quota {
                name: Text::new("甲", "A"),
                path: "/a",
                per_day: 10,
            },
            Quota {
                name: Text::new("乙", "B"),
                path: "/a/b",
                per_day: 1000,
            },
        ];
        let counted = |name: &str, day, more| Counted {
            connector_id: "01JD0000000000000000000000".parse().unwrap(),
            name: name.to_owned(),
            day,
            more,
        };
        for (used, level) in [
            (0, Level::Fine),
            (6, Level::Fine),
            (7, Level::Notice),
            (8, Level::Notice),
            (9, Level::Alarm),
            (50, Level::Alarm),
        ] {
            let counters = [
                counted("api:/a", 5, used),
                counted("api:/a", 4, 100),
                counted("read:/a", 5, 100),
                counted("api:/a/b", 5, 3),
            ];
            let usage = usage(&QUOTAS, &counters, 5);
            assert_eq!((usage[0].used, usage[0].level), (used, level));
            assert_eq!((usage[1].used, usage[1].limit, usage[1].level), (3, 1000, Level::Fine));
        }
    }
}
