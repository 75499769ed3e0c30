//! Browsers that are signed in.
//!
//! The person of a session is found through its identity, as for attempts: when two people turn out to be one, or one
//! is disabled, the session says so by itself.

use hufu_core::clock::Timestamp;
use hufu_core::ids::{AttemptId, BrowserSessionId, ClientId, SubjectId, TenantId};
use hufu_core::model::{BrowserSession, SessionLogin};
use hufu_core::secret::Digest256;
use hufu_core::store::Result;
use sea_orm::sea_query::{DeleteStatement, Expr, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, ExprTrait as _, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::entity::session::{Column, Entity, Model};
use crate::entity::{identity, session_login};
use crate::error::{inconsistent, store_error};
use crate::{access_tokens, row, unions};

/// Writes all sessions of the parameter: adds them, or renews those that there are, which stay whose they are. None may
/// stand there twice.
pub(crate) fn write(backend: DbBackend) -> String {
    format!(
        "{} ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, data = excluded.data, \
         created_at = excluded.created_at, expires_at = excluded.expires_at \
         WHERE sessions.tenant_id = excluded.tenant_id AND sessions.connector_id = excluded.connector_id \
         AND sessions.external_id = excluded.external_id",
        row::insert_all::<Entity>(backend)
    )
}

/// Writes all logins of the parameter: adds them, or lets those that there are live as long as their session. None may
/// stand there twice.
pub(crate) fn write_logins(backend: DbBackend) -> String {
    format!(
        "{} ON CONFLICT (session_id, attempt_id) DO UPDATE SET expires_at = excluded.expires_at",
        row::insert_all::<session_login::Entity>(backend)
    )
}

pub(crate) fn to_row(session: &BrowserSession) -> Result<Model> {
    Ok(Model {
        id: session.id.to_string(),
        tenant_id: session.tenant_id.to_string(),
        digest: session.digest.encode(),
        connector_id: session.connector_id.to_string(),
        external_id: row::plain(session.identity.external_id.clone()),
        data: row::to_json(session)?,
        created_at: session.auth_time.as_millis(),
        expires_at: session.expires_at.as_millis(),
    })
}

pub(crate) fn login_to_row(tenant: TenantId, login: &SessionLogin) -> session_login::Model {
    session_login::Model {
        tenant_id: tenant.to_string(),
        session_id: login.session_id.to_string(),
        attempt_id: login.attempt_id.to_string(),
        client_id: login.client_id.to_string(),
        expires_at: login.expires_at.as_millis(),
    }
}

/// By what sessions are sought.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    Cookie(&'a Digest256),
    Id(BrowserSessionId),
    Person(SubjectId),
}

impl By<'_> {
    fn condition(self) -> Expr {
        match self {
            Self::Cookie(digest) => Column::Digest.eq(digest.encode()),
            Self::Id(id) => Column::Id.eq(id.to_string()),
            Self::Person(subject) => Expr::col((identity::Entity, identity::Column::SubjectId)).eq(subject.to_string()),
        }
    }
}

/// Sessions of a tenant, newest first, at most `limit`; none of a person who is disabled.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    by: By<'_>,
    limit: u64,
) -> Result<Vec<BrowserSession>> {
    let proved = Entity::belongs_to(identity::Entity)
        .from((Column::TenantId, Column::ConnectorId, Column::ExternalId))
        .to((
            identity::Column::TenantId,
            identity::Column::ConnectorId,
            identity::Column::ExternalId,
        ));
    let rows: Vec<(String, String, Option<String>)> = Entity::find()
        .select_only()
        .column(Column::Data)
        .column_as(identity::Column::SubjectId, "subject")
        .column_as(identity::Column::PreviousSubjects, "previous")
        .join(JoinType::InnerJoin, proved.into())
        .filter(by.condition())
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(identity::Column::Blocked.eq(false))
        .order_by_desc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    rows.into_iter().map(|row| read(tenant, row)).collect()
}

fn read(tenant: TenantId, (data, subject, previous): (String, String, Option<String>)) -> Result<BrowserSession> {
    let mut session: BrowserSession = row::from_json("sessions.data", &data)?;
    if session.tenant_id != tenant {
        return Err(inconsistent("sessions.data: another tenant than its row"));
    }
    session.subject_id = Some(row::id("identities.subject_id", &subject)?);
    let previous = previous.map(|text| unions::read_previous(&text)).transpose()?;
    session.previous_subjects = previous.unwrap_or_default();
    Ok(session)
}

/// The logins of a session beside its first.
pub(crate) async fn logins(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    id: BrowserSessionId,
) -> Result<Vec<SessionLogin>> {
    use session_login::Column;
    let rows = session_login::Entity::find()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::SessionId.eq(id.to_string()))
        .order_by_asc(Column::AttemptId)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    let read = |row: session_login::Model| {
        Ok(SessionLogin {
            session_id: id,
            attempt_id: row::id::<AttemptId>("session_logins.attempt_id", &row.attempt_id)?,
            client_id: row::id::<ClientId>("session_logins.client_id", &row.client_id)?,
            expires_at: row::at(row.expires_at),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Ends a session, and the access tokens that its logins gave; answers their digests. One that is gone is no error.
pub(crate) async fn end(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    id: BrowserSessionId,
) -> Result<Vec<Digest256>> {
    let data: Option<String> = Entity::find()
        .select_only()
        .column(Column::Data)
        .filter(Column::Id.eq(id.to_string()))
        .filter(Column::TenantId.eq(tenant.to_string()))
        .into_tuple()
        .one(transaction)
        .await
        .map_err(|error| store_error(&error))?;
    let Some(data) = data else { return Ok(Vec::new()) };
    let session: BrowserSession = row::from_json("sessions.data", &data)?;
    let mut logins = vec![(tenant, session.attempt_id)];
    logins.extend(
        self::logins(transaction, tenant, id)
            .await?
            .iter()
            .map(|login| (tenant, login.attempt_id)),
    );
    let revoked = access_tokens::revoke(transaction, &logins).await;
    let deleted = Entity::delete_many()
        .filter(Column::Id.eq(id.to_string()))
        .filter(Column::TenantId.eq(tenant.to_string()))
        .exec(transaction)
        .await;
    deleted.map_err(|error| store_error(&error))?;
    let deleted = session_login::Entity::delete_many()
        .filter(session_login::Column::TenantId.eq(tenant.to_string()))
        .filter(session_login::Column::SessionId.eq(id.to_string()))
        .exec(transaction)
        .await;
    deleted.map_err(|error| store_error(&error))?;
    revoked.map_err(|error| store_error(&error))
}

/// Deletes the sessions of an identity.
pub(crate) async fn delete_of_identity(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    connector: &str,
    external_id: &str,
) -> Result<()> {
    let deleted = Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::ConnectorId.eq(connector))
        .filter(Column::ExternalId.eq(external_id))
        .exec(transaction)
        .await;
    deleted.map(|_| ()).map_err(|error| store_error(&error))
}

/// Deletes sessions whose time was over at `now`; at most one portion.
pub(crate) fn purge(now: Timestamp, portion: u64) -> DeleteStatement {
    let over = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::ExpiresAt.lte(now.as_millis()))
        .limit(portion)
        .take();
    Query::delete()
        .from_table(Entity)
        .and_where(Column::Id.in_subquery(over))
        .take()
}

/// Deletes logins of sessions whose time was over at `now`; at most one portion.
pub(crate) fn purge_logins(now: Timestamp, portion: u64) -> DeleteStatement {
    use session_login::Column;
    let over = Query::select()
        .column(Column::AttemptId)
        .from(session_login::Entity)
        .and_where(Column::ExpiresAt.lte(now.as_millis()))
        .limit(portion)
        .take();
    Query::delete()
        .from_table(session_login::Entity)
        .and_where(Column::AttemptId.in_subquery(over))
        .take()
}
