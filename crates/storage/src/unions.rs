//! Who is one person across the accounts of one owner.
//!
//! Of one union id one row decides, whichever instance a login ends at: its insert or update takes the row's lock, so
//! two logins that bring the same union id follow each other. It is written before the identities, and what disables
//! or erases a person goes in the same order: so nobody waits in a circle.

use hufu_core::ids::{SubjectId, TenantId};
use hufu_core::model::{Action, AuditEvent, ConflictState, UnionConflict};
use hufu_core::store::{Change, IdentitySeen, Record as _, Result, UnionSeen};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, ExprTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _,
};
use serde_json::json;

use crate::entity::union::{Column, Entity, Model};
use crate::entity::{attempt, identity, subject};
use crate::erasure::{self, Gone};
use crate::error::{inconsistent, store_error};
use crate::records;
use crate::row;
use crate::sealed::Sealer;

/// Adds all union ids of the parameter that are not known; answers whose each is, and whether that one is disabled.
pub(crate) fn upsert(backend: DbBackend) -> String {
    format!(
        "{} ON CONFLICT (tenant_id, union_group, union_id) DO UPDATE SET union_id = excluded.union_id \
         RETURNING tenant_id, union_group, union_id, subject_id, blocked",
        row::insert_all::<Entity>(backend)
    )
}

/// The row of an identity that is to be linked; `None` when there is nothing to link by. Ids of a visitor who did not
/// log in link nobody.
pub(crate) fn to_row(tenant: TenantId, seen: &IdentitySeen) -> Option<Model> {
    let union = seen.union.as_ref()?;
    let id = seen.identity.union_id.as_ref().filter(|_| !seen.identity.transient)?;
    Some(Model {
        tenant_id: tenant.to_string(),
        union_group: row::plain(union.group.clone()),
        union_id: row::plain(id.clone()),
        subject_id: seen.proposed_subject.to_string(),
        blocked: false,
    })
}

/// The union id was new, but the person is not.
pub(crate) async fn hand_over(transaction: &impl ConnectionTrait, row: &Model, to: SubjectId) -> Result<()> {
    let changed = Entity::update_many()
        .col_expr(Column::SubjectId, Expr::value(to.to_string()))
        .filter(Column::TenantId.eq(row.tenant_id.as_str()))
        .filter(Column::UnionGroup.eq(row.union_group.as_str()))
        .filter(Column::UnionId.eq(row.union_id.as_str()))
        .exec(transaction)
        .await;
    changed.map(|_| ()).map_err(|error| store_error(&error))
}

/// How two subjects with one union id were settled.
pub(crate) enum Settled {
    /// One is left.
    Merged { from: SubjectId, into: SubjectId },
    /// Nobody guesses: both stay.
    Apart,
}

/// Two subjects, `known` by the identity and `other` by its union id. They are one person when `known` never had
/// another union id of this owner; otherwise somebody must look. The older subject stays: more apps know it.
pub(crate) async fn settle(
    transaction: &impl ConnectionTrait,
    sealer: &Sealer,
    row: &Model,
    seen: &IdentitySeen,
    (tenant, known, other): (TenantId, SubjectId, SubjectId),
    gone: &mut Gone,
) -> Result<(Settled, Option<AuditEvent>)> {
    let Some(union) = &seen.union else {
        return Err(inconsistent("a union id without its owner"));
    };
    if has_another(transaction, row, known).await? {
        let conflict = conflict(row, seen, (tenant, known, other));
        let event = note(transaction, sealer, conflict, union).await?;
        return Ok((Settled::Apart, event));
    }
    let (from, into) = if known < other { (other, known) } else { (known, other) };
    merge(transaction, tenant, from, into, gone).await?;
    let mut event = (*union.event).clone();
    event.subject_id = Some(into);
    event.external_id = Some(seen.identity.external_id.clone());
    event.detail.insert("from".to_owned(), json!(from));
    event.detail.insert("into".to_owned(), json!(into));
    Ok((Settled::Merged { from, into }, Some(event)))
}

/// Whether a subject has another union id of the same owner.
async fn has_another(transaction: &impl ConnectionTrait, row: &Model, subject: SubjectId) -> Result<bool> {
    let others = Entity::find()
        .filter(Column::TenantId.eq(row.tenant_id.as_str()))
        .filter(Column::SubjectId.eq(subject.to_string()))
        .filter(Column::UnionGroup.eq(row.union_group.as_str()))
        .filter(Column::UnionId.ne(row.union_id.as_str()))
        .count(transaction)
        .await;
    Ok(others.map_err(|error| store_error(&error))? > 0)
}

fn conflict(
    row: &Model,
    seen: &IdentitySeen,
    (tenant, known, other): (TenantId, SubjectId, SubjectId),
) -> UnionConflict {
    UnionConflict {
        tenant_id: tenant,
        subject_id: known,
        other_id: other,
        connector_id: seen.connector_id,
        external_id: seen.identity.external_id.clone(),
        union_group: row.union_group.clone(),
        union_id: row.union_id.clone(),
        at: seen.at,
        state: ConflictState::Open,
        decided_by: None,
        version: 1,
    }
}

/// Queues a conflict, once; the event of that once.
async fn note(
    transaction: &impl ConnectionTrait,
    sealer: &Sealer,
    conflict: UnionConflict,
    union: &UnionSeen,
) -> Result<Option<AuditEvent>> {
    let known = records::is_kept(transaction, UnionConflict::KIND, &conflict.id()).await?;
    if known {
        return Ok(None);
    }
    let Change::Record(record) = Change::record(&conflict)? else {
        return Err(inconsistent("a record that is none"));
    };
    records::save(transaction, sealer, &record).await?;
    let mut event = (*union.event).clone();
    event.action = Action::PersonConflict;
    event.subject_id = Some(conflict.subject_id);
    event.external_id = Some(conflict.external_id);
    event.detail.insert("other".to_owned(), json!(conflict.other_id));
    Ok(Some(event))
}

/// All that is known of `from` is `into`'s from now on.
pub(crate) async fn merge(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    from: SubjectId,
    into: SubjectId,
    gone: &mut Gone,
) -> Result<()> {
    let moved = Entity::update_many()
        .col_expr(Column::SubjectId, Expr::value(into.to_string()))
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::SubjectId.eq(from.to_string()))
        .exec(transaction)
        .await;
    moved.map_err(|error| store_error(&error))?;
    forget_attempts(transaction, tenant, from, gone).await?;
    move_identities(transaction, tenant, from, into).await?;
    erasure::delete_tokens(transaction, tenant, from, gone).await?;
    let merged = subject::Entity::update_many()
        .col_expr(subject::Column::MergedInto, Expr::value(into.to_string()))
        .filter(subject::Column::TenantId.eq(tenant.to_string()))
        .filter(
            subject::Column::Id
                .eq(from.to_string())
                .or(subject::Column::MergedInto.eq(from.to_string())),
        )
        .exec(transaction)
        .await;
    merged.map(|_| ()).map_err(|error| store_error(&error))
}

/// Identities of both are of one now, and say which subjects they had.
async fn move_identities(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    from: SubjectId,
    into: SubjectId,
) -> Result<()> {
    use identity::Column as Identity;
    let theirs = || {
        Identity::TenantId
            .eq(tenant.to_string())
            .and(Identity::SubjectId.is_in([from.to_string(), into.to_string()]))
    };
    let known: Vec<Option<String>> = identity::Entity::find()
        .select_only()
        .column(Identity::PreviousSubjects)
        .filter(theirs())
        .into_tuple()
        .all(transaction)
        .await
        .map_err(|error| store_error(&error))?;
    let mut previous = vec![from];
    for text in known.iter().flatten() {
        previous.extend(read_previous(text)?);
    }
    previous.sort_unstable();
    previous.dedup();
    let moved = identity::Entity::update_many()
        .col_expr(Identity::SubjectId, Expr::value(into.to_string()))
        .col_expr(Identity::PreviousSubjects, Expr::value(row::to_json(&previous)?))
        .filter(theirs())
        .exec(transaction)
        .await;
    moved.map(|_| ()).map_err(|error| store_error(&error))
}

/// What an identity's row says of subjects it had.
pub(crate) fn read_previous(text: &str) -> Result<Vec<SubjectId>> {
    row::from_json("identities.previous_subjects", text)
}

/// Logins whose codes are not redeemed are read again: their subject is another now.
async fn forget_attempts(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    from: SubjectId,
    gone: &mut Gone,
) -> Result<()> {
    let names = Query::select()
        .columns([identity::Column::ConnectorId, identity::Column::ExternalId])
        .from(identity::Entity)
        .and_where(identity::Column::TenantId.eq(tenant.to_string()))
        .and_where(identity::Column::SubjectId.eq(from.to_string()))
        .take();
    let name = Expr::tuple([
        Expr::col(attempt::Column::ConnectorId),
        Expr::col(attempt::Column::ExternalId),
    ]);
    let ids: Vec<String> = attempt::Entity::find()
        .select_only()
        .column(attempt::Column::Id)
        .filter(attempt::Column::TenantId.eq(tenant.to_string()))
        .filter(attempt::Column::State.eq("authenticated"))
        .filter(name.in_subquery(names))
        .into_tuple()
        .all(transaction)
        .await
        .map_err(|error| store_error(&error))?;
    for id in ids {
        gone.changed.push(row::id("attempts.id", &id)?);
    }
    Ok(())
}

/// A person was disabled or enabled.
pub(crate) async fn set_blocked(
    transaction: &impl ConnectionTrait,
    tenant: TenantId,
    id: SubjectId,
    blocked: bool,
) -> Result<()> {
    let changed = Entity::update_many()
        .col_expr(Column::Blocked, Expr::value(blocked))
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::SubjectId.eq(id.to_string()))
        .exec(transaction)
        .await;
    changed.map(|_| ()).map_err(|error| store_error(&error))
}

/// A person was erased.
pub(crate) async fn erase(transaction: &impl ConnectionTrait, tenant: TenantId, id: SubjectId) -> Result<()> {
    let deleted = Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.to_string()))
        .filter(Column::SubjectId.eq(id.to_string()))
        .exec(transaction)
        .await;
    deleted.map(|_| ()).map_err(|error| store_error(&error))
}
