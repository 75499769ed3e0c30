//! The platform's view: [`Store`] on a database.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::clock::{Clock, Random, Timestamp};
use hufu_core::error::StoreError;
use hufu_core::ids::{ClientId, TenantId};
use hufu_core::model::{Attempt, HostName, Tenant, TenantCode};
use hufu_core::provider::Meter;
use hufu_core::store::{Result, Saved, Store, TenantStore, UnitOfWork};
use sea_orm::sea_query::DeleteStatement;
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::backup::BackupError;
use crate::batch::Statements;
use crate::cache::{Caches, read_through};
use crate::config::Config;
use crate::connect::{Connections, StatementCounts};
use crate::error::{OpenError, store_error, too_slow};
use crate::key_ring::KeyRing;
use crate::measures::{self, Measures};
use crate::meter::{self, Tally};
use crate::sealed::Sealer;
use crate::tenant_view::TenantView;
use crate::unit_of_work::Work;
use crate::writer::{Message, Queued, Writer};
use crate::{
    access_tokens, attempts, backup, clients, counters, events, migrate, records, revision, sessions, tenant_search,
    tenants, verify_files,
};

/// Units that may wait for the writer. More wait at its door.
const QUEUE: usize = 1024;
/// How often an instance looks whether another one changed something.
const POLL: Duration = Duration::from_secs(1);
/// Days for which counters are kept.
const COUNTED_DAYS: u32 = 90;
/// Rows that one statement deletes at most, so that logins get their turn between two of them.
const PURGE_PORTION: u64 = 500;

/// A database of Hufu.
#[derive(Debug)]
pub struct Database {
    pub(crate) shared: Arc<Shared>,
}

/// What the views of all tenants have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    connections: Connections,
    pub(crate) sealer: Sealer,
    pub(crate) caches: Arc<Caches>,
    queue: mpsc::Sender<Message>,
    limit: Duration,
    /// Seconds between two writes of counters.
    count: Duration,
    meters: Mutex<Vec<Arc<Tally>>>,
    measures: Measures,
}

impl Database {
    /// Connects. The schema must be there: see [`Database::migrate`].
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn open(
        config: &Config,
        keys: KeyRing,
        random: Arc<dyn Random>,
    ) -> std::result::Result<Arc<Self>, OpenError> {
        let measures = Measures::new();
        let connections = Connections::open(config, &measures).await?;
        let sealer = Sealer::new(keys, random);
        let caches = Arc::new(Caches::new());
        let (sender, queue) = mpsc::channel(QUEUE);
        let limit = config.timeout();
        let writer = Writer {
            statements: Statements::new(connections.backend(), sealer.clone()),
            connections: connections.clone(),
            sealer: sealer.clone(),
            caches: caches.clone(),
            queue,
            // A transaction first waits for its connection or for the write lock, each for the time limit at most.
            limit: limit * 2,
            measures: measures.clone(),
        };
        tokio::spawn(writer.run());
        let shared = Arc::new(Shared {
            connections,
            sealer,
            caches,
            queue: sender,
            limit,
            count: config.count_every(),
            meters: Mutex::default(),
            measures,
        });
        tokio::spawn(poll(Arc::downgrade(&shared)));
        Ok(Arc::new(Self { shared }))
    }

    /// Brings the schema up to date and says how many steps that took.
    ///
    /// # Errors
    /// When the database cannot be reached or a step fails.
    pub async fn migrate(config: &Config) -> std::result::Result<u32, OpenError> {
        migrate::up(config).await
    }

    /// How many steps [`Database::migrate`] would take. Changes nothing.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn pending_migrations(config: &Config) -> std::result::Result<u32, OpenError> {
        migrate::pending(config).await
    }

    /// Copies an SQLite database to a new file (mode 0600) while it is used, and says how many bytes that has.
    ///
    /// # Errors
    /// When it is no SQLite database, cannot be read, or the file is there already or cannot be made.
    pub async fn backup(config: &Config, to: &Path) -> std::result::Result<u64, BackupError> {
        backup::copy(config, to).await
    }

    /// How many statements were executed so far.
    #[must_use]
    pub fn statements(&self) -> StatementCounts {
        self.shared.connections.counts()
    }

    /// A meter whose counts are written in the background, and when the database is closed. An instance makes one.
    #[must_use]
    pub fn meter(&self, clock: Arc<dyn Clock>) -> Arc<dyn Meter> {
        let tally = Arc::new(Tally::new(clock));
        self.meters().push(Arc::clone(&tally));
        let (shared, counts) = (Arc::downgrade(&self.shared), Arc::downgrade(&tally));
        tokio::spawn(meter::keep_writing(shared, counts, self.shared.count));
        tally
    }

    /// Writes what the meters counted so far.
    pub async fn flush(&self) {
        let meters = self.meters().clone();
        for tally in &meters {
            self.shared.flush(tally).await;
        }
    }

    fn meters(&self) -> MutexGuard<'_, Vec<Arc<Tally>>> {
        self.shared.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds the writer until what this gives is dropped.
    #[cfg(test)]
    pub(crate) async fn hold_writer(&self) -> oneshot::Sender<()> {
        let (hold, held) = oneshot::channel();
        self.shared.queue.send(Message::Hold(held)).await.unwrap();
        hold
    }
}

/// Looks at the revision until the database is dropped.
async fn poll(shared: std::sync::Weak<Shared>) {
    let mut ticks = interval(POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        if shared.is_closed() {
            return;
        }
        let looked = timeout(shared.limit, revision::read(shared.reader())).await;
        shared.measures.up.set(if matches!(looked, Ok(Ok(_))) { 1 } else { 0 });
        match looked {
            Ok(Ok(seen)) => shared.caches.revision_seen(seen),
            Ok(Err(error)) => tracing::warn!(%error, "changes of other instances cannot be noticed"),
            Err(_) => tracing::warn!("changes of other instances cannot be noticed: no answer"),
        }
    }
}

impl Shared {
    /// Whether nothing is written any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// The connection for statements that read.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.connections.read
    }

    /// A transaction that writes.
    pub(crate) async fn begin(&self) -> std::result::Result<sea_orm::DatabaseTransaction, sea_orm::DbErr> {
        self.connections.begin().await
    }

    /// What a read answers, within the time limit.
    pub(crate) async fn read<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        timeout(self.limit, answer).await.unwrap_or_else(|_| Err(too_slow()))
    }

    /// Hands a unit to the writer and waits until it is durable, or refused.
    pub(crate) async fn save(&self, unit: UnitOfWork) -> Result<Saved> {
        let _waiting = self.measures.wait();
        let started = Instant::now();
        let span = tracing::info_span!(
            target: "hufu_trace",
            "db.commit",
            db.system.name = if self.connections.is_sqlite() { "sqlite" } else { "postgresql" },
            hufu.outcome = Empty,
        );
        let answer = self.hand_over(unit).instrument(span.clone()).await;
        self.measures.save.record(started.elapsed());
        self.measures.saved(&answer);
        span.record("hufu.outcome", answer.as_ref().err().map_or("ok", measures::name_of));
        answer
    }

    async fn hand_over(&self, unit: UnitOfWork) -> Result<Saved> {
        let closed = || StoreError::Unavailable {
            debug: "the database is closed".to_owned(),
        };
        let (answer, answered) = oneshot::channel();
        let message = Message::Save(Box::new(Queued {
            work: Work::of(unit)?,
            answer,
        }));
        match timeout(self.limit, self.queue.send(message)).await {
            Ok(Ok(())) => answered.await.unwrap_or_else(|_| Err(closed())),
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(too_slow()),
        }
    }

    /// Deletes portion after portion until one is not full.
    async fn delete_all(&self, portion: &DeleteStatement) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let went = self.delete(portion).await?;
            deleted += went;
            if went < PURGE_PORTION {
                return Ok(deleted);
            }
        }
    }

    async fn delete(&self, statement: &DeleteStatement) -> Result<u64> {
        let delete = async {
            let transaction = self.connections.begin().await?;
            let deleted = transaction.execute(statement).await?.rows_affected();
            transaction.commit().await?;
            Ok(deleted)
        };
        self.read(async { delete.await.map_err(|error| store_error(&error)) })
            .await
    }
}

#[async_trait]
impl Store for Database {
    async fn lookup_tenant(&self, code: &TenantCode) -> Result<Option<Arc<Tenant>>> {
        let shelves = self.shared.caches.configuration();
        let load = self.shared.read(tenants::by_code(self.shared.reader(), code));
        read_through(&shelves.tenants, code.clone(), load).await
    }

    async fn lookup_tenant_by_host(&self, host: &HostName) -> Result<Option<Arc<Tenant>>> {
        let shelves = self.shared.caches.configuration();
        let load = self.shared.read(tenants::by_host(self.shared.reader(), host));
        read_through(&shelves.hosts, host.clone(), load).await
    }

    async fn list_tenants(&self, after: Option<&TenantCode>, limit: u64) -> Result<Vec<Tenant>> {
        self.shared
            .read(tenants::list(self.shared.reader(), after, limit))
            .await
    }

    async fn lookup_tenant_of_client(&self, id: ClientId) -> Result<Option<Arc<Tenant>>> {
        let shelves = self.shared.caches.configuration();
        let load = async {
            let owner = self.shared.read(clients::tenant_of(self.shared.reader(), id)).await?;
            let Some(owner) = owner else { return Ok(None) };
            self.shared
                .read(tenant_search::by_id(self.shared.reader(), owner))
                .await
        };
        read_through(&shelves.owners, id, load).await
    }

    fn begin(&self, tenant: TenantId) -> Box<dyn TenantStore> {
        Box::new(TenantView::new(self.shared.clone(), tenant))
    }

    async fn has_verify_file(&self, host: &str, token: &str) -> Result<bool> {
        self.shared
            .read(verify_files::exists(self.shared.reader(), host, token))
            .await
    }

    async fn list_overdue_attempts(&self, now: Timestamp, limit: u64) -> Result<Vec<Attempt>> {
        self.shared
            .read(attempts::overdue(self.shared.reader(), now, limit))
            .await
    }

    async fn purge(&self, before: Timestamp, now: Timestamp) -> Result<u64> {
        let mut deleted = 0;
        for statement in [
            attempts::purge(before, PURGE_PORTION),
            access_tokens::purge(before, PURGE_PORTION),
            records::purge(now, PURGE_PORTION),
            sessions::purge(now, PURGE_PORTION),
            sessions::purge_logins(now, PURGE_PORTION),
            counters::purge(now.china_day().saturating_sub(COUNTED_DAYS), PURGE_PORTION),
        ] {
            deleted += self.shared.delete_all(&statement).await?;
        }
        let outlived = self.shared.read(events::outlived(self.shared.reader(), now)).await?;
        for (tenant, end) in outlived {
            let statement = events::purge(tenant, end, PURGE_PORTION);
            deleted += self.shared.delete_all(&statement).await?;
        }
        Ok(deleted)
    }

    async fn ping(&self) -> Result<()> {
        let look = revision::read(self.shared.reader());
        self.shared
            .read(async { look.await.map(|_| ()).map_err(|error| store_error(&error)) })
            .await
    }

    async fn close(&self) {
        if !self.shared.is_closed() {
            self.flush().await;
        }
        let (done, closed) = oneshot::channel();
        if self.shared.queue.send(Message::Close(done)).await.is_ok() {
            let _gone = closed.await;
        }
        self.shared.connections.close().await;
    }
}

#[cfg(test)]
mod tests;
