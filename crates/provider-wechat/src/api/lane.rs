//! Each account's own way to WeChat: so many calls at once, none while WeChat keeps failing, and no more QR codes than
//! its quota has.
//!
//! All accounts share one HTTP client. Without lanes an account whose calls hang would hold memory, connections and
//! people's patience for everybody; and a WeChat that is down would cost every login the whole timeout. Lanes are this
//! process's own: another instance finds out by itself.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hufu_core::clock::{Clock, Timestamp};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::endpoint::Endpoint;
use super::failure::{Failure, NotAsked};
use crate::config::Config;

/// How long a call waits for its turn: far less than a request may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Failures in a row count when no more than this lies between the first and the last.
const WINDOW: Duration = Duration::from_secs(30);
/// QR codes: one a second is less than the 100 000 a day that an account has (获取二维码 quota), and so many at once.
const QR_PAUSE: Duration = Duration::from_secs(1);
const QR_BURST: i64 = 1000;
/// Lanes that are kept; an installation has fewer accounts.
const MOST: usize = 10_000;

/// The lanes of all accounts.
#[derive(Debug)]
pub(super) struct Lanes {
    bounds: Bounds,
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
}

#[derive(Debug, Clone, Copy)]
struct Bounds {
    at_once: usize,
    failures: u32,
    rest: Duration,
}

/// One account's lane.
pub(crate) struct Lane {
    name: String,
    bounds: Bounds,
    clock: Arc<dyn Clock>,
    seats: Semaphore,
    state: Mutex<State>,
    /// When all QR codes of the burst are there again.
    qr_full_at: Mutex<Timestamp>,
}

/// Whether WeChat is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is. So many calls in a row failed, the first of them then.
    Closed { failures: u32, since: Timestamp },
    /// Not before then.
    Open { until: Timestamp },
    /// One call is under way to see.
    Probing,
}

/// A call that may be made. Say how it went; one that nobody says anything of was given up.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    lane: &'a Lane,
    _seat: SemaphorePermit<'a>,
    is_probe: bool,
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lane({})", self.name)
    }
}

impl Lanes {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            bounds: Bounds {
                at_once: config.calls_at_once.max(1),
                failures: config.breaker_failures,
                rest: Duration::from_secs(config.breaker_seconds),
            },
            lanes: Mutex::default(),
        }
    }

    /// The lane of this name; a new one is made the first time.
    pub(super) fn of(&self, name: &str, clock: &Arc<dyn Clock>) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(name) {
            return Arc::clone(lane);
        }
        if lanes.len() >= MOST {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let lane = Arc::new(Lane {
            name: name.to_owned(),
            bounds: self.bounds,
            clock: Arc::clone(clock),
            seats: Semaphore::new(self.bounds.at_once.min(Semaphore::MAX_PERMITS)),
            state: Mutex::new(State::CLOSED),
            qr_full_at: Mutex::default(),
        });
        lanes.insert(name.to_owned(), Arc::clone(&lane));
        lane
    }
}

impl State {
    const CLOSED: Self = Self::Closed {
        failures: 0,
        since: Timestamp::from_millis(0),
    };
}

impl Lane {
    /// A turn, at once or when another call ends.
    ///
    /// # Errors
    /// [`Failure::NotAsked`]: WeChat keeps failing, or too many calls are under way.
    pub(super) async fn turn(&self, endpoint: Endpoint, deadline: Option<Instant>) -> Result<Turn<'_>, Failure> {
        self.refuse_while_open()?;
        if endpoint == Endpoint::CreateQrCode {
            self.take_qr_code()?;
        }
        let left = deadline.map_or(PATIENCE, |at| at.saturating_duration_since(Instant::now()));
        let seat = timeout(left.min(PATIENCE), self.seats.acquire()).await;
        let Ok(Ok(seat)) = seat else {
            return Err(not_asked(NotAsked::Crowded));
        };
        // WeChat may have failed while this call waited.
        let is_probe = self.begin()?;
        Ok(Turn {
            lane: self,
            _seat: seat,
            is_probe,
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse_while_open(&self) -> Result<(), Failure> {
        match *self.state() {
            State::Open { until } if self.clock.now() < until => Err(not_asked(NotAsked::Resting)),
            State::Probing => Err(not_asked(NotAsked::Resting)),
            State::Open { .. } | State::Closed { .. } => Ok(()),
        }
    }

    /// Whether the call is the one that sees how WeChat is.
    fn begin(&self) -> Result<bool, Failure> {
        let mut state = self.state();
        match *state {
            State::Closed { .. } => Ok(false),
            State::Open { until } if self.clock.now() >= until => {
                *state = State::Probing;
                changed("half_open");
                Ok(true)
            }
            State::Open { .. } | State::Probing => Err(not_asked(NotAsked::Resting)),
        }
    }

    fn ended(&self, well: bool, was_probe: bool) {
        let now = self.clock.now();
        let mut state = self.state();
        *state = match *state {
            // Calls that began before say nothing new.
            State::Open { .. } => return,
            State::Probing if !was_probe => return,
            State::Probing if well => {
                tracing::info!(account = self.name, "WeChat answers again");
                changed("closed");
                State::CLOSED
            }
            State::Closed { .. } if well || self.bounds.failures == 0 => State::CLOSED,
            State::Closed { failures, since } => {
                let goes_on = failures > 0 && now < since.plus(WINDOW);
                let (failures, since) = if goes_on { (failures + 1, since) } else { (1, now) };
                if failures < self.bounds.failures {
                    State::Closed { failures, since }
                } else {
                    self.rest(now)
                }
            }
            State::Probing => self.rest(now),
        };
    }

    fn rest(&self, now: Timestamp) -> State {
        let seconds = self.bounds.rest.as_secs();
        tracing::warn!(
            account = self.name,
            seconds,
            "WeChat keeps failing: it is not asked for a while"
        );
        changed("open");
        State::Open {
            until: now.plus(self.bounds.rest),
        }
    }

    fn take_qr_code(&self) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut full_at = self.qr_full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*full_at).max(now).plus(QR_PAUSE);
        if i64::from(next.millis_since(now)) > QR_BURST * 1000 {
            return Err(not_asked(NotAsked::QrCodes));
        }
        *full_at = next;
        Ok(())
    }
}

impl Turn<'_> {
    /// WeChat answered, or did not.
    pub(super) fn ended(mut self, well: bool) {
        let was_probe = std::mem::take(&mut self.is_probe);
        self.lane.ended(well, was_probe);
    }
}

impl Drop for Turn<'_> {
    /// A probe that was given up: the next call is one.
    fn drop(&mut self) {
        if self.is_probe {
            *self.lane.state() = State::Open {
                until: self.lane.clock.now(),
            };
        }
    }
}

fn changed(to: &'static str) {
    metrics::counter!(crate::measures::BREAKER, "to" => to).increment(1);
}

fn not_asked(why: NotAsked) -> Failure {
    metrics::counter!(crate::measures::NOT_ASKED, "why" => why.as_str()).increment(1);
    Failure::NotAsked(why)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Hand(AtomicI64);

    impl Hand {
        fn advance(&self, millis: i64) {
            self.0.fetch_add(millis, Ordering::SeqCst);
        }
    }

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_000_000 + self.0.load(Ordering::SeqCst))
        }
    }

    fn lane(clock: &Arc<Hand>) -> Arc<Lane> {
        let config = Config {
            calls_at_once: 2,
            breaker_failures: 3,
            breaker_seconds: 5,
            ..Config::default()
        };
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        Lanes::new(&config).of("a", &clock)
    }

    async fn call(lane: &Lane, well: bool) -> Result<(), Failure> {
        lane.turn(Endpoint::Auth, None).await?.ended(well);
        Ok(())
    }

    const RESTING: Result<(), Failure> = Err(Failure::NotAsked(NotAsked::Resting));

    #[tokio::test]
    async fn failures_in_a_row_open_it_and_one_call_looks_again() {
        let clock = Arc::new(Hand::default());
        let lane = lane(&clock);
        for well in [false, false, true, false, false] {
            call(&lane, well).await.unwrap();
        }
        call(&lane, false).await.unwrap();
        assert_eq!(call(&lane, true).await, RESTING);
        clock.advance(4999);
        assert_eq!(call(&lane, true).await, RESTING);
        clock.advance(1);
        let probe = lane.turn(Endpoint::Auth, None).await.unwrap();
        assert_eq!(call(&lane, true).await, RESTING, "one looks, not all");
        probe.ended(false);
        assert_eq!(call(&lane, true).await, RESTING, "still down");
        clock.advance(5000);
        drop(lane.turn(Endpoint::Auth, None).await.unwrap());
        call(&lane, true)
            .await
            .expect("a probe that was given up is made again");
        for _ in 0..2 {
            call(&lane, false).await.expect("it counts from nothing again");
        }
    }

    #[tokio::test]
    async fn failures_far_apart_are_no_outage() {
        let clock = Arc::new(Hand::default());
        let lane = lane(&clock);
        for _ in 0..10 {
            call(&lane, false).await.unwrap();
            clock.advance(16_000);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_at_once_and_the_others_wait_a_while() {
        let lane = lane(&Arc::default());
        let (first, second) = (
            lane.turn(Endpoint::Auth, None).await.unwrap(),
            lane.turn(Endpoint::Auth, None).await.unwrap(),
        );
        let began = Instant::now();
        let crowded = lane.turn(Endpoint::Auth, None).await.unwrap_err();
        assert_eq!(crowded, Failure::NotAsked(NotAsked::Crowded));
        assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
        let soon = Instant::now() + Duration::from_millis(100);
        assert!(lane.turn(Endpoint::Auth, Some(soon)).await.is_err());
        assert!(
            Instant::now() < soon + Duration::from_millis(10),
            "a login's own deadline counts"
        );
        first.ended(true);
        call(&lane, true).await.unwrap();
        second.ended(true);
    }

    #[tokio::test]
    async fn qr_codes_are_fewer_than_the_quota_of_a_day() {
        let clock = Arc::new(Hand::default());
        let lane = lane(&clock);
        let mut made = 0;
        let mut flood = async || {
            while let Ok(turn) = lane.turn(Endpoint::CreateQrCode, None).await {
                turn.ended(true);
                made += 1;
            }
            made
        };
        assert_eq!(flood().await, QR_BURST);
        for _ in 0..24 * 60 {
            clock.advance(60_000);
            flood().await;
        }
        assert!(made < 100_000, "{made}");
        call(&lane, true).await.expect("other calls go on");
    }
}
