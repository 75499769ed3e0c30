//! How often an account may call (Tencent doc: quota table).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// China's days begin 8 hours before UTC's, and so do WeChat's quotas.
const CHINA_OFFSET: i64 = 8 * 3600;

/// The limits; per account and endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// `/cgi-bin/token` a day.
    pub token_per_day: u64,
    /// The same for a sandbox account.
    pub sandbox_token_per_day: u64,
    /// `/cgi-bin/stable_token` a minute.
    pub stable_per_minute: u64,
    /// `/cgi-bin/stable_token` a day.
    pub stable_per_day: u64,
    /// Each endpoint under `/sns/` a minute.
    pub sns_per_minute: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            token_per_day: 2000,
            sandbox_token_per_day: 200,
            stable_per_minute: 10_000,
            stable_per_day: 500_000,
            sns_per_minute: 50_000,
        }
    }
}

#[derive(Debug, Default)]
struct Counter {
    day: i64,
    in_day: u64,
    minute: i64,
    in_minute: u64,
}

/// What has been used of the limits.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    counters: HashMap<String, HashMap<&'static str, Counter>>,
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    Minute,
    Day,
}

/// One line of `GET /_sim/quotas`.
#[derive(Debug, Serialize)]
pub(crate) struct Used {
    app_id: String,
    endpoint: &'static str,
    today: u64,
    this_minute: u64,
}

impl Usage {
    /// Counts one call, unless a limit has been reached.
    pub(crate) fn take(
        &mut self,
        now: i64,
        app_id: &str,
        endpoint: &'static str,
        per_minute: Option<u64>,
        per_day: Option<u64>,
    ) -> Result<(), Reached> {
        if !self.counters.contains_key(app_id) {
            self.counters.insert(app_id.to_owned(), HashMap::new());
        }
        let Some(of_account) = self.counters.get_mut(app_id) else {
            return Ok(());
        };
        let counter = of_account.entry(endpoint).or_default();
        counter.roll(now);
        if per_day.is_some_and(|limit| counter.in_day >= limit) {
            return Err(Reached::Day);
        }
        if per_minute.is_some_and(|limit| counter.in_minute >= limit) {
            return Err(Reached::Minute);
        }
        counter.in_day += 1;
        counter.in_minute += 1;
        Ok(())
    }

    pub(crate) fn reset(&mut self) {
        self.counters.clear();
    }

    pub(crate) fn used(&mut self, now: i64) -> Vec<Used> {
        let mut used = Vec::new();
        for (app_id, counters) in &mut self.counters {
            for (endpoint, counter) in counters {
                counter.roll(now);
                let app_id = app_id.clone();
                used.push(Used {
                    app_id,
                    endpoint,
                    today: counter.in_day,
                    this_minute: counter.in_minute,
                });
            }
        }
        used
    }
}

impl Counter {
    fn roll(&mut self, now: i64) {
        let (day, minute) = (now.saturating_add(CHINA_OFFSET).div_euclid(86_400), now.div_euclid(60));
        if self.day != day {
            self.day = day;
            self.in_day = 0;
        }
        if self.minute != minute {
            self.minute = minute;
            self.in_minute = 0;
        }
    }
}
