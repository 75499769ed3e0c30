//! Records: what the console keeps, in one table for all of it.
//!
//! An operator, a session, a link, an API key, a saved view, an onboarding, a test login, a health badge: each is
//! read whole by its id or by one unique key, listed by tenant or by one group, and written under its version. One
//! mechanism serves them all; a new kind of record is a struct that says these things of itself, and no migration.
//! What a login reads or writes is not kept so: that has tables of its own.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Change, Result};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::ids::TenantId;

/// A kind of record.
pub trait Record: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Stable name of the kind.
    const KIND: &'static str;
    /// Whether the whole record is sealed at rest.
    const SEALED: bool = false;

    /// Identifier, unique in its kind; records are listed in its order.
    fn id(&self) -> String;
    /// Counts saves, from 1: a save of an older version is a conflict.
    fn version(&self) -> u32;
    /// The tenant it belongs to; `None`: the platform or an operator.
    fn tenant(&self) -> Option<TenantId> {
        None
    }
    /// A second name, unique in its kind: a login name, or the digest of a secret.
    fn key(&self) -> Option<String> {
        None
    }
    /// What it is listed by besides its tenant, e.g. a session by its operator.
    fn group(&self) -> Option<String> {
        None
    }
    /// When it is nothing any more and may be purged.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }
}

/// A record as a store keeps it.
#[derive(Clone)]
pub struct RecordRow {
    /// Its kind.
    pub kind: &'static str,
    /// [`Record::id`].
    pub id: String,
    /// [`Record::tenant`].
    pub tenant_id: Option<TenantId>,
    /// [`Record::key`].
    pub key: Option<String>,
    /// [`Record::group`].
    pub group: Option<String>,
    /// [`Record::expires_at`].
    pub expires_at: Option<Timestamp>,
    /// [`Record::version`].
    pub version: u32,
    /// Whether `data` is sealed at rest.
    pub sealed: bool,
    /// The record as JSON, open.
    pub data: String,
}

/// Without the data: it may hold secrets.
impl std::fmt::Debug for RecordRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordRow")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl RecordRow {
    /// The row of a record.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when it cannot be written as JSON.
    pub fn of<T: Record>(record: &T) -> Result<Self> {
        let inconsistent = |error: serde_json::Error| StoreError::Inconsistent {
            debug: format!("{}: {error}", T::KIND),
        };
        Ok(Self {
            kind: T::KIND,
            id: record.id(),
            tenant_id: record.tenant(),
            key: record.key(),
            group: record.group(),
            expires_at: record.expires_at(),
            version: record.version(),
            sealed: T::SEALED,
            data: serde_json::to_string(record).map_err(inconsistent)?,
        })
    }

    /// The record.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when it is not of this kind.
    pub fn read<T: Record>(&self) -> Result<T> {
        serde_json::from_str(&self.data).map_err(|error| StoreError::Inconsistent {
            // Not the data: serde's message names a place in it, never its values.
            debug: format!("{} {}: {:?} error", T::KIND, self.id, error.classify()),
        })
    }
}

impl Change {
    /// Stores version 1 of a record, or version `n` over `n - 1`.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when it cannot be written as JSON.
    pub fn record<T: Record>(record: &T) -> Result<Self> {
        Ok(Self::Record(Box::new(RecordRow::of(record)?)))
    }

    /// Deletes a record; one that is gone is no error.
    #[must_use]
    pub fn delete_record<T: Record>(id: String) -> Self {
        Self::DeleteRecord { kind: T::KIND, id }
    }
}

/// By what one record is looked up.
#[derive(Debug, Clone, Copy)]
pub enum Find<'a> {
    /// [`Record::id`].
    Id(&'a str),
    /// [`Record::key`].
    Key(&'a str),
}

/// Which records are listed, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Only those of these tenants; `None`: of any or none.
    pub tenants: Option<Vec<TenantId>>,
    /// Only this group.
    pub group: Option<String>,
    /// Only ids after this one; before it when `newest_first`.
    pub after: Option<String>,
    /// Descending.
    pub newest_first: bool,
}

/// The port. Nothing is cached: a revoked session ends with the request that revokes it, on every instance.
#[async_trait]
pub trait RecordStore: Send + Sync {
    /// One record.
    async fn lookup_record(&self, kind: &'static str, find: Find<'_>) -> Result<Option<RecordRow>>;

    /// Records, at most `limit`.
    async fn list_records(&self, kind: &'static str, filter: &RecordFilter, limit: u64) -> Result<Vec<RecordRow>>;

    /// How many records of a kind there are.
    async fn count_records(&self, kind: &'static str) -> Result<u64>;
}

/// Typed reads of records, for every store that keeps them.
pub trait Records {
    /// One record.
    ///
    /// # Errors
    /// When the database fails or the record cannot be read.
    fn find<T: Record>(&self, find: Find<'_>) -> impl Future<Output = Result<Option<T>>> + Send;

    /// Records, at most `limit`.
    ///
    /// # Errors
    /// When the database fails or a record cannot be read.
    fn list<T: Record>(&self, filter: &RecordFilter, limit: u64) -> impl Future<Output = Result<Vec<T>>> + Send;
}

impl<S: RecordStore + ?Sized> Records for S {
    async fn find<T: Record>(&self, find: Find<'_>) -> Result<Option<T>> {
        let row = self.lookup_record(T::KIND, find).await?;
        row.map(|row| row.read()).transpose()
    }

    async fn list<T: Record>(&self, filter: &RecordFilter, limit: u64) -> Result<Vec<T>> {
        let rows = self.list_records(T::KIND, filter, limit).await?;
        rows.iter().map(RecordRow::read).collect()
    }
}
