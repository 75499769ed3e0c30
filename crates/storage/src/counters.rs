//! Counters by connector, day and name.

use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::store::{Counted, Result};
use sea_orm::sea_query::{DeleteStatement, Expr, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    QueryOrder as _,
};

use crate::entity::counter::{ActiveModel, Column, Entity, Model};
use crate::error::{inconsistent, store_error};
use crate::row;

/// Raises a counter, in place: two instances add up.
pub(crate) async fn add(transaction: &impl ConnectionTrait, tenant: TenantId, counted: &Counted) -> Result<()> {
    let more = i64::try_from(counted.more).map_err(inconsistent)?;
    let row = ActiveModel {
        tenant_id: Set(tenant.to_string()),
        connector_id: Set(counted.connector_id.to_string()),
        day: Set(counted.day.into()),
        name: Set(row::plain(counted.name.clone())),
        value: Set(more),
    };
    let known = [Column::TenantId, Column::ConnectorId, Column::Day, Column::Name];
    let raised = Expr::col((Entity, Column::Value)).add(more);
    let insert = Entity::insert(row).on_conflict(OnConflict::columns(known).value(Column::Value, raised).to_owned());
    let written = insert.exec_without_returning(transaction).await;
    written.map(|_| ()).map_err(|error| store_error(&error))
}

/// All counters of a connector since a day, by day and name.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    connector: ConnectorId,
    since: u32,
) -> Result<Vec<Counted>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::ConnectorId.eq(connector.to_string()))
        .filter(Column::Day.gte(i64::from(since)))
        .order_by_asc(Column::Day)
        .order_by_asc(Column::Name)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    rows.into_iter().map(Counted::try_from).collect()
}

/// Deletes counters of days before `day`; at most one portion.
pub(crate) fn purge(day: u32, portion: u64) -> DeleteStatement {
    let mut delete = Query::delete();
    let key = [Column::TenantId, Column::ConnectorId, Column::Day, Column::Name];
    let over = Query::select()
        .columns(key)
        .from(Entity)
        .and_where(Expr::col(Column::Day).lt(i64::from(day)))
        .limit(portion)
        .take();
    let row = Expr::tuple(key.map(Expr::col));
    delete.from_table(Entity).and_where(row.in_subquery(over)).take()
}

impl TryFrom<Model> for Counted {
    type Error = hufu_core::error::StoreError;
    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            connector_id: row::id("counters.connector_id", &row.connector_id)?,
            name: row.name,
            day: u32::try_from(row.day).map_err(inconsistent)?,
            more: u64::try_from(row.value).map_err(inconsistent)?,
        })
    }
}
