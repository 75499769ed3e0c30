//! From the database's errors to those of the ports.

use hufu_core::error::StoreError;
use sea_orm::{DbErr, RuntimeErr, SqlErr, SqlxError};

/// Why a database could not be opened or migrated.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenError {
    /// The URL names no engine that Hufu knows.
    #[error("the database URL must begin with sqlite:// or postgres://")]
    Url,
    /// The database did not answer, or not as asked.
    #[error("the database cannot be used: {debug}")]
    Database {
        /// What it said.
        debug: String,
    },
}

impl From<DbErr> for OpenError {
    fn from(error: DbErr) -> Self {
        Self::Database {
            debug: error.to_string(),
        }
    }
}

/// The key of a record of whatever kind; `records` knows which.
pub(crate) const RECORD_KEY: &str = "record.key";

/// The unique constraints a caller can run into: as SQLite says it, as PostgreSQL names it, and what it means.
const UNIQUE: [(&str, &str, &str); 8] = [
    ("tenants.code", "\"tenants_code\"", "tenant.code"),
    ("tenants.host", "\"tenants_host\"", "tenant.host"),
    ("attempts.state_digest", "\"attempts_state_digest\"", "attempt.state"),
    ("attempts.code_digest", "\"attempts_code_digest\"", "attempt.code"),
    ("access_tokens.digest", "\"access_tokens_pkey\"", "access_token"),
    ("audit_events.", "\"audit_events_pkey\"", "audit_event"),
    ("signing_keys.id", "\"signing_keys_pkey\"", "signing_key"),
    ("records.key", "\"records_key\"", RECORD_KEY),
];

/// What a database error means to a caller of the ports.
pub(crate) fn store_error(error: &DbErr) -> StoreError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => {
            let hit = UNIQUE
                .iter()
                .find(|(sqlite, postgres, _)| message.contains(sqlite) || message.contains(postgres));
            StoreError::Duplicate {
                what: hit.map_or("id", |(_, _, what)| what),
            }
        }
        Some(_) => inconsistent(error),
        None if is_refusal(error) => inconsistent(error),
        None => match error {
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => inconsistent(error),
            _ => StoreError::Unavailable {
                debug: error.to_string(),
            },
        },
    }
}

/// Data that cannot be what it should be; `why` is for the log.
pub(crate) fn inconsistent(why: impl std::fmt::Display) -> StoreError {
    StoreError::Inconsistent { debug: why.to_string() }
}

/// The whole took longer than it may.
pub(crate) fn too_slow() -> StoreError {
    StoreError::Unavailable {
        debug: "no answer within the time limit".to_owned(),
    }
}

/// Whether the database refused what was asked (a constraint, a value, a deadlock), rather than not working: of many
/// units in one transaction one may be to blame, and the others are fine without it.
pub(crate) fn is_refusal(error: &DbErr) -> bool {
    if error.sql_err().is_some() {
        return true;
    }
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    let SqlxError::Database(cause) = cause.as_ref() else {
        return false;
    };
    let code = cause.code().unwrap_or_default();
    // SQLSTATE classes 22 (value), 23 (constraint), 40 (deadlock); or SQLite's SQLITE_CONSTRAINT with any detail.
    (code.len() == 5 && ["22", "23", "40"].iter().any(|class| code.starts_with(class)))
        || code.parse::<u32>().is_ok_and(|code| code < 10_000 && code & 0xff == 19)
}
