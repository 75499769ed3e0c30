//! Server tokens: fetched once for everybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::clock::{Clock as _, SystemRandom};
use hufu_core::error::Class;
use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::provider::{
    FetchedToken, HeldToken, ProviderError, ProviderErrorCode, TokenCache, TokenKey, TokenSource,
};
use hufu_core::secret::{Digest256, ExposeSecret as _, SecretString};
use hufu_core::text::Text;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::Bench;
use crate::fixed::FixedClock;

const LIFE: Duration = Duration::from_secs(7200);

/// A provider that gives the same token until it is rotated or forced.
#[derive(Debug)]
struct Upstream {
    calls: AtomicU32,
    forced: AtomicU32,
    number: AtomicU32,
    broken: watch::Sender<Option<Class>>,
    hanging: watch::Sender<bool>,
    /// Forcing is of no use.
    stubborn: bool,
}

impl Upstream {
    fn new() -> Arc<Self> {
        Arc::new(Self::blank())
    }

    fn blank() -> Self {
        Self {
            calls: AtomicU32::new(0),
            forced: AtomicU32::new(0),
            number: AtomicU32::new(1),
            broken: watch::Sender::new(None),
            hanging: watch::Sender::new(false),
            stubborn: false,
        }
    }

    fn source(self: &Arc<Self>) -> Arc<dyn TokenSource> {
        Arc::new(Source(Arc::clone(self)))
    }

    fn rotate(&self) {
        self.number.fetch_add(1, Ordering::SeqCst);
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    fn forced(&self) -> u32 {
        self.forced.load(Ordering::SeqCst)
    }
}

struct Source(Arc<Upstream>);

#[async_trait]
impl TokenSource for Source {
    async fn fetch(&self, forced: bool) -> Result<FetchedToken, ProviderError> {
        let upstream = &self.0;
        upstream.calls.fetch_add(1, Ordering::SeqCst);
        if forced {
            upstream.forced.fetch_add(1, Ordering::SeqCst);
        }
        // Long enough for others to come meanwhile.
        sleep(Duration::from_millis(30)).await;
        upstream.hanging.subscribe().wait_for(|hanging| !hanging).await.unwrap();
        let broken = *upstream.broken.borrow();
        if let Some(class) = broken {
            return Err(ProviderError {
                class,
                code: ProviderErrorCode::Busy,
                errcode: Some(-1),
                message: Text::new("忙", "Busy"),
                remedy: None,
                debug: "busy".to_owned(),
            });
        }
        if forced && !upstream.stubborn {
            upstream.rotate();
        }
        Ok(FetchedToken {
            value: SecretString::from(format!("upstream-canary-{}", upstream.number.load(Ordering::SeqCst))),
            lifetime: LIFE,
        })
    }
}

fn key() -> TokenKey {
    let clock = FixedClock::default();
    TokenKey {
        tenant_id: TenantId::generate(&clock, &SystemRandom),
        connector_id: ConnectorId::generate(&clock, &SystemRandom),
        name: "access_token",
        credentials: Digest256::of("wx1 secret"),
    }
}

fn number(token: &HeldToken) -> u32 {
    let text = token.value.expose_secret();
    text.trim_start_matches("upstream-canary-").parse().unwrap()
}

async fn current(cache: &Arc<dyn TokenCache>, key: &TokenKey, upstream: &Arc<Upstream>) -> u32 {
    number(&cache.current(key, upstream.source()).await.unwrap())
}

/// Waits for something that happens in the background.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// A thousand who ask at once cause one call and get one token; so do those who ask later.
pub async fn a_thousand_readers_cause_one_fetch(bench: &dyn Bench) {
    let (clock, upstream, key) = (Arc::new(FixedClock::default()), Upstream::new(), key());
    let cache = bench.tokens(clock.clone()).await;
    let mut readers = JoinSet::new();
    for _ in 0..1000 {
        let (cache, source) = (cache.clone(), upstream.source());
        readers.spawn(async move { cache.current(&key, source).await.unwrap() });
    }
    while let Some(token) = readers.join_next().await {
        let token = token.unwrap();
        assert_eq!(number(&token), 1);
        assert_eq!(
            (token.fetched_at, token.expires_at),
            (clock.now(), clock.now().plus(LIFE))
        );
    }
    assert_eq!(upstream.calls(), 1);
    clock.advance(Duration::from_secs(60));
    assert_eq!(current(&cache, &key, &upstream).await, 1);
    assert_eq!(upstream.calls(), 1);
    let other = TokenKey {
        name: "jsapi_ticket",
        ..key
    };
    current(&cache, &other, &upstream).await;
    assert_eq!(upstream.calls(), 2, "another token is fetched for itself");
}

/// The same over two instances; one that starts later finds the token.
pub async fn two_instances_cause_one_fetch(bench: &dyn Bench) {
    let (clock, upstream, key) = (Arc::new(FixedClock::default()), Upstream::new(), key());
    let instances = [bench.tokens(clock.clone()).await, bench.tokens(clock.clone()).await];
    let mut readers = JoinSet::new();
    for nth in 0..1000 {
        let (cache, source) = (instances[nth % 2].clone(), upstream.source());
        readers.spawn(async move { cache.current(&key, source).await.unwrap() });
    }
    while let Some(token) = readers.join_next().await {
        assert_eq!(number(&token.unwrap()), 1);
    }
    let late = bench.tokens(clock.clone()).await;
    assert_eq!(current(&late, &key, &upstream).await, 1);
    assert_eq!(upstream.calls(), 1);
}

/// An instance that died while it fetched: others wait for it no longer than its lease. A caller that goes away is no
/// death.
pub async fn a_dead_lease_is_taken_over(bench: &dyn Bench) {
    let (clock, dying, healthy, key) = (Arc::new(FixedClock::default()), Upstream::new(), Upstream::new(), key());
    let (one, other) = (bench.tokens(clock.clone()).await, bench.tokens(clock.clone()).await);
    dying.hanging.send_replace(true);
    let (cache, source) = (one.clone(), dying.source());
    let caller = tokio::spawn(async move { cache.current(&key, source).await });
    until("the first asks", async || dying.calls() == 1).await;
    caller.abort();
    let (cache, source) = (other.clone(), healthy.source());
    let waiting = tokio::spawn(async move { cache.current(&key, source).await });
    sleep(Duration::from_millis(300)).await;
    assert_eq!(healthy.calls(), 0, "while the lease lives nobody else asks");
    clock.advance(Duration::from_secs(15));
    assert_eq!(number(&waiting.await.unwrap().unwrap()), 1);
    assert_eq!(healthy.calls(), 1);
    // It was not dead after all: what it brings late is not written over what stands there.
    healthy.rotate();
    dying.hanging.send_replace(false);
    clock.advance(Duration::from_secs(6));
    assert_eq!(current(&other, &key, &healthy).await, 1);
    assert_eq!(healthy.calls(), 1);
}

/// A hundred who find the same token dead, at two instances, cause one replacement.
pub async fn a_dead_token_is_replaced_once(bench: &dyn Bench) {
    let (clock, upstream, key) = (Arc::new(FixedClock::default()), Upstream::new(), key());
    let instances = [bench.tokens(clock.clone()).await, bench.tokens(clock.clone()).await];
    let failing = instances[0].current(&key, upstream.source()).await.unwrap().value;
    for cache in &instances {
        assert_eq!(current(cache, &key, &upstream).await, 1);
    }
    let report = async |upstream: &Arc<Upstream>| {
        let mut reporters = JoinSet::new();
        for nth in 0..100 {
            let (cache, source, failing) = (instances[nth % 2].clone(), upstream.source(), failing.clone());
            reporters.spawn(async move { cache.replace(&key, &failing, source).await.unwrap() });
        }
        let mut numbers: Vec<_> = reporters.join_all().await.iter().map(number).collect();
        numbers.dedup();
        numbers
    };
    assert_eq!(report(&upstream).await, [2]);
    assert_eq!(
        (upstream.calls(), upstream.forced()),
        (3, 1),
        "the first, one that was the same, one by force"
    );
    assert_eq!(
        report(&upstream).await,
        [2],
        "late reporters of the old one get the new one"
    );
    assert_eq!(upstream.calls(), 3);
    // Another system replaced it: nothing is forced.
    let failing = instances[1].current(&key, upstream.source()).await.unwrap().value;
    upstream.rotate();
    let token = instances[0].replace(&key, &failing, upstream.source()).await.unwrap();
    assert_eq!((number(&token), upstream.calls(), upstream.forced()), (3, 4, 1));
}

/// Who reports a token compares it with the row, not with what its instance remembers.
pub async fn a_reported_token_is_compared_with_the_row(bench: &dyn Bench) {
    let (clock, upstream, key) = (Arc::new(FixedClock::default()), Upstream::new(), key());
    let (here, there) = (bench.tokens(clock.clone()).await, bench.tokens(clock.clone()).await);
    let first = here.current(&key, upstream.source()).await.unwrap().value;
    assert_eq!(current(&there, &key, &upstream).await, 1);
    let second = here.replace(&key, &first, upstream.source()).await.unwrap().value;
    // It still remembers the first, and is told that the second is dead.
    let third = there.replace(&key, &second, upstream.source()).await.unwrap();
    assert_eq!(number(&third), 3);
    assert_eq!(
        number(&here.replace(&key, &second, upstream.source()).await.unwrap()),
        3
    );
    assert_eq!(upstream.forced(), 2);
}

/// A provider that gives the dead token again and again is asked for another one once a minute.
pub async fn a_provider_that_insists_is_left_alone(bench: &dyn Bench) {
    let upstream = Arc::new(Upstream {
        stubborn: true,
        ..Upstream::blank()
    });
    let (clock, key) = (Arc::new(FixedClock::default()), key());
    let cache = bench.tokens(clock.clone()).await;
    let failing = cache.current(&key, upstream.source()).await.unwrap().value;
    for _ in 0..20 {
        let error = cache.replace(&key, &failing, upstream.source()).await.unwrap_err();
        assert_eq!(
            (error.class, error.code),
            (Class::Retry, ProviderErrorCode::TokenInvalid)
        );
        clock.advance(Duration::from_secs(2));
    }
    assert_eq!(upstream.forced(), 1);
    clock.advance(Duration::from_secs(60));
    cache.replace(&key, &failing, upstream.source()).await.unwrap_err();
    assert_eq!(upstream.forced(), 2);
}

/// What one instance replaced, another serves for a few seconds at most.
pub async fn a_replacement_is_noticed_elsewhere(bench: &dyn Bench) {
    let (clock, upstream, key) = (Arc::new(FixedClock::default()), Upstream::new(), key());
    let (here, there) = (bench.tokens(clock.clone()).await, bench.tokens(clock.clone()).await);
    let failing = here.current(&key, upstream.source()).await.unwrap().value;
    assert_eq!(current(&there, &key, &upstream).await, 1);
    here.replace(&key, &failing, upstream.source()).await.unwrap();
    assert_eq!(current(&here, &key, &upstream).await, 2);
    clock.advance(Duration::from_secs(5));
    assert_eq!(current(&there, &key, &upstream).await, 2);
    assert_eq!(upstream.calls(), 3);
}

/// In the last part of its life the next one is fetched while readers get the present one; the same one again is no
/// reason to go on asking.
pub async fn a_token_is_renewed_before_it_ends(bench: &dyn Bench) {
    let (clock, upstream, key) = (Arc::new(FixedClock::default()), Upstream::new(), key());
    let (cache, other) = (bench.tokens(clock.clone()).await, bench.tokens(clock.clone()).await);
    current(&cache, &key, &upstream).await;
    clock.advance(LIFE * 4 / 5 - Duration::from_secs(1));
    current(&cache, &key, &upstream).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(upstream.calls(), 1, "not before it is time");
    // The provider still gives the same one, which lives no longer than before.
    clock.advance(Duration::from_secs(1));
    upstream.hanging.send_replace(true);
    for _ in 0..100 {
        assert_eq!(current(&cache, &key, &upstream).await, 1, "nobody waits");
    }
    until("the next one is asked for", async || upstream.calls() == 2).await;
    clock.advance(Duration::from_secs(6));
    for cache in [&cache, &other] {
        assert_eq!(
            current(cache, &key, &upstream).await,
            1,
            "nobody waits, though the row is leased"
        );
    }
    upstream.rotate();
    upstream.hanging.send_replace(false);
    until("it came", async || current(&cache, &key, &upstream).await == 2).await;
    clock.advance(Duration::from_secs(5));
    assert_eq!(current(&other, &key, &upstream).await, 2);
    assert_eq!(upstream.calls(), 2);
}

/// While the provider is out of order the last token is served as long as it lives, and hardly anybody asks.
pub async fn an_outage_is_outlived(bench: &dyn Bench) {
    let (clock, upstream, key) = (Arc::new(FixedClock::default()), Upstream::new(), key());
    let cache = bench.tokens(clock.clone()).await;
    current(&cache, &key, &upstream).await;
    upstream.broken.send_replace(Some(Class::Retry));
    clock.advance(LIFE * 9 / 10);
    for _ in 0..100 {
        assert_eq!(current(&cache, &key, &upstream).await, 1);
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(upstream.calls(), 2, "asked once, then after a pause");
    clock.advance(Duration::from_secs(240));
    until("it is asked again", async || {
        current(&cache, &key, &upstream).await;
        upstream.calls() == 3
    })
    .await;
    // Its life is over.
    clock.advance(LIFE / 10);
    let mut readers = JoinSet::new();
    for _ in 0..1000 {
        let (cache, source) = (cache.clone(), upstream.source());
        readers.spawn(async move { cache.current(&key, source).await.unwrap_err() });
    }
    for error in readers.join_all().await {
        assert_eq!((error.class, error.errcode), (Class::Retry, Some(-1)));
    }
    assert_eq!(
        upstream.calls(),
        4,
        "one call for a thousand who are told that it fails"
    );
    upstream.broken.send_replace(Some(Class::TenantAdmin));
    clock.advance(Duration::from_secs(2));
    cache.current(&key, upstream.source()).await.unwrap_err();
    upstream.broken.send_replace(None);
    clock.advance(Duration::from_secs(9));
    let error = cache.current(&key, upstream.source()).await.unwrap_err();
    assert_eq!(
        error.class,
        Class::TenantAdmin,
        "what somebody has to mend is not asked every second"
    );
    clock.advance(Duration::from_secs(1));
    assert_eq!(current(&cache, &key, &upstream).await, 1);
    assert_eq!(upstream.calls(), 6);
}

/// With another secret it is another token; what is forgotten is fetched again.
pub async fn credentials_and_forgetting(bench: &dyn Bench) {
    let (clock, upstream, key) = (Arc::new(FixedClock::default()), Upstream::new(), key());
    let (here, there) = (bench.tokens(clock.clone()).await, bench.tokens(clock.clone()).await);
    assert!(here.peek(&key).await.unwrap().is_none());
    current(&here, &key, &upstream).await;
    assert_eq!(number(&there.peek(&key).await.unwrap().unwrap()), 1);
    let swapped = TokenKey {
        credentials: Digest256::of("wx1 another secret"),
        ..key
    };
    assert!(there.peek(&swapped).await.unwrap().is_none());
    upstream.rotate();
    assert_eq!(current(&there, &swapped, &upstream).await, 2);
    clock.advance(Duration::from_secs(5));
    assert_eq!(current(&here, &swapped, &upstream).await, 2);
    assert_eq!(upstream.calls(), 2);
    here.forget(&swapped).await.unwrap();
    assert!(there.peek(&swapped).await.unwrap().is_none());
    upstream.rotate();
    assert_eq!(current(&here, &swapped, &upstream).await, 3);
    clock.advance(Duration::from_secs(5));
    assert_eq!(current(&there, &swapped, &upstream).await, 3);
    // Nobody else's row is opened by its id.
    let foreign = TokenKey {
        tenant_id: TenantId::generate(&FixedClock::default(), &SystemRandom),
        ..swapped
    };
    let fresh = bench.tokens(clock.clone()).await;
    assert!(fresh.peek(&foreign).await.is_err());
    fresh.current(&foreign, upstream.source()).await.unwrap_err();
}

/// No token can be read from the database.
pub async fn tokens_are_unreadable_in_the_database(bench: &dyn Bench) {
    let (upstream, key) = (Upstream::new(), key());
    let cache = bench.tokens(Arc::new(FixedClock::default())).await;
    current(&cache, &key, &upstream).await;
    let contents = bench.contents().await;
    let holds = |text: &str| contents.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("upstream_token") && !holds("upstream-canary"));
}
