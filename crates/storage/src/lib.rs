//! Hufu's stores on SQLite and PostgreSQL: the ports of [`hufu_core::store`], carried out with sea-orm.
//!
//! - Reading: one file an aggregate turns rows (crate-private entities) into domain values.
//! - Writing: [`Database`] hands every unit of work to one task, `writer`, which carries out all that queued together
//!   (`batch`). Callers are answered after the commit.
//! - `backup` copies an SQLite database while it is used.
//! - `cache` keeps configuration until the `revision` moves, and the attempts and tokens this instance wrote.
//! - `console` reads across tenants, each time within a reach; nothing of it is cached.
//! - `records` keeps what the console keeps: one table for all kinds, so that a new one needs nothing here.
//! - `token_cache` keeps the accounts' server tokens, on top of records: one fetch for all instances.
//! - [`measures`] is what Prometheus is told.
//! - `meter` adds counters up in memory and writes them from time to time.
//! - `derivation` keeps the secret from which codes and cookies are derived.
//! - `rewrap` seals again what an older key sealed, while Hufu runs.
//! - `sealed` keeps secrets unreadable in the database, under the keys of a [`KeyRing`].
//!
//! A new aggregate: its migration, its entity, its file with row ↔ value, its arm in `writer` or its statement in
//! `batch`, its contract in the test kit's store suite.

mod access_tokens;
mod attempts;
mod backup;
mod batch;
mod cache;
mod clients;
mod config;
mod connect;
mod connectors;
mod console;
mod counters;
mod counts;
mod database;
mod derivation;
mod entity;
mod erasure;
mod error;
mod events;
mod identities;
mod key_ring;
mod keys;
pub mod measures;
mod meter;
mod migrate;
mod people;
mod records;
mod revision;
mod rewrap;
mod row;
mod save;
mod sealed;
mod search;
mod sessions;
mod tenant_search;
mod tenant_view;
mod tenants;
mod token_cache;
mod unions;
mod unit_of_work;
mod verify_files;
mod writer;

pub use backup::BackupError;
pub use config::Config;
pub use connect::StatementCounts;
pub use database::Database;
pub use derivation::DerivationRoot;
pub use error::OpenError;
pub use key_ring::{KeyRing, KeyRingError};
pub use rewrap::Rewrapped;
pub use token_cache::DatabaseTokens;
