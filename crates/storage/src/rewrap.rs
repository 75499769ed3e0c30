//! Sealing again: what older keys of the ring sealed is sealed by the newest one, while Hufu runs.
//!
//! Portion after portion, in the order of the rows' keys. A row is written only over what was read of it, so a change
//! of the same moment wins, and was sealed by the newest key itself. Stopped in the middle, nothing is lost: the next
//! run goes on where old keys are left.

use std::collections::BTreeMap;

use hufu_core::ids::TenantId;
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::Result;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::database::{Database, Shared};
use crate::entity::{connector, identity, record, signing_key};
use crate::error::store_error;
use crate::row;
use crate::sealed::{Place, Sealer, key_of};

/// Rows that one transaction looks at: logins get their turn between two of them.
const PORTION: u64 = 100;

/// How far the work is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rewrapped {
    /// The table at hand.
    pub table: &'static str,
    /// Rows looked at, over all tables so far.
    pub seen: u64,
    /// Values sealed again.
    pub sealed: u64,
    /// Values that no key of the ring opens. They stay as they are.
    pub unreadable: u64,
}

/// One value of a row and what it was sealed for.
struct Cell<'a> {
    tenant: TenantId,
    table: &'static str,
    field: &'a str,
    row: &'a str,
    sealed: &'a str,
}

/// What came of looking at a value.
enum Looked {
    Current,
    Again(String),
    Unreadable,
}

fn look(sealer: &Sealer, cell: &Cell<'_>) -> Result<Looked> {
    if key_of(cell.sealed) == sealer.active_id() {
        return Ok(Looked::Current);
    }
    let place = Place {
        tenant: cell.tenant,
        table: cell.table,
        field: cell.field,
        row: cell.row,
    };
    match sealer.open(&place, cell.sealed) {
        Ok(secret) => sealer.seal(&place, secret.expose_secret()).map(Looked::Again),
        Err(error) => {
            tracing::warn!(%error, "a sealed value stays under an old key");
            Ok(Looked::Unreadable)
        }
    }
}

/// A portion of a table: where the next one begins, and what is written.
struct Portion {
    after: Option<Vec<String>>,
    updates: Vec<sea_orm::sea_query::UpdateStatement>,
}

impl Database {
    /// Seals everything again that an older key sealed, and says from time to time how far it is.
    ///
    /// # Errors
    /// When the database fails; what was sealed again stays so.
    pub async fn rewrap(&self, mut told: impl FnMut(&Rewrapped) + Send) -> Result<Rewrapped> {
        let mut done = Rewrapped::default();
        for table in ["signing_keys", "connectors", "records", "identities"] {
            done.table = table;
            let mut after = None;
            loop {
                let portion = self.portion(table, after.take(), &mut done).await?;
                done.sealed += self.write(portion.updates).await?;
                told(&done);
                match portion.after {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(done)
    }

    /// How many values each key of the ring sealed, by the key's id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sealed_by(&self) -> Result<BTreeMap<String, u64>> {
        let mut counts = BTreeMap::new();
        let mut count = |sealed: &str| *counts.entry(key_of(sealed).to_owned()).or_default() += 1;
        let reader = self.shared.reader();
        let failed = |error| store_error(&error);
        let keys: Vec<String> = signing_key::Entity::find()
            .select_only()
            .column(signing_key::Column::Private)
            .into_tuple()
            .all(reader)
            .await
            .map_err(failed)?;
        keys.iter().for_each(|sealed| count(sealed));
        let secrets: Vec<String> = connector::Entity::find()
            .select_only()
            .column(connector::Column::Secrets)
            .into_tuple()
            .all(reader)
            .await
            .map_err(failed)?;
        for text in &secrets {
            let sealed: BTreeMap<String, String> = row::from_json("connectors.secrets", text)?;
            sealed.values().for_each(|sealed| count(sealed));
        }
        // Of large tables only the key's id is read, which stands in front.
        for prefix in self.prefixes().await? {
            count(&prefix);
        }
        Ok(counts)
    }

    async fn prefixes(&self) -> Result<Vec<String>> {
        let reader = self.shared.reader();
        let records: Vec<String> = record::Entity::find()
            .select_only()
            .column_as(Expr::cust("SUBSTR(data, 1, 40)"), "front")
            .filter(record::Column::Sealed.eq(true))
            .into_tuple()
            .all(reader)
            .await
            .map_err(|error| store_error(&error))?;
        let grants: Vec<String> = identity::Entity::find()
            .select_only()
            .column_as(Expr::cust("SUBSTR(upstream_grant, 1, 40)"), "front")
            .filter(identity::Column::UpstreamGrant.is_not_null())
            .into_tuple()
            .all(reader)
            .await
            .map_err(|error| store_error(&error))?;
        Ok([records, grants].concat())
    }

    async fn portion(&self, table: &str, after: Option<Vec<String>>, done: &mut Rewrapped) -> Result<Portion> {
        let shared = &*self.shared;
        match table {
            "signing_keys" => signing_keys(shared, after, done).await,
            "connectors" => connectors(shared, after, done).await,
            "records" => records(shared, after, done).await,
            _ => identities(shared, after, done).await,
        }
    }

    async fn write(&self, updates: Vec<sea_orm::sea_query::UpdateStatement>) -> Result<u64> {
        if updates.is_empty() {
            return Ok(0);
        }
        let write = async {
            let transaction = self.shared.begin().await?;
            let mut written = 0;
            for update in &updates {
                written += transaction.execute(update).await?.rows_affected();
            }
            transaction.commit().await?;
            Ok::<_, sea_orm::DbErr>(written)
        };
        self.shared
            .read(async { write.await.map_err(|error| store_error(&error)) })
            .await
    }
}

fn key(after: Option<&Vec<String>>, at: usize) -> Option<String> {
    after.and_then(|key| key.get(at)).cloned()
}

/// Notes what was looked at; gives the value that replaces it.
fn note(done: &mut Rewrapped, looked: Looked) -> Option<String> {
    match looked {
        Looked::Current => None,
        Looked::Again(text) => Some(text),
        Looked::Unreadable => {
            done.unreadable += 1;
            None
        }
    }
}

async fn signing_keys(shared: &Shared, after: Option<Vec<String>>, done: &mut Rewrapped) -> Result<Portion> {
    use signing_key::{Column, Entity};
    let beyond = Condition::all().add_option(key(after.as_ref(), 0).map(|id| Column::Id.gt(id)));
    let rows = Entity::find().filter(beyond).order_by_asc(Column::Id).limit(PORTION);
    let rows = shared
        .read(async { rows.all(shared.reader()).await.map_err(|error| store_error(&error)) })
        .await?;
    let mut portion = portion_of(&rows, |row| vec![row.id.clone()]);
    for row in &rows {
        done.seen += 1;
        let cell = Cell {
            tenant: row::id("signing_keys.tenant_id", &row.tenant_id)?,
            table: "signing_keys",
            field: "private",
            row: &row.id,
            sealed: &row.private,
        };
        if let Some(text) = note(done, look(&shared.sealer, &cell)?) {
            let update = sea_orm::sea_query::Query::update()
                .table(Entity)
                .value(Column::Private, text)
                .and_where(Column::Id.eq(row.id.as_str()))
                .and_where(Column::Private.eq(row.private.as_str()))
                .take();
            portion.updates.push(update);
        }
    }
    Ok(portion)
}

async fn connectors(shared: &Shared, after: Option<Vec<String>>, done: &mut Rewrapped) -> Result<Portion> {
    use connector::{Column, Entity};
    let beyond = Condition::all().add_option(key(after.as_ref(), 0).map(|id| Column::Id.gt(id)));
    let rows = Entity::find().filter(beyond).order_by_asc(Column::Id).limit(PORTION);
    let rows = shared
        .read(async { rows.all(shared.reader()).await.map_err(|error| store_error(&error)) })
        .await?;
    let mut portion = portion_of(&rows, |row| vec![row.id.clone()]);
    for row in &rows {
        done.seen += 1;
        let mut secrets: BTreeMap<String, String> = row::from_json("connectors.secrets", &row.secrets)?;
        let tenant = row::id("connectors.tenant_id", &row.tenant_id)?;
        let mut changed = false;
        for (field, sealed) in &mut secrets {
            let cell = Cell {
                tenant,
                table: "connectors",
                field,
                row: &row.id,
                sealed,
            };
            if let Some(text) = note(done, look(&shared.sealer, &cell)?) {
                *sealed = text;
                changed = true;
            }
        }
        if changed {
            let update = sea_orm::sea_query::Query::update()
                .table(Entity)
                .value(Column::Secrets, row::to_json(&secrets)?)
                .and_where(Column::Id.eq(row.id.as_str()))
                .and_where(Column::Secrets.eq(row.secrets.as_str()))
                .take();
            portion.updates.push(update);
        }
    }
    Ok(portion)
}

async fn records(shared: &Shared, after: Option<Vec<String>>, done: &mut Rewrapped) -> Result<Portion> {
    use record::{Column, Entity};
    let mut query = Entity::find().filter(Column::Sealed.eq(true));
    if let (Some(kind), Some(id)) = (key(after.as_ref(), 0), key(after.as_ref(), 1)) {
        query = query.filter(
            Condition::any()
                .add(Column::Kind.gt(kind.as_str()))
                .add(Column::Kind.eq(kind.as_str()).and(Column::Id.gt(id))),
        );
    }
    let rows = query.order_by_asc(Column::Kind).order_by_asc(Column::Id).limit(PORTION);
    let rows = shared
        .read(async { rows.all(shared.reader()).await.map_err(|error| store_error(&error)) })
        .await?;
    let mut portion = portion_of(&rows, |row| vec![row.kind.clone(), row.id.clone()]);
    for row in &rows {
        done.seen += 1;
        let tenant = row::id_opt("records.tenant_id", row.tenant_id.as_deref())?;
        let cell = Cell {
            tenant: tenant.unwrap_or(TenantId::PLATFORM),
            table: "records",
            field: &row.kind,
            row: &row.id,
            sealed: &row.data,
        };
        if let Some(text) = note(done, look(&shared.sealer, &cell)?) {
            let update = sea_orm::sea_query::Query::update()
                .table(Entity)
                .value(Column::Data, text)
                .and_where(Column::Kind.eq(row.kind.as_str()))
                .and_where(Column::Id.eq(row.id.as_str()))
                .and_where(Column::Data.eq(row.data.as_str()))
                .take();
            portion.updates.push(update);
        }
    }
    Ok(portion)
}

async fn identities(shared: &Shared, after: Option<Vec<String>>, done: &mut Rewrapped) -> Result<Portion> {
    use identity::{Column, Entity};
    let mut query = Entity::find().filter(Column::UpstreamGrant.is_not_null());
    if let (Some(tenant), Some(connector), Some(name)) =
        (key(after.as_ref(), 0), key(after.as_ref(), 1), key(after.as_ref(), 2))
    {
        let same = Column::TenantId.eq(tenant.as_str());
        query = query.filter(
            Condition::any()
                .add(Column::TenantId.gt(tenant.as_str()))
                .add(same.clone().and(Column::ConnectorId.gt(connector.as_str())))
                .add(
                    same.and(Column::ConnectorId.eq(connector.as_str()))
                        .and(Column::ExternalId.gt(name)),
                ),
        );
    }
    let rows = query
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::ConnectorId)
        .order_by_asc(Column::ExternalId)
        .limit(PORTION);
    let rows = shared
        .read(async { rows.all(shared.reader()).await.map_err(|error| store_error(&error)) })
        .await?;
    let mut portion = portion_of(&rows, |row| {
        vec![row.tenant_id.clone(), row.connector_id.clone(), row.external_id.clone()]
    });
    for row in &rows {
        done.seen += 1;
        let name = format!("{}/{}", row.connector_id, row.external_id);
        let Some(sealed) = &row.upstream_grant else { continue };
        let cell = Cell {
            tenant: row::id("identities.tenant_id", &row.tenant_id)?,
            table: "identities",
            field: "upstream_grant",
            row: &name,
            sealed,
        };
        if let Some(text) = note(done, look(&shared.sealer, &cell)?) {
            let update = sea_orm::sea_query::Query::update()
                .table(Entity)
                .value(Column::UpstreamGrant, text)
                .and_where(Column::TenantId.eq(row.tenant_id.as_str()))
                .and_where(Column::ConnectorId.eq(row.connector_id.as_str()))
                .and_where(Column::ExternalId.eq(row.external_id.as_str()))
                .and_where(Column::UpstreamGrant.eq(sealed.as_str()))
                .take();
            portion.updates.push(update);
        }
    }
    Ok(portion)
}

/// Where the next portion begins, when this one is full.
fn portion_of<T>(rows: &[T], key: impl Fn(&T) -> Vec<String>) -> Portion {
    let is_full = rows.len() as u64 == PORTION;
    Portion {
        after: rows.last().filter(|_| is_full).map(key),
        updates: Vec::new(),
    }
}
