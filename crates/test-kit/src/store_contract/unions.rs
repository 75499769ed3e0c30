//! People whom the accounts of one owner share.

use std::sync::Arc;

use hufu_core::error::StoreError;
use hufu_core::ids::{ConnectorId, SubjectId};
use hufu_core::model::{Action, AuditEvent, ConflictState, Connector, Identity, Outcome, Status, UnionConflict};
use hufu_core::store::{Change, ConsoleStore, IdentitySeen, RecordFilter, Records as _, Saved, UnionSeen, UnitOfWork};

use super::{Bench, World, identity_change};
use crate::builders;
use crate::fixed::NOW;

/// A tenant with two connectors.
struct Two {
    world: World,
    other: Connector,
}

impl Two {
    async fn new(store: &dyn ConsoleStore) -> Self {
        let world = World::new(store).await;
        let other = builders::connector(world.tenant.id);
        let added = world.save(store, [Change::Connector(Box::new(other.clone()))]).await;
        added.unwrap();
        Self { world, other }
    }

    fn first(&self) -> ConnectorId {
        self.world.connector.id
    }

    async fn login(&self, store: &dyn ConsoleStore, seen: IdentitySeen) -> Result<Saved, StoreError> {
        self.world.save(store, [identity_change(seen)]).await
    }

    async fn events(&self, store: &dyn ConsoleStore, action: Action) -> Vec<AuditEvent> {
        let mut events = self.world.events(store).await;
        events.retain(|event| event.action == action);
        events
    }

    async fn subject(&self, store: &dyn ConsoleStore, connector: ConnectorId, id: &str) -> SubjectId {
        let known = self.world.of(store).lookup_identity(connector, id).await.unwrap();
        known.unwrap().subject_id
    }
}

fn with_union(
    two: &Two,
    connector: ConnectorId,
    id: &str,
    union_id: Option<&str>,
    group: Option<&str>,
) -> IdentitySeen {
    let identity = Identity {
        union_id: union_id.map(str::to_owned),
        ..builders::bare_identity(id)
    };
    let mut seen = builders::seen(connector, identity);
    seen.union = group.map(|group| UnionSeen {
        group: group.to_owned(),
        event: Box::new(builders::event_at(
            two.world.tenant.id,
            NOW,
            Action::PersonMerge,
            Outcome::Succeeded,
        )),
    });
    seen
}

fn seen(two: &Two, connector: ConnectorId, id: &str, union_id: &str) -> IdentitySeen {
    with_union(two, connector, id, Some(union_id), Some("g"))
}

/// One owner, one union id: one person. Without an owner, or of another, it links nobody.
pub async fn a_shared_union_id_makes_one_person(bench: &dyn Bench) {
    let store = bench.open().await;
    let two = Two::new(&*store).await;
    let (a, b) = (two.first(), two.other.id);
    let first = two.login(&*store, seen(&two, a, "oA", "u")).await.unwrap();
    let second = two.login(&*store, seen(&two, b, "oB", "u")).await.unwrap();
    assert!(first.is_new_subject && !second.is_new_subject);
    assert_eq!(first.subject_id, second.subject_id);
    for stranger in [
        with_union(&two, b, "oC", Some("u"), None),
        with_union(&two, b, "oD", Some("u"), Some("other")),
        with_union(&two, b, "oE", None, Some("g")),
    ] {
        let saved = two.login(&*store, stranger).await.unwrap();
        assert!(saved.is_new_subject && saved.subject_id != first.subject_id);
    }
    let mut visitor = seen(&two, b, "oF", "u");
    visitor.identity.transient = true;
    assert!(
        two.login(&*store, visitor).await.unwrap().is_new_subject,
        "made-up ids link nobody"
    );
    let again = two.login(&*store, seen(&two, b, "oB", "u")).await.unwrap();
    assert_eq!((again.subject_id, again.is_new_subject), (first.subject_id, false));
    assert!(two.events(&*store, Action::PersonMerge).await.is_empty());
}

/// At the same time at two accounts, through two instances: one person.
pub async fn two_new_logins_with_one_union_id_make_one_subject(bench: &dyn Bench) {
    let stores = [bench.open().await, bench.open().await];
    let two = Two::new(&*stores[0]).await;
    for round in 0..10 {
        let union = format!("u{round}");
        let mut logins = Vec::new();
        for (at, connector) in [two.first(), two.other.id, two.first(), two.other.id]
            .into_iter()
            .enumerate()
        {
            let seen = seen(&two, connector, &format!("o{round}-{connector}"), &union);
            logins.push(spawn(&two, &stores[at / 2], seen));
        }
        let mut subjects = Vec::new();
        for login in logins {
            subjects.push(login.await.unwrap().unwrap());
        }
        let id = subjects[0].subject_id;
        assert!(subjects.iter().all(|saved| saved.subject_id == id), "{subjects:?}");
        assert_eq!(
            subjects.iter().filter(|saved| saved.is_new_subject).count(),
            1,
            "{subjects:?}"
        );
    }
}

fn spawn(
    two: &Two,
    store: &Arc<dyn ConsoleStore>,
    seen: IdentitySeen,
) -> tokio::task::JoinHandle<Result<Saved, StoreError>> {
    let rows = two.world.of(&**store);
    let unit = UnitOfWork::new(two.world.tenant.id).with(identity_change(seen));
    tokio::spawn(async move { rows.save(unit).await })
}

/// Two subjects, and then the union id that shows them to be one: merged once, however many logins bring it.
pub async fn a_late_union_id_merges_once(bench: &dyn Bench) {
    let stores = [bench.open().await, bench.open().await];
    let store = &*stores[0];
    let two = Two::new(store).await;
    let (a, b) = (two.first(), two.other.id);
    let bare = with_union(&two, a, "oA", None, Some("g"));
    let one = two.login(store, bare).await.unwrap().subject_id.unwrap();
    let other = two
        .login(store, seen(&two, b, "oB", "u"))
        .await
        .unwrap()
        .subject_id
        .unwrap();
    assert_ne!(one, other);
    let (into, from) = if one < other { (one, other) } else { (other, one) };
    let begun = two.world.begun(store).await;
    let (done, _, _) = two.world.complete(store, begun, builders::bare_identity("oA")).await;
    let (_, token, changes) = two.world.redemption(done, from);
    two.world.save(store, changes).await.unwrap();

    let logins: Vec<_> = (0..8)
        .map(|at| spawn(&two, &stores[at % 2], seen(&two, a, "oA", "u")))
        .collect();
    let mut merged = 0;
    for login in logins {
        let saved = login.await.unwrap().unwrap();
        assert_eq!((saved.subject_id, saved.is_new_subject), (Some(into), false));
        assert_eq!(saved.previous_subjects, [from]);
        merged += usize::from(saved.merged_from == Some(from));
    }
    assert_eq!(merged, 1);
    let events = two.events(store, Action::PersonMerge).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].subject_id, Some(into));
    assert_eq!(events[0].detail["from"], from.to_string());
    for (connector, id) in [(a, "oA"), (b, "oB")] {
        assert_eq!(two.subject(store, connector, id).await, into);
    }
    let gone = store.lookup_person(two.world.tenant.id, from).await.unwrap().unwrap();
    assert_eq!(gone.merged_into, Some(into));
    assert!(gone.identities.is_empty());
    let fresh = bench.open().await;
    let kept = two.world.of(&*fresh).lookup_access_token(&token.digest).await.unwrap();
    assert!(kept.is_none(), "a token names a subject that is no more");
}

/// A subject with another union id of the same owner: nobody guesses, somebody decides.
pub async fn a_conflict_is_queued_once(bench: &dyn Bench) {
    let store = bench.open().await;
    let two = Two::new(&*store).await;
    let (a, b) = (two.first(), two.other.id);
    let one = two
        .login(&*store, seen(&two, a, "oA", "u1"))
        .await
        .unwrap()
        .subject_id
        .unwrap();
    let other = two
        .login(&*store, seen(&two, b, "oB", "u2"))
        .await
        .unwrap()
        .subject_id
        .unwrap();
    for _ in 0..2 {
        let saved = two.login(&*store, seen(&two, a, "oA", "u2")).await.unwrap();
        assert_eq!((saved.subject_id, saved.merged_from), (Some(one), None));
    }
    let filter = RecordFilter {
        tenants: Some(vec![two.world.tenant.id]),
        ..RecordFilter::default()
    };
    let queue: Vec<UnionConflict> = store.list(&filter, 10).await.unwrap();
    assert_eq!(queue.len(), 1);
    assert_eq!((queue[0].subject_id, queue[0].other_id), (one, other));
    assert_eq!(
        (queue[0].state, queue[0].union_id.as_str()),
        (ConflictState::Open, "u2")
    );
    assert_eq!(two.events(&*store, Action::PersonConflict).await.len(), 1);

    let merge = Change::MergeSubjects { from: one, into: other };
    two.world.save(&*store, [merge]).await.unwrap();
    assert_eq!(two.subject(&*store, a, "oA").await, other);
    let saved = two.login(&*store, seen(&two, a, "oA", "u2")).await.unwrap();
    assert_eq!((saved.subject_id, saved.previous_subjects), (Some(other), vec![one]));
    let by_old = two.login(&*store, seen(&two, b, "oB", "u1")).await.unwrap();
    assert_eq!(by_old.subject_id, Some(other), "both union ids are one person's now");
}

/// A disabled person does not come in by another account; an erased one is somebody new.
pub async fn a_union_id_follows_its_person(bench: &dyn Bench) {
    let store = bench.open().await;
    let two = Two::new(&*store).await;
    let (a, b) = (two.first(), two.other.id);
    let one = two
        .login(&*store, seen(&two, a, "oA", "u"))
        .await
        .unwrap()
        .subject_id
        .unwrap();
    let disable = |status| Change::SubjectStatus(one, status);
    two.world.save(&*store, [disable(Status::Disabled)]).await.unwrap();
    let refused = two.login(&*store, seen(&two, b, "oB", "u")).await;
    assert!(matches!(refused, Err(StoreError::Blocked)), "{refused:?}");
    two.world.save(&*store, [disable(Status::Active)]).await.unwrap();
    let let_in = two.login(&*store, seen(&two, b, "oB", "u")).await.unwrap();
    assert_eq!(let_in.subject_id, Some(one));
    two.world.save(&*store, [Change::EraseSubject(one)]).await.unwrap();
    let new = two.login(&*store, seen(&two, b, "oB", "u")).await.unwrap();
    assert!(new.is_new_subject && new.subject_id != Some(one));
}
