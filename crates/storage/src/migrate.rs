//! Bringing the schema up to date.

use hufu_migrations::Migrator;
use sea_orm::{ConnectionTrait as _, DbBackend};
use sea_orm_migration::MigratorTrait as _;

use crate::config::Config;
use crate::connect::Connections;
use crate::error::OpenError;

/// Two instances that start together must not migrate together: the second waits, then finds nothing to do.
/// The number is arbitrary but fixed; the lock ends with its session.
const LOCK: &str = "SELECT pg_advisory_lock(1215653493)";

/// Applies what is pending and says how many steps that were.
pub(crate) async fn up(config: &Config) -> Result<u32, OpenError> {
    let database = Connections::open_single(config).await?;
    if database.get_database_backend() == DbBackend::Postgres {
        database.execute_unprepared("SET statement_timeout = 0").await?;
        database.execute_unprepared(LOCK).await?;
    }
    let pending = Migrator::get_pending_migrations(&database).await?.len();
    Migrator::up(&database, None).await?;
    database.close().await?;
    Ok(u32::try_from(pending).unwrap_or(u32::MAX))
}

/// How many steps are pending. Changes nothing.
pub(crate) async fn pending(config: &Config) -> Result<u32, OpenError> {
    let database = Connections::open_single(config).await?;
    let pending = Migrator::get_pending_migrations_read_only(&database).await?.len();
    database.close().await?;
    Ok(u32::try_from(pending).unwrap_or(u32::MAX))
}
