//! Sealing again: what older keys of the ring sealed is sealed by the newest one, while Hufu runs.
//!
//! Portion after portion, in the order of the rows' keys. A row is written only over what was read of it, so a change
//! of the same moment wins, and was sealed by the newest key itself. Stopped in the middle, nothing is lost: the next
//! run goes on where old keys are left.

use std::collections::BTreeMap;

use hufu_core::ids::TenantId;
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::Result;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr, UpdateStatement};
use sea_orm::{ConnectionTrait as _, QueryResult};

use crate::database::Database;
use crate::error::store_error;
use crate::row;
use crate::sealed::{Place, Sealer, key_of};

/// Rows that one transaction looks at: logins get their turn between two of them.
const PORTION: u64 = 100;

/// Field and row of the value in the row with this key.
type PlaceOf = fn(&[String]) -> (String, String);

/// A column that holds sealed values, and what each was sealed for. A new one is one entry here.
struct SealedColumn {
    table: &'static str,
    /// The primary key.
    key: &'static [&'static str],
    column: &'static str,
    /// Of a table that keeps open values too: which column says so.
    only: Option<&'static str>,
    /// [`Place::field`] and [`Place::row`] of the row with this key; `None`: the value is an object of sealed values,
    /// each under its field's name, and the row is the key's only column.
    place: Option<PlaceOf>,
}

const COLUMNS: [SealedColumn; 4] = [
    SealedColumn {
        table: "signing_keys",
        key: &["id"],
        column: "private",
        only: None,
        place: Some(|key| ("private".to_owned(), key.concat())),
    },
    SealedColumn {
        table: "connectors",
        key: &["id"],
        column: "secrets",
        only: None,
        place: None,
    },
    SealedColumn {
        table: "records",
        key: &["kind", "id"],
        column: "data",
        only: Some("sealed"),
        place: Some(|key| {
            let (kind, id) = key.split_at(1);
            (kind.concat(), id.concat())
        }),
    },
    SealedColumn {
        table: "identities",
        key: &["tenant_id", "connector_id", "external_id"],
        column: "upstream_grant",
        only: None,
        place: Some(|key| ("upstream_grant".to_owned(), key.split_at(1).1.join("/"))),
    },
];

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

/// A row as it was read.
struct Row {
    key: Vec<String>,
    tenant: TenantId,
    value: String,
}

impl SealedColumn {
    fn rows(&self) -> SelectStatement {
        let mut query = Query::select();
        query.from(self.table).and_where(Expr::col(self.column).is_not_null());
        if let Some(only) = self.only {
            query.and_where(Expr::col(only).eq(true));
        }
        query
    }

    fn portion(&self, after: Option<&[String]>) -> SelectStatement {
        let mut query = self.rows();
        query.columns(self.key.iter().copied());
        query.columns(["tenant_id", self.column]).limit(PORTION);
        if let Some(after) = after {
            let columns = self.key.iter().map(|name| Expr::col(*name));
            let values = after.iter().map(|text| SimpleExpr::from(text.as_str()));
            query.and_where(Expr::tuple(columns).gt(Expr::tuple(values)));
        }
        for name in self.key {
            query.order_by(*name, sea_orm::Order::Asc);
        }
        query
    }

    fn read(&self, row: &QueryResult) -> Result<Row> {
        let text = |at| {
            row.try_get_by_index::<Option<String>>(at)
                .map_err(|error| store_error(&error))
        };
        let key = (0..self.key.len())
            .map(|at| text(at).map(Option::unwrap_or_default))
            .collect::<Result<Vec<_>>>()?;
        let tenant: Option<TenantId> = row::id_opt(self.table, text(self.key.len())?.as_deref())?;
        Ok(Row {
            key,
            tenant: tenant.unwrap_or(TenantId::PLATFORM),
            value: text(self.key.len() + 1)?.unwrap_or_default(),
        })
    }

    /// Writes over what was read, and over nothing else.
    fn write(&self, row: &Row, value: String) -> UpdateStatement {
        let mut update = Query::update();
        update.table(self.table).value(self.column, value);
        for (name, text) in self.key.iter().zip(&row.key) {
            update.and_where(Expr::col(*name).eq(text.as_str()));
        }
        update.and_where(Expr::col(self.column).eq(row.value.as_str()));
        update
    }

    /// The row's value with everything sealed by the newest key; `None`: it is.
    fn again(&self, sealer: &Sealer, row: &Row, done: &mut Rewrapped) -> Result<Option<String>> {
        let mut place = Place {
            tenant: row.tenant,
            table: self.table,
            field: "",
            row: "",
        };
        if let Some(named) = self.place {
            let (field, name) = named(&row.key);
            (place.field, place.row) = (&field, &name);
            return reseal(sealer, &place, &row.value, done);
        }
        let name = row.key.concat();
        place.row = &name;
        let mut values: BTreeMap<String, String> = row::from_json(self.table, &row.value)?;
        let mut is_changed = false;
        for (field, sealed) in &mut values {
            if let Some(text) = reseal(sealer, &Place { field, ..place }, sealed, done)? {
                (*sealed, is_changed) = (text, true);
            }
        }
        is_changed.then(|| row::to_json(&values)).transpose()
    }

    /// The sealed values of a text that was read whole or, where it is one value, up to its key's id.
    fn each(&self, text: &str, mut count: impl FnMut(&str)) -> Result<()> {
        if self.place.is_some() {
            count(key_of(text));
            return Ok(());
        }
        let values: BTreeMap<String, String> = row::from_json(self.table, text)?;
        values.values().for_each(|sealed| count(key_of(sealed)));
        Ok(())
    }
}

fn reseal(sealer: &Sealer, place: &Place<'_>, sealed: &str, done: &mut Rewrapped) -> Result<Option<String>> {
    if key_of(sealed) == sealer.active_id() {
        return Ok(None);
    }
    match sealer.open(place, sealed) {
        Ok(secret) => sealer.seal(place, secret.expose_secret()).map(Some),
        Err(error) => {
            tracing::warn!(%error, "a sealed value stays under an old key");
            done.unreadable += 1;
            Ok(None)
        }
    }
}

impl Database {
    /// Seals everything again that an older key sealed, and says from time to time how far it is.
    ///
    /// # Errors
    /// When the database fails; what was sealed again stays so.
    pub async fn rewrap(&self, mut told: impl FnMut(&Rewrapped) + Send) -> Result<Rewrapped> {
        let mut done = Rewrapped::default();
        for column in &COLUMNS {
            done.table = column.table;
            let mut after: Option<Vec<String>> = None;
            loop {
                let rows = self.select(&column.portion(after.as_deref())).await?;
                let mut updates = Vec::new();
                for row in &rows {
                    let row = column.read(row)?;
                    done.seen += 1;
                    if let Some(value) = column.again(&self.shared.sealer, &row, &mut done)? {
                        updates.push(column.write(&row, value));
                    }
                    after = Some(row.key);
                }
                done.sealed += self.write(updates).await?;
                told(&done);
                if (rows.len() as u64) < PORTION {
                    break;
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
        for column in &COLUMNS {
            let mut query = column.rows();
            if column.place.is_some() {
                // Of large tables only the key's id is read, which stands in front.
                query.expr(Expr::cust(format!("SUBSTR({}, 1, 40)", column.column)));
            } else {
                query.column(column.column);
            }
            for row in self.select(&query).await? {
                let text: String = row.try_get_by_index(0).map_err(|error| store_error(&error))?;
                column.each(&text, |key| *counts.entry(key.to_owned()).or_default() += 1)?;
            }
        }
        Ok(counts)
    }

    async fn select(&self, query: &SelectStatement) -> Result<Vec<QueryResult>> {
        let rows = self.shared.reader().query_all(query);
        self.shared
            .read(async { rows.await.map_err(|error| store_error(&error)) })
            .await
    }

    async fn write(&self, updates: Vec<UpdateStatement>) -> Result<u64> {
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
