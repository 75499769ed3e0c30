//! One exchange at a time for each attempt or test login: copies of a callback wait here and then find the result.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::ids::{AttemptId, TrialId};

type Lock = Arc<tokio::sync::Mutex<()>>;

/// What is exchanged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Login {
    /// A login.
    Attempt(AttemptId),
    /// A test login.
    Trial(TrialId),
}

impl From<AttemptId> for Login {
    fn from(id: AttemptId) -> Self {
        Self::Attempt(id)
    }
}

impl From<TrialId> for Login {
    fn from(id: TrialId) -> Self {
        Self::Trial(id)
    }
}

/// Locks by login; only those in use are kept.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<Login, Lock>>);

/// The right to exchange for one login.
#[derive(Debug)]
pub(super) struct Flight<'a> {
    flights: &'a Flights,
    login: Login,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Flights {
    /// Waits for its turn.
    pub(super) async fn enter(&self, login: Login) -> Flight<'_> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(login).or_default())
        };
        Flight {
            flights: self,
            login,
            guard: Some(lock.lock_owned().await),
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut locks = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // 1: the map's own reference, so nobody waits for it.
        if locks.get(&self.login).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            locks.remove(&self.login);
        }
    }
}
