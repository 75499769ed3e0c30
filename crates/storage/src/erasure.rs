//! What an operator does to a person: disabling and erasing. What a login does to one is in `identities`.

use hufu_core::error::StoreError;
use hufu_core::ids::{AttemptId, ConnectorId, SubjectId, TenantId};
use hufu_core::model::{Consent, RefreshGrant, Status};
use hufu_core::secret::Digest256;
use hufu_core::store::{Record as _, Result};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::entity::{access_token, attempt, audit_event, identity, subject};
use crate::error::{inconsistent, store_error};
use crate::{records, row, sessions, unions};

/// What caches must forget.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    pub(crate) tokens: Vec<Digest256>,
    pub(crate) attempts: Vec<AttemptId>,
    /// Attempts that say something else now.
    pub(crate) changed: Vec<AttemptId>,
}

/// Disables or enables a person. Of a disabled one no token is left, and no code that could become one.
pub(crate) async fn set_status(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    id: SubjectId,
    status: Status,
    gone: &mut Gone,
) -> Result<()> {
    if status == Status::Draft {
        return Err(inconsistent("a person is never a draft"));
    }
    let changed = subject::Entity::update_many()
        .col_expr(subject::Column::Status, Expr::value(row::to_word(&status)?))
        .filter(subject::Column::TenantId.eq(tenant.to_string()))
        .filter(subject::Column::Id.eq(id.to_string()))
        .exec(transaction)
        .await;
    if changed.map_err(|error| store_error(&error))?.rows_affected == 0 {
        return Err(StoreError::Conflict { what: "subject" });
    }
    unions::set_blocked(transaction, tenant, id, !status.is_active()).await?;
    let blocked = identity::Entity::update_many()
        .col_expr(identity::Column::Blocked, Expr::value(!status.is_active()))
        .filter(identity::Column::TenantId.eq(tenant.to_string()))
        .filter(identity::Column::SubjectId.eq(id.to_string()))
        .exec(transaction)
        .await;
    blocked.map_err(|error| store_error(&error))?;
    if !status.is_active() {
        let names = names(transaction, tenant, id).await?;
        delete_tokens(transaction, tenant, id, gone).await?;
        delete_attempts(transaction, tenant, &names, gone).await?;
        delete_sessions(transaction, tenant, &names).await?;
    }
    Ok(())
}

/// Erases what is known of a person. The subject stays, as a name without a person.
pub(crate) async fn erase(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    id: SubjectId,
    gone: &mut Gone,
) -> Result<()> {
    let names = names(transaction, tenant, id).await?;
    delete_tokens(transaction, tenant, id, gone).await?;
    delete_attempts(transaction, tenant, &names, gone).await?;
    delete_sessions(transaction, tenant, &names).await?;
    erase_events(transaction, tenant, &names).await?;
    unions::erase(transaction, tenant, id).await?;
    let deleted = identity::Entity::delete_many()
        .filter(identity::Column::TenantId.eq(tenant.to_string()))
        .filter(identity::Column::SubjectId.eq(id.to_string()))
        .exec(transaction)
        .await;
    deleted.map(|_| ()).map_err(|error| store_error(&error))
}

/// A connector, and the id that it knows the person by.
type Name = (ConnectorId, String);

async fn names(transaction: &impl ConnectionTrait, tenant: TenantId, id: SubjectId) -> Result<Vec<Name>> {
    let rows: Vec<(String, String)> = identity::Entity::find()
        .select_only()
        .columns([identity::Column::ConnectorId, identity::Column::ExternalId])
        .filter(identity::Column::TenantId.eq(tenant.to_string()))
        .filter(identity::Column::SubjectId.eq(id.to_string()))
        .into_tuple()
        .all(transaction)
        .await
        .map_err(|error| store_error(&error))?;
    let read = |(connector, name): (String, String)| Ok((row::id("identities.connector_id", &connector)?, name));
    rows.into_iter().map(read).collect()
}

/// Deletes access tokens, refresh tokens and what the person allowed apps.
pub(crate) async fn delete_tokens(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    id: SubjectId,
    gone: &mut Gone,
) -> Result<()> {
    use access_token::{Column, Entity};
    let delete = Query::delete()
        .from_table(Entity)
        .and_where(Column::TenantId.eq(tenant.to_string()))
        .and_where(Column::SubjectId.eq(id.to_string()))
        .returning_col(Column::Digest)
        .take();
    let rows = transaction
        .query_all(&delete)
        .await
        .map_err(|error| store_error(&error))?;
    for row in rows {
        let digest: String = row.try_get_by_index(0).map_err(|error| store_error(&error))?;
        gone.tokens.extend(Digest256::decode(&digest));
    }
    for kind in [RefreshGrant::KIND, Consent::KIND] {
        records::delete_group(transaction, tenant, kind, &id.to_string()).await?;
    }
    Ok(())
}

async fn delete_sessions(transaction: &impl ConnectionTrait, tenant: TenantId, names: &[Name]) -> Result<()> {
    for (connector, name) in names {
        sessions::delete_of_identity(transaction, tenant, &connector.to_string(), name).await?;
    }
    Ok(())
}

/// Deletes the logins that proved one of these names and whose code is not redeemed: no other keeps what it proved.
async fn delete_attempts(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    names: &[Name],
    gone: &mut Gone,
) -> Result<()> {
    use attempt::{Column, Entity};
    if names.is_empty() {
        return Ok(());
    }
    let mut theirs = Condition::any();
    for (connector, name) in names {
        theirs = theirs.add(
            Column::ConnectorId
                .eq(connector.to_string())
                .and(Column::ExternalId.eq(name.as_str())),
        );
    }
    let delete = Query::delete()
        .from_table(Entity)
        .and_where(Column::TenantId.eq(tenant.to_string()))
        .cond_where(theirs)
        .returning_col(Column::Id)
        .take();
    let rows = transaction
        .query_all(&delete)
        .await
        .map_err(|error| store_error(&error))?;
    for row in rows {
        let id: std::result::Result<String, DbErr> = row.try_get_by_index(0);
        gone.attempts
            .push(row::id("attempts.id", &id.map_err(|error| store_error(&error))?)?);
    }
    Ok(())
}

/// Takes the provider's ids out of the log. They are sought by the ids, which have an index, not by the subject: an
/// event of a login that was refused has no subject, but it has the id.
async fn erase_events(transaction: &impl ConnectionTrait, tenant: TenantId, names: &[Name]) -> Result<()> {
    use audit_event::{Column, Entity};
    for (connector, name) in names {
        let erased = Entity::update_many()
            .col_expr(Column::ExternalId, Expr::value(None::<String>))
            .filter(Column::TenantId.eq(tenant.to_string()))
            .filter(Column::ExternalId.eq(name.as_str()))
            .filter(
                Column::ConnectorId
                    .eq(connector.to_string())
                    .or(Column::ConnectorId.is_null()),
            )
            .exec(transaction)
            .await;
        erased.map_err(|error| store_error(&error))?;
    }
    Ok(())
}
