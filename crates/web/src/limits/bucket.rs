//! Token buckets by key, in bounded memory.
//!
//! What a bucket says is governor's (GCRA: one number a key, the time at which the bucket is full again). Where the
//! numbers lie is ours: governor's own maps grow with every key until somebody sweeps them, and whoever floods from many
//! addresses chooses how many keys there are.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use super::settings::Budget;

const SHARDS: usize = 16;
/// Keys of a shard at most. A key that rests long enough to have its whole budget again needs no place.
const SHARD: usize = 2048;

/// The time since it was made, by the clock that tests can pause.
#[derive(Debug, Clone, Copy)]
struct Since(Instant);

impl Clock for Since {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// One budget for each of many keys.
#[derive(Debug)]
pub(super) struct Buckets {
    limiter: RateLimiter<u64, Places, Since, NoOpMiddleware<Duration>>,
    hasher: RandomState,
}

impl Buckets {
    pub(super) fn new(budget: Budget) -> Self {
        let clock = Since(Instant::now());
        let quota = Quota::per_second(budget.per_second).allow_burst(budget.burst);
        Self {
            limiter: RateLimiter::new(quota, Places::new(clock), clock),
            hasher: RandomState::new(),
        }
    }

    /// Takes one from the key's bucket.
    ///
    /// # Errors
    /// When it is empty: how long until there is one again.
    pub(super) fn take(&self, key: impl Hash) -> Result<(), Duration> {
        // Keyed by chance: nobody can choose whose bucket to share.
        let key = self.hasher.hash_one(key);
        let now = self.limiter.clock().now();
        self.limiter.check_key(&key).map_err(|not| not.wait_time_from(now))
    }

    /// Keys that have a place.
    #[cfg(test)]
    fn places(self) -> usize {
        let places = self.limiter.into_state_store();
        places.shards.iter().map(|shard| shard.lock().unwrap().len()).sum()
    }
}

/// Where the numbers lie.
#[derive(Debug)]
struct Places {
    shards: [Mutex<HashMap<u64, Nanos>>; SHARDS],
    clock: Since,
}

impl Places {
    fn new(clock: Since) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            clock,
        }
    }

    /// Makes room for another key. First go those that have their whole budget again, which changes nothing; then
    /// those that have most of it; what is still too much begins anew, which in a flood of so many keys is the tenant's
    /// bucket's matter.
    fn make_room(&self, shard: &mut HashMap<u64, Nanos>) {
        let now = Nanos::from(self.clock.now());
        shard.retain(|_, full_at| *full_at > now);
        if shard.len() > SHARD / 2 {
            let latest = shard.values().max().copied().unwrap_or(now);
            let middle = Nanos::from((now.as_u64() + latest.as_u64()) / 2);
            shard.retain(|_, full_at| *full_at > middle);
        }
        if shard.len() > SHARD / 2 {
            shard.clear();
        }
    }
}

impl StateStore for Places {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let at = usize::try_from(*key % SHARDS as u64).unwrap_or_default();
        let Some(shard) = self.shards.get(at) else {
            return f(None).map(|(answer, _)| answer);
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let held = shard.get(key).copied();
        let (answer, full_at) = f(held)?;
        if held.is_none() && shard.len() >= SHARD {
            self.make_room(&mut shard);
        }
        shard.insert(*key, full_at);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(per_second: u32, burst: u32) -> Buckets {
        Buckets::new(Budget {
            per_second: per_second.try_into().unwrap(),
            burst: burst.try_into().unwrap(),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_and_then_so_much_a_second() {
        let buckets = buckets(2, 3);
        let take = |key: &str| buckets.take(key);
        for _ in 0..3 {
            take("a").unwrap();
        }
        let wait = take("a").unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(500), "{wait:?}");
        take("b").expect("everybody has a bucket of their own");
        tokio::time::advance(wait).await;
        take("a").unwrap();
        assert!(take("a").is_err());
        tokio::time::advance(Duration::from_secs(60)).await;
        for _ in 0..3 {
            take("a").unwrap();
        }
        assert!(take("a").is_err(), "it never holds more than the burst");
    }

    #[tokio::test(start_paused = true)]
    async fn many_keys_take_no_more_places_than_there_are() {
        let flooded = buckets(1, 10);
        for key in 0..10 * SHARDS * SHARD {
            flooded.take(key).unwrap();
        }
        let places = flooded.places();
        assert!(places <= SHARDS * SHARD && places > SHARDS, "{places}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_used_up_their_budget_keeps_their_place_in_a_flood_of_others() {
        let buckets = buckets(1, 10);
        while buckets.take("spent").is_ok() {}
        for key in 0..10 * SHARDS * SHARD {
            buckets.take(key).unwrap();
        }
        assert!(buckets.take("spent").is_err());
    }
}
