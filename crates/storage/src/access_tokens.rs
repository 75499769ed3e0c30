//! Access tokens. Only digests are kept.

use hufu_core::clock::Timestamp;
use hufu_core::ids::{AttemptId, ClientId, SubjectId, TenantId};
use hufu_core::model::{AccessToken, Identity, Person};
use hufu_core::oidc::Scopes;
use hufu_core::secret::Digest256;
use hufu_core::store::Result;
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _};
use serde::Deserialize;

use crate::entity::access_token::{Column, Entity, Model};
use crate::entity::identity;
use crate::error::store_error;
use crate::row;

/// Adds all tokens of the parameter.
pub(crate) fn insert(backend: DbBackend) -> String {
    row::insert_all::<Entity>(backend)
}

pub(crate) fn to_row(token: &AccessToken) -> Result<Model> {
    Ok(Model {
        digest: token.digest.encode(),
        tenant_id: token.tenant_id.to_string(),
        client_id: token.client_id.to_string(),
        // A client's own tokens go with nobody who is erased.
        subject_id: token
            .person
            .as_ref()
            .map_or_else(|| token.client_id.to_string(), |person| person.subject_id.to_string()),
        attempt_id: token.attempt_id.to_string(),
        data: row::to_json(token)?,
        expires_at: token.expires_at.as_millis(),
        revoked: false,
    })
}

/// Revokes what these logins gave; answers the digests.
pub(crate) async fn revoke(
    transaction: &impl ConnectionTrait,
    logins: &[(TenantId, AttemptId)],
) -> std::result::Result<Vec<Digest256>, DbErr> {
    let mut any = sea_orm::Condition::any();
    for (tenant, attempt) in logins {
        any = any.add(
            Column::TenantId
                .eq(tenant.to_string())
                .and(Column::AttemptId.eq(attempt.to_string())),
        );
    }
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::Revoked, true)
        .cond_where(any)
        .and_where(Expr::col(Column::Revoked).eq(false))
        .returning_col(Column::Digest);
    let rows = transaction.query_all(&update).await?;
    let digests: std::result::Result<Vec<String>, DbErr> = rows.iter().map(|row| row.try_get_by_index(0)).collect();
    Ok(digests?.iter().filter_map(|text| Digest256::decode(text)).collect())
}

pub(crate) async fn lookup(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    digest: &Digest256,
) -> Result<Option<AccessToken>> {
    let found = Entity::find_by_id(digest.encode())
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::Revoked.eq(false))
        .one(connection)
        .await;
    let Some(row) = found.map_err(|error| store_error(&error))? else {
        return Ok(None);
    };
    match row::from_json("access_tokens.data", &row.data) {
        Ok(token) => Ok(Some(token)),
        Err(error) => match serde_json::from_str::<Older>(&row.data) {
            Ok(older) => older.read(connection).await,
            Err(_) => Err(error),
        },
    }
}

/// A token as it was written before step nine, when every token spoke for a person and none knew by which connector
/// they logged in. Those of the drop-in face live for a month, so they outlive an update.
#[derive(Deserialize)]
struct Older {
    digest: Digest256,
    tenant_id: TenantId,
    client_id: ClientId,
    subject_id: SubjectId,
    #[serde(default)]
    previous_subjects: Vec<SubjectId>,
    attempt_id: AttemptId,
    scopes: Scopes,
    identity: Identity,
    expires_at: Timestamp,
}

impl Older {
    /// Its row of the identities names the connector; without one the person is gone, and the token with them.
    async fn read(self, connection: &impl ConnectionTrait) -> Result<Option<AccessToken>> {
        let known = identity::Entity::find()
            .filter(identity::Column::TenantId.eq(self.tenant_id.to_string()))
            .filter(identity::Column::SubjectId.eq(self.subject_id.to_string()))
            .filter(identity::Column::ExternalId.eq(self.identity.external_id.clone()))
            .one(connection)
            .await;
        let Some(known) = known.map_err(|error| store_error(&error))? else {
            return Ok(None);
        };
        // When it was is not told; the person was seen then or later.
        let at = Timestamp::from_millis(std::cmp::min(known.last_seen, self.expires_at.as_millis()));
        let person = Person {
            subject_id: self.subject_id,
            previous_subjects: self.previous_subjects,
            connector_id: row::id("identities.connector_id", &known.connector_id)?,
            identity: self.identity,
            session_id: None,
            auth_time: at,
        };
        Ok(Some(AccessToken {
            digest: self.digest,
            tenant_id: self.tenant_id,
            client_id: self.client_id,
            person: Some(person),
            attempt_id: self.attempt_id,
            scopes: self.scopes,
            claims: None,
            dpop_jkt: None,
            issued_at: at,
            expires_at: self.expires_at,
        }))
    }
}

/// Deletes tokens whose life was over at `before`; at most one portion.
pub(crate) fn purge(before: Timestamp, portion: u64) -> DeleteStatement {
    let over = Query::select()
        .column(Column::Digest)
        .from(Entity)
        .and_where(Column::ExpiresAt.lt(before.as_millis()))
        .limit(portion)
        .take();
    Query::delete()
        .from_table(Entity)
        .and_where(Column::Digest.in_subquery(over))
        .take()
}
