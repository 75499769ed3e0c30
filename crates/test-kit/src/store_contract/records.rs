//! Records: what the console keeps.

use std::time::Duration;

use hufu_core::error::StoreError;
use hufu_core::ids::TenantId;
use hufu_core::model::{Health, HealthState, Operator, Session};
use hufu_core::secret::StoredSecret;
use hufu_core::store::{Change, ConsoleStore, Find, Record, RecordFilter, Records as _, Saved, UnitOfWork};

use super::{Bench, World, is_conflict, is_duplicate, is_inconsistent};
use crate::builders;
use crate::fixed::NOW;

/// Saves in the platform's name.
async fn platform(store: &dyn ConsoleStore, changes: impl IntoIterator<Item = Change>) -> Result<Saved, StoreError> {
    let unit = changes
        .into_iter()
        .fold(UnitOfWork::new(TenantId::PLATFORM), UnitOfWork::with);
    store.begin(TenantId::PLATFORM).save(unit).await
}

fn put<T: Record>(record: &T) -> Change {
    Change::record(record).unwrap()
}

async fn by_id<T: Record>(store: &dyn ConsoleStore, id: &str) -> Option<T> {
    store.find::<T>(Find::Id(id)).await.unwrap()
}

/// By id and by key, with every field, through every instance.
pub async fn a_record_is_found_by_id_and_key(bench: &dyn Bench) {
    let store = bench.open().await;
    let mut operator = builders::operator();
    operator.name = "a'b\"c<d>\0é🙂".to_owned();
    platform(&*store, [put(&operator)]).await.unwrap();
    let text = serde_json::to_string(&operator).unwrap();
    let fresh = bench.open().await;
    for store in [&store, &fresh] {
        for find in [Find::Id(&operator.id.to_string()), Find::Key(operator.login.as_str())] {
            let found = store.find::<Operator>(find).await.unwrap().unwrap();
            assert_eq!(serde_json::to_string(&found).unwrap(), text);
            // The same names in another kind are other things.
            assert!(store.lookup_record("session", find).await.unwrap().is_none());
        }
        for nobody in ["", "nobody", "no\0body"] {
            assert!(
                store
                    .lookup_record("operator", Find::Id(nobody))
                    .await
                    .unwrap()
                    .is_none()
            );
            assert!(
                store
                    .lookup_record("operator", Find::Key(nobody))
                    .await
                    .unwrap()
                    .is_none()
            );
        }
        assert_eq!(store.count_records("operator").await.unwrap(), 1);
        assert_eq!(store.count_records("session").await.unwrap(), 0);
    }
}

/// Version 1 once, version n over n - 1; a refused unit leaves no event behind.
pub async fn an_older_record_is_a_conflict(bench: &dyn Bench) {
    let store = bench.open().await;
    let mut operator = builders::operator();
    platform(&*store, [put(&operator)]).await.unwrap();
    let again = platform(&*store, [put(&operator)]).await;
    assert!(is_conflict(&again, "operator"), "{again:?}");
    (operator.name, operator.version) = ("two".to_owned(), 2);
    platform(&*store, [put(&operator)]).await.unwrap();
    let event = builders::event_at(
        TenantId::PLATFORM,
        NOW,
        hufu_core::model::Action::OperatorChange,
        hufu_core::model::Outcome::Succeeded,
    );
    for version in [1, 2, 4] {
        let mut stale = operator.clone();
        stale.version = version;
        let saved = platform(&*store, [Change::Event(Box::new(event.clone())), put(&stale)]).await;
        assert!(is_conflict(&saved, "operator"), "{version}: {saved:?}");
    }
    let zero = Operator {
        version: 0,
        ..operator.clone()
    };
    assert!(is_inconsistent(&platform(&*store, [put(&zero)]).await));
    let found: Operator = by_id(&*store, &operator.id.to_string()).await.unwrap();
    assert_eq!((found.name.as_str(), found.version), ("two", 2));
    let log = store
        .begin(TenantId::PLATFORM)
        .list_events(&Default::default(), 10)
        .await;
    assert_eq!(log.unwrap(), []);
    // Of two that change the same version one holds.
    let (mut one, mut other) = (operator.clone(), operator.clone());
    (one.version, other.version) = (3, 3);
    let elsewhere = bench.open().await;
    let (one, other) = tokio::join!(platform(&*store, [put(&one)]), platform(&*elsewhere, [put(&other)]));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

/// A key is unique in its kind, when it is added and when it is changed.
pub async fn a_key_is_unique_in_its_kind(bench: &dyn Bench) {
    let store = bench.open().await;
    let (first, mut second) = (builders::operator(), builders::operator());
    platform(&*store, [put(&first), put(&second)]).await.unwrap();
    let mut third = builders::operator();
    third.login = first.login.clone();
    let added = platform(&*store, [put(&third)]).await;
    assert!(is_duplicate(&added, "operator.key"), "{added:?}");
    (second.login, second.version) = (first.login.clone(), 2);
    let changed = platform(&*store, [put(&second)]).await;
    assert!(is_duplicate(&changed, "operator.key"), "{changed:?}");
    let session = builders::session(first.id);
    let mut twin = builders::session(first.id);
    twin.digest = session.digest;
    platform(&*store, [put(&session)]).await.unwrap();
    let added = platform(&*store, [put(&twin)]).await;
    assert!(is_duplicate(&added, "session.key"), "{added:?}");
    // Kinds without a key have as many as they like.
    platform(&*store, [put(&builders::agency()), put(&builders::agency())])
        .await
        .unwrap();
}

/// By tenants and by group, in the order of ids, both ways, page by page.
pub async fn records_are_listed(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let mut bad = builders::health(world.tenant.id, "connector:3");
    bad.state = HealthState::Bad;
    let one = builders::health(world.tenant.id, "connector:1");
    let two = builders::health(other.tenant.id, "connector:2");
    world.save(&*store, [put(&bad), put(&one)]).await.unwrap();
    other.save(&*store, [put(&two)]).await.unwrap();
    platform(&*store, [put(&builders::operator())]).await.unwrap();
    let check = async |filter: RecordFilter, limit, expected: &[&str]| {
        let found = store.list::<Health>(&filter, limit).await.unwrap();
        let found: Vec<&str> = found.iter().map(|health| health.of.as_str()).collect();
        assert_eq!(found, expected, "{filter:?}");
    };
    let all = RecordFilter::default;
    let of = |worlds: &[&World]| RecordFilter {
        tenants: Some(worlds.iter().map(|world| world.tenant.id).collect()),
        ..all()
    };
    check(all(), 10, &["connector:1", "connector:2", "connector:3"]).await;
    check(of(&[]), 10, &[]).await;
    check(of(&[&world]), 10, &["connector:1", "connector:3"]).await;
    check(of(&[&world, &other]), 2, &["connector:1", "connector:2"]).await;
    let group = |group: &str| RecordFilter {
        group: Some(group.to_owned()),
        ..all()
    };
    check(group("bad"), 10, &["connector:3"]).await;
    check(group("none"), 10, &[]).await;
    let bad_of_other = RecordFilter {
        group: Some("bad".to_owned()),
        ..of(&[&other])
    };
    check(bad_of_other, 10, &[]).await;
    let mut page = RecordFilter {
        after: Some("connector:1".to_owned()),
        ..all()
    };
    check(page.clone(), 1, &["connector:2"]).await;
    (page.after, page.newest_first) = (None, true);
    check(page.clone(), 2, &["connector:3", "connector:2"]).await;
    page.after = Some("connector:2".to_owned());
    check(page, 2, &["connector:1"]).await;
}

/// One that is gone is no error; another tenant's stays.
pub async fn records_are_deleted(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let operator = builders::operator();
    let session = builders::session(operator.id);
    platform(&*store, [put(&operator), put(&session)]).await.unwrap();
    world
        .save(&*store, [put(&builders::health(world.tenant.id, "connector:1"))])
        .await
        .unwrap();
    let health = || Change::delete_record::<Health>("connector:1".to_owned());
    other.save(&*store, [health()]).await.unwrap();
    assert!(by_id::<Health>(&*store, "connector:1").await.is_some());
    world.save(&*store, [health()]).await.unwrap();
    assert!(by_id::<Health>(&*store, "connector:1").await.is_none());
    for _ in 0..2 {
        let gone = Change::delete_record::<Session>(session.id.to_string());
        platform(&*store, [gone]).await.unwrap();
        let key = session.digest.encode();
        let elsewhere = bench.open().await;
        assert!(elsewhere.find::<Session>(Find::Key(&key)).await.unwrap().is_none());
    }
    assert_eq!(store.count_records("operator").await.unwrap(), 1);
    // What was deleted may come again, as version 1.
    platform(&*store, [put(&session)]).await.unwrap();
}

/// A record stays whose it is, and a unit of one tenant writes none of another.
pub async fn a_record_never_changes_hands(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let health = builders::health(world.tenant.id, "connector:1");
    world.save(&*store, [put(&health)]).await.unwrap();
    let mut next = health.clone();
    next.version = 2;
    assert!(is_inconsistent(&other.save(&*store, [put(&next)]).await));
    next.tenant_id = other.tenant.id;
    let claimed = other.save(&*store, [put(&next)]).await;
    assert!(is_conflict(&claimed, "health"), "{claimed:?}");
    assert_eq!(by_id::<Health>(&*store, "connector:1").await, Some(health));
}

/// A sealed record is nowhere in the database's bytes; one that is not sealed is.
pub async fn sealed_records_are_unreadable_in_the_database(bench: &dyn Bench) {
    const CANARY: &str = "canary-0b7d5a3c91ef";
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let mut operator = builders::operator();
    operator.password = StoredSecret::new(CANARY.to_owned());
    platform(&*store, [put(&operator)]).await.unwrap();
    let open = builders::health(world.tenant.id, "findable-badge");
    world.save(&*store, [put(&open)]).await.unwrap();
    let found: Operator = by_id(&*store, &operator.id.to_string()).await.unwrap();
    assert_eq!(found.password.expose(), CANARY);
    store.close().await;
    let contents = bench.contents().await;
    let holds = |needle: &[u8]| contents.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"findable-badge"), "the search itself works");
    assert!(!holds(CANARY.as_bytes()));
}

/// What has an end goes when it is over; what has none stays.
pub async fn records_are_purged_when_they_are_over(bench: &dyn Bench) {
    let store = bench.open().await;
    let operator = builders::operator();
    let (early, mut late) = (builders::session(operator.id), builders::session(operator.id));
    late.idle_at = NOW.plus(Duration::from_secs(3600));
    platform(&*store, [put(&operator), put(&early), put(&late)])
        .await
        .unwrap();
    let ends = early.idle_at;
    assert_eq!(store.purge(NOW, ends.minus(Duration::from_millis(1))).await.unwrap(), 0);
    assert_eq!(store.purge(NOW, ends).await.unwrap(), 1);
    assert!(by_id::<Session>(&*store, &early.id.to_string()).await.is_none());
    assert!(by_id::<Session>(&*store, &late.id.to_string()).await.is_some());
    assert!(by_id::<Operator>(&*store, &operator.id.to_string()).await.is_some());
}
