//! A small map in memory whose entries end by themselves

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Values by key: each lives for the same time, and past the capacity the oldest makes room.
pub(crate) struct Store<T> {
    entries: Mutex<HashMap<String, (Instant, T)>>,
    capacity: usize,
    lifetime: Duration,
}

impl<T> Store<T> {
    pub(crate) fn new(capacity: usize, lifetime: Duration) -> Self {
        Self {
            entries: Mutex::new(HashMap::new()),
            capacity,
            lifetime,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, T)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self, since: Instant) -> bool {
        since.elapsed() < self.lifetime
    }

    fn make_room(&self, entries: &mut HashMap<String, (Instant, T)>) {
        if entries.len() < self.capacity {
            return;
        }
        entries.retain(|_, (since, _)| self.live(*since));
        if entries.len() >= self.capacity
            && let Some(oldest) = entries
                .iter()
                .min_by_key(|(_, (since, _))| *since)
                .map(|(key, _)| key.clone())
        {
            entries.remove(&oldest);
        }
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.lock().get(key).is_some_and(|(since, _)| self.live(*since))
    }

    pub(crate) fn insert(&self, key: &str, value: T) {
        let mut entries = self.lock();
        self.make_room(&mut entries);
        entries.insert(key.to_owned(), (Instant::now(), value));
    }

    pub(crate) fn remove(&self, key: &str) {
        self.lock().remove(key);
    }

    /// Changes what is kept under the key, which lives anew from now.
    pub(crate) fn update(&self, key: &str, change: impl FnOnce(&mut T))
    where
        T: Default,
    {
        let mut entries = self.lock();
        let mut value = match entries.remove(key) {
            Some((since, value)) if self.live(since) => value,
            _ => T::default(),
        };
        self.make_room(&mut entries);
        change(&mut value);
        entries.insert(key.to_owned(), (Instant::now(), value));
    }

    /// Changes what is kept under the key if there is anything; its time to live stays.
    pub(crate) fn update_existing<R>(&self, key: &str, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.lock()
            .get_mut(key)
            .filter(|(since, _)| self.live(*since))
            .map(|(_, value)| change(value))
    }
}

impl<T: Clone> Store<T> {
    pub(crate) fn get(&self, key: &str) -> Option<T> {
        self.lock()
            .get(key)
            .filter(|(since, _)| self.live(*since))
            .map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let store = Store::new(2, Duration::from_secs(60));
        for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
            store.insert(key, value);
        }
        assert_eq!(
            (store.get("a"), store.get("b"), store.get("c")),
            (None, Some(2), Some(3))
        );
        store.update("b", |value| *value += 10);
        store.insert("d", 4);
        assert_eq!(
            (store.get("b"), store.get("c"), store.get("d")),
            (Some(12), None, Some(4))
        );
    }

    #[test]
    fn what_has_ended_is_gone() {
        let store = Store::new(2, Duration::ZERO);
        store.insert("a", 1);
        assert_eq!((store.get("a"), store.contains("a")), (None, false));
        assert_eq!(store.update_existing("a", |value| *value), None);
        store.update("a", |value| assert_eq!(*value, 0));
    }
}
