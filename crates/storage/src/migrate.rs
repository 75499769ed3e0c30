//! Bringing the schema up to date.

use hufu_migrations::Migrator;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};
use sea_orm_migration::{MigratorTrait as _, SchemaManager};

use crate::config::Config;
use crate::connect::Connections;
use crate::error::OpenError;

/// Two instances that start together must not migrate together: the second waits, then finds nothing to do.
/// The number is arbitrary but fixed; the lock ends with its session.
const LOCK: &str = "SELECT pg_advisory_lock(1215653493)";

/// Where the steps that were taken stand (sea-orm-migration's table).
const TAKEN: &str = "seaql_migrations";

/// Applies what is pending and says how many steps that were.
pub(crate) async fn up(config: &Config) -> Result<u32, OpenError> {
    let database = Connections::open_single(config).await?;
    if database.get_database_backend() == DbBackend::Postgres {
        database.execute_unprepared("SET statement_timeout = 0").await?;
        database.execute_unprepared(LOCK).await?;
    }
    let pending = count(&database).await?;
    if pending > 0 {
        Migrator::up(&database, None).await?;
    }
    database.close().await?;
    Ok(pending)
}

/// How many steps are pending. Changes nothing.
pub(crate) async fn pending(config: &Config) -> Result<u32, OpenError> {
    let database = Connections::open_single(config).await?;
    let pending = count(&database).await?;
    database.close().await?;
    Ok(pending)
}

/// Steps of this version that were not taken. Those of a newer one do no harm: while instances are updated one by one, an
/// old one may have to start again (the migrator itself would refuse).
async fn count(database: &DatabaseConnection) -> Result<u32, DbErr> {
    let mut taken: Vec<String> = Vec::new();
    if SchemaManager::new(database).has_table(TAKEN).await? {
        let all = Statement::from_string(database.get_database_backend(), format!("SELECT version FROM {TAKEN}"));
        for row in database.query_all_raw(all).await? {
            taken.push(row.try_get_by_index(0)?);
        }
    }
    let steps = Migrator::migrations();
    let pending = steps
        .iter()
        .filter(|step| !taken.iter().any(|name| name == step.name()));
    Ok(u32::try_from(pending.count()).unwrap_or(u32::MAX))
}
