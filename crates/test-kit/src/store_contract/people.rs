//! Identities and subjects.

use std::time::Duration;

use hufu_core::model::AttemptState;
use hufu_core::store::{Change, UnitOfWork};
use serde_json::json;

use super::{Bench, World, identity_change};
use crate::builders;
use crate::fixed::NOW;

/// What a later proof lacks stays as it was known.
pub async fn an_identity_keeps_what_is_known(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let rows = world.of(&*store);
    let connector = world.connector.id;
    assert!(rows.lookup_identity(connector, "oA").await.unwrap().is_none());

    let first = world
        .save(
            &*store,
            [identity_change(builders::seen(
                connector,
                builders::bare_identity("oA"),
            ))],
        )
        .await;
    let first = first.unwrap();
    assert!(first.is_new_subject);
    let known = rows.lookup_identity(connector, "oA").await.unwrap().unwrap();
    assert_eq!((Some(known.subject_id), known.profile_at), (first.subject_id, None));
    assert_eq!(known.identity, builders::bare_identity("oA"));

    let mut full = builders::identity("oA");
    full.union_id = Some("u1".to_owned());
    full.claims.insert("wechat_city".to_owned(), json!("广州"));
    let mut seen = builders::seen(connector, full.clone());
    seen.at = NOW.plus(Duration::from_secs(5));
    let second = world.save(&*store, [identity_change(seen.clone())]).await.unwrap();
    assert_eq!((second.subject_id, second.is_new_subject), (first.subject_id, false));

    let mut later = builders::seen(connector, builders::bare_identity("oA"));
    later.at = NOW.plus(Duration::from_secs(9));
    let third = world.save(&*store, [identity_change(later)]).await.unwrap();
    assert_eq!((third.subject_id, third.is_new_subject), (first.subject_id, false));
    let known = rows.lookup_identity(connector, "oA").await.unwrap().unwrap();
    assert_eq!(known.identity, full);
    assert_eq!(known.profile_at, Some(seen.at));
}

/// At the same time, or one after the other: one person.
pub async fn two_logins_of_a_new_person_make_one_subject(bench: &dyn Bench) {
    let (store, elsewhere) = (bench.open().await, bench.open().await);
    let world = World::new(&*store).await;
    for round in 0..10 {
        let external = format!("o{round}");
        let mut logins = Vec::new();
        for store in [&store, &store, &elsewhere, &elsewhere] {
            let attempt = world.begun(&**store).await;
            let (_, _, changes) = world.completion(attempt, builders::identity(&external));
            let unit = changes
                .into_iter()
                .fold(UnitOfWork::new(world.tenant.id), UnitOfWork::with);
            let rows = world.of(&**store);
            logins.push(tokio::spawn(async move { rows.save(unit).await.unwrap() }));
        }
        let mut saved = Vec::new();
        for login in logins {
            saved.push(login.await.unwrap());
        }
        assert!(
            saved
                .iter()
                .all(|one| one.subject_id.is_some() && one.subject_id == saved[0].subject_id),
            "{saved:?}"
        );
        assert_eq!(saved.iter().filter(|one| one.is_new_subject).count(), 1, "{saved:?}");
    }
}

/// An id means something at its connector only.
pub async fn the_same_id_at_two_connectors_is_two_people(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let other = builders::connector(world.tenant.id);
    world
        .save(&*store, [Change::Connector(Box::new(other.clone()))])
        .await
        .unwrap();
    let mut subjects = Vec::new();
    for connector in [world.connector.id, other.id] {
        let seen = builders::seen(connector, builders::identity("oA"));
        let saved = world.save(&*store, [identity_change(seen)]).await.unwrap();
        assert!(saved.is_new_subject);
        subjects.push(saved.subject_id.unwrap());
    }
    assert_ne!(subjects[0], subjects[1]);
}

/// The subject decided is in the answer, in the attempt however it is read, and in the event.
pub async fn the_subject_goes_into_attempt_and_event(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let mut subjects = Vec::new();
    for _ in 0..2 {
        let begun = world.begun(&*store).await;
        let (attempt, event, saved) = world.complete(&*store, begun, builders::identity("oA")).await;
        subjects.push(saved.subject_id);
        let fresh = bench.open().await;
        for store in [&store, &fresh] {
            let rows = world.of(&**store);
            let code = attempt.code_digest.unwrap();
            let state = attempt.state_digest.unwrap();
            for found in [
                rows.lookup_attempt_by_code(&code).await.unwrap(),
                rows.lookup_attempt_by_state(&state).await.unwrap(),
                rows.reload_attempt(&attempt).await.unwrap(),
            ] {
                let AttemptState::Authenticated(proof) = found.unwrap().state.clone() else {
                    panic!("authenticated")
                };
                assert_eq!(proof.subject_id, saved.subject_id);
            }
        }
        let events = world.events(&*store).await;
        let stored = events.iter().find(|stored| stored.id == event.id).unwrap();
        assert_eq!(stored.subject_id, saved.subject_id);
    }
    assert_eq!(subjects[0], subjects[1]);
}
