//! People as an operator sees them, disables and erases them.

use hufu_core::error::StoreError;
use hufu_core::ids::SubjectId;
use hufu_core::model::{AuditFilter, Identity, Profile, Status};
use hufu_core::store::{Change, ConsoleStore, PersonFilter, Saved};

use super::{Bench, World, change, identity_change, is_conflict, is_inconsistent};
use crate::builders;

fn is_blocked(saved: &Result<Saved, StoreError>) -> bool {
    matches!(saved, Err(StoreError::Blocked))
}

fn identity(external_id: &str, name: &str) -> Identity {
    Identity {
        profile: Some(Profile {
            name: Some(name.to_owned()),
            picture: None,
            locale: None,
        }),
        ..builders::identity(external_id)
    }
}

async fn person(world: &World, store: &dyn ConsoleStore, identity: Identity) -> SubjectId {
    let seen = builders::seen(world.connector.id, identity);
    world
        .save(store, [identity_change(seen)])
        .await
        .unwrap()
        .subject_id
        .unwrap()
}

async fn found(world: &World, store: &dyn ConsoleStore, text: &str) -> Vec<SubjectId> {
    let filter = PersonFilter {
        text: text.to_owned(),
        before: None,
    };
    let people = store.list_people(world.tenant.id, &filter, 100).await.unwrap();
    people.iter().map(|person| person.id).collect()
}

/// By exact ids, or by a part of the name; newest first, page by page, and never another tenant's.
pub async fn people_are_searched(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let mut with_union = identity("oB", "Robert 100%");
    with_union.union_id = Some("uB".to_owned());
    let anna = person(&world, &*store, identity("oA", "张三 Anna")).await;
    let robert = person(&world, &*store, with_union).await;
    let nameless = person(&world, &*store, builders::bare_identity("oC")).await;
    let odd = person(&world, &*store, identity("oD", "a\0b")).await;
    let foreign = person(&other, &*store, identity("oA", "Anna")).await;
    for (text, expected) in [
        ("ANNA", vec![anna]),
        ("张三", vec![anna]),
        (" bert ", vec![robert]),
        ("0%", vec![robert]),
        ("oA", vec![anna]),
        ("oC", vec![nameless]),
        ("uB", vec![robert]),
        (&anna.to_string(), vec![anna]),
        (&foreign.to_string(), vec![]),
        ("o", vec![robert]),
        ("uBx", vec![]),
        ("wechat", vec![]),
        ("x\0y", vec![]),
        ("' OR 1=1 --", vec![]),
    ] {
        assert_eq!(found(&world, &*store, text).await, expected, "{text}");
    }
    let mut all = vec![anna, robert, nameless, odd];
    all.sort_unstable();
    all.reverse();
    assert_eq!(found(&world, &*store, "").await, all);
    let page = PersonFilter {
        text: String::new(),
        before: Some(all[0]),
    };
    let next = store.list_people(world.tenant.id, &page, 2).await.unwrap();
    assert_eq!(next.iter().map(|person| person.id).collect::<Vec<_>>(), all[1..3]);

    let one = store.lookup_person(world.tenant.id, robert).await.unwrap().unwrap();
    assert_eq!(
        (one.id, one.status, one.created_at),
        (robert, Status::Active, crate::fixed::NOW)
    );
    let [known] = one.identities.as_slice() else {
        panic!("{one:?}")
    };
    assert_eq!(known.connector_id, world.connector.id);
    assert_eq!(known.identity.union_id.as_deref(), Some("uB"));
    assert!(store.lookup_person(other.tenant.id, robert).await.unwrap().is_none());
}

/// No login, no token and no code is left to a disabled person, on any instance; others go on, and so do they once
/// they are enabled.
pub async fn a_disabled_person_is_refused(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let begun = world.begun(&*store).await;
    let (attempt, _, saved) = world.complete(&*store, begun, builders::identity("oA")).await;
    let subject = saved.subject_id.unwrap();
    let (consumed, token, changes) = world.redemption(attempt, subject);
    world.save(&*store, changes).await.unwrap();
    let begun = world.begun(&*store).await;
    let (unredeemed, _, _) = world.complete(&*store, begun, builders::identity("oA")).await;
    let status = |status| Change::SubjectStatus(subject, status);
    world.save(&*store, [status(Status::Disabled)]).await.unwrap();
    let shown = store.lookup_person(world.tenant.id, subject).await.unwrap().unwrap();
    assert_eq!(shown.status, Status::Disabled);
    let fresh = bench.open().await;
    for store in [&store, &fresh] {
        let rows = world.of(&**store);
        assert!(rows.lookup_access_token(&token.digest).await.unwrap().is_none());
        let code = unredeemed.code_digest.unwrap();
        assert!(rows.lookup_attempt_by_code(&code).await.unwrap().is_none());
        assert!(rows.reload_attempt(&consumed).await.unwrap().is_some());
    }
    let (_, _, changes) = world.redemption(unredeemed, subject);
    assert!(is_conflict(&world.save(&*store, changes).await, "attempt"));

    let events = world.events(&*store).await.len();
    let begun = world.begun(&*store).await;
    let (next, _, changes) = world.completion(begun.clone(), builders::identity("oA"));
    for store in [&store, &fresh] {
        let refused = world.save(&**store, changes.clone()).await;
        assert!(is_blocked(&refused), "{refused:?}");
    }
    let stored = world.of(&*fresh).reload_attempt(&begun).await.unwrap().unwrap();
    assert_eq!(*stored, begun, "nothing of it was written");
    assert_eq!(world.events(&*store).await.len(), events);

    world.save(&*store, [status(Status::Active)]).await.unwrap();
    let saved = world.save(&*store, changes).await.unwrap();
    assert_eq!((saved.subject_id, saved.is_new_subject), (Some(subject), false));
    let code = next.code_digest.unwrap();
    assert!(world.of(&*store).lookup_attempt_by_code(&code).await.unwrap().is_some());
}

/// Of many logins that come at once only the disabled person's is refused.
pub async fn a_disabled_person_spoils_no_other(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let subject = person(&world, &*store, builders::identity("blocked")).await;
    world
        .save(&*store, [Change::SubjectStatus(subject, Status::Disabled)])
        .await
        .unwrap();
    let mut logins = Vec::new();
    for number in 0..40 {
        let begun = world.begun(&*store).await;
        let name = if number % 10 == 3 {
            "blocked".to_owned()
        } else {
            format!("o{number}")
        };
        let (_, _, changes) = world.completion(begun, builders::identity(&name));
        let unit = changes.into_iter().fold(
            hufu_core::store::UnitOfWork::new(world.tenant.id),
            hufu_core::store::UnitOfWork::with,
        );
        let rows = world.of(&*store);
        logins.push(tokio::spawn(async move { rows.save(unit).await }));
    }
    for (number, login) in logins.into_iter().enumerate() {
        let saved = login.await.unwrap();
        if number % 10 == 3 {
            assert!(is_blocked(&saved), "{number}: {saved:?}");
        } else {
            assert!(saved.is_ok(), "{number}: {saved:?}");
        }
    }
    assert_eq!(world.events(&*store).await.len(), 36);
}

/// Nothing by which they were known is left; the subject is, and whoever comes again is somebody new.
pub async fn an_erased_person_is_unknown(bench: &dyn Bench) {
    const NAME: &str = "oErasable-7f3a";
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let twin = person(&other, &*store, builders::identity(NAME)).await;
    let begun = world.begun(&*store).await;
    let (attempt, mut event, changes) = world.completion(begun, builders::identity(NAME));
    event.external_id = Some(NAME.to_owned());
    let [attempt_change, identity, _] = changes;
    let changes = [attempt_change, identity, Change::Event(Box::new(event.clone()))];
    let subject = world.save(&*store, changes).await.unwrap().subject_id.unwrap();
    let mut token = builders::access_token(&attempt, subject);
    if let Some(person) = &mut token.person {
        person.identity = builders::identity(NAME);
    }
    world
        .save(&*store, [Change::AccessToken(Box::new(token.clone()))])
        .await
        .unwrap();
    let mut log_of_other = builders::event(&other.attempt());
    log_of_other.external_id = Some(NAME.to_owned());
    other
        .save(&*store, [Change::Event(Box::new(log_of_other))])
        .await
        .unwrap();
    let fresh = bench.open().await;

    world.save(&*store, [Change::EraseSubject(subject)]).await.unwrap();
    for store in [&store, &fresh] {
        let rows = world.of(&**store);
        assert!(rows.lookup_identity(world.connector.id, NAME).await.unwrap().is_none());
        assert!(rows.lookup_access_token(&token.digest).await.unwrap().is_none());
        let (state, code) = (attempt.state_digest.unwrap(), attempt.code_digest.unwrap());
        assert!(rows.lookup_attempt_by_state(&state).await.unwrap().is_none());
        assert!(rows.lookup_attempt_by_code(&code).await.unwrap().is_none());
        assert!(rows.reload_attempt(&attempt).await.unwrap().is_none());
        let events = world.events(&**store).await;
        assert_eq!(events.len(), 1);
        assert_eq!(
            (events[0].subject_id, events[0].external_id.as_deref()),
            (Some(subject), None)
        );
        let erased = store.lookup_person(world.tenant.id, subject).await.unwrap().unwrap();
        assert!(erased.identities.is_empty());
        assert!(
            found(&world, &**store, "").await.is_empty(),
            "an erased person is in a list"
        );
        assert_eq!(found(&world, &**store, &subject.to_string()).await, [subject]);
        assert!(found(&world, &**store, NAME).await.is_empty());
    }
    // The same id in another tenant is another person.
    assert_eq!(found(&other, &*store, NAME).await, [twin]);
    let by_name = AuditFilter {
        external_id: Some(NAME.to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(other.of(&*store).list_events(&by_name, 10).await.unwrap().len(), 1);

    let again = world.begun(&*store).await;
    let (_, _, saved) = world.complete(&*store, again, builders::identity(NAME)).await;
    assert!(saved.is_new_subject && saved.subject_id != Some(subject), "{saved:?}");
}

/// What speaks of nobody, or of somebody of another tenant.
pub async fn people_of_others_are_left_alone(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let subject = person(&world, &*store, builders::identity("oA")).await;
    let foreign = other
        .save(&*store, [Change::SubjectStatus(subject, Status::Disabled)])
        .await;
    assert!(is_conflict(&foreign, "subject"), "{foreign:?}");
    other.save(&*store, [Change::EraseSubject(subject)]).await.unwrap();
    let draft = world
        .save(&*store, [Change::SubjectStatus(subject, Status::Draft)])
        .await;
    assert!(is_inconsistent(&draft), "{draft:?}");
    let shown = store.lookup_person(world.tenant.id, subject).await.unwrap().unwrap();
    assert_eq!((shown.status, shown.identities.len()), (Status::Active, 1));
    assert!(
        store
            .list_people(other.tenant.id, &PersonFilter::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    // A unit is carried out whole or not at all, people included.
    let gone = change(&world.attempt().denied(crate::fixed::NOW).unwrap());
    let half = world.save(&*store, [Change::EraseSubject(subject), gone]).await;
    assert!(half.is_err(), "{half:?}");
    assert_eq!(found(&world, &*store, "oA").await, [subject]);
}
