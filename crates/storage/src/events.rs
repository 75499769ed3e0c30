//! Audit events.

use std::time::Duration;

use hufu_core::error::StoreError;
use hufu_core::ids::{EventId, TenantId};
use hufu_core::model::{Action, AuditEvent, AuditFilter, Outcome};
use hufu_core::store::Result;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::entity::audit_event::{Column, Entity, Model};
use crate::error::{inconsistent, store_error};
use crate::row;

/// An event's id and its time come from two looks at one clock; further apart they never are.
const SLACK: Duration = Duration::from_secs(60);

/// Adds all events of the parameter.
pub(crate) fn insert(backend: DbBackend) -> String {
    row::insert_all::<Entity>(backend)
}

/// Newest first. A page is a key range, so the last one costs what the first one does.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    tenant: TenantId,
    filter: &AuditFilter,
    limit: u64,
) -> Result<Vec<AuditEvent>> {
    let rows = Entity::find()
        .filter(condition(tenant, filter))
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    rows.into_iter().map(AuditEvent::try_from).collect()
}

fn condition(tenant: TenantId, filter: &AuditFilter) -> Condition {
    let floor = |millis: i64| EventId::floor(u64::try_from(millis).unwrap_or(0)).to_string();
    let is_rare_action = filter
        .action
        .is_some_and(|action| !matches!(action, Action::Login | Action::Token));
    let is_rare_outcome = filter.outcome.is_some_and(|outcome| outcome != Outcome::Succeeded);
    Condition::all()
        .add(Column::TenantId.eq(tenant.to_string()))
        .add_option(filter.action.map(|action| Column::Action.eq(action.as_str())))
        .add_option(filter.outcome.map(|outcome| Column::Outcome.eq(outcome.as_str())))
        // Literally what the indexes over rare actions and outcomes say.
        .add_option(is_rare_action.then(|| Expr::cust("action <> 'login' AND action <> 'token'")))
        .add_option(is_rare_outcome.then(|| Expr::cust("outcome <> 'succeeded'")))
        .add_option(filter.client_id.map(|id| Column::ClientId.eq(id.to_string())))
        .add_option(filter.connector_id.map(|id| Column::ConnectorId.eq(id.to_string())))
        .add_option(filter.attempt_id.map(|id| Column::AttemptId.eq(id.to_string())))
        .add_option(filter.request_id.map(|id| Column::RequestId.eq(id.to_string())))
        .add_option(filter.external_id.as_ref().map(|id| Column::ExternalId.eq(id.as_str())))
        .add_option(filter.before.map(|id| Column::Id.lt(id.to_string())))
        // The time itself decides; the bounds on the id let the index skip what is far outside.
        .add_option(filter.from.map(|from| Column::At.gte(from.as_millis())))
        .add_option(
            filter
                .from
                .map(|from| Column::Id.gte(floor(from.minus(SLACK).as_millis()))),
        )
        .add_option(filter.until.map(|until| Column::At.lt(until.as_millis())))
        .add_option(
            filter
                .until
                .map(|until| Column::Id.lt(floor(until.plus(SLACK).as_millis()))),
        )
}

pub(crate) fn to_row(event: AuditEvent) -> Result<Model> {
    Ok(Model {
        tenant_id: event.tenant_id.to_string(),
        id: event.id.to_string(),
        at: event.at.as_millis(),
        action: event.action.as_str().to_owned(),
        outcome: event.outcome.as_str().to_owned(),
        attempt_id: event.attempt_id.map(|id| id.to_string()),
        client_id: event.client_id.map(|id| id.to_string()),
        connector_id: event.connector_id.map(|id| id.to_string()),
        subject_id: event.subject_id.map(|id| id.to_string()),
        external_id: event.external_id.map(row::plain),
        scope: event.scope.map(row::plain),
        error: event.error.map(row::plain),
        errcode: event.errcode,
        upstream_ms: event.upstream_ms.map(i64::from),
        ip: event.ip.map(row::plain),
        user_agent: event.user_agent.map(row::plain),
        request_id: event.request_id.map(|id| id.to_string()),
        actor: event.actor.map(row::plain),
        steps: row::to_json(&event.steps)?,
        detail: row::to_json(&event.detail)?,
    })
}

impl TryFrom<Model> for AuditEvent {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self> {
        let action = Action::of(&row.action).ok_or_else(|| inconsistent("audit_events.action: unknown"))?;
        let outcome = Outcome::of(&row.outcome).ok_or_else(|| inconsistent("audit_events.outcome: unknown"))?;
        Ok(Self {
            id: row::id("audit_events.id", &row.id)?,
            tenant_id: row::id("audit_events.tenant_id", &row.tenant_id)?,
            at: row::at(row.at),
            action,
            outcome,
            attempt_id: row::id_opt("audit_events.attempt_id", row.attempt_id.as_deref())?,
            client_id: row::id_opt("audit_events.client_id", row.client_id.as_deref())?,
            connector_id: row::id_opt("audit_events.connector_id", row.connector_id.as_deref())?,
            subject_id: row::id_opt("audit_events.subject_id", row.subject_id.as_deref())?,
            external_id: row.external_id,
            scope: row.scope,
            error: row.error,
            errcode: row.errcode,
            upstream_ms: row.upstream_ms.and_then(|millis| u32::try_from(millis).ok()),
            ip: row.ip,
            user_agent: row.user_agent,
            request_id: row::id_opt("audit_events.request_id", row.request_id.as_deref())?,
            actor: row.actor,
            steps: row::from_json("audit_events.steps", &row.steps)?,
            detail: row::from_json("audit_events.detail", &row.detail)?,
        })
    }
}
