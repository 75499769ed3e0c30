//! What the console reads across tenants: only what its reach has, and all of that.

use std::collections::HashSet;
use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::ids::{AgencyId, EventId, TenantId};
use hufu_core::model::{Action, AuditEvent, AuditFilter, Family, Outcome, Reach, Status, Tenant};
use hufu_core::store::{Change, ConsoleStore, ErrorCount, LoginCount, TenantFilter, UnitOfWork};

use super::{Bench, World};
use crate::builders;
use crate::fixed::NOW;

/// Two agencies with two tenants and one, and a tenant of the platform, with codes in this order.
struct Houses {
    agencies: [AgencyId; 2],
    tenants: Vec<Tenant>,
}

impl Houses {
    async fn new(store: &dyn ConsoleStore) -> Self {
        let agencies = [builders::agency(), builders::agency()];
        let mut tenants = Vec::new();
        for (code, agency) in [
            ("a-one", Some(0)),
            ("b-two", Some(0)),
            ("c-three", Some(1)),
            ("d-four", None),
        ] {
            let mut tenant = builders::tenant();
            tenant.code = code.parse().unwrap();
            tenant.agency_id = agency.map(|index: usize| agencies[index].id);
            let unit = UnitOfWork::new(tenant.id).with(Change::Tenant(Box::new(tenant.clone())));
            store.begin(tenant.id).save(unit).await.unwrap();
            tenants.push(tenant);
        }
        for agency in &agencies {
            let unit = UnitOfWork::new(agency.id.log()).with(Change::record(agency).unwrap());
            store.begin(agency.id.log()).save(unit).await.unwrap();
        }
        Self {
            agencies: agencies.map(|agency| agency.id),
            tenants,
        }
    }

    /// Each reach, and the numbers of the tenants in it.
    fn reaches(&self) -> [(Reach, Vec<usize>); 5] {
        let agency = |index: usize| Reach::Agency {
            agency: self.agencies[index],
        };
        let some = Reach::Tenants {
            tenants: [self.tenants[1].id, self.tenants[3].id].into(),
        };
        [
            (Reach::Platform, vec![0, 1, 2, 3]),
            (agency(0), vec![0, 1]),
            (agency(1), vec![2]),
            (some, vec![1, 3]),
            (Reach::tenant(self.tenants[2].id), vec![2]),
        ]
    }
}

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn login(tenant: TenantId, seconds: u64, outcome: Outcome) -> AuditEvent {
    builders::event_at(tenant, at(seconds), Action::Login, outcome)
}

async fn log(store: &dyn ConsoleStore, event: &AuditEvent) {
    let unit = UnitOfWork::new(event.tenant_id).with(Change::Event(Box::new(event.clone())));
    store.begin(event.tenant_id).save(unit).await.unwrap();
}

async fn codes(store: &dyn ConsoleStore, reach: &Reach, filter: &TenantFilter, limit: u64) -> Vec<String> {
    let found = store.search_tenants(reach, filter, limit).await.unwrap();
    found.iter().map(|one| one.tenant.code.to_string()).collect()
}

async fn ids(store: &dyn ConsoleStore, reach: &Reach, filter: &AuditFilter) -> Vec<EventId> {
    let found = store.search_events(reach, filter, 100).await.unwrap();
    found.iter().map(|event| event.id).collect()
}

/// Tenants, their number, events and counts of logins and errors: for every kind of reach.
pub async fn a_reach_shows_what_is_in_it_and_nothing_else(bench: &dyn Bench) {
    let store = bench.open().await;
    let houses = Houses::new(&*store).await;
    let mut events = Vec::new();
    for (number, tenant) in houses.tenants.iter().enumerate() {
        let mut failed = login(tenant.id, 10 + number as u64, Outcome::Failed);
        (failed.error, failed.errcode) = (Some(format!("error-{number}")), Some(40_000));
        failed.upstream_ms = Some(70);
        log(&*store, &failed).await;
        events.push(failed);
    }
    let mut logs = Vec::new();
    for (number, owner) in [TenantId::PLATFORM, houses.agencies[0].log(), houses.agencies[1].log()]
        .into_iter()
        .enumerate()
    {
        let event = builders::event_at(owner, at(20 + number as u64), Action::OperatorLogin, Outcome::Succeeded);
        log(&*store, &event).await;
        logs.push(event);
    }
    let since = AuditFilter {
        from: Some(NOW),
        ..AuditFilter::default()
    };
    for (reach, within) in houses.reaches() {
        let expected: Vec<&str> = within
            .iter()
            .map(|index| houses.tenants[*index].code.as_str())
            .collect();
        assert_eq!(codes(&*store, &reach, &TenantFilter::default(), 10).await, expected);
        assert_eq!(store.count_tenants(&reach).await.unwrap(), within.len() as u64);
        let own_logs: &[usize] = match &reach {
            Reach::Platform => &[2, 1, 0],
            Reach::Agency { agency } if *agency == houses.agencies[0] => &[1],
            Reach::Agency { .. } => &[2],
            Reach::Tenants { .. } => &[],
        };
        let mut expected: Vec<EventId> = own_logs.iter().map(|index| logs[*index].id).collect();
        let changes = AuditFilter {
            family: Some(Family::Changes),
            ..AuditFilter::default()
        };
        assert_eq!(ids(&*store, &reach, &changes).await, expected, "{reach:?}");
        expected.extend(within.iter().rev().map(|index| events[*index].id));
        assert_eq!(
            ids(&*store, &reach, &AuditFilter::default()).await,
            expected,
            "{reach:?}"
        );
        let errors = store.count_errors(&reach, &since, 10).await.unwrap();
        let expected: Vec<String> = within.iter().map(|index| format!("error-{index}")).collect();
        assert_eq!(errors.iter().map(|one| one.error.clone()).collect::<Vec<_>>(), expected);
        let logins = store
            .count_logins(&reach, &since, Duration::from_secs(60))
            .await
            .unwrap();
        assert_eq!(logins.iter().map(|one| one.failed).sum::<u64>(), within.len() as u64);
        let times = store.count_upstream_times(&reach, &since).await.unwrap();
        assert_eq!(times.iter().map(|(_, count)| count).sum::<u64>(), within.len() as u64);
    }
    let asked = ["nobody-has-this".parse().unwrap(), houses.tenants[0].code.clone()];
    let taken = store.taken_codes(&asked).await.unwrap();
    assert_eq!(taken, HashSet::from([houses.tenants[0].code.clone()]));
    assert!(store.taken_codes(&[]).await.unwrap().is_empty());
    let nobody = Reach::Tenants { tenants: [].into() };
    assert!(codes(&*store, &nobody, &TenantFilter::default(), 10).await.is_empty());
    assert_eq!(store.count_tenants(&nobody).await.unwrap(), 0);
    assert!(ids(&*store, &nobody, &AuditFilter::default()).await.is_empty());
}

/// By code, name and the values of settings; letters of either case; nothing that was typed is a pattern.
pub async fn tenants_are_searched(bench: &dyn Bench) {
    let store = bench.open().await;
    let houses = Houses::new(&*store).await;
    let mut named = houses.tenants[1].clone();
    (named.name, named.status, named.version) = ("花店 100% Under_score!".to_owned(), Status::Disabled, 2);
    let mut connector = builders::connector(houses.tenants[2].id);
    connector.settings.insert("app_id".to_owned(), "wxDEADbeef".to_owned());
    connector.settings.insert("odd".to_owned(), "a\0b\"c".to_owned());
    let mut draft = builders::connector(houses.tenants[2].id);
    (draft.status, draft.settings) = (Status::Draft, [("app_id".to_owned(), "wxother".to_owned())].into());
    for (tenant, changes) in [
        (named.id, vec![Change::Tenant(Box::new(named.clone()))]),
        (
            connector.tenant_id,
            vec![
                Change::Connector(Box::new(connector)),
                Change::Connector(Box::new(draft)),
            ],
        ),
    ] {
        let unit = changes.into_iter().fold(UnitOfWork::new(tenant), UnitOfWork::with);
        store.begin(tenant).save(unit).await.unwrap();
    }
    let check = async |text: &str, expected: &[&str]| {
        let filter = TenantFilter {
            text: text.to_owned(),
            ..TenantFilter::default()
        };
        assert_eq!(codes(&*store, &Reach::Platform, &filter, 10).await, expected, "{text}");
    };
    check("", &["a-one", "b-two", "c-three", "d-four"]).await;
    check("  TWO ", &["b-two"]).await;
    check("花店", &["b-two"]).await;
    check("0% u", &["b-two"]).await;
    check("r_s", &["b-two"]).await;
    check("e!", &["b-two"]).await;
    for only in ["%", "_", "!"] {
        check(only, &["b-two"]).await;
    }
    for none in ["a%e", "' OR 1=1 --", "\\", "app_id", "x\0y"] {
        check(none, &[]).await;
    }
    check("WXother", &["c-three"]).await;
    let disabled = TenantFilter {
        status: Some(Status::Disabled),
        ..TenantFilter::default()
    };
    assert_eq!(codes(&*store, &Reach::Platform, &disabled, 10).await, ["b-two"]);
    // The reach holds whatever is sought.
    let agency = Reach::Agency {
        agency: houses.agencies[0],
    };
    let filter = TenantFilter {
        text: "wxother".to_owned(),
        ..TenantFilter::default()
    };
    assert!(codes(&*store, &agency, &filter, 10).await.is_empty());
    let found = store.lookup_tenant_by_id(named.id).await.unwrap();
    assert_eq!(found.as_deref(), Some(&named));
    assert!(store.lookup_tenant_by_id(TenantId::PLATFORM).await.unwrap().is_none());
}

/// Forwards and backwards, always in order.
pub async fn tenants_are_paged_both_ways(bench: &dyn Bench) {
    let store = bench.open().await;
    let houses = Houses::new(&*store).await;
    let code = |index: usize| Some(houses.tenants[index].code.clone());
    let page = async |after, before| {
        let filter = TenantFilter {
            after,
            before,
            ..TenantFilter::default()
        };
        codes(&*store, &Reach::Platform, &filter, 2).await
    };
    assert_eq!(page(None, None).await, ["a-one", "b-two"]);
    assert_eq!(page(code(1), None).await, ["c-three", "d-four"]);
    assert!(page(code(3), None).await.is_empty());
    assert_eq!(page(None, code(3)).await, ["b-two", "c-three"]);
    assert_eq!(page(None, code(1)).await, ["a-one"]);
    assert!(page(None, code(0)).await.is_empty());
}

/// Connectors, live ones, and the newest login that succeeded.
pub async fn a_tenant_is_summed_up(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let quiet = World::new(&*store).await;
    let mut draft = builders::connector(world.tenant.id);
    draft.status = Status::Draft;
    world.save(&*store, [Change::Connector(Box::new(draft))]).await.unwrap();
    for event in [
        login(world.tenant.id, 5, Outcome::Succeeded),
        login(world.tenant.id, 9, Outcome::Succeeded),
        login(world.tenant.id, 12, Outcome::Failed),
        builders::event_at(world.tenant.id, at(15), Action::Token, Outcome::Succeeded),
    ] {
        log(&*store, &event).await;
    }
    for (world, connectors, live, last) in [(&world, 2, 1, Some(at(9))), (&quiet, 1, 1, None)] {
        let reach = Reach::tenant(world.tenant.id);
        let found = store
            .search_tenants(&reach, &TenantFilter::default(), 10)
            .await
            .unwrap();
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(one.tenant, world.tenant);
        assert_eq!(
            (one.connectors, one.live_connectors, one.last_login_at),
            (connectors, live, last)
        );
    }
}

/// The filters that only the console has, and those of the tenant's own list.
pub async fn the_log_is_filtered_across_tenants(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let attempt = world.attempt();
    let mut first = login(world.tenant.id, 0, Outcome::Failed).of_attempt(&attempt);
    (first.error, first.errcode) = (Some("upstream".to_owned()), Some(40_029));
    first.external_id = Some("oA".to_owned());
    let mut second = login(other.tenant.id, 1, Outcome::Succeeded);
    let person = builders::seen(other.connector.id, builders::identity("oB")).proposed_subject;
    (second.subject_id, second.ip) = (Some(person), Some("198.51.100.1".to_owned()));
    let third = builders::event_at(world.tenant.id, at(2), Action::Callback, Outcome::Rejected);
    let mut fourth = builders::event_at(other.tenant.id, at(3), Action::ClientAdd, Outcome::Succeeded);
    fourth.actor = Some("operator:li".to_owned());
    let fifth = builders::event_at(TenantId::PLATFORM, at(4), Action::ApiKeyAdd, Outcome::Succeeded);
    let all = [first, second, third, fourth, fifth];
    for event in &all {
        log(&*store, event).await;
    }
    let none = AuditFilter::default;
    for (filter, expected) in [
        (none(), vec![4, 3, 2, 1, 0]),
        (
            AuditFilter {
                family: Some(Family::Logins),
                ..none()
            },
            vec![2, 1, 0],
        ),
        (
            AuditFilter {
                family: Some(Family::Changes),
                ..none()
            },
            vec![4, 3],
        ),
        (
            AuditFilter {
                action: Some(Action::ApiKeyAdd),
                ..none()
            },
            vec![4],
        ),
        (
            AuditFilter {
                action: Some(Action::Callback),
                ..none()
            },
            vec![2],
        ),
        (
            AuditFilter {
                outcome: Some(Outcome::Rejected),
                ..none()
            },
            vec![2],
        ),
        (
            AuditFilter {
                subject_id: Some(person),
                ..none()
            },
            vec![1],
        ),
        (
            AuditFilter {
                error: Some("upstream".to_owned()),
                ..none()
            },
            vec![0],
        ),
        (
            AuditFilter {
                errcode: Some(40_029),
                ..none()
            },
            vec![0],
        ),
        (
            AuditFilter {
                errcode: Some(-1),
                ..none()
            },
            vec![],
        ),
        (
            AuditFilter {
                ip: Some("198.51.100.1".to_owned()),
                ..none()
            },
            vec![1],
        ),
        (
            AuditFilter {
                ip: Some("\0".to_owned()),
                ..none()
            },
            vec![],
        ),
        (
            AuditFilter {
                actor: Some("operator:li".to_owned()),
                ..none()
            },
            vec![3],
        ),
        (
            AuditFilter {
                external_id: Some("oA".to_owned()),
                ..none()
            },
            vec![0],
        ),
        (
            AuditFilter {
                attempt_id: Some(attempt.id),
                ..none()
            },
            vec![0],
        ),
        (
            AuditFilter {
                request_id: Some(attempt.browser.request_id),
                ..none()
            },
            vec![0],
        ),
        (
            AuditFilter {
                after: Some(all[2].id),
                ..none()
            },
            vec![4, 3],
        ),
        (
            AuditFilter {
                before: Some(all[2].id),
                ..none()
            },
            vec![1, 0],
        ),
        (
            AuditFilter {
                after: Some(all[0].id),
                before: Some(all[3].id),
                ..none()
            },
            vec![2, 1],
        ),
        (
            AuditFilter {
                from: Some(at(1)),
                until: Some(at(3)),
                ..none()
            },
            vec![2, 1],
        ),
    ] {
        let expected: Vec<EventId> = expected.into_iter().map(|index: usize| all[index].id).collect();
        assert_eq!(ids(&*store, &Reach::Platform, &filter).await, expected, "{filter:?}");
        // A tenant's own list filters alike.
        let own = world.of(&*store).list_events(&filter, 100).await.unwrap();
        let mine = expected.iter().filter(|id| [all[0].id, all[2].id].contains(id));
        assert_eq!(
            own.iter().map(|event| &event.id).collect::<Vec<_>>(),
            mine.collect::<Vec<_>>()
        );
    }
    let newest = store.search_events(&Reach::Platform, &none(), 2).await.unwrap();
    assert_eq!(newest, [all[4].clone(), all[3].clone()]);
}

/// Slices begin at multiples of their length, and only logins count.
pub async fn logins_are_counted(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let tenant = world.tenant.id;
    let day = Duration::from_secs(86_400);
    let midnight = Timestamp::from_millis(NOW.as_millis() / 86_400_000 * 86_400_000);
    let hour = |hours: u64| midnight.plus(Duration::from_secs(hours * 3600));
    for (hours, outcome) in [
        (30, Outcome::Succeeded),
        (30, Outcome::Succeeded),
        (47, Outcome::Denied),
        (47, Outcome::Expired),
        (47, Outcome::Failed),
        (48, Outcome::Rejected),
        (96, Outcome::Succeeded),
    ] {
        log(
            &*store,
            &builders::event_at(tenant, hour(hours), Action::Login, outcome),
        )
        .await;
    }
    log(
        &*store,
        &builders::event_at(tenant, hour(30), Action::Token, Outcome::Failed),
    )
    .await;
    let filter = AuditFilter {
        from: Some(hour(25)),
        until: Some(hour(96)),
        ..AuditFilter::default()
    };
    let counted = store.count_logins(&Reach::Platform, &filter, day).await.unwrap();
    let expected = [(24, 2, 2, 1), (48, 0, 0, 1)].map(|(hours, succeeded, abandoned, failed)| LoginCount {
        from: hour(hours),
        succeeded,
        abandoned,
        failed,
    });
    assert_eq!(counted, expected);
    let failed = AuditFilter {
        outcome: Some(Outcome::Failed),
        ..filter.clone()
    };
    let counted = store.count_logins(&Reach::tenant(tenant), &failed, day).await.unwrap();
    assert_eq!(counted.len(), 1);
    assert_eq!((counted[0].succeeded, counted[0].failed), (0, 1));
    assert!(
        store
            .count_logins(&Reach::Platform, &filter, Duration::ZERO)
            .await
            .is_err()
    );
}

/// The most frequent first; what people refused is no error.
pub async fn errors_and_times_are_counted(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    for (tenant, seconds, outcome, error, errcode, took) in [
        (
            world.tenant.id,
            1,
            Outcome::Failed,
            Some("upstream"),
            Some(40_029),
            Some(50),
        ),
        (
            other.tenant.id,
            3,
            Outcome::Failed,
            Some("upstream"),
            Some(40_029),
            Some(51),
        ),
        (world.tenant.id, 2, Outcome::Failed, Some("upstream"), None, Some(7000)),
        (world.tenant.id, 2, Outcome::Rejected, Some("snapshot"), None, None),
        (world.tenant.id, 2, Outcome::Denied, Some("access_denied"), None, None),
        (world.tenant.id, 2, Outcome::Succeeded, None, None, Some(u32::MAX)),
    ] {
        let mut event = login(tenant, seconds, outcome);
        (event.error, event.errcode, event.upstream_ms) = (error.map(str::to_owned), errcode, took);
        log(&*store, &event).await;
    }
    let since = AuditFilter {
        from: Some(NOW),
        ..AuditFilter::default()
    };
    let row = |error: &str, errcode, count, seconds, tenants| ErrorCount {
        error: error.to_owned(),
        errcode,
        count,
        last_at: at(seconds),
        tenants,
    };
    let counted = store.count_errors(&Reach::Platform, &since, 10).await.unwrap();
    assert_eq!(counted.len(), 3);
    assert_eq!(
        counted[..2],
        [row("upstream", Some(40_029), 2, 3, 2), row("snapshot", None, 1, 2, 1)]
    );
    assert_eq!(
        store.count_errors(&Reach::Platform, &since, 1).await.unwrap(),
        counted[..1]
    );
    let times = store.count_upstream_times(&Reach::Platform, &since).await.unwrap();
    let counted: Vec<(u32, u64)> = times.into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(counted, [(50, 1), (100, 1), (u32::MAX, 2)]);
}
