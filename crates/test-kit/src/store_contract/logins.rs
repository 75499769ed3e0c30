//! Logins: attempts, codes, tokens, and that a unit is carried out whole or not at all.

use std::sync::Arc;

use hufu_core::model::AttemptState;
use hufu_core::store::{Change, UnitOfWork};

use super::{Bench, World, change, identity_change, is_conflict, is_duplicate, is_inconsistent};
use crate::builders;
use crate::fixed::NOW;

/// By state from its beginning, by code from authentication on; warm and cold.
pub async fn an_attempt_is_found_by_state_and_code(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let begun = world.begun(&*store).await;
    let state = begun.state_digest.unwrap();
    assert_eq!(
        world
            .of(&*store)
            .lookup_attempt_by_state(&state)
            .await
            .unwrap()
            .as_deref(),
        Some(&begun)
    );
    assert!(
        world
            .of(&*store)
            .lookup_attempt_by_state(&builders::digest())
            .await
            .unwrap()
            .is_none()
    );
    let (attempt, _, saved) = world.complete(&*store, begun, builders::identity("oA")).await;
    let code = attempt.code_digest.unwrap();
    let (_, token, changes) = world.redemption(attempt, saved.subject_id.unwrap());
    world.save(&*store, changes).await.unwrap();
    let cold = bench.open().await;
    for store in [&store, &cold] {
        let rows = world.of(&**store);
        let by_code = rows.lookup_attempt_by_code(&code).await.unwrap().unwrap();
        assert_eq!((&by_code.state, by_code.version), (&AttemptState::Consumed, 3));
        assert_eq!(
            rows.lookup_attempt_by_state(&state).await.unwrap().as_deref(),
            Some(&*by_code)
        );
        assert!(rows.lookup_attempt_by_code(&state).await.unwrap().is_none());
        assert_eq!(
            rows.lookup_access_token(&token.digest).await.unwrap().as_deref(),
            Some(&token)
        );
    }
}

/// Of racing transitions exactly one holds, at one instance and between two.
pub async fn of_two_transitions_one_holds(bench: &dyn Bench) {
    let (here, there) = (bench.open().await, bench.open().await);
    let world = World::new(&*here).await;
    for _ in 0..10 {
        let begun = world.begun(&*here).await;
        let mut races = Vec::new();
        for store in [&here, &here, &there] {
            let (_, _, changes) = world.completion(begun.clone(), builders::identity("oA"));
            let unit = changes
                .into_iter()
                .fold(UnitOfWork::new(world.tenant.id), UnitOfWork::with);
            let rows = world.of(&**store);
            races.push(tokio::spawn(async move { rows.save(unit).await }));
        }
        let mut held = 0;
        for race in races {
            match race.await.unwrap() {
                Ok(_) => held += 1,
                refused => assert!(is_conflict(&refused, "attempt"), "{refused:?}"),
            }
        }
        assert_eq!(held, 1);
    }
    assert_eq!(world.events(&*here).await.len(), 10);
}

/// A transition is no insert.
pub async fn a_transition_of_a_missing_attempt_adds_nothing(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let missing = world.attempt().denied(NOW).unwrap();
    let saved = world.save(&*store, [change(&missing)]).await;
    assert!(is_conflict(&saved, "attempt"), "{saved:?}");
    assert!(world.of(&*store).reload_attempt(&missing).await.unwrap().is_none());
    let skipped = world.begun(&*store).await.denied(NOW).map(|mut attempt| {
        attempt.version = 3;
        attempt
    });
    let saved = world.save(&*store, [change(&skipped.unwrap())]).await;
    assert!(is_conflict(&saved, "attempt"), "{saved:?}");
}

/// Version 1 again, and another attempt with a state that is taken.
pub async fn a_new_attempt_is_added_once(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let begun = world.begun(&*store).await;
    let saved = world.save(&*store, [change(&begun)]).await;
    assert!(is_conflict(&saved, "attempt"), "{saved:?}");
    let mut same_state = world.attempt();
    same_state.state_digest = begun.state_digest;
    assert!(world.save(&*store, [change(&same_state)]).await.is_err());
    assert!(world.of(&*store).reload_attempt(&same_state).await.unwrap().is_none());
}

/// A unit whose attempt did not hold writes no event, no identity, no token.
pub async fn a_refused_unit_writes_nothing(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let begun = world.begun(&*store).await;
    let denied = begun.clone().denied(NOW).unwrap();
    world.save(&*store, [change(&denied)]).await.unwrap();

    let (next, _, changes) = world.completion(begun, builders::identity("oA"));
    let seen = builders::seen(world.connector.id, builders::identity("oB"));
    let token = builders::access_token(&next, seen.proposed_subject);
    let changes = changes
        .into_iter()
        .chain([Change::AccessToken(Box::new(token.clone()))]);
    let saved = world.save(&*store, changes).await;
    assert!(is_conflict(&saved, "attempt"), "{saved:?}");

    // The same when it is the token that spoils it: then the attempt must not have moved.
    let second = world.begun(&*store).await;
    let taken = builders::access_token(&second, seen.proposed_subject);
    world
        .save(&*store, [Change::AccessToken(Box::new(taken.clone()))])
        .await
        .unwrap();
    let (_, event, changes) = world.completion(second.clone(), builders::identity("oB"));
    let saved = world
        .save(
            &*store,
            changes.into_iter().chain([Change::AccessToken(Box::new(taken))]),
        )
        .await;
    assert!(is_duplicate(&saved, "access_token"), "{saved:?}");

    for store in [store, bench.open().await] {
        let rows = world.of(&*store);
        assert_eq!(world.events(&*store).await, [], "{}", event.id);
        assert!(rows.lookup_identity(world.connector.id, "oA").await.unwrap().is_none());
        assert!(rows.lookup_identity(world.connector.id, "oB").await.unwrap().is_none());
        assert!(rows.lookup_access_token(&token.digest).await.unwrap().is_none());
        assert_eq!(
            rows.lookup_attempt_by_state(&denied.state_digest.unwrap())
                .await
                .unwrap()
                .unwrap()
                .version,
            2
        );
        assert_eq!(
            rows.lookup_attempt_by_state(&second.state_digest.unwrap())
                .await
                .unwrap()
                .unwrap()
                .version,
            1
        );
    }
}

/// The second leg goes over the first one, under the same state.
pub async fn a_second_leg_is_found_by_the_same_state(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let begun = world.begun(&*store).await;
    let second = begun.clone().sent_again(builders::digest(), NOW).unwrap();
    world.save(&*store, [change(&second)]).await.unwrap();
    let again = world
        .save(&*store, [change(&begun.sent_again(builders::digest(), NOW).unwrap())])
        .await;
    assert!(is_conflict(&again, "attempt"), "{again:?}");
    for store in [store, bench.open().await] {
        let found = world
            .of(&*store)
            .lookup_attempt_by_state(&second.state_digest.unwrap())
            .await
            .unwrap();
        assert_eq!(found.as_deref(), Some(&second));
    }
}

/// Programming errors are refused before anything is written.
pub async fn units_that_no_database_could_carry_out_are_refused(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let attempt = world.attempt();
    let event = || Change::Event(Box::new(builders::event(&attempt)));
    let twice = world.save(&*store, [event(), change(&attempt), change(&attempt)]).await;
    assert!(is_inconsistent(&twice), "{twice:?}");
    let seen = |id| identity_change(builders::seen(world.connector.id, builders::identity(id)));
    let two = world.save(&*store, [event(), seen("oA"), seen("oB")]).await;
    assert!(is_inconsistent(&two), "{two:?}");
    let nul = world.save(&*store, [event(), seen("o\0A")]).await;
    assert!(is_inconsistent(&nul), "{nul:?}");
    let mut unsent = attempt.clone();
    unsent.version = 0;
    assert!(is_inconsistent(&world.save(&*store, [event(), change(&unsent)]).await));
    assert_eq!(world.events(&*store).await, []);
    world.save(&*store, []).await.unwrap();
}

/// A taken digest is refused; revoking ends all tokens of a login and no other.
pub async fn a_token_is_added_once_and_revoked(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let (first, other) = (world.begun(&*store).await, world.begun(&*store).await);
    let subject = builders::seen(world.connector.id, builders::identity("oA")).proposed_subject;
    let tokens = [&first, &first, &other].map(|attempt| builders::access_token(attempt, subject));
    for token in &tokens {
        let add = || [Change::AccessToken(Box::new(token.clone()))];
        world.save(&*store, add()).await.unwrap();
        let again = world.save(&*store, add()).await;
        assert!(is_duplicate(&again, "access_token"), "{again:?}");
    }
    for _ in 0..2 {
        world
            .save(&*store, [Change::RevokeAccessTokens(first.id)])
            .await
            .unwrap();
    }
    for store in [store, bench.open().await] {
        let rows = world.of(&*store);
        let mut found = Vec::new();
        for token in &tokens {
            found.push(rows.lookup_access_token(&token.digest).await.unwrap().is_some());
        }
        assert_eq!(found, [false, false, true]);
    }
}

/// Everything that was answered is there for another instance.
pub async fn many_concurrent_saves_are_all_durable(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = Arc::new(World::new(&*store).await);
    let logins = (0..200).map(|number| {
        let (store, world) = (store.clone(), world.clone());
        tokio::spawn(async move {
            let begun = world.begun(&*store).await;
            // Some people log in several times at once.
            let identity = builders::identity(&format!("o{}", number % 150));
            let (attempt, _, saved) = world.complete(&*store, begun, identity).await;
            (attempt, saved.subject_id.unwrap())
        })
    });
    let logins: Vec<_> = logins.collect();
    let mut subjects = std::collections::HashSet::new();
    let cold = bench.open().await;
    for login in logins {
        let (attempt, subject) = login.await.unwrap();
        subjects.insert(subject);
        let found = world
            .of(&*cold)
            .lookup_attempt_by_code(&attempt.code_digest.unwrap())
            .await
            .unwrap()
            .unwrap();
        let AttemptState::Authenticated(proof) = &found.state else {
            panic!("authenticated")
        };
        assert_eq!(proof.subject_id, Some(subject));
    }
    assert_eq!(subjects.len(), 150);
    assert_eq!(world.events(&*cold).await.len(), 200);
}

/// Units that queue together: those in order are written, the ones that cannot be are refused, each on its own.
pub async fn one_bad_unit_spoils_no_other(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = Arc::new(World::new(&*store).await);
    let subject = builders::seen(world.connector.id, builders::identity("oA")).proposed_subject;
    let taken = builders::access_token(&world.attempt(), subject);
    world
        .save(&*store, [Change::AccessToken(Box::new(taken.clone()))])
        .await
        .unwrap();
    let saves = (0..60).map(|number| {
        let (store, world, taken) = (store.clone(), world.clone(), taken.clone());
        tokio::spawn(async move {
            let attempt = world.attempt();
            let mut changes = vec![change(&attempt)];
            if number % 10 == 0 {
                changes.push(Change::AccessToken(Box::new(taken)));
            }
            (number, attempt, world.save(&*store, changes).await)
        })
    });
    let saves: Vec<_> = saves.collect();
    let cold = bench.open().await;
    for save in saves {
        let (number, attempt, saved) = save.await.unwrap();
        let is_bad = number % 10 == 0;
        assert_eq!(is_bad, is_duplicate(&saved, "access_token"), "{saved:?}");
        assert_eq!(is_bad, saved.is_err(), "{saved:?}");
        assert_eq!(
            world.of(&*cold).reload_attempt(&attempt).await.unwrap().is_none(),
            is_bad
        );
    }
}
