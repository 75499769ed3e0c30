//! Counters in memory, written from time to time: counting costs a call nothing.
//!
//! What was counted since the last write is lost when the process is killed; a clean stop writes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hufu_core::clock::Clock;
use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::provider::Meter;
use hufu_core::store::{Change, Counted, UnitOfWork};
use tokio::time::{MissedTickBehavior, interval};

use crate::database::Shared;

/// Names of one account and day. What comes beyond is counted as [`OTHER`]: names may be made by those who ask.
const NAMES: usize = 256;
/// The longest name that is counted as it is, in bytes.
const LONGEST: usize = 120;
/// Stands for all names beyond the bounds.
const OTHER: &str = "other";
/// Counters in one unit at most, so that logins get their turn between two of them.
const PORTION: usize = 100;

/// What names of one account are counted on.
type Page = (TenantId, ConnectorId, u32);

/// Adds up. A name stays with 0 after a write, so that its day's names stay bounded.
#[derive(Debug)]
pub(crate) struct Tally {
    clock: Arc<dyn Clock>,
    counts: Mutex<HashMap<Page, HashMap<String, u64>>>,
}

impl Meter for Tally {
    fn count(&self, tenant_id: TenantId, connector_id: ConnectorId, name: &str) {
        self.add((tenant_id, connector_id, self.clock.now().china_day()), name, 1);
    }
}

impl Tally {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            counts: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Page, HashMap<String, u64>>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, page: Page, name: &str, more: u64) {
        let mut counts = self.lock();
        let names = counts.entry(page).or_default();
        if let Some(count) = names.get_mut(name) {
            *count += more;
            return;
        }
        let is_bounded = names.len() < NAMES && name.len() <= LONGEST;
        let name = if is_bounded { name } else { OTHER };
        *names.entry(name.to_owned()).or_default() += more;
    }

    /// What was counted since the last time, by tenant; days that are over are forgotten with it.
    fn take(&self) -> HashMap<TenantId, Vec<Counted>> {
        let today = self.clock.now().china_day();
        let mut taken: HashMap<_, Vec<_>> = HashMap::new();
        let mut counts = self.lock();
        for ((tenant, connector_id, day), names) in &mut *counts {
            for (name, count) in names.iter_mut().filter(|(_, count)| **count > 0) {
                taken.entry(*tenant).or_default().push(Counted {
                    connector_id: *connector_id,
                    name: name.clone(),
                    day: *day,
                    more: std::mem::take(count),
                });
            }
        }
        counts.retain(|(_, _, day), _| *day >= today);
        taken
    }
}

impl Shared {
    /// Writes what was counted. What cannot be written waits for the next time.
    pub(crate) async fn flush(&self, tally: &Tally) {
        for (tenant, counted) in tally.take() {
            for portion in counted.chunks(PORTION) {
                let unit = portion.iter().fold(UnitOfWork::new(tenant), |unit, counted| {
                    unit.with(Change::Count(Box::new(counted.clone())))
                });
                if let Err(error) = self.save(unit).await {
                    tracing::warn!(%error, "counters were not written; they wait for the next time");
                    for counted in portion {
                        tally.add((tenant, counted.connector_id, counted.day), &counted.name, counted.more);
                    }
                }
            }
        }
    }
}

/// Writes every `every` until the database or the meter is gone.
pub(crate) async fn keep_writing(shared: Weak<Shared>, tally: Weak<Tally>, every: Duration) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let (Some(shared), Some(tally)) = (shared.upgrade(), tally.upgrade()) else {
            return;
        };
        if shared.is_closed() {
            return;
        }
        shared.flush(&tally).await;
    }
}
