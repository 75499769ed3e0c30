//! Attempts.

use hufu_core::clock::Timestamp;
use hufu_core::ids::{AttemptId, SubjectId, TenantId};
use hufu_core::model::{Attempt, AttemptState};
use hufu_core::secret::Digest256;
use hufu_core::store::Result;
use sea_orm::sea_query::{DeleteStatement, Expr, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::entity::attempt::{Column, Entity, Model};
use crate::entity::identity;
use crate::error::{inconsistent, store_error};
use crate::{row, unions};

/// Adds all new attempts of the parameter; answers the ids of those that were not there.
pub(crate) fn insert(backend: DbBackend) -> String {
    format!(
        "{} ON CONFLICT DO NOTHING RETURNING id",
        row::insert_all::<Entity>(backend)
    )
}

/// Takes all attempts of the parameter one version further; answers the ids of those that stood at the version before.
/// What is not there is not added.
///
/// State and deadline never change after the first version, so their indexes are not touched; an attempt for which
/// they did is refused rather than half written.
pub(crate) fn transition(backend: DbBackend) -> String {
    format!(
        "UPDATE {} attempts SET state = r.state, external_id = r.external_id, code_digest = r.code_digest, \
         data = r.data, version = r.version \
         FROM {} WHERE attempts.id = r.id AND attempts.tenant_id = r.tenant_id AND attempts.version = r.version - 1 \
         AND attempts.state_digest IS NOT DISTINCT FROM r.state_digest AND attempts.expires_at = r.expires_at \
         RETURNING attempts.id",
        row::or_fail(backend),
        row::rows_of::<Entity>(backend)
    )
}

pub(crate) fn to_row(attempt: &Attempt) -> Result<Model> {
    Ok(Model {
        id: attempt.id.to_string(),
        tenant_id: attempt.tenant_id.to_string(),
        connector_id: attempt.connector_id.to_string(),
        state: attempt.state.name().to_owned(),
        external_id: match &attempt.state {
            AttemptState::Authenticated(proof) => Some(row::plain(proof.identity.external_id.clone())),
            _ => None,
        },
        state_digest: row::digest_opt(attempt.state_digest.as_ref()),
        code_digest: row::digest_opt(attempt.code_digest.as_ref()),
        data: row::to_json(attempt)?,
        created_at: attempt.created_at.as_millis(),
        expires_at: attempt.expires_at.as_millis(),
        version: attempt.version.into(),
    })
}

/// By which column an attempt is sought.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    State(&'a Digest256),
    Code(&'a Digest256),
    Id(AttemptId),
}

impl By<'_> {
    fn condition(self) -> Expr {
        match self {
            Self::State(digest) => Column::StateDigest.eq(digest.encode()),
            Self::Code(digest) => Column::CodeDigest.eq(digest.encode()),
            Self::Id(id) => Column::Id.eq(id.to_string()),
        }
    }
}

/// One attempt of a tenant, with the subject of the identity that it proved: an attempt is written before its subject
/// is known, so the subject is found through the identity.
pub(crate) async fn lookup(connection: &impl ConnectionTrait, tenant: TenantId, by: By<'_>) -> Result<Option<Attempt>> {
    let proved = Entity::belongs_to(identity::Entity)
        .from((Column::TenantId, Column::ConnectorId, Column::ExternalId))
        .to((
            identity::Column::TenantId,
            identity::Column::ConnectorId,
            identity::Column::ExternalId,
        ));
    let found: Option<(String, Option<String>, Option<String>)> = Entity::find()
        .select_only()
        .column(Column::Data)
        .column_as(identity::Column::SubjectId, "subject")
        .column_as(identity::Column::PreviousSubjects, "previous")
        .join(JoinType::LeftJoin, proved.into())
        .filter(by.condition())
        .filter(Column::TenantId.eq(tenant.to_string()))
        .into_tuple()
        .one(connection)
        .await
        .map_err(|error| store_error(&error))?;
    let Some((data, subject, previous)) = found else {
        return Ok(None);
    };
    let mut attempt = from_data(&data)?;
    if attempt.tenant_id != tenant {
        return Err(inconsistent("attempts.data: another tenant than its row"));
    }
    if let Some(subject) = row::id_opt::<SubjectId>("identities.subject_id", subject.as_deref())? {
        let previous = previous.map(|text| unions::read_previous(&text)).transpose()?;
        fill_subject(&mut attempt, subject, previous.unwrap_or_default());
    }
    Ok(Some(attempt))
}

/// Writes the subject into what an authenticated attempt proved. The identity's subject is the one that counts.
pub(crate) fn fill_subject(attempt: &mut Attempt, subject: SubjectId, previous: Vec<SubjectId>) {
    if let AttemptState::Authenticated(proof) = &mut attempt.state {
        proof.subject_id = Some(subject);
        proof.previous_subjects = previous;
    }
}

/// Attempts of all tenants that wait for an identity though their time is over.
pub(crate) async fn overdue(connection: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<Attempt>> {
    let rows: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Data)
        // Literally what the index over waiting attempts says.
        .filter(Expr::cust("state = 'awaiting_identity'"))
        .filter(Column::ExpiresAt.lte(now.as_millis()))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    rows.iter().map(|data| from_data(data)).collect()
}

/// Deletes attempts that ended, and unredeemed codes, whose time was over at `before`; at most one portion. An attempt
/// that still waits stays until its end is in the audit log.
pub(crate) fn purge(before: Timestamp, portion: u64) -> DeleteStatement {
    let ended = ["authenticated", "consumed", "denied", "expired", "failed", "rejected"];
    let over = Query::select()
        .column(Column::Id)
        .from(Entity)
        // Ids sort by the time they were made: what is younger need not be looked at.
        .and_where(Column::Id.lt(AttemptId::floor(u64::try_from(before.as_millis()).unwrap_or(0)).to_string()))
        .and_where(Column::State.is_in(ended))
        .and_where(Column::ExpiresAt.lt(before.as_millis()))
        .limit(portion)
        .take();
    Query::delete()
        .from_table(Entity)
        .and_where(Column::Id.in_subquery(over))
        .take()
}

fn from_data(data: &str) -> Result<Attempt> {
    row::from_json("attempts.data", data)
}
