//! What is told of refusals: each is counted, few are logged, none is audited. A flood must fill neither log nor
//! database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{By, Class, Limited};

/// Between two lines about refusals of one kind.
const PAUSE: Duration = Duration::from_secs(1);

/// Refusals by kind.
#[derive(Debug)]
pub(super) struct Noise {
    began: Instant,
    kinds: [Kind; Class::ALL.len() * By::ALL.len()],
}

#[derive(Debug, Default)]
struct Kind {
    /// Milliseconds since the beginning, and 1.
    told: AtomicU64,
    untold: AtomicU64,
}

impl Noise {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            kinds: std::array::from_fn(|_| Kind::default()),
        }
    }

    /// Counts a refusal; whether it is to be logged, and how many there were since one was.
    pub(super) fn refused(&self, limited: &Limited) -> Option<u64> {
        let (class, by) = (limited.class.as_str(), limited.by.as_str());
        metrics::counter!(crate::measures::LIMITED, "class" => class, "by" => by).increment(1);
        let kind = self
            .kinds
            .get(limited.class as usize * By::ALL.len() + limited.by as usize)?;
        kind.untold.fetch_add(1, Ordering::Relaxed);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let now = millis(self.began.elapsed()) + 1;
        let told = kind.told.load(Ordering::Relaxed);
        if told != 0 && now < told + millis(PAUSE) {
            return None;
        }
        let mine = kind
            .told
            .compare_exchange(told, now, Ordering::Relaxed, Ordering::Relaxed);
        mine.ok().map(|_| kind.untold.swap(0, Ordering::Relaxed))
    }
}
