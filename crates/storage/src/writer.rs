//! The writer: one task through which everything is written.
//!
//! It takes all units that queued while the last commit ran and carries them out together (see [`crate::batch`]), so
//! that under load the cost of a commit is shared and nobody fights for the write lock. Each caller is answered after
//! the commit. A caller that went away changes nothing: its unit is written all the same.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use hufu_core::error::StoreError;
use hufu_core::ids::TenantId;
use hufu_core::store::{Change, Result, Saved};
use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout};

use crate::batch::{Decided, Failure, Statements};
use crate::cache::Caches;
use crate::connect::Connections;
use crate::erasure::Gone;
use crate::error::too_slow;
use crate::measures::{Measures, Told};
use crate::revision::{self, Counter};
use crate::sealed::Sealer;
use crate::unit_of_work::{Touched, Work};
use crate::{attempts, clients, connectors, counters, erasure, keys, records, sessions, tenants, unions, verify_files};

/// Units in one batch at most.
const BATCH: usize = 256;

/// What is sent to the writer.
#[derive(Debug)]
pub(crate) enum Message {
    /// A unit to write.
    Save(Box<Queued>),
    /// Nothing more comes; answered when all is written.
    Close(oneshot::Sender<()>),
    /// Waits until the other end is dropped, so that a test can say what queues together.
    #[cfg(test)]
    Hold(oneshot::Receiver<()>),
}

/// A unit and who waits for it.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) work: Work,
    pub(crate) answer: oneshot::Sender<Result<Saved>>,
}

/// The task's state.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) connections: Connections,
    pub(crate) statements: Statements,
    pub(crate) sealer: Sealer,
    pub(crate) caches: Arc<Caches>,
    pub(crate) queue: mpsc::Receiver<Message>,
    pub(crate) limit: Duration,
    pub(crate) measures: Measures,
}

impl Writer {
    /// Writes until nobody can send any more, or until it is told to close.
    pub(crate) async fn run(mut self) {
        let mut waiting: Vec<Queued> = Vec::new();
        let mut messages = Vec::with_capacity(BATCH);
        let mut closers = Vec::new();
        loop {
            if waiting.is_empty() && self.queue.recv_many(&mut messages, BATCH).await == 0 {
                break;
            }
            // Callers that were just answered are about to come back: one turn for them makes fuller batches. Units
            // left over from the last batch go first; what queued meanwhile joins them.
            yield_now().await;
            while messages.len() + waiting.len() < BATCH
                && let Ok(message) = self.queue.try_recv()
            {
                messages.push(message);
            }
            for message in messages.drain(..) {
                match message {
                    Message::Save(queued) => waiting.push(*queued),
                    Message::Close(done) => {
                        self.queue.close();
                        closers.push(done);
                    }
                    #[cfg(test)]
                    Message::Hold(held) => {
                        let _dropped = held.await;
                    }
                }
            }
            let plan = Plan::of(waiting);
            waiting = plan.left;
            for queued in plan.alone {
                self.write_alone(queued).await;
            }
            self.write_batch(plan.batch).await;
        }
        for done in closers {
            let _gone = done.send(());
        }
    }

    /// Writes login units together; when one of them spoils the whole, each on its own.
    async fn write_batch(&self, batch: Vec<Queued>) {
        if batch.is_empty() {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a batch has 256 units at most")]
        self.measures.batch.record(batch.len() as f64);
        let works: Vec<&Work> = batch.iter().map(|queued| &queued.work).collect();
        let decided = self.transact(&works).await;
        match decided {
            Ok(decided) => self.publish(batch, decided).await,
            Err(failure) if batch.len() > 1 && failure.is_refusal() => {
                tracing::debug!(
                    ?failure,
                    units = batch.len(),
                    "a batch was refused: each unit on its own"
                );
                for queued in batch {
                    let alone = self.transact(&[&queued.work]).await;
                    match alone {
                        Ok(decided) => self.publish(vec![queued], decided).await,
                        Err(failure) => answer(queued, Err(failure.store_error())),
                    }
                }
            }
            Err(failure) => {
                let error = failure.store_error();
                if matches!(error, StoreError::Unavailable { .. }) {
                    tracing::error!(%error, units = batch.len(), "nothing could be written");
                }
                for queued in batch {
                    answer(queued, Err(error.clone()));
                }
            }
        }
    }

    async fn transact(&self, works: &[&Work]) -> std::result::Result<Decided, Failure> {
        let transaction = async {
            let transaction = self.connections.begin().await?;
            match self.statements.carry_out(&transaction, works).await {
                Ok(decided) => {
                    transaction.commit().await?;
                    Ok(decided)
                }
                Err(failure) => {
                    roll_back(transaction).await;
                    Err(failure)
                }
            }
        };
        let started = Instant::now();
        let decided = timeout(self.limit, transaction)
            .await
            .unwrap_or_else(|_| Err(too_slow().into()));
        let failed = decided.as_ref().err().map(Failure::store_error);
        self.measures.commits(false).ended(started.elapsed(), failed.as_ref());
        decided
    }

    /// Shows what was committed to this instance's readers, then answers.
    async fn publish(&self, batch: Vec<Queued>, decided: Decided) {
        decided.told.into_iter().for_each(Told::count);
        for digest in &decided.revoked {
            self.caches.forget_token(digest).await;
        }
        for attempt in &decided.deleted {
            self.caches.forget_attempt(attempt).await;
        }
        for (mut queued, saved) in batch.into_iter().zip(decided.answers) {
            if let Ok(saved) = &saved {
                for mut attempt in queued.work.attempts.drain(..) {
                    if decided.deleted.contains(&attempt.id) {
                        continue;
                    }
                    if let Some(subject) = saved.subject_id {
                        attempts::fill_subject(&mut attempt, subject, saved.previous_subjects.clone());
                    }
                    self.caches.keep_attempt(Arc::new(attempt)).await;
                }
                for token in queued.work.tokens.drain(..) {
                    if !decided.revoked.contains(&token.digest) {
                        self.caches.keep_token(Arc::new(token)).await;
                    }
                }
            }
            answer(queued, saved);
        }
    }

    /// Writes one unit statement by statement, in a transaction of its own.
    async fn write_alone(&self, queued: Queued) {
        let transaction = async {
            let transaction = self.connections.begin().await?;
            match self.carry_out_alone(&transaction, &queued.work).await {
                Ok(written) => {
                    transaction.commit().await?;
                    Ok(written)
                }
                Err(failure) => {
                    roll_back(transaction).await;
                    Err(failure)
                }
            }
        };
        let started = Instant::now();
        let written = timeout(self.limit, transaction)
            .await
            .unwrap_or_else(|_| Err(too_slow().into()));
        let failed = written.as_ref().err().map(Failure::store_error);
        self.measures.commits(true).ended(started.elapsed(), failed.as_ref());
        match written {
            Ok((decided, revision)) => {
                if let Some(revision) = revision {
                    self.caches.configuration_changed(revision);
                }
                self.publish(vec![queued], decided).await;
            }
            Err(failure) => answer(queued, Err(failure.store_error())),
        }
    }

    /// Says what was decided, and the new revision when configuration changed. Records and people are not
    /// configuration: for a click in the console no instance forgets its tenants.
    async fn carry_out_alone(
        &self,
        transaction: &impl ConnectionTrait,
        work: &Work,
    ) -> std::result::Result<(Decided, Option<i64>), Failure> {
        let mut gone = Gone::default();
        for change in &work.alone {
            self.change(transaction, work.tenant, change, &mut gone).await?;
        }
        let mut decided = self.statements.carry_out(transaction, &[work]).await?;
        if let Some(Err(refused)) = decided.answers.first() {
            return Err(refused.clone().into());
        }
        if !gone.tokens.is_empty() {
            revision::raise(transaction, Counter::Revocations).await?;
        }
        decided.revoked.append(&mut gone.tokens);
        decided.deleted.append(&mut gone.attempts);
        decided.deleted.append(&mut gone.changed);
        if !work.is_configuration() {
            return Ok((decided, None));
        }
        let revision = revision::raise(transaction, Counter::Configuration).await?;
        Ok((decided, Some(revision)))
    }

    async fn change(
        &self,
        transaction: &impl ConnectionTrait,
        tenant: TenantId,
        change: &Change,
        gone: &mut Gone,
    ) -> Result<()> {
        match change {
            Change::Count(counted) => counters::add(transaction, tenant, counted).await,
            Change::Tenant(tenant) => tenants::save(transaction, tenant).await,
            Change::Client(client) => clients::save(transaction, client).await,
            Change::Connector(connector) => connectors::save(transaction, &self.sealer, connector).await,
            Change::SigningKey(key) => keys::save(transaction, &self.sealer, key).await,
            Change::DeleteSigningKey(id) => keys::delete(transaction, tenant, *id).await,
            Change::VerifyFile(file) => verify_files::save(transaction, file).await,
            Change::RemoveVerifyFile(file) => verify_files::remove(transaction, file).await,
            Change::SubjectStatus(id, status) => erasure::set_status(transaction, tenant, *id, *status, gone).await,
            Change::MergeSubjects { from, into } => unions::merge(transaction, tenant, *from, *into, gone).await,
            Change::EraseSubject(id) => erasure::erase(transaction, tenant, *id, gone).await,
            Change::Record(record) => records::save(transaction, &self.sealer, record).await,
            Change::EndSession(id) => {
                gone.tokens.extend(sessions::end(transaction, tenant, *id).await?);
                Ok(())
            }
            Change::DeleteRecord { kind, id } => records::delete(transaction, tenant, kind, id).await,
            Change::Attempt(_)
            | Change::Identity(_)
            | Change::AccessToken(_)
            | Change::RevokeAccessTokens(_)
            | Change::Session(_)
            | Change::SessionLogin(_)
            | Change::Event(_) => Ok(()),
        }
    }
}

/// What waits, sorted.
#[derive(Default)]
struct Plan {
    /// Login units of which no two touch the same.
    batch: Vec<Queued>,
    /// Units that are carried out statement by statement: each on its own.
    alone: Vec<Queued>,
    /// For the next batch. A unit behind one that is left, touching the same, is left too: their order stays.
    left: Vec<Queued>,
}

impl Plan {
    fn of(waiting: Vec<Queued>) -> Self {
        let mut plan = Self::default();
        let mut touched = HashSet::new();
        for queued in waiting {
            let mine: HashSet<Touched> = queued.work.touched().collect();
            let is_free = mine.is_disjoint(&touched);
            touched.extend(mine);
            let pile = match (is_free, queued.work.is_alone()) {
                (false, _) => &mut plan.left,
                (true, true) => &mut plan.alone,
                (true, false) => &mut plan.batch,
            };
            pile.push(queued);
        }
        plan
    }
}

fn answer(queued: Queued, saved: Result<Saved>) {
    // Whoever asked may be gone; what is written stays written.
    let _gone = queued.answer.send(saved);
}

async fn roll_back(transaction: sea_orm::DatabaseTransaction) {
    if let Err(error) = transaction.rollback().await {
        let error: DbErr = error;
        tracing::debug!(%error, "a transaction was not rolled back: its connection is gone");
    }
}
