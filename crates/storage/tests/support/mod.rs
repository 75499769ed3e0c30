//! What the tests of both engines share.

use std::sync::Arc;

use hufu_core::clock::SystemRandom;
use hufu_migrations::Migrator;
use hufu_storage::{Config, Database, KeyRing};
use sea_orm_migration::MigratorTrait as _;

/// The keys of every test.
pub(crate) fn keys() -> KeyRing {
    KeyRing::parse("[[keys]]\nid = \"test\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n").unwrap()
}

/// A new instance on the database of `config`.
pub(crate) async fn open(config: &Config) -> Arc<Database> {
    Database::open(config, keys(), Arc::new(SystemRandom)).await.unwrap()
}

/// Every step is taken back, then all are taken again.
pub(crate) async fn down_and_up(config: &Config) {
    let connection = sea_orm::Database::connect(&config.url).await.unwrap();
    let steps = Migrator::get_applied_migrations(&connection).await.unwrap().len();
    for left in (0..steps).rev() {
        Migrator::down(&connection, Some(1)).await.unwrap();
        assert_eq!(Migrator::get_applied_migrations(&connection).await.unwrap().len(), left);
    }
    connection.close().await.unwrap();
    assert_eq!(
        usize::try_from(Database::migrate(config).await.unwrap()).unwrap(),
        steps
    );
    open(config).await;
}
