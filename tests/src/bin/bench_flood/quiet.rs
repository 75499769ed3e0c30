//! The tenant that has done nothing: its people log in at a steady rate, whether the one before is in or not.

use std::time::Duration;

use hdrhistogram::Histogram;
use hufu_tests::RelyingParty;
use hufu_tests::bench::{Journey, LoggedIn};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

/// Browsers. When all of them are under way, a login is left out: at a steady rate that is a stall of a second.
const BROWSERS: usize = 20;
/// How long those that are under way at the end may take to be in.
const LATE: Duration = Duration::from_secs(20);

/// Its browsers, who come back: connections and cookies are theirs for all rounds.
pub(crate) struct Quiet(Vec<Journey>);

impl Quiet {
    pub(crate) fn new(app: &RelyingParty, people: usize) -> Self {
        let browsers = (0..BROWSERS).map(|first| Journey::new(app, first, BROWSERS, people));
        Self(browsers.collect())
    }

    /// Logs in so often a second until `end`; microseconds of each login.
    pub(crate) async fn log_in(&mut self, a_second: u32, end: Instant) -> Histogram<u64> {
        let mut ticks = interval(Duration::from_secs(1) / a_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut under_way, mut latencies) = (JoinSet::new(), Histogram::<u64>::new(3).unwrap());
        while Instant::now() < end {
            ticks.tick().await;
            while let Some(ended) = under_way.try_join_next() {
                self.0.push(done(ended.unwrap(), &mut latencies));
            }
            let Some(mut journey) = self.0.pop() else { continue };
            under_way.spawn(async move {
                let result = journey.log_in().await;
                (journey, result)
            });
        }
        let latest = end + LATE;
        while let Ok(Some(ended)) = timeout_at(latest, under_way.join_next()).await {
            self.0.push(done(ended.unwrap(), &mut latencies));
        }
        assert!(under_way.is_empty(), "logins at the quiet tenant do not end");
        latencies
    }
}

fn done((journey, result): (Journey, Result<LoggedIn, String>), latencies: &mut Histogram<u64>) -> Journey {
    let login = result.expect("logins at the quiet tenant succeed");
    latencies
        .record(u64::try_from(login.total.as_micros()).unwrap())
        .unwrap();
    journey
}
