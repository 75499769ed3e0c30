//! Records: all kinds in one table, each written under its version.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use hufu_core::clock::Timestamp;
use hufu_core::error::StoreError;
use hufu_core::ids::TenantId;
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::{Find, RecordFilter, RecordRow, Result};
use sea_orm::sea_query::{DeleteStatement, Expr, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::entity::record::{Column, Entity, Model};
use crate::error::{RECORD_KEY, inconsistent, store_error};
use crate::row;
use crate::save::{self, Precondition};
use crate::sealed::{Place, Sealer};

pub(crate) async fn lookup(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    kind: &'static str,
    find: Find<'_>,
) -> Result<Option<RecordRow>> {
    let found = match find {
        Find::Id(id) => Column::Id.eq(row::plain(id.to_owned())),
        Find::Key(key) => Column::Key.eq(row::plain(key.to_owned())),
    };
    let found = Entity::find()
        .filter(Column::Kind.eq(kind))
        .filter(found)
        .one(connection)
        .await;
    found
        .map_err(|error| store_error(&error))?
        .map(|row| from_row(row, sealer, kind))
        .transpose()
}

pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    kind: &'static str,
    filter: &RecordFilter,
    limit: u64,
) -> Result<Vec<RecordRow>> {
    let mut query = Entity::find().filter(Column::Kind.eq(kind)).limit(limit);
    if let Some(tenants) = &filter.tenants {
        query = query.filter(Column::TenantId.is_in(tenants.iter().map(TenantId::to_string)));
    }
    if let Some(group) = &filter.group {
        query = query.filter(Column::Grp.eq(row::plain(group.clone())));
    }
    let after = filter.after.clone().map(row::plain);
    query = if filter.newest_first {
        query
            .filter(sea_orm::Condition::all().add_option(after.map(|id| Column::Id.lt(id))))
            .order_by_desc(Column::Id)
    } else {
        query
            .filter(sea_orm::Condition::all().add_option(after.map(|id| Column::Id.gt(id))))
            .order_by_asc(Column::Id)
    };
    let rows = query.all(connection).await.map_err(|error| store_error(&error))?;
    rows.into_iter().map(|row| from_row(row, sealer, kind)).collect()
}

pub(crate) async fn count(connection: &impl ConnectionTrait, kind: &'static str) -> Result<u64> {
    let counted = Entity::find().filter(Column::Kind.eq(kind)).count(connection).await;
    counted.map_err(|error| store_error(&error))
}

/// Stores version 1, or version `n` over `n - 1`. A record never changes hands.
pub(crate) async fn save(transaction: &impl ConnectionTrait, sealer: &Sealer, record: &RecordRow) -> Result<()> {
    let kind = record.kind;
    let row = to_row(record, sealer)?;
    let saved = match save::precondition(record.version)? {
        // Asked before a version 1 is added: of an id and a key that both exist the engines name not the same.
        Precondition::New if is_kept(transaction, kind, &record.id).await? => Err(StoreError::Conflict { what: kind }),
        Precondition::New => save::insert::<Entity>(transaction, row.into_active_model(), kind).await,
        Precondition::Over(version) => {
            let held = own(kind, &record.id, record.tenant_id).and(Column::Version.eq(version));
            save::update::<Entity>(transaction, row.into_active_model(), held, kind).await
        }
    };
    saved.map_err(|error| match error {
        StoreError::Duplicate { what: RECORD_KEY } => StoreError::Duplicate { what: key_of(kind) },
        other => other,
    })
}

/// Deletes a record of the tenant, or one of no tenant; one that is gone is no error.
pub(crate) async fn delete(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    kind: &'static str,
    id: &str,
) -> Result<()> {
    let theirs = own(kind, id, Some(tenant)).or(own(kind, id, None));
    let deleted = Entity::delete_many().filter(theirs).exec(transaction).await;
    deleted.map(|_| ()).map_err(|error| store_error(&error))
}

/// Deletes a tenant's records of a group.
pub(crate) async fn delete_group(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    kind: &'static str,
    group: &str,
) -> Result<()> {
    let deleted = Entity::delete_many()
        .filter(Column::Kind.eq(kind))
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::Grp.eq(group))
        .exec(transaction)
        .await;
    deleted.map(|_| ()).map_err(|error| store_error(&error))
}

/// Deletes records whose time is over at `now`; at most one portion.
pub(crate) fn purge(now: Timestamp, portion: u64) -> DeleteStatement {
    let over = Query::select()
        .columns([Column::Kind, Column::Id])
        .from(Entity)
        .and_where(Column::ExpiresAt.lte(now.as_millis()))
        .limit(portion)
        .take();
    let one = Expr::tuple([Expr::col(Column::Kind), Expr::col(Column::Id)]);
    Query::delete()
        .from_table(Entity)
        .and_where(one.in_subquery(over))
        .take()
}

/// Whether there is such a record.
pub(crate) async fn is_kept(transaction: &impl ConnectionTrait, kind: &'static str, id: &str) -> Result<bool> {
    let found = Entity::find_by_id((kind.to_owned(), row::plain(id.to_owned())))
        .one(transaction)
        .await;
    Ok(found.map_err(|error| store_error(&error))?.is_some())
}

fn own(kind: &str, id: &str, tenant: Option<TenantId>) -> Expr {
    let owner = match tenant {
        Some(tenant) => Column::TenantId.eq(tenant.to_string()),
        None => Column::TenantId.is_null(),
    };
    Column::Kind
        .eq(kind)
        .and(Column::Id.eq(row::plain(id.to_owned())))
        .and(owner)
}

/// `{kind}.key`, made once a kind, since errors name things by texts that live as long as the program.
fn key_of(kind: &'static str) -> &'static str {
    static NAMES: LazyLock<Mutex<HashMap<&'static str, &'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    names.entry(kind).or_insert_with(|| format!("{kind}.key").leak())
}

fn place<'a>(tenant: Option<TenantId>, kind: &'a str, id: &'a str) -> Place<'a> {
    Place {
        tenant: tenant.unwrap_or(TenantId::PLATFORM),
        table: "records",
        field: kind,
        row: id,
    }
}

fn to_row(record: &RecordRow, sealer: &Sealer) -> Result<Model> {
    let id = row::plain(record.id.clone());
    let data = if record.sealed {
        sealer.seal(&place(record.tenant_id, record.kind, &id), record.data.as_bytes())?
    } else {
        record.data.clone()
    };
    Ok(Model {
        kind: record.kind.to_owned(),
        tenant_id: record.tenant_id.map(|tenant| tenant.to_string()),
        key: record.key.clone().map(row::plain),
        grp: record.group.clone().map(row::plain),
        expires_at: record.expires_at.map(Timestamp::as_millis),
        version: record.version.into(),
        sealed: record.sealed,
        data,
        id,
    })
}

fn from_row(row: Model, sealer: &Sealer, kind: &'static str) -> Result<RecordRow> {
    let tenant_id = row::id_opt("records.tenant_id", row.tenant_id.as_deref())?;
    let data = if row.sealed {
        let opened = sealer.open(&place(tenant_id, kind, &row.id), &row.data)?;
        let text = std::str::from_utf8(opened.expose_secret()).map_err(|_| inconsistent("a record is no text"))?;
        text.to_owned()
    } else {
        row.data
    };
    Ok(RecordRow {
        kind,
        id: row.id,
        tenant_id,
        key: row.key,
        group: row.grp,
        expires_at: row.expires_at.map(row::at),
        version: row::version(row.version)?,
        sealed: row.sealed,
        data,
    })
}
