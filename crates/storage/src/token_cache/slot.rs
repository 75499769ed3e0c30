//! What one instance knows of one token.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::error::Class;
use hufu_core::provider::{HeldToken, ProviderError};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

/// For so long the row is not looked at again. It bounds how long an instance serves a token that another one replaced.
const FRESH: Duration = Duration::from_secs(5);
/// Between two asks for the next token while the present one lives, at least; when there is more time, a quarter of what
/// is left: a provider that keeps giving the same one is asked a dozen times, not hundreds.
const PAUSE: Duration = Duration::from_secs(30);
/// For so long nobody asks again after a failure that passes.
const PASSING: Duration = Duration::from_millis(1500);
/// And after one that somebody has to mend.
const LASTING: Duration = Duration::from_secs(10);

/// One token in memory.
#[derive(Debug, Default)]
pub(super) struct Slot {
    known: RwLock<Known>,
    flight: Arc<Mutex<()>>,
    renewing: AtomicBool,
}

#[derive(Debug, Clone, Default)]
struct Known {
    token: Option<HeldToken>,
    /// By the clock: how fresh it is.
    seen_at: Option<Timestamp>,
    /// By the runtime: whether it is newer than a caller's question.
    looked_at: Option<Instant>,
    asked_at: Option<Timestamp>,
    failure: Option<(ProviderError, Timestamp)>,
}

/// Whether `now` is within `span` after `from`; not when the clock was set back.
fn within(now: Timestamp, from: Timestamp, span: Duration) -> bool {
    from <= now && now < from.plus(span)
}

impl Slot {
    fn read<T>(&self, read: impl FnOnce(&Known) -> T) -> T {
        read(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, write: impl FnOnce(&mut Known)) {
        write(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// One flight at a time; a guard goes with the flight, which goes on when its caller went away.
    pub(super) async fn flight(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.flight).lock_owned().await
    }

    /// The token, when it lives and the row was looked at a moment ago.
    pub(super) fn fresh(&self, now: Timestamp) -> Option<HeldToken> {
        self.read(|known| {
            let is_fresh = known.seen_at.is_some_and(|at| within(now, at, FRESH));
            known
                .token
                .as_ref()
                .filter(|token| is_fresh && now < token.expires_at)
                .cloned()
        })
    }

    /// The token, when it lives.
    pub(super) fn living(&self, now: Timestamp) -> Option<HeldToken> {
        self.read(|known| known.token.as_ref().filter(|token| now < token.expires_at).cloned())
    }

    /// The living token, when the row was looked at after `since`.
    pub(super) fn living_since(&self, since: Instant, now: Timestamp) -> Option<HeldToken> {
        self.read(|known| {
            let is_newer = known.looked_at.is_some_and(|at| at > since);
            known
                .token
                .as_ref()
                .filter(|token| is_newer && now < token.expires_at)
                .cloned()
        })
    }

    /// The failure of a moment ago.
    pub(super) fn failure(&self, now: Timestamp) -> Option<ProviderError> {
        self.read(|known| {
            let (error, at) = known.failure.as_ref()?;
            let span = if error.class == Class::Retry { PASSING } else { LASTING };
            within(now, *at, span).then(|| error.clone())
        })
    }

    /// Keeps what the row says, or what was just fetched.
    pub(super) fn keep(&self, token: Option<HeldToken>, asked_at: Option<Timestamp>, now: Timestamp) {
        self.write(|known| {
            known.token = token;
            known.seen_at = Some(now);
            known.looked_at = Some(Instant::now());
            known.asked_at = known.asked_at.max(asked_at);
            known.failure = None;
        });
    }

    /// The row could not be looked at: what is known has to do for as long again.
    pub(super) fn make_do(&self, now: Timestamp) {
        self.write(|known| known.seen_at = Some(now));
    }

    /// Remembers a failure, so that not every reader makes the same call.
    pub(super) fn fail(&self, error: ProviderError, now: Timestamp) {
        self.write(|known| known.failure = Some((error, now)));
    }

    /// The provider was asked, or somebody else is asking: nobody here asks for a while.
    pub(super) fn asked(&self, now: Timestamp) {
        self.write(|known| known.asked_at = known.asked_at.max(Some(now)));
    }

    /// Forgets the token.
    pub(super) fn clear(&self) {
        self.write(|known| *known = Known::default());
    }

    /// Whether the next token should be asked for, as far as is known here.
    pub(super) fn is_due(&self, token: &HeldToken, ahead: impl FnOnce(Duration) -> Duration, now: Timestamp) -> bool {
        is_due(token, self.read(|known| known.asked_at), ahead, now)
    }

    /// Takes the one place for who asks in the background; `None`: it is taken.
    pub(super) fn begin_renewing(self: &Arc<Self>) -> Option<Renewing> {
        let is_free = !self.renewing.swap(true, Ordering::AcqRel);
        is_free.then(|| Renewing(Arc::clone(self)))
    }
}

/// Whether a token is in the last part of its life and nobody asked for the next one lately.
pub(super) fn is_due(
    token: &HeldToken,
    asked_at: Option<Timestamp>,
    ahead: impl FnOnce(Duration) -> Duration,
    now: Timestamp,
) -> bool {
    let lifetime = Duration::from_millis(u64::from(token.expires_at.millis_since(token.fetched_at)));
    let left = Duration::from_millis(u64::from(token.expires_at.millis_since(now)));
    let was_asked = asked_at.is_some_and(|at| within(now, at, PAUSE.max(left / 4)));
    !was_asked && token.expires_at.minus(ahead(lifetime)) <= now
}

/// Held by who asks in the background.
#[derive(Debug)]
pub(super) struct Renewing(Arc<Slot>);

impl Drop for Renewing {
    fn drop(&mut self) {
        self.0.renewing.store(false, Ordering::Release);
    }
}
