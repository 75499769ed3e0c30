//! What is measured of the database, and of what the audit log says.
//!
//! Labels are closed sets. Handles of what happens several times a login are made once, when a database is opened: a
//! recorder that is installed later does not see those.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use hufu_core::error::StoreError;
use hufu_core::model::{Action, AuditEvent, Outcome};
use hufu_core::oidc::{APP_CODE_GRANT, DEVICE_CODE_GRANT};
use metrics::{Counter, Gauge, Histogram};

const STATEMENTS: &str = "hufu_db_statement_duration_seconds";
const SAVES: &str = "hufu_db_saves_total";
const SAVE_DURATION: &str = "hufu_db_save_duration_seconds";
const COMMITS: &str = "hufu_db_commits_total";
const COMMIT_DURATION: &str = "hufu_db_commit_duration_seconds";
const BATCH: &str = "hufu_db_batch_units";
const QUEUE: &str = "hufu_db_writer_queue_units";
const UP: &str = "hufu_db_up";
const CACHE_READS: &str = "hufu_cache_reads_total";
const EVENTS: &str = "hufu_audit_events_total";
const LOGINS: &str = "hufu_logins_total";
const TOKENS: &str = "hufu_token_grants_total";

/// All of them, with what they mean.
pub const ALL: [(&str, &str); 12] = [
    (STATEMENTS, "Seconds a statement took"),
    (SAVES, "Units of work handed to the writer, by answer"),
    (
        SAVE_DURATION,
        "Seconds from handing a unit of work over to its durable answer",
    ),
    (COMMITS, "Transactions of the writer, by kind and outcome"),
    (
        COMMIT_DURATION,
        "Seconds a transaction of the writer took, its commit included",
    ),
    (BATCH, "Units of work in one transaction"),
    (QUEUE, "Units of work that wait for their durable answer"),
    (UP, "Whether the last look at the database was answered"),
    (
        CACHE_READS,
        "Reads of what this instance keeps in memory, by cache and result",
    ),
    (EVENTS, "Audit events that are durable, by action and outcome"),
    (LOGINS, "Logins that ended, by outcome and reason"),
    (
        TOKENS,
        "Redemptions at the token endpoint, by grant, outcome and reason",
    ),
];

/// Handles for the writer and its callers.
#[derive(Debug, Clone)]
pub(crate) struct Measures {
    pub(crate) reads: Histogram,
    pub(crate) writes: Histogram,
    pub(crate) save: Histogram,
    pub(crate) batch: Histogram,
    pub(crate) up: Gauge,
    saved: Counter,
    queue: Gauge,
    batched: Commits,
    alone: Commits,
}

/// Transactions of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Commits {
    duration: Histogram,
    done: Counter,
    kind: &'static str,
}

impl Measures {
    pub(crate) fn new() -> Self {
        Self {
            reads: metrics::histogram!(STATEMENTS, "kind" => "read"),
            writes: metrics::histogram!(STATEMENTS, "kind" => "write"),
            save: metrics::histogram!(SAVE_DURATION),
            batch: metrics::histogram!(BATCH),
            up: metrics::gauge!(UP),
            saved: metrics::counter!(SAVES, "outcome" => "ok"),
            queue: metrics::gauge!(QUEUE),
            batched: Commits::new("batch"),
            alone: Commits::new("alone"),
        }
    }

    /// Counts a unit of work that was answered.
    pub(crate) fn saved<T>(&self, answer: &Result<T, StoreError>) {
        match answer {
            Ok(_) => self.saved.increment(1),
            Err(error) => metrics::counter!(SAVES, "outcome" => name_of(error)).increment(1),
        }
    }

    /// A unit of work that waits, until it is dropped.
    pub(crate) fn wait(&self) -> Waiting {
        self.queue.increment(1);
        Waiting(self.queue.clone())
    }

    /// Transactions of many units, or of one that goes alone.
    pub(crate) fn commits(&self, alone: bool) -> &Commits {
        if alone { &self.alone } else { &self.batched }
    }
}

impl Commits {
    fn new(kind: &'static str) -> Self {
        Self {
            duration: metrics::histogram!(COMMIT_DURATION, "kind" => kind),
            done: metrics::counter!(COMMITS, "kind" => kind, "outcome" => "ok"),
            kind,
        }
    }

    /// Counts a transaction that ended.
    pub(crate) fn ended(&self, took: std::time::Duration, error: Option<&StoreError>) {
        self.duration.record(took);
        match error {
            None => self.done.increment(1),
            Some(error) => {
                metrics::counter!(COMMITS, "kind" => self.kind, "outcome" => name_of(error)).increment(1);
            }
        }
    }
}

/// A unit of work that waits for its answer.
pub(crate) struct Waiting(Gauge);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// An error's kind.
pub(crate) fn name_of(error: &StoreError) -> &'static str {
    match error {
        StoreError::Conflict { .. } => "conflict",
        StoreError::Duplicate { .. } => "duplicate",
        StoreError::Blocked => "blocked",
        StoreError::Unavailable { .. } => "unavailable",
        StoreError::Inconsistent { .. } => "inconsistent",
    }
}

/// Reads of one cache.
#[derive(Debug, Clone)]
pub(crate) struct CacheReads {
    hits: Counter,
    misses: Counter,
}

impl CacheReads {
    pub(crate) fn of(cache: &'static str) -> Self {
        Self {
            hits: metrics::counter!(CACHE_READS, "cache" => cache, "result" => "hit"),
            misses: metrics::counter!(CACHE_READS, "cache" => cache, "result" => "miss"),
        }
    }

    pub(crate) fn count(&self, is_hit: bool) {
        if is_hit { &self.hits } else { &self.misses }.increment(1);
    }
}

/// What is counted of an event once it is durable.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    action: Action,
    outcome: Outcome,
    error: Option<String>,
    grant: Option<&'static str>,
}

impl Told {
    pub(crate) fn of(event: &AuditEvent) -> Self {
        Self {
            action: event.action,
            outcome: event.outcome,
            error: event.error.clone(),
            grant: grant(event),
        }
    }

    pub(crate) fn count(self) {
        let outcome = self.outcome.as_str();
        metrics::counter!(EVENTS, "action" => self.action.as_str(), "outcome" => outcome).increment(1);
        let error = || reason(self.error.as_deref());
        match (self.action, self.grant) {
            (Action::Login, _) => {
                metrics::counter!(LOGINS, "outcome" => outcome, "error" => error()).increment(1);
            }
            (_, Some(grant)) => {
                metrics::counter!(TOKENS, "grant" => grant, "outcome" => outcome, "error" => error()).increment(1);
            }
            _ => {}
        }
    }
}

/// The grant that a token's event names; it names none for a code. `None`: it tells of a revocation, which gives nothing.
fn grant(event: &AuditEvent) -> Option<&'static str> {
    const KNOWN: [&str; 4] = ["refresh_token", "client_credentials", DEVICE_CODE_GRANT, APP_CODE_GRANT];
    if event.action != Action::Token || event.detail.contains_key("revoked") {
        return None;
    }
    let named = event.detail.get("grant").and_then(serde_json::Value::as_str);
    Some(named.map_or("authorization_code", |named| {
        KNOWN.into_iter().find(|known| *known == named).unwrap_or("other")
    }))
}

/// Reasons are Hufu's own codes, of which there are some dozens. Should one ever be made of something that people
/// send, the series stay bounded all the same.
fn reason(code: Option<&str>) -> String {
    const MOST: usize = 128;
    const LONGEST: usize = 48;
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(code) = code else { return "none".to_owned() };
    let is_code = code.len() <= LONGEST
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.contains(code) {
        return code.to_owned();
    }
    if is_code && seen.len() < MOST {
        seen.insert(code.to_owned());
        return code.to_owned();
    }
    "other".to_owned()
}

#[cfg(test)]
mod tests {
    use hufu_core::clock::{Clock as _, SystemClock, SystemRandom};
    use hufu_core::ids::{EventId, TenantId};

    use super::*;

    #[test]
    fn a_grant_is_named_by_its_event_and_a_revocation_is_none() {
        let tenant = TenantId::generate(&SystemClock, &SystemRandom);
        let told = |action, key: &str, value: &str| {
            let id = EventId::generate(&SystemClock, &SystemRandom);
            let mut event = AuditEvent::new(id, tenant, SystemClock.now(), action, Outcome::Succeeded);
            event.detail.insert(key.to_owned(), value.into());
            Told::of(&event).grant
        };
        for known in ["refresh_token", "client_credentials", DEVICE_CODE_GRANT, APP_CODE_GRANT] {
            assert_eq!(told(Action::Token, "grant", known), Some(known));
        }
        assert_eq!(told(Action::Token, "grant", "new"), Some("other"));
        assert_eq!(told(Action::Token, "by", "x"), Some("authorization_code"));
        assert_eq!(told(Action::Token, "revoked", "access_token"), None);
        assert_eq!(told(Action::Login, "grant", "refresh_token"), None);
    }

    #[test]
    fn reasons_are_bounded() {
        assert_eq!(reason(None), "none");
        assert_eq!(reason(Some("code_invalid")), "code_invalid");
        for odd in ["", "A B", "张三", &"x".repeat(49)] {
            let shown = reason(Some(odd));
            assert!(odd.is_empty() || shown == "other", "{odd}");
        }
        let names: BTreeSet<String> = (0..1000).map(|n| reason(Some(&format!("made_up_{n}")))).collect();
        assert!(names.len() <= 129 && names.contains("other"), "{}", names.len());
        assert_eq!(reason(Some("code_invalid")), "code_invalid");
    }
}
