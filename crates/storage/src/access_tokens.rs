//! Access tokens. Only digests are kept.

use hufu_core::clock::Timestamp;
use hufu_core::ids::{AttemptId, TenantId};
use hufu_core::model::AccessToken;
use hufu_core::secret::Digest256;
use hufu_core::store::Result;
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _};

use crate::entity::access_token::{Column, Entity, Model};
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
    let found = found.map_err(|error| store_error(&error))?;
    found
        .map(|row| row::from_json("access_tokens.data", &row.data))
        .transpose()
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
