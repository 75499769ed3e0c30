//! How instances notice each other's changes: a row with two counters.
//!
//! A change of configuration raises the first in its own transaction, a revocation of access tokens the second. Every
//! instance looks at the row once a second and forgets what it cached when a counter moved, so a change is seen
//! everywhere within two seconds. The instance that made the change forgets at once.

use sea_orm::{ConnectionTrait, DbErr, Statement};

/// The look at the row.
pub(crate) const POLL: &str = "SELECT configuration, revocations FROM revisions WHERE id = 1";

/// The two counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Revision {
    pub(crate) configuration: i64,
    pub(crate) revocations: i64,
}

/// Which counter to raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    Configuration,
    Revocations,
}

pub(crate) async fn read(connection: &impl ConnectionTrait) -> Result<Revision, DbErr> {
    let statement = Statement::from_string(connection.get_database_backend(), POLL);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the row of revisions".to_owned()))?;
    Ok(Revision {
        configuration: row.try_get_by_index(0)?,
        revocations: row.try_get_by_index(1)?,
    })
}

/// Raises a counter in the caller's transaction; says what it is now.
pub(crate) async fn raise(transaction: &impl ConnectionTrait, counter: Counter) -> Result<i64, DbErr> {
    let sql = match counter {
        Counter::Configuration => {
            "UPDATE revisions SET configuration = configuration + 1 WHERE id = 1 RETURNING configuration"
        }
        Counter::Revocations => "UPDATE revisions SET revocations = revocations + 1 WHERE id = 1 RETURNING revocations",
    };
    let statement = Statement::from_string(transaction.get_database_backend(), sql);
    let row = transaction.query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the row of revisions".to_owned()))?
        .try_get_by_index(0)
}
