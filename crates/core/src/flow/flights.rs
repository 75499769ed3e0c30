//! One exchange at a time for each attempt: copies of a callback wait here and then find the result.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::ids::AttemptId;

type Lock = Arc<tokio::sync::Mutex<()>>;

/// Locks by attempt; only those in use are kept.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<AttemptId, Lock>>);

/// The right to exchange for one attempt.
#[derive(Debug)]
pub(super) struct Flight<'a> {
    flights: &'a Flights,
    attempt: AttemptId,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Flights {
    /// Waits for its turn.
    pub(super) async fn enter(&self, attempt: AttemptId) -> Flight<'_> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(attempt).or_default())
        };
        Flight {
            flights: self,
            attempt,
            guard: Some(lock.lock_owned().await),
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut locks = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // 1: the map's own reference, so nobody waits for it.
        if locks
            .get(&self.attempt)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.attempt);
        }
    }
}
