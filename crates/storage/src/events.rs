//! Audit events.

use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::error::StoreError;
use hufu_core::ids::{AgencyId, EventId, TenantId};
use hufu_core::model::{Action, Agency, AuditEvent, AuditFilter, Family, Outcome, Reach};
use hufu_core::store::{Record as _, Result};
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait as _, Func, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, Order, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::entity::audit_event::{Column, Entity, Model};
use crate::entity::{record, tenant};
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
    scope: Condition,
    filter: &AuditFilter,
    limit: u64,
) -> Result<Vec<AuditEvent>> {
    let rows = Entity::find()
        .filter(scope)
        .filter(condition(filter))
        .order_by(Column::Id, if filter.oldest_first { Order::Asc } else { Order::Desc })
        .limit(limit)
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    rows.into_iter().map(AuditEvent::try_from).collect()
}

/// How many there are; no more than `most` are looked at.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    scope: Condition,
    filter: &AuditFilter,
    most: u64,
) -> Result<u64> {
    let ids = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(scope)
        .filter(condition(filter))
        .limit(most);
    ids.count(connection).await.map_err(|error| store_error(&error))
}

/// The log of one tenant.
///
/// With `=` SQLite would read all of it in order to find the few changes, rather than their index and sort those.
pub(crate) fn of_tenant(tenant: TenantId, filter: &AuditFilter) -> Condition {
    Condition::all().add(if filter.family == Some(Family::Changes) {
        Column::TenantId.in_subquery(only(tenant))
    } else {
        Column::TenantId.eq(tenant.to_string())
    })
}

/// The logs within a reach.
pub(crate) fn within(reach: &Reach, filter: &AuditFilter) -> Condition {
    let logs = match reach {
        Reach::Platform if is_indexed(filter) => all_logs(),
        Reach::Platform => return Condition::all(),
        Reach::Agency { agency } => logs_of(*agency),
        Reach::Tenants { tenants } => Query::select()
            .column(tenant::Column::Id)
            .from(tenant::Entity)
            .and_where(tenant::Column::Id.is_in(tenants.iter().map(ToString::to_string)))
            .take(),
    };
    Condition::all().add(Column::TenantId.in_subquery(logs))
}

/// Whether an index with the tenant in front finds what is sought: then naming all tenants is quicker than walking
/// the whole log for it.
fn is_indexed(filter: &AuditFilter) -> bool {
    filter.attempt_id.is_some() || filter.request_id.is_some() || filter.external_id.is_some() || is_rare(filter)
}

/// Whether the index over rare actions holds all that is sought.
fn is_rare(filter: &AuditFilter) -> bool {
    filter.family == Some(Family::Changes)
        || filter
            .action
            .is_some_and(|action| !matches!(action, Action::Login | Action::Token))
}

fn all_logs() -> SelectStatement {
    let agencies = Query::select()
        .column(record::Column::Id)
        .from(record::Entity)
        .and_where(record::Column::Kind.eq(Agency::KIND))
        .take();
    Query::select()
        .column(tenant::Column::Id)
        .from(tenant::Entity)
        .union(UnionType::All, agencies)
        .union(UnionType::All, only(TenantId::PLATFORM))
        .take()
}

fn logs_of(agency: AgencyId) -> SelectStatement {
    Query::select()
        .column(tenant::Column::Id)
        .from(tenant::Entity)
        .and_where(tenant::Column::AgencyId.eq(agency.to_string()))
        .union(UnionType::All, only(agency.log()))
        .take()
}

fn only(log: TenantId) -> SelectStatement {
    Query::select().expr(Expr::val(log.to_string())).take()
}

/// What a filter says. Texts come from whoever filters, and may hold what no row can.
pub(crate) fn condition(filter: &AuditFilter) -> Condition {
    let text = |column: Column, text: &Option<String>| text.clone().map(|text| column.eq(row::plain(text)));
    let is_rare_outcome = filter.outcome.is_some_and(|outcome| outcome != Outcome::Succeeded);
    Condition::all()
        .add_option(filter.id.map(|id| Column::Id.eq(id.to_string())))
        .add_option(filter.family.map(of_family))
        .add_option(filter.action.map(|action| Column::Action.eq(action.as_str())))
        .add_option(filter.outcome.map(|outcome| Column::Outcome.eq(outcome.as_str())))
        // Literally what the indexes over rare actions and outcomes say.
        .add_option(is_rare(filter).then(|| Expr::cust("action <> 'login' AND action <> 'token'")))
        .add_option(is_rare_outcome.then(|| Expr::cust("outcome <> 'succeeded'")))
        .add_option(filter.client_id.map(|id| Column::ClientId.eq(id.to_string())))
        .add_option(filter.connector_id.map(|id| Column::ConnectorId.eq(id.to_string())))
        .add_option(filter.attempt_id.map(|id| Column::AttemptId.eq(id.to_string())))
        .add_option(filter.request_id.map(|id| Column::RequestId.eq(id.to_string())))
        .add_option(filter.subject_id.map(|id| Column::SubjectId.eq(id.to_string())))
        .add_option(text(Column::ExternalId, &filter.external_id))
        .add_option(text(Column::Error, &filter.error))
        .add_option(filter.errcode.map(|number| Column::Errcode.eq(number)))
        .add_option(text(Column::Ip, &filter.ip))
        .add_option(text(Column::Actor, &filter.actor))
        .add_option(filter.before.map(|id| Column::Id.lt(id.to_string())))
        .add_option(filter.after.map(|id| Column::Id.gt(id.to_string())))
        .add(between(filter.from, filter.until))
}

/// Each by its name: so an index over actions is used whatever else is asked.
fn of_family(family: Family) -> Expr {
    let is_meant = |action: &Action| action.is_of_login() == (family == Family::Logins);
    Column::Action.is_in(Action::ALL.into_iter().filter(is_meant).map(Action::as_str))
}

/// The time itself decides; the bounds on the id let the index skip what is far outside.
fn between(from: Option<Timestamp>, until: Option<Timestamp>) -> Condition {
    Condition::all()
        .add_option(from.map(|from| Column::At.gte(from.as_millis())))
        .add_option(from.map(|from| Column::Id.gte(floor(from.minus(SLACK)))))
        .add_option(until.map(|until| Column::At.lt(until.as_millis())))
        .add_option(until.map(|until| Column::Id.lt(floor(until.plus(SLACK)))))
}

fn floor(at: Timestamp) -> String {
    EventId::floor(u64::try_from(at.as_millis()).unwrap_or(0)).to_string()
}

/// Tenants whose log is kept for some days only and has older events, and where those end.
pub(crate) async fn outlived(connection: &impl ConnectionTrait, now: Timestamp) -> Result<Vec<(TenantId, Timestamp)>> {
    let oldest = Query::select()
        .expr(Func::min(Expr::col((Entity, Column::Id))))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::TenantId)).equals((tenant::Entity, tenant::Column::Id)))
        .take();
    let kept: Vec<(String, i64, Option<String>)> = tenant::Entity::find()
        .select_only()
        .columns([tenant::Column::Id, tenant::Column::AuditDays])
        .expr(Expr::from(oldest))
        .filter(tenant::Column::AuditDays.is_not_null())
        .into_tuple()
        .all(connection)
        .await
        .map_err(|error| store_error(&error))?;
    let mut outlived = Vec::new();
    for (tenant, days, oldest) in kept {
        let days = u64::try_from(days).map_err(inconsistent)?;
        let end = now.minus(Duration::from_secs(days.saturating_mul(86_400)));
        if oldest.is_some_and(|oldest| oldest < floor(end)) {
            outlived.push((row::id("tenants.id", &tenant)?, end));
        }
    }
    Ok(outlived)
}

/// Deletes a tenant's events from before `end`; at most one portion.
pub(crate) fn purge(tenant: TenantId, end: Timestamp, portion: u64) -> DeleteStatement {
    let over = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::TenantId.eq(tenant.to_string()))
        .and_where(Column::Id.lt(floor(end)))
        .order_by(Column::Id, Order::Asc)
        .limit(portion)
        .take();
    Query::delete()
        .from_table(Entity)
        .and_where(Column::TenantId.eq(tenant.to_string()))
        .and_where(Column::Id.in_subquery(over))
        .take()
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
