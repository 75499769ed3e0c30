//! Connections of both engines, and the count of what goes over them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};

use crate::config::Config;
use crate::error::OpenError;
use crate::measures::Measures;
use crate::revision;

/// SQLite reads on this many connections at most: more only wait for the processor.
const SQLITE_READERS: u32 = 4;

/// Indexes over random digests touch pages all over the file: what the writer needs again should be in memory.
/// Negative numbers are KiB.
const WRITER_CACHE: &str = "-65536";
const READER_CACHE: &str = "-8192";

/// Pages of 4 KiB after which the log is folded into the file. More than SQLite's 1000, because under load the same
/// pages are changed again and again, and each folding writes each of them once.
const CHECKPOINT: &str = "8000";

/// How many statements were executed so far: what a test asserts instead of guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatementCounts {
    /// Statements that read, without the background's look at the revision.
    pub reads: u64,
    /// Statements that write, without `BEGIN` and `COMMIT`.
    pub writes: u64,
    /// Transactions begun.
    pub transactions: u64,
}

#[derive(Debug, Default)]
struct Counters {
    reads: AtomicU64,
    writes: AtomicU64,
    transactions: AtomicU64,
}

/// The way to the database: readers beside one writer.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    /// For statements that read. On SQLite it cannot write.
    pub(crate) read: DatabaseConnection,
    /// For transactions that write. On SQLite it is a single connection: there is one writer at a time anyway, and
    /// who waits for it waits here, in order, and not in the engine's busy loop.
    write: DatabaseConnection,
    counters: Arc<Counters>,
}

impl Connections {
    pub(crate) async fn open(config: &Config, measures: &Measures) -> Result<Self, OpenError> {
        let counters = Arc::<Counters>::default();
        let connect = async |options| {
            let mut connection = Database::connect(options).await?;
            let (counters, reads, writes) = (counters.clone(), measures.reads.clone(), measures.writes.clone());
            connection.set_metric_callback(move |info| match counters.count(&info.statement.sql) {
                Some(Kind::Read) => reads.record(info.elapsed),
                Some(Kind::Write) => writes.record(info.elapsed),
                None => {}
            });
            Ok::<_, DbErr>(connection)
        };
        let (read, write) = if config.is_sqlite() {
            // The writer first: it makes the file and sets its journal mode.
            let write = connect(sqlite(config, false)).await?;
            (connect(sqlite(config, true)).await?, write)
        } else {
            let both = connect(postgres(config)?).await?;
            (both.clone(), both)
        };
        Ok(Self { read, write, counters })
    }

    /// One connection that may write, without a count: for migrations, whose lock belongs to its session.
    pub(crate) async fn open_single(config: &Config) -> Result<DatabaseConnection, OpenError> {
        let mut options = if config.is_sqlite() {
            sqlite(config, false)
        } else {
            postgres(config)?
        };
        options.max_connections(1);
        Ok(Database::connect(options).await?)
    }

    /// Begins a transaction that writes. `IMMEDIATE` on SQLite: beside another process it waits for the write lock here,
    /// at its begin, instead of failing in the middle when it turns from reading to writing.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = || TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.counters.transactions.fetch_add(1, Ordering::Relaxed);
        match self.write.begin_with_options(options()).await {
            // A pooled connection whose server went away meanwhile: nothing was sent, so another one may be tried.
            Err(DbErr::Conn(_) | DbErr::Query(_)) if !self.is_sqlite() => {
                self.write.begin_with_options(options()).await
            }
            begun => begun,
        }
    }

    pub(crate) fn counts(&self) -> StatementCounts {
        StatementCounts {
            reads: self.counters.reads.load(Ordering::Relaxed),
            writes: self.counters.writes.load(Ordering::Relaxed),
            transactions: self.counters.transactions.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.write.get_database_backend() == sea_orm::DbBackend::Sqlite
    }

    pub(crate) fn backend(&self) -> sea_orm::DbBackend {
        self.write.get_database_backend()
    }

    /// Closes. On SQLite the log is folded into the file first, so that the file alone is the whole database.
    pub(crate) async fn close(&self) {
        use sea_orm::ConnectionTrait as _;
        if self.is_sqlite()
            && let Err(error) = self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await
        {
            tracing::warn!(%error, "the write-ahead log could not be folded into the database file");
        }
        for connection in [&self.read, &self.write] {
            if let Err(error) = connection.close_by_ref().await {
                tracing::warn!(%error, "a database connection did not close");
            }
        }
    }
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
}

impl Counters {
    /// Counts a statement and says its kind; `None` for the background's look at the revision.
    fn count(&self, sql: &str) -> Option<Kind> {
        let (kind, counter) = match sql.trim_start().get(..6) {
            _ if sql == revision::POLL => return None,
            Some(word) if word.eq_ignore_ascii_case("select") => (Kind::Read, &self.reads),
            _ => (Kind::Write, &self.writes),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        Some(kind)
    }
}

fn sqlite(config: &Config, reader: bool) -> ConnectOptions {
    let timeout = config.timeout();
    let mut options = ConnectOptions::new(&config.url);
    options
        .max_connections(if reader {
            config.max_connections.clamp(1, SQLITE_READERS)
        } else {
            1
        })
        .min_connections(1)
        .acquire_timeout(timeout)
        .connect_timeout(timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        // There is no server that could go away: a ping before each use would cost as much as the statement.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options.busy_timeout(timeout).foreign_keys(true);
            if reader {
                options.pragma("query_only", "ON").pragma("cache_size", READER_CACHE)
            } else {
                options
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .pragma("cache_size", WRITER_CACHE)
                    .pragma("wal_autocheckpoint", CHECKPOINT)
            }
        });
    options
}

fn postgres(config: &Config) -> Result<ConnectOptions, OpenError> {
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| config.url.starts_with(scheme))
    {
        return Err(OpenError::Url);
    }
    let timeout = config.timeout();
    let mut options = ConnectOptions::new(&config.url);
    options
        // One for the writer and at least one for readers.
        .max_connections(config.max_connections.max(2))
        .acquire_timeout(timeout)
        .connect_timeout(timeout)
        .statement_timeout(timeout)
        .test_before_acquire_if_idle_for(Duration::from_secs(10))
        .set_application_name("hufu")
        .sqlx_logging(false);
    Ok(options)
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, Statement};

    use super::*;

    async fn ask(connection: &impl sea_orm::ConnectionTrait, sql: &str) -> String {
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<String>(0)
            .or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))
            .unwrap()
    }

    #[tokio::test]
    async fn sqlite_is_durable_and_patient_and_readers_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("hufu.db").display());
        let connections = Connections::open(&Config::at(url), &Measures::new()).await.unwrap();
        let transaction = connections.begin().await.unwrap();
        let settings = [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("busy_timeout", "5000"),
            ("foreign_keys", "1"),
            ("cache_size", WRITER_CACHE),
            ("wal_autocheckpoint", CHECKPOINT),
        ];
        for (setting, value) in settings {
            assert_eq!(
                ask(&transaction, &format!("PRAGMA {setting}")).await,
                value,
                "{setting}"
            );
        }
        transaction.rollback().await.unwrap();
        assert!(connections.read.execute_unprepared("CREATE TABLE t (a)").await.is_err());
    }

    #[tokio::test]
    async fn a_url_of_another_engine_is_refused() {
        for url in ["mysql://localhost/hufu", "hufu.db", ""] {
            assert!(
                matches!(
                    Connections::open(&Config::at(url), &Measures::new()).await,
                    Err(OpenError::Url)
                ),
                "{url}"
            );
        }
    }
}
