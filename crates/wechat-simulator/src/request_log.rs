//! Who asked what: the last thousand requests, and a counter per endpoint.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

const KEPT: usize = 1000;
/// Somebody who tries paths must not grow the counters without end.
const ENDPOINTS: usize = 200;

/// One request the simulator answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestLogEntry {
    /// Seconds since 1970 on the simulator's clock.
    pub time: i64,
    /// `GET` or `POST`.
    pub method: String,
    /// The path.
    pub endpoint: String,
    /// The `appid` parameter, if there was one.
    pub app_id: Option<String>,
    /// The parameters, with secrets, codes and tokens cut off.
    pub query: String,
    /// Where it came from.
    pub caller: String,
    /// HTTP status; 0 if the connection was broken or never answered.
    pub status: u16,
    /// The answer's errcode, or the page's 错误码; `None` on success.
    pub errcode: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct RequestLog {
    on: bool,
    entries: VecDeque<RequestLogEntry>,
    counts: BTreeMap<String, u64>,
}

impl Default for RequestLog {
    fn default() -> Self {
        Self {
            on: true,
            entries: VecDeque::new(),
            counts: BTreeMap::new(),
        }
    }
}

impl RequestLog {
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    pub(crate) fn switch(&mut self, on: bool) {
        self.on = on;
    }

    pub(crate) fn count_one(&mut self, endpoint: &str) {
        if let Some(count) = self.counts.get_mut(endpoint) {
            *count += 1;
        } else if self.counts.len() < ENDPOINTS {
            self.counts.insert(endpoint.to_owned(), 1);
        }
    }

    pub(crate) fn push(&mut self, entry: RequestLogEntry) {
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<RequestLogEntry> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.counts.clear();
    }

    pub(crate) fn count(&self, endpoint: &str) -> u64 {
        self.counts.get(endpoint).copied().unwrap_or(0)
    }

    pub(crate) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }
}
