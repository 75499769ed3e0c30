//! What the housekeeper asks for, over all tenants.

use std::time::Duration;

use hufu_core::model::{Action, Outcome};
use hufu_core::store::{Change, UnitOfWork};

use super::{Bench, World, change};
use crate::builders;
use crate::fixed::NOW;

/// Those that wait and whose time is over, of all tenants, the oldest first.
pub async fn overdue_attempts_are_listed(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    let begin = async |world: &World, seconds| {
        let attempt = builders::attempt_at(world.tenant.id, world.client.id, world.connector.id, at(seconds));
        world.save(&*store, [change(&attempt)]).await.unwrap();
        attempt
    };
    let second = begin(&world, 1).await;
    let first = begin(&other, 0).await;
    let ended = begin(&world, 0).await;
    world
        .save(&*store, [change(&ended.denied(NOW).unwrap())])
        .await
        .unwrap();
    begin(&world, 100).await;
    assert_eq!(store.list_overdue_attempts(at(599), 10).await.unwrap(), []);
    assert_eq!(
        store.list_overdue_attempts(at(601), 10).await.unwrap(),
        [first.clone(), second]
    );
    assert_eq!(store.list_overdue_attempts(at(601), 1).await.unwrap(), [first]);
}

/// What ended and is over goes; what waits, what is young, and every event stay.
pub async fn purge_deletes_what_is_over_and_no_event(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let begun = world.begun(&*store).await;
    let (attempt, _, saved) = world.complete(&*store, begun, builders::identity("oA")).await;
    let (consumed, token, changes) = world.redemption(attempt, saved.subject_id.unwrap());
    world.save(&*store, changes).await.unwrap();
    let waiting = world.begun(&*store).await;
    let after = |seconds| NOW.plus(Duration::from_secs(seconds));
    assert_eq!(store.purge(after(600), NOW).await.unwrap(), 0);
    assert_eq!(store.purge(after(601), NOW).await.unwrap(), 1);
    let cold = bench.open().await;
    let rows = world.of(&*cold);
    assert!(rows.reload_attempt(&consumed).await.unwrap().is_none());
    assert!(rows.reload_attempt(&waiting).await.unwrap().is_some());
    assert!(rows.lookup_access_token(&token.digest).await.unwrap().is_some());
    assert_eq!(store.purge(after(3601), NOW).await.unwrap(), 1);
    assert!(rows.lookup_access_token(&token.digest).await.unwrap().is_none());
    assert_eq!(world.events(&*store).await.len(), 2);
    assert!(rows.lookup_identity(world.connector.id, "oA").await.unwrap().is_some());
}

/// A tenant that keeps its log for some days loses what is older; the others keep all of it.
pub async fn a_log_is_kept_as_long_as_its_tenant_wants(bench: &dyn Bench) {
    let store = bench.open().await;
    let other = World::new(&*store).await;
    let mut tenant = builders::tenant();
    tenant.audit_days = Some(30);
    let unit = UnitOfWork::new(tenant.id).with(Change::Tenant(Box::new(tenant.clone())));
    store.begin(tenant.id).save(unit).await.unwrap();
    let day = |days: u64| NOW.minus(Duration::from_secs(days * 86_400));
    for owner in [tenant.id, other.tenant.id] {
        // More than one portion.
        let unit = (0..1100)
            .map(|number| builders::event_at(owner, day(31 + number % 3), Action::Login, Outcome::Succeeded))
            .chain([29, 0].map(|days| builders::event_at(owner, day(days), Action::Login, Outcome::Succeeded)))
            .map(|event| Change::Event(Box::new(event)))
            .fold(UnitOfWork::new(owner), UnitOfWork::with);
        store.begin(owner).save(unit).await.unwrap();
    }
    assert_eq!(store.purge(day(40), NOW).await.unwrap(), 1100);
    assert_eq!(store.purge(day(40), NOW).await.unwrap(), 0);
    let left = async |tenant| {
        let rows = store.begin(tenant);
        rows.list_events(&Default::default(), 2000).await.unwrap().len()
    };
    assert_eq!((left(tenant.id).await, left(other.tenant.id).await), (2, 1102));
}
