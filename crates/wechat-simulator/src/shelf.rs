//! A map that forgets: old entries go as new ones come, so that a load test does not fill the memory.

use std::collections::{HashMap, VecDeque};

pub(crate) struct Shelf<V> {
    items: HashMap<String, V>,
    order: VecDeque<(i64, String)>,
    keep_seconds: i64,
    capacity: usize,
}

impl<V> Shelf<V> {
    pub(crate) fn new(keep_seconds: i64, capacity: usize) -> Self {
        Self {
            items: HashMap::new(),
            order: VecDeque::new(),
            keep_seconds,
            capacity,
        }
    }

    pub(crate) fn insert(&mut self, now: i64, key: String, value: V) {
        while let Some((until, _)) = self.order.front() {
            if *until > now && self.items.len() < self.capacity {
                break;
            }
            if let Some((_, oldest)) = self.order.pop_front() {
                self.items.remove(&oldest);
            }
        }
        self.order
            .push_back((now.saturating_add(self.keep_seconds), key.clone()));
        self.items.insert(key, value);
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.items.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.items.get_mut(key)
    }

    /// Newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = (&str, &V)> {
        self.order
            .iter()
            .rev()
            .filter_map(|(_, key)| self.items.get(key).map(|value| (key.as_str(), value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_is_old_and_what_is_too_much() {
        let mut shelf = Shelf::new(10, 2);
        shelf.insert(0, "a".to_owned(), 1);
        shelf.insert(5, "b".to_owned(), 2);
        shelf.insert(6, "c".to_owned(), 3);
        assert!(shelf.get("a").is_none(), "over capacity");
        assert_eq!(shelf.newest().map(|(key, _)| key).collect::<Vec<_>>(), ["c", "b"]);
        shelf.insert(15, "d".to_owned(), 4);
        assert!(shelf.get("b").is_none(), "too old");
        assert_eq!(shelf.get("c"), Some(&3));
    }
}
