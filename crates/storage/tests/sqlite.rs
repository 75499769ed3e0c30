//! The store contract on SQLite, and what only SQLite has to keep.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use hufu_core::clock::Clock;
use hufu_core::provider::TokenCache;
use hufu_core::store::{Change, ConsoleStore, Store as _};
use hufu_storage::{Config, Database};
use hufu_test_kit::builders;
use hufu_test_kit::store_contract::{Bench, World};
use tempfile::TempDir;

pub(crate) struct Sqlite {
    directory: TempDir,
    config: Config,
}

#[async_trait]
impl Bench for Sqlite {
    async fn open(&self) -> Arc<dyn ConsoleStore> {
        support::open(&self.config).await
    }

    async fn tokens(&self, clock: Arc<dyn Clock>) -> Arc<dyn TokenCache> {
        support::tokens(&self.config, clock).await
    }

    async fn contents(&self) -> Vec<u8> {
        let mut all = Vec::new();
        // The log and its index too: nothing may lie in them either.
        for file in std::fs::read_dir(self.directory.path()).unwrap() {
            all.extend(std::fs::read(file.unwrap().path()).unwrap());
        }
        all
    }
}

pub(crate) async fn bench() -> Sqlite {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::at(format!(
        "sqlite://{}?mode=rwc",
        directory.path().join("hufu.db").display()
    ));
    assert!(Database::pending_migrations(&config).await.unwrap() > 0);
    assert!(Database::migrate(&config).await.unwrap() > 0);
    assert_eq!(Database::migrate(&config).await.unwrap(), 0);
    assert_eq!(Database::pending_migrations(&config).await.unwrap(), 0);
    Sqlite { directory, config }
}

hufu_test_kit::store_contract_tests!(bench);

/// The command line works beside a running server: nobody is refused for the other's sake, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_one_file() {
    let bench = bench().await;
    let (server, command) = (support::open(&bench.config).await, support::open(&bench.config).await);
    let world = Arc::new(World::new(&*server).await);
    let logins = (0..100).map(|number| {
        let (server, world) = (server.clone(), world.clone());
        tokio::spawn(async move {
            let begun = world.begun(&*server).await;
            world
                .complete(&*server, begun, builders::identity(&format!("o{number}")))
                .await;
        })
    });
    let logins: Vec<_> = logins.collect();
    for _ in 0..30 {
        let client = builders::client(world.tenant.id);
        let event = builders::event(&world.attempt());
        let changes = [Change::Client(Box::new(client)), Change::Event(Box::new(event))];
        world.save(&*command, changes).await.unwrap();
    }
    for login in logins {
        login.await.unwrap();
    }
    assert_eq!(world.events(&*server).await.len(), 130);
    assert_eq!(world.of(&*server).list_clients().await.unwrap().len(), 31);
}

/// After a close the file alone is the whole database.
#[tokio::test]
async fn close_folds_the_log_into_the_file() {
    let bench = bench().await;
    let store = support::open(&bench.config).await;
    let log = bench.directory.path().join("hufu.db-wal");
    World::new(&*store).await;
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    store.close().await;
    assert!(std::fs::metadata(&log).map_or(0, |log| log.len()) == 0);
}

#[tokio::test]
async fn migrations_go_down_and_up_again() {
    let bench = bench().await;
    support::down_and_up(&bench.config).await;
}

#[tokio::test]
async fn a_database_from_before_the_console_reads_well() {
    let bench = bench().await;
    support::old_rows_read_well(&bench.config).await;
}

#[tokio::test]
async fn a_newer_schema_is_served() {
    let bench = bench().await;
    support::newer_steps_do_no_harm(&bench.config).await;
}
