//! The store contract on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use hufu_core::clock::Clock;
use hufu_core::provider::TokenCache;
use hufu_core::store::ConsoleStore;
use hufu_storage::{Config, Database};
use hufu_test_kit::postgres::{TestDatabase, fresh_database};
use hufu_test_kit::store_contract::Bench;
use sea_orm::{ConnectionTrait as _, Statement};

pub(crate) struct Postgres {
    config: Config,
    _database: TestDatabase,
}

#[async_trait]
impl Bench for Postgres {
    async fn open(&self) -> Arc<dyn ConsoleStore> {
        support::open(&self.config).await
    }

    async fn tokens(&self, clock: Arc<dyn Clock>) -> Arc<dyn TokenCache> {
        support::tokens(&self.config, clock).await
    }

    async fn contents(&self) -> Vec<u8> {
        let connection = sea_orm::Database::connect(&self.config.url).await.unwrap();
        let query = async |sql: String| {
            let statement = Statement::from_string(connection.get_database_backend(), sql);
            let rows = connection.query_all_raw(statement).await.unwrap();
            rows.iter()
                .map(|row| row.try_get_by_index::<String>(0).unwrap())
                .collect::<Vec<_>>()
        };
        let mut all = Vec::new();
        for table in query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'".to_owned()).await {
            for row in query(format!("SELECT t::text FROM {table} AS t")).await {
                all.extend(row.into_bytes());
                all.push(b'\n');
            }
        }
        all
    }
}

pub(crate) async fn bench() -> Postgres {
    let database = fresh_database().await;
    let config = Config {
        max_connections: 4,
        ..Config::at(database.url.clone())
    };
    assert!(Database::pending_migrations(&config).await.unwrap() > 0);
    // Two instances that start together.
    let (one, other) = tokio::join!(Database::migrate(&config), Database::migrate(&config));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(Database::pending_migrations(&config).await.unwrap(), 0);
    Postgres {
        config,
        _database: database,
    }
}

hufu_test_kit::store_contract_tests!(bench);

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
