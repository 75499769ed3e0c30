//! Tenants are apart: no id, state, code or token of one opens anything in another.

use hufu_core::model::{AuditFilter, KeyState};
use hufu_core::store::{Change, UnitOfWork};

use super::{Bench, World, change, is_conflict, is_inconsistent};
use crate::builders;

/// Every lookup and list of a tenant, asked for what another one has; with warm caches and with cold ones.
pub async fn a_tenant_sees_nothing_of_another(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let key = builders::signing_key(world.tenant.id, KeyState::Active).unwrap();
    world.save(&*store, [Change::SigningKey(Box::new(key))]).await.unwrap();
    let begun = world.begun(&*store).await;
    let (attempt, _, saved) = world.complete(&*store, begun, builders::identity("oA")).await;
    let token = builders::access_token(&attempt, saved.subject_id.unwrap());
    world
        .save(&*store, [Change::AccessToken(Box::new(token.clone()))])
        .await
        .unwrap();
    let cold = bench.open().await;
    for store in [&store, &store, &cold] {
        let (own, foreign) = (world.of(&**store), other.of(&**store));
        assert!(own.lookup_client(world.client.id).await.unwrap().is_some());
        assert!(foreign.lookup_client(world.client.id).await.unwrap().is_none());
        assert_eq!(
            foreign.list_clients().await.unwrap(),
            std::slice::from_ref(&other.client)
        );
        assert!(own.lookup_connector(world.connector.id).await.unwrap().is_some());
        assert!(foreign.lookup_connector(world.connector.id).await.unwrap().is_none());
        assert_eq!(foreign.list_connectors().await.unwrap().len(), 1);
        assert_eq!(own.lookup_keys().await.unwrap().signers.len(), 1);
        assert!(foreign.lookup_keys().await.unwrap().public.is_empty());
        assert!(foreign.list_keys().await.unwrap().is_empty());
        let (state, code) = (attempt.state_digest.unwrap(), attempt.code_digest.unwrap());
        assert!(own.lookup_attempt_by_state(&state).await.unwrap().is_some());
        assert!(foreign.lookup_attempt_by_state(&state).await.unwrap().is_none());
        assert!(own.lookup_attempt_by_code(&code).await.unwrap().is_some());
        assert!(foreign.lookup_attempt_by_code(&code).await.unwrap().is_none());
        assert!(foreign.reload_attempt(&attempt).await.unwrap().is_none());
        assert!(own.lookup_identity(world.connector.id, "oA").await.unwrap().is_some());
        assert!(
            foreign
                .lookup_identity(world.connector.id, "oA")
                .await
                .unwrap()
                .is_none()
        );
        assert!(own.lookup_access_token(&token.digest).await.unwrap().is_some());
        assert!(foreign.lookup_access_token(&token.digest).await.unwrap().is_none());
        assert!(
            foreign
                .list_events(&AuditFilter::default(), 10)
                .await
                .unwrap()
                .is_empty()
        );
        let filter = AuditFilter {
            attempt_id: Some(attempt.id),
            ..AuditFilter::default()
        };
        assert_eq!(own.list_events(&filter, 10).await.unwrap().len(), 1);
        assert!(foreign.list_events(&filter, 10).await.unwrap().is_empty());
    }
}

/// Every change of a tenant, aimed at what another one has.
pub async fn a_tenant_changes_nothing_of_another(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let attempt = world.begun(&*store).await;

    // Changes that say whose they are: a mixed unit, and a unit handed to another tenant's rows.
    let next = attempt.clone().denied(crate::fixed::NOW).unwrap();
    let mixed = other.save(&*store, [change(&next)]).await;
    assert!(is_inconsistent(&mixed), "{mixed:?}");
    let unit = UnitOfWork::new(world.tenant.id).with(change(&next));
    let handed = other.of(&*store).save(unit).await;
    assert!(is_inconsistent(&handed), "{handed:?}");

    // Changes that claim what is not theirs.
    let mut claimed = next;
    claimed.tenant_id = other.tenant.id;
    let saved = other.save(&*store, [change(&claimed)]).await;
    assert!(is_conflict(&saved, "attempt"), "{saved:?}");
    let mut client = world.client.clone();
    (client.tenant_id, client.version) = (other.tenant.id, 2);
    let saved = other.save(&*store, [Change::Client(Box::new(client))]).await;
    assert!(is_conflict(&saved, "client"), "{saved:?}");
    let mut connector = world.connector.clone();
    (connector.tenant_id, connector.version) = (other.tenant.id, 2);
    let saved = other.save(&*store, [Change::Connector(Box::new(connector))]).await;
    assert!(is_conflict(&saved, "connector"), "{saved:?}");
    let mut key = builders::signing_key(world.tenant.id, KeyState::Active).unwrap();
    world
        .save(&*store, [Change::SigningKey(Box::new(key.clone()))])
        .await
        .unwrap();
    (key.tenant_id, key.state) = (other.tenant.id, KeyState::Retired);
    assert!(other.save(&*store, [Change::SigningKey(Box::new(key))]).await.is_err());
    assert_eq!(world.of(&*store).list_keys().await.unwrap()[0].state, KeyState::Active);

    // The same id at the same connector, seen through another tenant, is another person.
    let (_, _, saved) = world.complete(&*store, attempt.clone(), builders::identity("oA")).await;
    let token = builders::access_token(&attempt, saved.subject_id.unwrap());
    world
        .save(&*store, [Change::AccessToken(Box::new(token.clone()))])
        .await
        .unwrap();
    let seen = builders::seen(world.connector.id, builders::identity("oA"));
    let stolen = other.save(&*store, [Change::Identity(Box::new(seen))]).await.unwrap();
    assert_ne!(stolen.subject_id, saved.subject_id);

    // Revoking what another tenant's login gave revokes nothing.
    other
        .save(&*store, [Change::RevokeAccessTokens(attempt.id)])
        .await
        .unwrap();
    assert!(
        world
            .of(&*store)
            .lookup_access_token(&token.digest)
            .await
            .unwrap()
            .is_some()
    );
    let cold = bench.open().await;
    assert!(
        world
            .of(&*cold)
            .lookup_access_token(&token.digest)
            .await
            .unwrap()
            .is_some()
    );
}
