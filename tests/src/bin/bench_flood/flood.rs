//! The flood: logins that begin and are never finished, each from another address.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hufu_tests::RelyingParty;
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How long one of its requests may take.
const LATE: Duration = Duration::from_secs(10);
/// Addresses of a round; the next one's are others.
const ADDRESSES: u32 = 1 << 20;

/// How it was answered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Answers {
    pub(crate) passed: u64,
    pub(crate) refused: u64,
}

#[derive(Debug, Default)]
struct Counted {
    passed: AtomicU64,
    refused: AtomicU64,
}

/// Not begun.
pub(crate) struct Flood {
    url: String,
    first: u32,
}

/// Under way.
pub(crate) struct Flowing {
    tasks: JoinSet<()>,
    counted: Arc<Counted>,
}

impl Flood {
    /// One of a round, at an app.
    pub(crate) fn new(app: &RelyingParty, round: usize) -> Self {
        let round = u32::try_from(round).unwrap();
        Self {
            url: format!(
                "{}/oauth2/authorize?client_id={}&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code&scope=openid",
                app.issuer, app.client_id
            ),
            first: u32::from(Ipv4Addr::new(11, 0, 0, 0)) + round % 256 * ADDRESSES,
        }
    }

    /// So many requests a second until `end`.
    pub(crate) fn start(self, a_second: u32, connections: u32, end: Instant) -> Flowing {
        let counted = Arc::new(Counted::default());
        let mut tasks = JoinSet::new();
        for connection in 0..connections {
            let every = Duration::from_secs(connections.into()) / a_second;
            let first = self.first + connection;
            let addresses = (0..).map(move |number| Ipv4Addr::from(first + number * connections % ADDRESSES));
            tasks.spawn(pour(self.url.clone(), addresses, every, end, Arc::clone(&counted)));
        }
        Flowing { tasks, counted }
    }
}

async fn pour(
    url: String,
    mut addresses: impl Iterator<Item = Ipv4Addr>,
    every: Duration,
    end: Instant,
    counted: Arc<Counted>,
) {
    let http = Client::builder().redirect(Policy::none()).no_proxy().timeout(LATE);
    let http = http.user_agent(hufu_tests::WECHAT_USER_AGENT).build().unwrap();
    let mut ticks = interval(every);
    // What Hufu held up is not made up for: that would be another flood.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        ticks.tick().await;
        let address = addresses.next().unwrap();
        let asked = http.get(&url).header("x-forwarded-for", address.to_string()).send();
        let status = asked.await.expect("the flood is answered").status().as_u16();
        let count = match status {
            303 => &counted.passed,
            429 => &counted.refused,
            other => panic!("the flood is answered with {other}"),
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl Flowing {
    /// So far.
    pub(crate) fn answers(&self) -> Answers {
        Answers {
            passed: self.counted.passed.load(Ordering::Relaxed),
            refused: self.counted.refused.load(Ordering::Relaxed),
        }
    }

    /// When all of it has ended.
    pub(crate) async fn ended(self) {
        self.tasks.join_all().await;
    }
}
