//! Tenants as the console lists them.

use std::collections::HashSet;

use hufu_core::ids::TenantId;
use hufu_core::model::{Reach, Tenant, TenantCode};
use hufu_core::store::{Result, TenantFilter, TenantSummary};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, FromQueryResult as _, Order,
    PaginatorTrait as _, QueryFilter as _, QueryResult, QuerySelect as _, QueryTrait as _,
};

use crate::entity::tenant::{Column, Entity, Model};
use crate::entity::{audit_event, connector};
use crate::error::{inconsistent, store_error};
use crate::row;
use crate::search::{Needle, json_of, tenants_within};

/// Codes that one statement asks for.
const CODES: usize = 500;

pub(crate) async fn by_id(connection: &impl ConnectionTrait, id: TenantId) -> Result<Option<Tenant>> {
    let found = Entity::find_by_id(id.to_string()).one(connection).await;
    found
        .map_err(|error| store_error(&error))?
        .map(Tenant::try_from)
        .transpose()
}

pub(crate) async fn count(connection: &impl ConnectionTrait, reach: &Reach) -> Result<u64> {
    let counted = Entity::find().filter(tenants_within(reach)).count(connection).await;
    counted.map_err(|error| store_error(&error))
}

/// Which of many codes are taken: a statement for each [`CODES`] of them.
pub(crate) async fn taken(connection: &impl ConnectionTrait, codes: &[TenantCode]) -> Result<HashSet<TenantCode>> {
    let mut taken = HashSet::new();
    for some in codes.chunks(CODES) {
        let found: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Code)
            .filter(Column::Code.is_in(some.iter().map(TenantCode::as_str)))
            .into_tuple()
            .all(connection)
            .await
            .map_err(|error| store_error(&error))?;
        for code in found {
            taken.insert(code.parse().map_err(inconsistent)?);
        }
    }
    Ok(taken)
}

/// By code; a page before another is read backwards and turned round.
pub(crate) async fn search(
    connection: &impl ConnectionTrait,
    reach: &Reach,
    filter: &TenantFilter,
    limit: u64,
) -> Result<Vec<TenantSummary>> {
    let backwards = filter.before.is_some() && filter.after.is_none();
    let order = if backwards { Order::Desc } else { Order::Asc };
    let mut query = Entity::find()
        .filter(tenants_within(reach))
        .filter(condition(connection.get_database_backend(), filter)?)
        .into_query();
    query
        .expr_as(connectors(Condition::all()), "connectors")
        .expr_as(connectors(connector::Column::Status.eq("active")), "live_connectors")
        .expr_as(last_login(), "last_login_at")
        .order_by((Entity, Column::Code), order)
        .limit(limit);
    let rows = connection
        .query_all(&query)
        .await
        .map_err(|error| store_error(&error))?;
    let mut found = rows.iter().map(summary).collect::<Result<Vec<_>>>()?;
    if backwards {
        found.reverse();
    }
    Ok(found)
}

fn condition(backend: DbBackend, filter: &TenantFilter) -> Result<Condition> {
    let status = filter.status.as_ref().map(row::to_word).transpose()?;
    Ok(Condition::all()
        .add_option(status.map(|status| Column::Status.eq(status)))
        .add_option(filter.after.as_ref().map(|code| Column::Code.gt(code.as_str())))
        .add_option(filter.before.as_ref().map(|code| Column::Code.lt(code.as_str())))
        .add_option(Needle::of(&filter.text).map(|needle| {
            Condition::any()
                .add(needle.is_in(Expr::col((Entity, Column::Code))))
                .add(needle.is_in(Expr::col((Entity, Column::Name))))
                .add(Expr::exists(settings_with(backend, &needle)))
        })))
}

/// Settings of the tenant's connectors with the text in a value. Not in a name: every account has an `app_id`.
fn settings_with(backend: DbBackend, needle: &Needle) -> SelectStatement {
    let each = if backend == DbBackend::Postgres {
        "json_each_text"
    } else {
        "json_each"
    };
    let settings = json_of(backend, "connectors.settings", "{}");
    Query::select()
        .expr(Expr::val(1))
        .from(connector::Entity)
        .from_function(Func::cust(each).arg(settings), "setting")
        .and_where(of_this_tenant((connector::Entity, connector::Column::TenantId)))
        .and_where(needle.is_in(Expr::col(("setting", "value"))))
        .take()
}

fn of_this_tenant(column: impl sea_orm::sea_query::IntoColumnRef) -> Expr {
    Expr::col(column).equals((Entity, Column::Id))
}

fn connectors(which: impl sea_orm::sea_query::IntoCondition) -> Expr {
    let count = Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from(connector::Entity)
        .and_where(of_this_tenant((connector::Entity, connector::Column::TenantId)))
        .cond_where(which)
        .take();
    Expr::from(count)
}

/// The newest login that succeeded: a look from the end of the tenant's log.
fn last_login() -> Expr {
    use audit_event::{Column, Entity};
    let last = Query::select()
        .column((Entity, Column::At))
        .from(Entity)
        .and_where(of_this_tenant((Entity, Column::TenantId)))
        .and_where(Column::Action.eq("login"))
        .and_where(Column::Outcome.eq("succeeded"))
        .order_by((Entity, Column::Id), Order::Desc)
        .limit(1)
        .take();
    Expr::from(last)
}

fn summary(result: &QueryResult) -> Result<TenantSummary> {
    let broken = |error: DbErr| store_error(&error);
    let count = |name: &str| {
        let counted: i64 = result.try_get("", name).map_err(broken)?;
        u64::try_from(counted).map_err(inconsistent)
    };
    let last_login: Option<i64> = result.try_get("", "last_login_at").map_err(broken)?;
    Ok(TenantSummary {
        tenant: Model::from_query_result(result, "").map_err(broken)?.try_into()?,
        live_connectors: count("live_connectors")?,
        connectors: count("connectors")?,
        last_login_at: last_login.map(row::at),
    })
}
