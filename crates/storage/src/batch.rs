//! Carrying out many units set-wise: one statement a table and kind of change, in one transaction.
//!
//! The order matters. Attempts first: of a unit whose attempt did not hold nothing else is written. Then identities,
//! because only the database knows under which subject each is known; then their subjects, tokens, revocations, and
//! last the audit events, into which the subjects go.

use std::collections::{BTreeMap, HashMap, HashSet};

use hufu_core::error::StoreError;
use hufu_core::ids::{AttemptId, SubjectId};
use hufu_core::model::AuditEvent;
use hufu_core::secret::Digest256;
use hufu_core::store::{IdentitySeen, Saved};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use serde::Serialize;

use crate::erasure::Gone;
use crate::error::store_error;
use crate::measures::Told;
use crate::revision::{self, Counter};
use crate::sealed::Sealer;
use crate::unions::Settled;
use crate::unit_of_work::Work;
use crate::{access_tokens, attempts, entity, events, identities, row, sessions, unions};

/// The statements, written once for the engine at hand.
#[derive(Debug)]
pub(crate) struct Statements {
    backend: DbBackend,
    sealer: Sealer,
    insert_attempts: String,
    transition_attempts: String,
    upsert_identities: String,
    upsert_unions: String,
    insert_subjects: String,
    insert_tokens: String,
    insert_events: String,
    write_sessions: String,
    write_session_logins: String,
}

/// Why a batch was not carried out. Nothing of it was written.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database refused or failed.
    Database(DbErr),
    /// A unit cannot be written at all, or only half of one would have been.
    Unit(StoreError),
}

impl Failure {
    pub(crate) fn store_error(&self) -> StoreError {
        match self {
            Self::Database(error) => store_error(error),
            Self::Unit(error) => error.clone(),
        }
    }

    /// Whether one unit may be to blame, so that the others are worth trying.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Database(error) => crate::error::is_refusal(error),
            Self::Unit(_) => true,
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Unit(error)
    }
}

/// What a batch decided.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// One answer a unit, in their order. A refused unit wrote nothing.
    pub(crate) answers: Vec<Result<Saved, StoreError>>,
    /// Digests of the tokens that were revoked.
    pub(crate) revoked: Vec<Digest256>,
    /// Attempts that were deleted, or say something else now.
    pub(crate) deleted: Vec<AttemptId>,
    /// What is counted once it is durable.
    pub(crate) told: Vec<Told>,
}

/// Tenant, connector and the provider's id.
type IdentityKey = (String, String, String);
/// Tenant, owner and union id.
type UnionKey = (String, String, String);

/// What came of putting people together.
#[derive(Debug, Default)]
struct Linked {
    events: Vec<AuditEvent>,
    gone: Gone,
}

/// The status of a person never seen before, as a row has it.
const ACTIVE: &str = "active";
const CONFLICT: StoreError = StoreError::Conflict { what: "attempt" };

impl Statements {
    pub(crate) fn new(backend: DbBackend, sealer: Sealer) -> Self {
        Self {
            backend,
            sealer,
            insert_attempts: attempts::insert(backend),
            transition_attempts: attempts::transition(backend),
            upsert_identities: identities::upsert(backend),
            upsert_unions: unions::upsert(backend),
            insert_subjects: identities::insert_subjects(backend),
            insert_tokens: access_tokens::insert(backend),
            insert_events: events::insert(backend),
            write_sessions: sessions::write(backend),
            write_session_logins: sessions::write_logins(backend),
        }
    }

    fn with<T: Serialize>(&self, sql: &str, rows: &[T]) -> Result<Statement, Failure> {
        Ok(Statement::from_sql_and_values(
            self.backend,
            sql,
            [row::to_json(&rows)?.into()],
        ))
    }

    /// Carries out the login part of all units in the caller's transaction.
    pub(crate) async fn carry_out(
        &self,
        transaction: &impl ConnectionTrait,
        works: &[&Work],
    ) -> Result<Decided, Failure> {
        let mut answers = self.write_attempts(transaction, works).await?;
        let linked = self.write_identities(transaction, works, &mut answers).await?;
        let held = || {
            works
                .iter()
                .zip(&answers)
                .filter_map(|(work, answer)| answer.as_ref().ok().map(|saved| (*work, saved)))
        };

        // By their keys: a statement may not write a row twice, and of two logins at once in one browser the later counts.
        let mut begun = BTreeMap::new();
        for session in held().flat_map(|(work, _)| &work.sessions) {
            begun.insert(session.id, sessions::to_row(session)?);
        }
        let begun: Vec<_> = begun.into_values().collect();
        if !begun.is_empty() {
            transaction
                .execute_raw(self.with(&self.write_sessions, &begun)?)
                .await?;
        }
        let joined: BTreeMap<_, _> = held()
            .flat_map(|(work, _)| {
                work.session_logins.iter().map(|login| {
                    let row = sessions::login_to_row(work.tenant, login);
                    ((login.session_id, login.attempt_id), row)
                })
            })
            .collect();
        let joined: Vec<_> = joined.into_values().collect();
        if !joined.is_empty() {
            transaction
                .execute_raw(self.with(&self.write_session_logins, &joined)?)
                .await?;
        }

        let mut tokens = Vec::new();
        for token in held().flat_map(|(work, _)| &work.tokens) {
            tokens.push(access_tokens::to_row(token)?);
        }
        if !tokens.is_empty() {
            transaction
                .execute_raw(self.with(&self.insert_tokens, &tokens)?)
                .await?;
        }

        let mut revoked = Vec::new();
        let revocations: Vec<_> = held()
            .flat_map(|(work, _)| work.revocations.iter().map(|attempt| (work.tenant, *attempt)))
            .collect();
        if !revocations.is_empty() {
            revoked = access_tokens::revoke(transaction, &revocations).await?;
        }
        revoked.extend(linked.gone.tokens);
        if !revoked.is_empty() {
            revision::raise(transaction, Counter::Revocations).await?;
        }

        let mut rows = Vec::new();
        let mut told = Vec::new();
        for event in linked.events {
            told.push(Told::of(&event));
            rows.push(events::to_row(event)?);
        }
        for (work, saved) in held() {
            for event in &work.events {
                let mut event = event.clone();
                event.subject_id = event.subject_id.or(saved.subject_id);
                told.push(Told::of(&event));
                rows.push(events::to_row(event)?);
            }
        }
        if !rows.is_empty() {
            transaction.execute_raw(self.with(&self.insert_events, &rows)?).await?;
        }
        Ok(Decided {
            answers,
            revoked,
            deleted: linked.gone.changed,
            told,
        })
    }

    /// Answers for each unit whether its attempts held.
    async fn write_attempts(
        &self,
        transaction: &impl ConnectionTrait,
        works: &[&Work],
    ) -> Result<Vec<Result<Saved, StoreError>>, Failure> {
        let all = || works.iter().flat_map(|work| &work.attempts);
        let mut new = Vec::new();
        let mut next = Vec::new();
        for attempt in all() {
            if attempt.version == 1 { &mut new } else { &mut next }.push(attempts::to_row(attempt)?);
        }
        let mut wrote = HashSet::new();
        for (sql, rows) in [
            (&self.insert_attempts, &mut new),
            (&self.transition_attempts, &mut next),
        ] {
            if !rows.is_empty() {
                // One order everywhere, so that two instances do not wait for each other's rows.
                rows.sort_unstable_by(|a: &entity::attempt::Model, b| a.id.cmp(&b.id));
                for row in transaction.query_all_raw(self.with(sql, rows)?).await? {
                    wrote.insert(row.try_get_by_index::<String>(0)?);
                }
            }
        }
        if wrote.len() == new.len() + next.len() {
            return Ok(works.iter().map(|_| Ok(Saved::default())).collect());
        }
        let mut answers = Vec::with_capacity(works.len());
        for work in works {
            let held = work
                .attempts
                .iter()
                .filter(|attempt| wrote.contains(&attempt.id.to_string()))
                .count();
            if held == work.attempts.len() {
                answers.push(Ok(Saved::default()));
            } else if held == 0 {
                answers.push(Err(CONFLICT));
            } else {
                // Half a unit is in the transaction: it must not be committed.
                return Err(Failure::Unit(CONFLICT));
            }
        }
        Ok(answers)
    }

    /// Whose the union ids of these units are; those that nobody had are the unit's own proposed subject's.
    async fn write_unions(
        &self,
        transaction: &impl ConnectionTrait,
        works: &[&Work],
        answers: &[Result<Saved, StoreError>],
    ) -> Result<HashMap<UnionKey, SubjectId>, Failure> {
        let held = works.iter().zip(answers).filter(|(_, answer)| answer.is_ok());
        let mut rows: Vec<_> = held
            .filter_map(|(work, _)| unions::to_row(work.tenant, work.identity.as_ref()?))
            .collect();
        let mut owners = HashMap::new();
        if rows.is_empty() {
            return Ok(owners);
        }
        rows.sort_unstable_by(|a, b| {
            (&a.tenant_id, &a.union_group, &a.union_id).cmp(&(&b.tenant_id, &b.union_group, &b.union_id))
        });
        let statement = self.with(&self.upsert_unions, &rows)?;
        for row in transaction.query_all_raw(statement).await? {
            if row.try_get_by_index::<bool>(4)? {
                // A disabled person does not come in by another account either.
                return Err(Failure::Unit(StoreError::Blocked));
            }
            let key = (
                row.try_get_by_index(0)?,
                row.try_get_by_index(1)?,
                row.try_get_by_index(2)?,
            );
            let subject = row::id("unions.subject_id", &row.try_get_by_index::<String>(3)?)?;
            owners.insert(key, subject);
        }
        Ok(owners)
    }

    /// Writes identities and new subjects of the units that held, and notes the subjects in the answers. Two subjects
    /// that turn out to be one are settled only in a unit of its own.
    async fn write_identities(
        &self,
        transaction: &impl ConnectionTrait,
        works: &[&Work],
        answers: &mut [Result<Saved, StoreError>],
    ) -> Result<Linked, Failure> {
        let mut linked = Linked::default();
        let owners = self.write_unions(transaction, works, answers).await?;
        let owner_of = |work: &Work, seen: &IdentitySeen| {
            let row = unions::to_row(work.tenant, seen)?;
            let owner = *owners.get(&(row.tenant_id.clone(), row.union_group.clone(), row.union_id.clone()))?;
            Some((row, owner))
        };
        let mut rows = Vec::new();
        for (work, answer) in works.iter().zip(answers.iter()) {
            if let (Some(seen), Ok(_)) = (&work.identity, answer) {
                let mut row = identities::to_row(work.tenant, seen, &self.sealer)?;
                if let Some((_, owner)) = owner_of(work, seen) {
                    row.subject_id = owner.to_string();
                }
                rows.push(row);
            }
        }
        if rows.is_empty() {
            return Ok(linked);
        }
        let known = self.upsert(transaction, rows).await?;
        let mut subjects = Vec::new();
        for (work, answer) in works.iter().zip(answers.iter_mut()) {
            let (Some(seen), Ok(saved)) = (&work.identity, answer) else {
                continue;
            };
            let key = (
                work.tenant.to_string(),
                seen.connector_id.to_string(),
                seen.identity.external_id.clone(),
            );
            let Some((mut subject, mut previous)) = known.get(&key).cloned() else {
                continue;
            };
            match owner_of(work, seen) {
                Some((row, owner)) if owner == seen.proposed_subject && owner != subject => {
                    unions::hand_over(transaction, &row, subject).await?;
                }
                Some((_, owner)) if owner != subject && works.len() > 1 => {
                    return Err(Failure::Unit(StoreError::Conflict { what: "union" }));
                }
                Some((row, owner)) if owner != subject => {
                    let who = (work.tenant, subject, owner);
                    let (settled, event) =
                        unions::settle(transaction, &self.sealer, &row, seen, who, &mut linked.gone).await?;
                    linked.events.extend(event);
                    if let Settled::Merged { from, into } = settled {
                        saved.merged_from = Some(from);
                        subject = into;
                        previous.push(from);
                        previous.sort_unstable();
                        previous.dedup();
                    }
                }
                _ => {}
            }
            saved.subject_id = Some(subject);
            saved.previous_subjects = previous;
            saved.is_new_subject = subject == seen.proposed_subject;
            if saved.is_new_subject {
                subjects.push(entity::subject::Model {
                    id: seen.proposed_subject.to_string(),
                    tenant_id: work.tenant.to_string(),
                    created_at: seen.at.as_millis(),
                    status: ACTIVE.to_owned(),
                    merged_into: None,
                });
            }
        }
        if !subjects.is_empty() {
            transaction
                .execute_raw(self.with(&self.insert_subjects, &subjects)?)
                .await?;
        }
        Ok(linked)
    }

    /// Adds or updates identities; under which subject each is known, and which subjects were merged into that one.
    async fn upsert(
        &self,
        transaction: &impl ConnectionTrait,
        mut rows: Vec<entity::identity::Model>,
    ) -> Result<HashMap<IdentityKey, (SubjectId, Vec<SubjectId>)>, Failure> {
        rows.sort_unstable_by(|a, b| {
            (&a.tenant_id, &a.connector_id, &a.external_id).cmp(&(&b.tenant_id, &b.connector_id, &b.external_id))
        });
        let mut known = HashMap::with_capacity(rows.len());
        for row in transaction
            .query_all_raw(self.with(&self.upsert_identities, &rows)?)
            .await?
        {
            if row.try_get_by_index::<bool>(4)? {
                // Its attempt and identity are in the transaction already: only the others may be written again.
                return Err(Failure::Unit(StoreError::Blocked));
            }
            let key: IdentityKey = (
                row.try_get_by_index(0)?,
                row.try_get_by_index(1)?,
                row.try_get_by_index(2)?,
            );
            let subject = row::id("identities.subject_id", &row.try_get_by_index::<String>(3)?)?;
            let previous: Option<String> = row.try_get_by_index(5)?;
            let previous = previous.map(|text| unions::read_previous(&text)).transpose()?;
            known.insert(key, (subject, previous.unwrap_or_default()));
        }
        Ok(known)
    }
}
