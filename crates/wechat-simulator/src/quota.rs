//! How often an account may call (Tencent doc: quota table).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::account::AccountKind;

/// China's days begin 8 hours before UTC's, and so do WeChat's quotas.
const CHINA_OFFSET: i64 = 8 * 3600;
/// A sandbox account gets a tenth of every daily limit (Tencent doc: quota table).
const SANDBOX_SHARE: u64 = 10;

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
    /// `/sns/jscode2session` a minute for each user.
    pub js_code_per_minute: u64,
    /// `/cgi-bin/qrcode/create` a day; of this and the following a sandbox account gets a tenth.
    pub qr_per_day: u64,
    /// `/cgi-bin/menu/create` a day.
    pub menu_create_per_day: u64,
    /// `/cgi-bin/menu/get` a day.
    pub menu_get_per_day: u64,
    /// `/cgi-bin/menu/delete` a day.
    pub menu_delete_per_day: u64,
    /// `/cgi-bin/user/info` and its batch form, each, a day.
    pub user_info_per_day: u64,
    /// `/cgi-bin/clear_quota` in both forms a calendar month.
    pub clears_per_month: u64,
}

impl Quotas {
    /// What a day allows of an endpoint; `None`: no limit that anybody has written down.
    pub(crate) fn per_day(&self, endpoint: &str, kind: AccountKind) -> Option<u64> {
        let sandbox = kind == AccountKind::Sandbox;
        let limit = match endpoint {
            "/cgi-bin/token" if sandbox => return Some(self.sandbox_token_per_day),
            "/cgi-bin/token" => return Some(self.token_per_day),
            "/cgi-bin/stable_token" => return Some(self.stable_per_day),
            "/cgi-bin/qrcode/create" => self.qr_per_day,
            "/cgi-bin/menu/create" => self.menu_create_per_day,
            "/cgi-bin/menu/get" => self.menu_get_per_day,
            "/cgi-bin/menu/delete" => self.menu_delete_per_day,
            "/cgi-bin/user/info" | "/cgi-bin/user/info/batchget" => self.user_info_per_day,
            _ => return None,
        };
        Some(if sandbox { limit / SANDBOX_SHARE } else { limit })
    }
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            token_per_day: 2000,
            sandbox_token_per_day: 200,
            stable_per_minute: 10_000,
            stable_per_day: 500_000,
            sns_per_minute: 50_000,
            js_code_per_minute: 100,
            qr_per_day: 100_000,
            menu_create_per_day: 1000,
            menu_get_per_day: 10_000,
            menu_delete_per_day: 1000,
            user_info_per_day: 5_000_000,
            clears_per_month: 10,
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
    /// Per account: the month, and how often the counters were cleared in it.
    clears: HashMap<String, ((i32, u8), u64)>,
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
        self.clears.clear();
    }

    /// Forgets what one account has used, unless it did so too often this month.
    pub(crate) fn clear(&mut self, now: i64, app_id: &str, per_month: u64) -> bool {
        let (month, count) = self.clears.entry(app_id.to_owned()).or_default();
        let this_month = china_month(now);
        if *month != this_month {
            (*month, *count) = (this_month, 0);
        }
        if *count >= per_month {
            return false;
        }
        *count += 1;
        self.counters.remove(app_id);
        true
    }

    /// Forgets what one account has used of one endpoint.
    pub(crate) fn clear_endpoint(&mut self, app_id: &str, endpoint: &str) {
        if let Some(counters) = self.counters.get_mut(app_id) {
            counters.retain(|known, _| *known != endpoint);
        }
    }

    pub(crate) fn used_today(&mut self, now: i64, app_id: &str, endpoint: &str) -> u64 {
        let counter = self
            .counters
            .get_mut(app_id)
            .and_then(|counters| counters.get_mut(endpoint));
        counter.map_or(0, |counter| {
            counter.roll(now);
            counter.in_day
        })
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

/// The day in China, counted from 1970.
pub(crate) fn china_day(now: i64) -> i64 {
    now.saturating_add(CHINA_OFFSET).div_euclid(86_400)
}

fn china_month(now: i64) -> (i32, u8) {
    OffsetDateTime::from_unix_timestamp(now.saturating_add(CHINA_OFFSET))
        .map_or((0, 0), |at| (at.year(), u8::from(at.month())))
}

impl Counter {
    fn roll(&mut self, now: i64) {
        let (day, minute) = (china_day(now), now.div_euclid(60));
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
