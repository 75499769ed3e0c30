//! Saving one row of configuration under its version.

use hufu_core::error::StoreError;
use hufu_core::store::Result;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, QueryFilter as _, SqlErr};

use crate::error::{inconsistent, store_error};

/// What must hold for a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// No row is there.
    New,
    /// The row has this version.
    Over(i64),
}

/// Version 1 is new; version `n` goes over `n - 1`.
pub(crate) fn precondition(version: u32) -> Result<Precondition> {
    match version {
        0 => Err(inconsistent("version 0 is never saved")),
        1 => Ok(Precondition::New),
        n => Ok(Precondition::Over(i64::from(n) - 1)),
    }
}

/// Adds a row; `what` names it in a conflict.
pub(crate) async fn insert<E: EntityTrait>(
    transaction: &impl ConnectionTrait,
    row: impl ActiveModelTrait<Entity = E>,
    what: &'static str,
) -> Result<()> {
    match E::insert(row).exec_without_returning(transaction).await {
        Ok(_) => Ok(()),
        Err(error) => Err(match (store_error(&error), error.sql_err()) {
            // The row itself is there: somebody saved its version 1 already.
            (StoreError::Duplicate { what: "id" }, Some(SqlErr::UniqueConstraintViolation(_))) => {
                StoreError::Conflict { what }
            }
            (other, _) => other,
        }),
    }
}

/// Replaces the row for which `held` is true.
pub(crate) async fn update<E: EntityTrait>(
    transaction: &impl ConnectionTrait,
    row: impl ActiveModelTrait<Entity = E>,
    held: Expr,
    what: &'static str,
) -> Result<()> {
    let changed = E::update_many()
        .set(row.reset_all())
        .filter(held)
        .exec(transaction)
        .await;
    match changed.map_err(|error| store_error(&error))?.rows_affected {
        0 => Err(StoreError::Conflict { what }),
        _ => Ok(()),
    }
}
