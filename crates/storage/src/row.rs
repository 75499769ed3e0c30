//! Helpers between rows and domain values.

use std::str::FromStr;

use hufu_core::clock::Timestamp;
use hufu_core::error::StoreError;
use hufu_core::secret::Digest256;
use sea_orm::{ColumnTrait as _, ColumnType, DbBackend, EntityTrait, IdenStatic as _, Iterable as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::inconsistent;

/// Reads an identifier; `column` names it in the log.
pub(crate) fn id<T: FromStr>(column: &str, text: &str) -> Result<T, StoreError> {
    text.parse()
        .map_err(|_| inconsistent(format!("{column}: not an identifier")))
}

/// Reads an identifier that may be missing.
pub(crate) fn id_opt<T: FromStr>(column: &str, text: Option<&str>) -> Result<Option<T>, StoreError> {
    text.map(|text| id(column, text)).transpose()
}

/// Reads JSON.
pub(crate) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| inconsistent(format!("{column}: {error}")))
}

/// Writes JSON.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(inconsistent)
}

/// Reads a value that has a stable text, such as `active`.
pub(crate) fn from_word<T: DeserializeOwned>(column: &str, text: String) -> Result<T, StoreError> {
    serde_json::from_value(Value::String(text)).map_err(|error| inconsistent(format!("{column}: {error}")))
}

/// The stable text of a value.
pub(crate) fn to_word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        _ => Err(inconsistent("a value without a stable text")),
    }
}

/// Reads a time.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Reads the count of saves.
pub(crate) fn version(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| inconsistent("version: out of range"))
}

/// Reads a count that may be missing; `column` names it in the log.
pub(crate) fn count_opt(column: &str, number: Option<i64>) -> Result<Option<u32>, StoreError> {
    let read = |number| u32::try_from(number).map_err(|_| inconsistent(format!("{column}: out of range")));
    number.map(read).transpose()
}

/// The text of a digest that may be missing.
pub(crate) fn digest_opt(digest: Option<&Digest256>) -> Option<String> {
    digest.map(Digest256::encode)
}

/// Text that both engines can keep: PostgreSQL has no NUL in texts.
pub(crate) fn plain(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// A table expression over one bind parameter, a JSON array of rows of `E` as serde writes them.
///
/// So a statement for any number of rows has one text and one parameter: it is prepared once, and costs no binding a
/// value. The columns come from the entity, so they cannot differ from what serde writes.
pub(crate) fn rows_of<E: EntityTrait>(backend: DbBackend) -> String {
    let columns = E::Column::iter().map(|column| (column.as_str(), column.def().get_column_type().clone()));
    if backend == DbBackend::Postgres {
        let typed: Vec<String> = columns
            .map(|(name, kind)| format!("{name} {}", type_name(&kind)))
            .collect();
        format!("json_to_recordset(CAST($1 AS json)) AS r({})", typed.join(", "))
    } else {
        let read: Vec<String> = columns
            .map(|(name, _)| format!("value ->> '{name}' AS {name}"))
            .collect();
        // `jsonb_each` gives each row parsed, where `json_each` would write and parse it again for every column.
        format!("(SELECT {} FROM jsonb_each(?)) AS r", read.join(", "))
    }
}

/// `INSERT INTO … SELECT …` of all rows in the parameter. `WHERE true` lets SQLite read an `ON CONFLICT` after it.
pub(crate) fn insert_all<E: EntityTrait + Default>(backend: DbBackend) -> String {
    let names: Vec<&str> = E::Column::iter().map(|column| column.as_str()).collect();
    let names = names.join(", ");
    format!(
        "INSERT {} INTO {} ({names}) SELECT {names} FROM {} WHERE true",
        or_fail(backend),
        E::default().table_name(),
        rows_of::<E>(backend)
    )
}

/// Lets SQLite stop at a broken constraint without undoing the statement: the writer takes back the whole transaction
/// anyway, and then the engine need not note before each page what it would have to restore.
pub(crate) fn or_fail(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Sqlite { "OR FAIL" } else { "" }
}

fn type_name(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::BigInteger => "bigint",
        ColumnType::Boolean => "boolean",
        _ => "text",
    }
}
