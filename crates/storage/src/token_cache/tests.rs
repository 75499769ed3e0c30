//! What only this crate can see: which reads make statements.

use async_trait::async_trait;
use hufu_core::clock::SystemRandom;
use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::provider::FetchedToken;
use hufu_core::secret::Digest256;
use hufu_test_kit::fixed::FixedClock;

use super::*;
use crate::{Config, KeyRing};

struct Always;

#[async_trait]
impl TokenSource for Always {
    async fn fetch(&self, _: bool) -> Result<FetchedToken, ProviderError> {
        Ok(FetchedToken {
            value: SecretString::from("t"),
            lifetime: Duration::from_secs(7200),
        })
    }
}

#[tokio::test]
async fn a_read_of_a_living_token_makes_no_statement() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::at(format!("sqlite://{}?mode=rwc", directory.path().join("t.db").display()));
    Database::migrate(&config).await.unwrap();
    let keys =
        KeyRing::parse("[[keys]]\nid = \"k\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n").unwrap();
    let database = Database::open(&config, keys, Arc::new(SystemRandom)).await.unwrap();
    let clock = Arc::new(FixedClock::default());
    let cache = DatabaseTokens::new(Arc::clone(&database), clock.clone(), Arc::new(SystemRandom));
    let key = TokenKey {
        tenant_id: TenantId::generate(&*clock, &SystemRandom),
        connector_id: ConnectorId::generate(&*clock, &SystemRandom),
        name: "access_token",
        credentials: Digest256::of("c"),
    };
    let read = async || cache.current(&key, Arc::new(Always)).await.unwrap();
    read().await;
    let before = database.statements();
    for _ in 0..1000 {
        read().await;
    }
    assert_eq!(database.statements(), before);
    // After five seconds one look serves all who come at once.
    clock.advance(Duration::from_secs(5));
    futures::future::join_all((0..100).map(|_| read())).await;
    let after = database.statements();
    assert_eq!(
        (after.reads - before.reads, after.transactions),
        (1, before.transactions)
    );
    // The database is gone: a living token does.
    database.close().await;
    clock.advance(Duration::from_secs(60));
    read().await;
    clock.advance(Duration::from_secs(7200));
    let error = cache.current(&key, Arc::new(Always)).await.unwrap_err();
    assert_eq!(error.class, hufu_core::error::Class::Retry);
}
