//! Brute force: failed tries are counted for each login name and each address, in records that all instances share.
//!
//! A try is counted before its secret is looked at, and taken back when the secret was right. So of many tries at
//! once each sees those before it, and none is answered by timing what was never looked at.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;

use super::{Operators, Result, TRIES, as_event, came_from, cleaned, detail, is_crossed, log_of};
use crate::clock::Timestamp;
use crate::ids::{EventId, TenantId};
use crate::manage::OperatorError;
use crate::model::{Action, AuditEvent, Browser, LoginName, Operator, Outcome, Throttle};
use crate::store::{Change, Find, Record as _, Records as _};

/// How the subjects of addresses begin.
const ADDRESS: &str = "ip:";
/// The longest wait.
const LONGEST: u64 = 15 * 60;
/// An address without failed tries for so long starts anew: many people may share it, and a success of one says
/// nothing of the others, so that nothing else ever lowers its count.
const ADDRESS_QUIET: Duration = Duration::from_secs(3600);
/// How often at most a refused try is written to the log.
const TOLD: Duration = Duration::from_secs(60);
/// How often a count is tried again that another crossed.
const COUNT_TRIES: usize = 4 * TRIES;

/// What is counted, and how.
struct Subject {
    name: String,
    /// From this failure on the next try must wait.
    patience: u32,
    /// After how long without failures it starts anew, if sooner than the record goes.
    quiet: Option<Duration>,
}

/// A try that was counted.
pub(super) struct Counted(Vec<(Throttle, Throttle)>);

impl Counted {
    /// Of it what the address is charged with: what the name was is forgotten already.
    pub(super) fn of_address(mut self) -> Self {
        self.0.retain(|(_, after)| after.subject.starts_with(ADDRESS));
        self
    }
}

impl Operators {
    /// Counts a try, or refuses it unseen.
    ///
    /// # Errors
    /// [`OperatorError::Wait`]; [`OperatorError::Busy`] when very many come at once.
    pub(super) async fn count(&self, login: Option<&LoginName>, from: &Browser) -> Result<Counted> {
        let subjects = subjects(login, from);
        for _ in 0..COUNT_TRIES {
            let now = self.clock.now();
            let mut counted = Vec::with_capacity(subjects.len());
            let mut blocked: Option<(&Subject, Timestamp)> = None;
            for subject in &subjects {
                let before = self.failures(subject, now).await?;
                if now < before.blocked_until && blocked.is_none_or(|(_, until)| until < before.blocked_until) {
                    blocked = Some((subject, before.blocked_until));
                }
                let failures = before.failures.saturating_add(1);
                let after = Throttle {
                    failures,
                    last_at: now,
                    blocked_until: now.plus(wait(failures, subject.patience)),
                    version: before.version + 1,
                    ..before.clone()
                };
                counted.push((before, after));
            }
            if let Some((subject, until)) = blocked {
                self.tell(&subject.name, login, from).await?;
                return Err(OperatorError::Wait { until });
            }
            let changes: std::result::Result<Vec<_>, _> =
                counted.iter().map(|(_, after)| Change::record(after)).collect();
            match self.save(TenantId::PLATFORM, changes?).await {
                Ok(()) => return Ok(Counted(counted)),
                Err(error) if is_crossed(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(OperatorError::Busy)
    }

    /// Takes a try back that was none: the secret was right. What others failed meanwhile stays counted.
    pub(super) async fn take_back(&self, counted: Counted) -> Result<()> {
        for (before, after) in counted.0 {
            for _ in 0..COUNT_TRIES {
                let Some(now) = self.store.find::<Throttle>(Find::Id(&after.subject)).await? else {
                    break;
                };
                let version = now.version + 1;
                let restored = if now.version == after.version {
                    Throttle {
                        version,
                        ..before.clone()
                    }
                } else {
                    Throttle {
                        failures: now.failures.saturating_sub(1),
                        version,
                        ..now
                    }
                };
                match self.save(TenantId::PLATFORM, vec![Change::record(&restored)?]).await {
                    Err(error) if is_crossed(&error) => {}
                    other => {
                        other?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// What an event says of a failed try at a name.
    pub(super) fn failure(
        &self,
        operator: Option<&Operator>,
        login: &str,
        from: &Browser,
        error: &'static str,
    ) -> AuditEvent {
        let id = EventId::generate(&*self.clock, &*self.random);
        let log = log_of(operator.and_then(|operator| operator.agency_id));
        let mut event = AuditEvent::new(id, log, self.clock.now(), Action::OperatorLogin, Outcome::Failed);
        event.error = Some(error.to_owned());
        came_from(&mut event, from);
        // What cannot be a name is often a password in the wrong field.
        let name = operator
            .map(|operator| operator.login.clone())
            .or_else(|| login.parse().ok());
        if let Some(name) = name {
            detail(&mut event, "login", json!(name));
        }
        event
    }

    async fn failures(&self, subject: &Subject, now: Timestamp) -> Result<Throttle> {
        let known = self.store.find::<Throttle>(Find::Id(&subject.name)).await?;
        let fresh = |version| Throttle {
            subject: subject.name.clone(),
            failures: 0,
            last_at: now,
            blocked_until: now,
            version,
        };
        Ok(match known {
            None => fresh(0),
            Some(known) => {
                let is_over = known.expires_at().is_some_and(|at| at <= now);
                let is_quiet = subject.quiet.is_some_and(|quiet| known.last_at.plus(quiet) <= now);
                if is_over || is_quiet {
                    fresh(known.version)
                } else {
                    known
                }
            }
        })
    }

    /// Writes to the log that a try was refused unseen, at most once a minute for each subject.
    async fn tell(&self, subject: &str, login: Option<&LoginName>, from: &Browser) -> Result<()> {
        let now = self.clock.now();
        let name = format!("told:{subject}");
        let known = self.store.find::<Throttle>(Find::Id(&name)).await?;
        if known.as_ref().is_some_and(|known| now < known.blocked_until) {
            return Ok(());
        }
        let told = Throttle {
            subject: name,
            failures: known.as_ref().map_or(1, |known| known.failures.saturating_add(1)),
            last_at: now,
            blocked_until: now.plus(TOLD),
            version: known.map_or(1, |known| known.version + 1),
        };
        let login = login.map_or("", LoginName::as_str);
        let operator = self.store.find::<Operator>(Find::Key(login)).await?;
        let event = self.failure(operator.as_ref(), login, from, "throttled");
        let log = event.tenant_id;
        match self.save(log, vec![Change::record(&told)?, as_event(event)]).await {
            Err(error) if is_crossed(&error) => Ok(()),
            other => Ok(other?),
        }
    }
}

/// Forgets what was failed at a name: its operator came in.
pub(super) fn forget(login: &LoginName) -> Change {
    Change::delete_record::<Throttle>(by_login(login))
}

fn by_login(login: &LoginName) -> String {
    format!("login:{login}")
}

fn subjects(login: Option<&LoginName>, from: &Browser) -> Vec<Subject> {
    let by_login = login.map(|login| Subject {
        name: by_login(login),
        patience: 5,
        quiet: None,
    });
    let by_address = Subject {
        name: format!("{ADDRESS}{}", network(&from.ip)),
        patience: 20,
        quiet: Some(ADDRESS_QUIET),
    };
    by_login.into_iter().chain([by_address]).collect()
}

/// Whom an address stands for: of IPv6 everybody has a /64 at least.
fn network(ip: &str) -> String {
    match ip.trim().parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.to_string(),
        Ok(IpAddr::V6(ip)) => {
            let prefix = ip.to_bits() & (u128::MAX << 64);
            format!("{}/64", std::net::Ipv6Addr::from_bits(prefix))
        }
        Err(_) => cleaned(ip, 64),
    }
}

/// How long the next try must wait after so many failures.
fn wait(failures: u32, patience: u32) -> Duration {
    let seconds = match failures.checked_sub(patience) {
        None => 0,
        Some(more) => 1_u64.checked_shl(more).unwrap_or(LONGEST).min(LONGEST),
    };
    Duration::from_secs(seconds)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour() {
        let waits = [1, 4, 5, 6, 7, 14, 15, 70, 1000].map(|n| wait(n, 5).as_secs());
        assert_eq!(waits, [0, 0, 1, 2, 4, 512, 900, 900, 900]);
    }

    #[test]
    fn an_ipv6_address_stands_for_its_network() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("un\nknown"), "unknown");
    }
}
