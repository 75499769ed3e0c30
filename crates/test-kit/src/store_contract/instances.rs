//! Several instances on one database, and what outlives an instance.

use std::time::Duration;

use hufu_core::error::StoreError;
use hufu_core::model::{AttemptState, KeyState, Status};
use hufu_core::store::Change;
use tokio::time::{Instant, sleep};

use super::{Bench, World, change, is_conflict};
use crate::builders;

/// Instances may be this far behind.
const BEHIND: Duration = Duration::from_secs(2);

async fn within(limit: Duration, what: &str, holds: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + limit;
    while !holds().await {
        assert!(Instant::now() < deadline, "{what} within {limit:?}");
        sleep(Duration::from_millis(25)).await;
    }
}

/// Changed and added configuration is seen by the others, though they had the old one cached.
pub async fn a_configuration_change_is_noticed_elsewhere(bench: &dyn Bench) {
    let (here, there) = (bench.open().await, bench.open().await);
    let world = World::new(&*here).await;
    let rows = world.of(&*there);
    let late = builders::client(world.tenant.id);
    assert!(
        there
            .lookup_tenant(&world.tenant.code)
            .await
            .unwrap()
            .unwrap()
            .status
            .is_active()
    );
    assert_eq!(rows.lookup_client(late.id).await.unwrap(), None);
    assert_eq!(rows.list_connectors().await.unwrap().len(), 1);
    assert!(rows.lookup_keys().await.unwrap().signers.is_empty());

    let mut tenant = world.tenant.clone();
    (tenant.status, tenant.version) = (Status::Disabled, 2);
    let key = builders::signing_key(tenant.id, KeyState::Active).unwrap();
    let changes = [
        Change::Tenant(Box::new(tenant.clone())),
        Change::Client(Box::new(late.clone())),
        Change::Connector(Box::new(builders::connector(tenant.id))),
        Change::SigningKey(Box::new(key)),
    ];
    world.save(&*here, changes).await.unwrap();
    within(BEHIND, "a changed tenant", async || {
        !there
            .lookup_tenant(&tenant.code)
            .await
            .unwrap()
            .unwrap()
            .status
            .is_active()
    })
    .await;
    // Each is cached on its own, and may be found out on its own.
    within(BEHIND, "an added client", async || {
        rows.lookup_client(late.id).await.unwrap().as_deref() == Some(&late)
    })
    .await;
    within(BEHIND, "an added connector", async || {
        rows.list_connectors().await.unwrap().len() == 2
    })
    .await;
    within(BEHIND, "an added key", async || {
        rows.lookup_keys().await.unwrap().signers.len() == 1
    })
    .await;
}

/// A login may begin at one instance, come back to a second and be redeemed at a third.
pub async fn attempts_and_codes_are_seen_elsewhere(bench: &dyn Bench) {
    let (here, there, third) = (bench.open().await, bench.open().await, bench.open().await);
    let world = World::new(&*here).await;
    let begun = world.begun(&*here).await;
    let found = world
        .of(&*there)
        .lookup_attempt_by_state(&begun.state_digest.unwrap())
        .await
        .unwrap();
    assert_eq!(found.as_deref(), Some(&begun));
    let (attempt, _, saved) = world.complete(&*there, begun.clone(), builders::identity("oA")).await;
    let code = attempt.code_digest.unwrap();
    let found = world.of(&*third).lookup_attempt_by_code(&code).await.unwrap().unwrap();
    let AttemptState::Authenticated(proof) = &found.state else {
        panic!("authenticated")
    };
    assert!(proof.subject_id.is_some() && proof.subject_id == saved.subject_id);

    // The first instance still has the old version in its cache: its transition is refused, and then it knows.
    let stale = world
        .of(&*here)
        .lookup_attempt_by_state(&begun.state_digest.unwrap())
        .await
        .unwrap()
        .unwrap();
    let late = (*stale).clone().denied(crate::fixed::NOW);
    if let Ok(late) = late {
        assert!(is_conflict(&world.save(&*here, [change(&late)]).await, "attempt"));
    }
    let reloaded = world.of(&*here).reload_attempt(&stale).await.unwrap().unwrap();
    assert_eq!(reloaded.version, 2);
    let cached = world
        .of(&*here)
        .lookup_attempt_by_state(&begun.state_digest.unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(cached.version, 2);
}

/// A token dies everywhere.
pub async fn a_revocation_is_noticed_elsewhere(bench: &dyn Bench) {
    let (here, there) = (bench.open().await, bench.open().await);
    let world = World::new(&*here).await;
    let begun = world.begun(&*here).await;
    let (attempt, _, saved) = world.complete(&*here, begun, builders::identity("oA")).await;
    let (_, token, changes) = world.redemption(attempt.clone(), saved.subject_id.unwrap());
    world.save(&*here, changes).await.unwrap();
    assert_eq!(
        world
            .of(&*here)
            .lookup_access_token(&token.digest)
            .await
            .unwrap()
            .as_deref(),
        Some(&token)
    );
    assert_eq!(
        world
            .of(&*there)
            .lookup_access_token(&token.digest)
            .await
            .unwrap()
            .as_deref(),
        Some(&token)
    );
    world
        .save(&*there, [Change::RevokeAccessTokens(attempt.id)])
        .await
        .unwrap();
    assert!(
        world
            .of(&*there)
            .lookup_access_token(&token.digest)
            .await
            .unwrap()
            .is_none()
    );
    within(BEHIND, "a revoked token", async || {
        world
            .of(&*here)
            .lookup_access_token(&token.digest)
            .await
            .unwrap()
            .is_none()
    })
    .await;
}

/// What was answered is there after the instance is gone without a word.
pub async fn what_is_saved_survives_a_drop(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let begun = world.begun(&*store).await;
    drop(store);
    let again = bench.open().await;
    let found = world
        .of(&*again)
        .lookup_attempt_by_state(&begun.state_digest.unwrap())
        .await
        .unwrap();
    assert_eq!(found.as_deref(), Some(&begun));
    assert!(again.lookup_tenant(&world.tenant.code).await.unwrap().is_some());
}

/// What was queued before a close is written, what comes after is refused.
pub async fn after_close_nothing_is_saved(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    store.ping().await.unwrap();
    let attempts: Vec<_> = (0..20).map(|_| world.attempt()).collect();
    let saves = attempts.iter().map(|attempt| {
        let (rows, unit) = (
            world.of(&*store),
            hufu_core::store::UnitOfWork::new(world.tenant.id).with(change(attempt)),
        );
        tokio::spawn(async move { rows.save(unit).await })
    });
    let saves: Vec<_> = saves.collect();
    tokio::task::yield_now().await;
    store.close().await;
    let late = world.save(&*store, [change(&world.attempt())]).await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    assert!(store.ping().await.is_err());
    let again = bench.open().await;
    for (save, attempt) in saves.into_iter().zip(&attempts) {
        let saved = save.await.unwrap();
        let found = world
            .of(&*again)
            .lookup_attempt_by_state(&attempt.state_digest.unwrap())
            .await
            .unwrap();
        assert_eq!(saved.is_ok(), found.is_some(), "{saved:?}");
    }
}
