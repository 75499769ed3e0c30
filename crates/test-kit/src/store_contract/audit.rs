//! The audit log.

use std::time::Duration;

use hufu_core::model::{Action, AuditEvent, AuditFilter, Outcome};
use hufu_core::store::Change;
use serde_json::json;

use super::{Bench, World};
use crate::builders;
use crate::fixed::NOW;

/// Every field of an event.
pub async fn events_come_back_whole(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let mut full = builders::event(&world.attempt());
    full.subject_id = Some(builders::seen(world.connector.id, builders::identity("oA")).proposed_subject);
    full.external_id = Some("oA".to_owned());
    full.error = Some("upstream".to_owned());
    full.errcode = Some(-40_029);
    full.upstream_ms = Some(u32::MAX);
    full.actor = Some("cli:张三".to_owned());
    full.detail
        .insert("said".to_owned(), json!({"errmsg": "bad \"code\" \u{0}🙂"}));
    world
        .save(&*store, [Change::Event(Box::new(full.clone()))])
        .await
        .unwrap();
    assert_eq!(world.events(&*store).await, [full]);
}

/// Each filter alone, and several together.
pub async fn events_are_filtered(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    let tenant = world.tenant.id;
    let attempt = world.attempt();
    let mut first = builders::event_at(tenant, at(0), Action::Login, Outcome::Succeeded).of_attempt(&attempt);
    first.external_id = Some("oA".to_owned());
    let second = builders::event_at(tenant, at(3600), Action::Login, Outcome::Denied).of_attempt(&world.attempt());
    let third = builders::event_at(tenant, at(7200), Action::Token, Outcome::Succeeded).of_attempt(&attempt);
    let fourth = builders::event_at(tenant, at(10_800), Action::ClientAdd, Outcome::Succeeded);
    let all = [first, second, third, fourth];
    world
        .save(&*store, all.iter().map(|event| Change::Event(Box::new(event.clone()))))
        .await
        .unwrap();
    let check = async |filter: AuditFilter, expected: &[usize]| {
        let found = world.of(&*store).list_events(&filter, 100).await.unwrap();
        let expected: Vec<&AuditEvent> = expected.iter().map(|index| &all[*index]).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    };
    let none = AuditFilter::default;
    check(none(), &[3, 2, 1, 0]).await;
    check(
        AuditFilter {
            action: Some(Action::Login),
            ..none()
        },
        &[1, 0],
    )
    .await;
    check(
        AuditFilter {
            outcome: Some(Outcome::Denied),
            ..none()
        },
        &[1],
    )
    .await;
    check(
        AuditFilter {
            action: Some(Action::Login),
            outcome: Some(Outcome::Succeeded),
            ..none()
        },
        &[0],
    )
    .await;
    check(
        AuditFilter {
            client_id: Some(world.client.id),
            ..none()
        },
        &[2, 1, 0],
    )
    .await;
    check(
        AuditFilter {
            connector_id: Some(world.connector.id),
            ..none()
        },
        &[2, 1, 0],
    )
    .await;
    check(
        AuditFilter {
            connector_id: Some(builders::connector(tenant).id),
            ..none()
        },
        &[],
    )
    .await;
    check(
        AuditFilter {
            attempt_id: Some(attempt.id),
            ..none()
        },
        &[2, 0],
    )
    .await;
    check(
        AuditFilter {
            request_id: Some(attempt.browser.request_id),
            ..none()
        },
        &[2, 0],
    )
    .await;
    check(
        AuditFilter {
            external_id: Some("oA".to_owned()),
            ..none()
        },
        &[0],
    )
    .await;
    check(
        AuditFilter {
            from: Some(at(3600)),
            ..none()
        },
        &[3, 2, 1],
    )
    .await;
    check(
        AuditFilter {
            until: Some(at(3600)),
            ..none()
        },
        &[0],
    )
    .await;
    check(
        AuditFilter {
            from: Some(at(1)),
            until: Some(at(7201)),
            ..none()
        },
        &[2, 1],
    )
    .await;
    check(
        AuditFilter {
            before: Some(all[2].id),
            ..none()
        },
        &[1, 0],
    )
    .await;
}

/// Pages follow one another without a gap, also among events of one moment.
pub async fn events_are_paged_by_key(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let mut ids = Vec::new();
    for second in 0..5 {
        let at = NOW.plus(Duration::from_secs(second));
        let events: Vec<AuditEvent> = (0..5)
            .map(|_| builders::event_at(world.tenant.id, at, Action::Login, Outcome::Succeeded))
            .collect();
        ids.extend(events.iter().map(|event| event.id));
        world
            .save(&*store, events.into_iter().map(|event| Change::Event(Box::new(event))))
            .await
            .unwrap();
    }
    ids.sort_unstable();
    ids.reverse();
    let mut filter = AuditFilter::default();
    let mut paged = Vec::new();
    loop {
        let page = world.of(&*store).list_events(&filter, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.before = Some(last.id);
        paged.extend(page.iter().map(|event| event.id));
    }
    assert_eq!(paged, ids);
}
