//! What only this crate can see: how many statements are executed, and what happens while the writer is held.

use std::time::Duration;

use futures::future::join_all;
use hufu_core::clock::SystemRandom;
use hufu_core::model::{AttemptState, Health, Operator, Status};
use hufu_core::store::{Change, Find, Records as _, UnitOfWork};
use hufu_test_kit::builders;
use hufu_test_kit::fixed::{FixedClock, NOW};
use hufu_test_kit::postgres::fresh_database;
use hufu_test_kit::store_contract::World;
use tempfile::TempDir;
use tokio::task::yield_now;

use super::*;

async fn open(config: &Config) -> Arc<Database> {
    let keys =
        KeyRing::parse("[[keys]]\nid = \"k\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n").unwrap();
    Database::migrate(config).await.unwrap();
    Database::open(config, keys, Arc::new(SystemRandom)).await.unwrap()
}

async fn sqlite() -> (Arc<Database>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hufu.db");
    (
        open(&Config::at(format!("sqlite://{}?mode=rwc", path.display()))).await,
        directory,
    )
}

fn since(database: &Database, before: StatementCounts) -> StatementCounts {
    let now = database.statements();
    StatementCounts {
        reads: now.reads - before.reads,
        writes: now.writes - before.writes,
        transactions: now.transactions - before.transactions,
    }
}

/// Saves all units while the writer is held, so that they queue in this order, then lets it go.
async fn together(database: &Arc<Database>, units: Vec<UnitOfWork>) -> Vec<Result<Saved>> {
    let hold = database.hold_writer().await;
    wait_until_held(database).await;
    let mut saves = Vec::new();
    for unit in units {
        let rows = database.begin(unit.tenant_id());
        saves.push(tokio::spawn(async move { rows.save(unit).await }));
        let queued = saves.len();
        while database.shared.queue.max_capacity() - database.shared.queue.capacity() < queued {
            yield_now().await;
        }
    }
    drop(hold);
    join_all(saves).await.into_iter().map(|save| save.unwrap()).collect()
}

/// Waits until the writer took the message that holds it: what is in the channel then is what was saved.
async fn wait_until_held(database: &Database) {
    while database.shared.queue.capacity() < database.shared.queue.max_capacity() {
        yield_now().await;
    }
}

fn unit(world: &World, changes: impl IntoIterator<Item = Change>) -> UnitOfWork {
    changes
        .into_iter()
        .fold(UnitOfWork::new(world.tenant.id), UnitOfWork::with)
}

async fn thirty_two_completes_are_one_batch(database: Arc<Database>) {
    let world = World::new(&*database).await;
    let mut begun = Vec::new();
    for _ in 0..32 {
        begun.push(world.begun(&*database).await);
    }
    let before = database.statements();
    let units = begun.into_iter().enumerate().map(|(number, attempt)| {
        unit(
            &world,
            world.completion(attempt, builders::identity(&format!("o{number}"))).2,
        )
    });
    let saved = together(&database, units.collect()).await;
    assert!(
        saved
            .iter()
            .all(|saved| saved.as_ref().is_ok_and(|saved| saved.is_new_subject)),
        "{saved:?}"
    );
    // Attempts, identities, subjects, events.
    assert_eq!(
        since(&database, before),
        StatementCounts {
            reads: 0,
            writes: 4,
            transactions: 1
        }
    );
    assert_eq!(world.events(&*database).await.len(), 32);
}

#[tokio::test]
async fn a_batch_on_sqlite_costs_what_one_unit_costs() {
    let (database, _directory) = sqlite().await;
    thirty_two_completes_are_one_batch(database).await;
}

#[tokio::test]
async fn a_batch_on_postgres_costs_what_one_unit_costs() {
    let server = fresh_database().await;
    thirty_two_completes_are_one_batch(open(&Config::at(&server.url)).await).await;
}

#[tokio::test]
async fn a_warm_login_reads_nothing() {
    let (database, _directory) = sqlite().await;
    let world = World::new(&*database).await;
    let rows = world.of(&*database);
    let configuration = async || {
        assert!(database.lookup_tenant(&world.tenant.code).await.unwrap().is_some());
        assert!(rows.lookup_client(world.client.id).await.unwrap().is_some());
        assert!(rows.lookup_connector(world.connector.id).await.unwrap().is_some());
        assert_eq!(rows.list_connectors().await.unwrap().len(), 1);
        rows.lookup_keys().await.unwrap();
    };
    configuration().await;
    // The background looks at the revision meanwhile: it knows of this instance's own changes and forgets nothing.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let before = database.statements();
    configuration().await;
    let begun = world.begun(&*database).await;
    configuration().await;
    let found = rows
        .lookup_attempt_by_state(&begun.state_digest.unwrap())
        .await
        .unwrap()
        .unwrap();
    let (attempt, _, saved) = world
        .complete(&*database, (*found).clone(), builders::identity("oA"))
        .await;
    configuration().await;
    let found = rows
        .lookup_attempt_by_code(&attempt.code_digest.unwrap())
        .await
        .unwrap()
        .unwrap();
    let AttemptState::Authenticated(proof) = &found.state else {
        panic!("authenticated")
    };
    assert_eq!(proof.subject_id, saved.subject_id);
    let (_, token, changes) = world.redemption((*found).clone(), saved.subject_id.unwrap());
    world.save(&*database, changes).await.unwrap();
    assert!(rows.lookup_access_token(&token.digest).await.unwrap().is_some());
    assert_eq!(
        since(&database, before),
        StatementCounts {
            reads: 0,
            writes: 1 + 4 + 3,
            transactions: 3
        }
    );
}

#[tokio::test]
async fn units_that_touch_the_same_keep_their_order() {
    let (database, _directory) = sqlite().await;
    let world = World::new(&*database).await;
    let first = world.attempt();
    let second = first.clone().sent_again(builders::digest(), NOW).unwrap();
    let third = second.clone().denied(NOW).unwrap();
    let late = second.clone().expired(NOW).unwrap();
    let changes = [first, second, third, late].map(|attempt| Change::Attempt(Box::new(attempt)));
    let saved = together(
        &database,
        changes.into_iter().map(|change| unit(&world, [change])).collect(),
    )
    .await;
    assert_eq!(
        saved.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [true, true, true, false],
        "{saved:?}"
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_changes_nothing() {
    let (database, _directory) = sqlite().await;
    let world = World::new(&*database).await;
    let attempt = world.attempt();
    let hold = database.hold_writer().await;
    wait_until_held(&database).await;
    let (rows, unit) = (
        world.of(&*database),
        unit(&world, [Change::Attempt(Box::new(attempt.clone()))]),
    );
    let save = tokio::spawn(async move { rows.save(unit).await });
    while database.shared.queue.capacity() == database.shared.queue.max_capacity() {
        yield_now().await;
    }
    save.abort();
    assert!(save.await.unwrap_err().is_cancelled());
    drop(hold);
    // The next save is answered after the one before it was written.
    world.begun(&*database).await;
    assert!(world.of(&*database).reload_attempt(&attempt).await.unwrap().is_some());
}

#[tokio::test]
async fn a_slow_reader_puts_nothing_old_back() {
    let (database, _directory) = sqlite().await;
    let world = World::new(&*database).await;
    let first = world.begun(&*database).await;
    let second = first.clone().denied(NOW).unwrap();
    world
        .save(&*database, [Change::Attempt(Box::new(second))])
        .await
        .unwrap();
    database.shared.caches.keep_attempt(Arc::new(first.clone())).await;
    let state = first.state_digest.unwrap();
    assert_eq!(
        database.shared.caches.attempt_by_state(&state).await.unwrap().version,
        2
    );

    // Configuration: a reader that took its shelves before a change fills shelves that nobody looks at.
    let old_shelves = database.shared.caches.configuration();
    let mut tenant = world.tenant.clone();
    (tenant.name, tenant.version) = ("new".to_owned(), 2);
    world
        .save(&*database, [Change::Tenant(Box::new(tenant.clone()))])
        .await
        .unwrap();
    let slow = read_through(&old_shelves.tenants, tenant.code.clone(), async {
        Ok(Some(world.tenant.clone()))
    });
    assert_eq!(slow.await.unwrap().unwrap().name, world.tenant.name);
    assert_eq!(database.lookup_tenant(&tenant.code).await.unwrap().unwrap().name, "new");
}

#[tokio::test]
async fn what_the_console_keeps_empties_no_cache() {
    let (database, _directory) = sqlite().await;
    let world = World::new(&*database).await;
    let rows = world.of(&*database);
    let configuration = async || {
        assert!(database.lookup_tenant(&world.tenant.code).await.unwrap().is_some());
        assert!(rows.lookup_client(world.client.id).await.unwrap().is_some());
    };
    let begun = world.begun(&*database).await;
    let (_, _, saved) = world.complete(&*database, begun, builders::identity("oA")).await;
    let subject = saved.subject_id.unwrap();
    configuration().await;
    let revision = async || revision::read(database.shared.reader()).await.unwrap();
    let old = revision().await;
    let before = database.statements();
    let health = builders::health(world.tenant.id, "connector:1");
    let event = Change::Event(Box::new(builders::event(&world.attempt())));
    let (put, delete) = (
        Change::record(&health).unwrap(),
        Change::delete_record::<Health>(health.of.clone()),
    );
    world.save(&*database, [put, event]).await.unwrap();
    // One look whether it is there, the record, the event.
    assert_eq!(
        since(&database, before),
        StatementCounts {
            reads: 1,
            writes: 2,
            transactions: 1
        }
    );
    world.save(&*database, [delete]).await.unwrap();
    let disable = Change::SubjectStatus(subject, Status::Disabled);
    world.save(&*database, [disable]).await.unwrap();
    assert_eq!(revision().await.configuration, old.configuration);
    let before = database.statements();
    configuration().await;
    assert_eq!(since(&database, before), StatementCounts::default());

    // Together with configuration it is a change of configuration.
    let mut tenant = world.tenant.clone();
    (tenant.name, tenant.version) = ("new".to_owned(), 2);
    let both = [
        Change::record(&health).unwrap(),
        Change::Tenant(Box::new(tenant.clone())),
    ];
    world.save(&*database, both).await.unwrap();
    assert_eq!(revision().await.configuration, old.configuration + 1);
    assert_eq!(database.lookup_tenant(&tenant.code).await.unwrap().unwrap().name, "new");
}

#[tokio::test]
async fn a_sealed_record_opens_in_its_row_only() {
    let (database, _directory) = sqlite().await;
    let operators = [builders::operator(), builders::operator()];
    let platform = TenantId::PLATFORM;
    let unit = operators
        .iter()
        .map(|operator| Change::record(operator).unwrap())
        .fold(UnitOfWork::new(platform), UnitOfWork::with);
    database.begin(platform).save(unit).await.unwrap();
    let swap = format!(
        "UPDATE records SET data = (SELECT data FROM records WHERE id = '{}') WHERE id = '{}'",
        operators[0].id, operators[1].id
    );
    let transaction = database.shared.connections.begin().await.unwrap();
    transaction.execute_unprepared(&swap).await.unwrap();
    transaction.commit().await.unwrap();
    let find = async |index: usize| {
        let id = operators[index].id.to_string();
        database.find::<Operator>(Find::Id(&id)).await
    };
    assert!(find(0).await.unwrap().is_some());
    assert!(matches!(find(1).await, Err(StoreError::Inconsistent { .. })));
}

#[tokio::test]
async fn a_login_erased_elsewhere_is_noticed_here() {
    let server = fresh_database().await;
    let (here, there) = (
        open(&Config::at(&server.url)).await,
        open(&Config::at(&server.url)).await,
    );
    let world = World::new(&*here).await;
    let begun = world.begun(&*here).await;
    let (attempt, _, saved) = world.complete(&*here, begun, builders::identity("oA")).await;
    let subject = saved.subject_id.unwrap();
    let (_, token, changes) = world.redemption(attempt, subject);
    world.save(&*here, changes).await.unwrap();
    let rows = world.of(&*here);
    assert!(rows.lookup_access_token(&token.digest).await.unwrap().is_some());
    world.save(&*there, [Change::EraseSubject(subject)]).await.unwrap();
    tokio::time::sleep(POLL * 2).await;
    assert!(rows.lookup_access_token(&token.digest).await.unwrap().is_none());
}

#[tokio::test]
async fn counters_add_up_and_their_names_are_bounded() {
    let server = fresh_database().await;
    let config = Config::at(&server.url);
    let (here, there) = (open(&config).await, open(&config).await);
    let (one, other) = (World::new(&*here).await, World::new(&*here).await);
    let clock = Arc::new(FixedClock::default());
    let meters = [here.meter(clock.clone()), there.meter(clock.clone())];
    let mut tasks = tokio::task::JoinSet::new();
    for nth in 0..100 {
        let (meter, tenant, connector) = (meters[nth % 2].clone(), one.tenant.id, one.connector.id);
        tasks.spawn(async move { meter.count(tenant, connector, "api:/cgi-bin/token") });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for nth in 0..1000 {
        meters[0].count(other.tenant.id, other.connector.id, &format!("made-up-{nth}"));
    }
    meters[0].count(other.tenant.id, other.connector.id, &"x".repeat(500));
    let counters = async |world: &World| {
        let rows = world.of(&*here);
        rows.list_counters(world.connector.id, 0).await.unwrap()
    };
    assert_eq!(counters(&one).await, []);
    let before = here.statements();
    here.flush().await;
    // One unit for the first tenant, three for the second.
    assert_eq!(since(&here, before).transactions, 4);
    there.close().await;
    let counted = counters(&one).await;
    assert_eq!(counted.len(), 1);
    assert_eq!((counted[0].more, counted[0].day), (100, NOW.china_day()));
    let made_up = counters(&other).await;
    assert_eq!(made_up.len(), 257);
    assert_eq!(made_up.iter().map(|counted| counted.more).sum::<u64>(), 1001);
    // Nothing new is no transaction; a new day begins anew.
    let before = here.statements();
    here.flush().await;
    assert_eq!(since(&here, before).transactions, 0);
    clock.advance(Duration::from_secs(86_400));
    meters[0].count(one.tenant.id, one.connector.id, "api:/cgi-bin/token");
    here.flush().await;
    let counted = counters(&one).await;
    let values: Vec<_> = counted.iter().map(|counted| (counted.day, counted.more)).collect();
    assert_eq!(values, [(NOW.china_day(), 100), (NOW.china_day() + 1, 1)]);
}

#[tokio::test]
async fn what_cannot_be_written_is_counted_later() {
    let (database, _directory) = sqlite().await;
    let world = World::new(&*database).await;
    let tally = Arc::new(Tally::new(Arc::new(FixedClock::default())));
    tally.count(world.tenant.id, world.connector.id, "n");
    let (gone, _other_directory) = sqlite().await;
    gone.close().await;
    gone.shared.flush(&tally).await;
    database.shared.flush(&tally).await;
    let counted = world.of(&*database).list_counters(world.connector.id, 0).await.unwrap();
    assert_eq!(counted[0].more, 1);
}
