//! Counts over the log. All of it is done by the database: what comes back is as long as a chart.

use std::time::Duration;

use hufu_core::model::{Action, AuditFilter, Reach};
use hufu_core::store::{ErrorCount, LoginCount, Result};
use sea_orm::sea_query::{Expr, Func, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, ConnectionTrait, QueryResult, TryGetable};

use crate::entity::audit_event::{Column, Entity};
use crate::error::{inconsistent, store_error};
use crate::events;
use crate::row;

/// Upper bounds of the slices of the provider's time, in milliseconds; the last one is without end.
const BOUNDS: [u32; 9] = [50, 100, 200, 400, 800, 1600, 3200, 6400, u32::MAX];

pub(crate) async fn logins(
    connection: &impl ConnectionTrait,
    reach: &Reach,
    filter: &AuditFilter,
    slice: Duration,
) -> Result<Vec<LoginCount>> {
    let Ok(slice @ 1..) = i64::try_from(slice.as_millis()) else {
        return Err(inconsistent("a slice of no time"));
    };
    let query = logins_of(reach, filter)
        // Written into the statement, since an expression with a parameter is to PostgreSQL never the same twice.
        .expr_as(Expr::cust(format!("at / {slice}")), "slice")
        .expr(Expr::cust("COUNT(CASE WHEN outcome = 'succeeded' THEN 1 END)"))
        .expr(Expr::cust(
            "COUNT(CASE WHEN outcome IN ('denied', 'expired') THEN 1 END)",
        ))
        .expr(Expr::cust(
            "COUNT(CASE WHEN outcome IN ('failed', 'rejected') THEN 1 END)",
        ))
        .group_by_col("slice")
        .order_by("slice", Order::Asc)
        .take();
    let read = |result: &QueryResult| {
        Ok(LoginCount {
            from: row::at(get::<i64>(result, 0)?.saturating_mul(slice)),
            succeeded: count(result, 1)?,
            abandoned: count(result, 2)?,
            failed: count(result, 3)?,
        })
    };
    all(connection, &query).await?.iter().map(read).collect()
}

/// How many lie between each bound and the one before. All bounds are there, also those without any.
pub(crate) async fn upstream_times(
    connection: &impl ConnectionTrait,
    reach: &Reach,
    filter: &AuditFilter,
) -> Result<Vec<(u32, u64)>> {
    let cases: Vec<String> = BOUNDS
        .iter()
        .enumerate()
        .map(|(number, bound)| format!("WHEN upstream_ms <= {bound} THEN {number}"))
        .collect();
    let query = logins_of(reach, filter)
        .expr_as(Expr::cust(format!("CASE {} END", cases.join(" "))), "bound")
        .expr(Expr::cust("COUNT(*)"))
        .and_where(Column::UpstreamMs.is_not_null())
        .group_by_col("bound")
        .take();
    let mut counts = BOUNDS.map(|bound| (bound, 0));
    for result in all(connection, &query).await? {
        // PostgreSQL counts in 32 bits here, SQLite in 64.
        let bound = match get::<i32>(&result, 0) {
            Ok(bound) => i64::from(bound),
            Err(_) => get::<i64>(&result, 0)?,
        };
        if let Some(slot) = usize::try_from(bound).ok().and_then(|bound| counts.get_mut(bound)) {
            slot.1 = count(&result, 1)?;
        }
    }
    Ok(counts.to_vec())
}

/// Why logins failed or were refused by a rule. What people refused or let expire is no error.
pub(crate) async fn errors(
    connection: &impl ConnectionTrait,
    reach: &Reach,
    filter: &AuditFilter,
    limit: u64,
) -> Result<Vec<ErrorCount>> {
    let query = logins_of(reach, filter)
        .columns([Column::Error, Column::Errcode])
        .expr_as(Expr::cust("COUNT(*)"), "times")
        .expr(Func::max(Expr::col(Column::At)))
        .expr(Func::count_distinct(Expr::col(Column::TenantId)))
        // The second is literally what the index over rare outcomes says.
        .and_where(Expr::cust("outcome IN ('failed', 'rejected')"))
        .and_where(Expr::cust("outcome <> 'succeeded'"))
        .and_where(Column::Error.is_not_null())
        .group_by_columns([Column::Error, Column::Errcode])
        .order_by("times", Order::Desc)
        .order_by(Column::Error, Order::Asc)
        .order_by(Column::Errcode, Order::Asc)
        .limit(limit)
        .take();
    let read = |result: &QueryResult| {
        Ok(ErrorCount {
            error: get(result, 0)?,
            errcode: get(result, 1)?,
            count: count(result, 2)?,
            last_at: row::at(get(result, 3)?),
            tenants: count(result, 4)?,
        })
    };
    all(connection, &query).await?.iter().map(read).collect()
}

fn logins_of(reach: &Reach, filter: &AuditFilter) -> SelectStatement {
    Query::select()
        .from(Entity)
        .cond_where(events::within(reach, filter))
        .cond_where(events::condition(filter))
        .and_where(Column::Action.eq(Action::Login.as_str()))
        .take()
}

async fn all(connection: &impl ConnectionTrait, query: &SelectStatement) -> Result<Vec<QueryResult>> {
    connection.query_all(query).await.map_err(|error| store_error(&error))
}

fn get<T: TryGetable>(result: &QueryResult, index: usize) -> Result<T> {
    result.try_get_by_index(index).map_err(|error| store_error(&error))
}

fn count(result: &QueryResult, index: usize) -> Result<u64> {
    u64::try_from(get::<i64>(result, index)?).map_err(inconsistent)
}
