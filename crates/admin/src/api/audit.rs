//! The audit log: people's logins, and what operators changed. Both lists are read as the console reads them; a file
//! is written by the console's own export.

use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::ids::{AttemptId, ClientId, ConnectorId, EventId, RequestId, SubjectId};
use hufu_core::model::{self, AuditEvent, AuditFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Page, limit, ok, part};
use super::asked::{Asked, id, wrong_parameter};
use super::caller::Caller;
use super::names::{Action, Family, Outcome, Time};
use crate::access::{Overview, TenantAccess};
use crate::http::{Answer, Refusal};
use crate::pages::{Export, Kind, Names};
use hufu_core::sheet::{Format, masked};

/// One line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Event {
    /// Identifier; sorts by time.
    id: String,
    /// When.
    at: Time,
    /// The tenant's code; in brackets: the log of the platform or of an agency.
    tenant: String,
    /// What was done.
    action: Action,
    /// How it ended.
    outcome: Outcome,
    /// The login; all its lines have the same.
    attempt_id: Option<String>,
    /// The app.
    client_id: Option<String>,
    /// The account.
    connector_id: Option<String>,
    /// The person.
    subject: Option<String>,
    /// The provider's id of the person.
    openid: Option<String>,
    /// Scopes granted.
    scope: Option<String>,
    /// Why it did not succeed: Hufu's stable code.
    error: Option<String>,
    /// The provider's number.
    errcode: Option<i64>,
    /// Milliseconds the provider took.
    upstream_ms: Option<u32>,
    /// Address of the browser or program.
    ip: Option<String>,
    /// Its `User-Agent`.
    user_agent: Option<String>,
    /// The request that ended it.
    request_id: Option<String>,
    /// Who did it: `operator:…`, `api-key:…`, `cli:…`, `hand-over:…`.
    actor: Option<String>,
    /// When each step was reached.
    steps: Vec<Step>,
    /// More, by name: what a change changed, what the provider said. Never a secret.
    #[schema(value_type = Object)]
    detail: Map<String, Value>,
}

/// A step of a login.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Step {
    /// Its name.
    step: String,
    /// When it was reached.
    at: Time,
}

/// How a list is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shape {
    /// A part of it, as JSON.
    #[default]
    Json,
    /// All of it, as a table; the last line says whether it is complete.
    Csv,
    /// All of it, one JSON object a line; the last line says whether it is complete.
    Jsonl,
}

/// What to read.
#[derive(Debug, Default, Deserialize, Serialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsAsked {
    /// Which list; else `logins`.
    list: Option<Family>,
    /// Code of the tenant; else all within reach.
    tenant: Option<String>,
    /// Only this action.
    action: Option<Action>,
    /// Only this outcome.
    outcome: Option<Outcome>,
    /// Only this app.
    #[param(value_type = Option<String>)]
    client_id: Option<ClientId>,
    /// Only this account.
    #[param(value_type = Option<String>)]
    connector_id: Option<ConnectorId>,
    /// Only this login.
    #[param(value_type = Option<String>)]
    attempt_id: Option<AttemptId>,
    /// Only this request.
    #[param(value_type = Option<String>)]
    request_id: Option<RequestId>,
    /// Only this person.
    #[param(value_type = Option<String>)]
    subject: Option<SubjectId>,
    /// Only this id at the provider.
    openid: Option<String>,
    /// Only this reason.
    error: Option<String>,
    /// Only this number of the provider.
    errcode: Option<i64>,
    /// Only this address.
    ip: Option<String>,
    /// Only who did it.
    actor: Option<String>,
    /// Not before.
    from: Option<Time>,
    /// Before.
    until: Option<Time>,
    /// How it is answered; else `json`. Files have no parts: `before` and `limit` do not apply.
    format: Option<Shape>,
    /// Events older than this one.
    #[param(value_type = Option<String>)]
    before: Option<EventId>,
    /// How many at most: 1 to 500, else 100.
    limit: Option<u32>,
}

impl EventsAsked {
    fn kind(&self) -> Kind {
        match self.list {
            Some(Family(model::Family::Changes)) => Kind::Changes,
            _ => Kind::Logins,
        }
    }

    fn filter(&self) -> Result<AuditFilter, Refusal> {
        let moment = |time: Option<Time>| time.map(|Time(at): Time| at);
        let (from, until): (Option<Timestamp>, _) = (moment(self.from), moment(self.until));
        if from.is_some_and(|from| until.is_some_and(|until| until <= from)) {
            return Err(wrong_parameter("until", "须晚于 from", "must be after from"));
        }
        Ok(AuditFilter {
            family: Some(self.kind().family()),
            action: self.action.map(|action| action.0),
            outcome: self.outcome.map(|outcome| outcome.0),
            client_id: self.client_id,
            connector_id: self.connector_id,
            attempt_id: self.attempt_id,
            request_id: self.request_id,
            subject_id: self.subject,
            external_id: self.openid.clone(),
            error: self.error.clone(),
            errcode: self.errcode,
            ip: self.ip.clone(),
            actor: self.actor.clone(),
            from,
            until,
            before: self.before,
            ..AuditFilter::default()
        })
    }

    /// The parameters as they were asked, but for the key of the part.
    fn kept(&self) -> Map<String, Value> {
        let mut kept = match serde_json::to_value(self) {
            Ok(Value::Object(kept)) => kept,
            _ => Map::new(),
        };
        kept.retain(|name, value| name != "before" && !value.is_null());
        kept
    }

    /// The filter alone, as the log of an export names it.
    fn filters(&self) -> Map<String, Value> {
        let mut filters = self.kept();
        filters.retain(|name, _| !matches!(name.as_str(), "list" | "format" | "limit"));
        filters
    }

    fn next(&self, last: &AuditEvent) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let kept = self.kept();
        let mut kept: Vec<_> = kept.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
        kept.sort_unstable();
        part("/audit/events", &kept, "before", &last.id)
    }
}

/// Reads the audit log, newest first
#[utoipa::path(get, path = "/audit/events", tag = "audit", params(EventsAsked),
    responses((status = 200, description = "A part of the log, or all that was asked for as a file. That a file is read stands in the log itself.",
        content((Page<Event> = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")))))]
pub(super) async fn list_events(caller: Caller, Asked(asked): Asked<EventsAsked>) -> Answer {
    let (overview, tenant) = log_of(&caller, &asked).await?;
    let format = match asked.format.unwrap_or_default() {
        Shape::Json => return page(&caller, &overview, &asked).await,
        Shape::Csv => Format::Csv,
        Shape::Jsonl => Format::Jsonl,
    };
    let filter = AuditFilter {
        before: None,
        ..asked.filter()?
    };
    let export = Export {
        access: caller.access,
        log: tenant.map(|tenant| tenant.tenant().code.to_string()),
        overview,
        filter,
        kind: asked.kind(),
        format,
        asked: asked.filters(),
    };
    export.begin().await
}

/// Whose log is read.
async fn log_of(caller: &Caller, asked: &EventsAsked) -> Result<(Overview, Option<TenantAccess>), Refusal> {
    let all = match asked.kind() {
        Kind::Logins => caller.access.overview(),
        Kind::Changes => caller.access.changes()?,
    };
    let Some(code) = &asked.tenant else {
        return Ok((all, None));
    };
    let tenant = caller.access.tenant(code).await?;
    Ok((tenant.overview(), Some(tenant)))
}

async fn page(caller: &Caller, overview: &Overview, asked: &EventsAsked) -> Answer {
    let most = limit(asked.limit, 100, 500)?;
    let mut found = overview.events(&asked.filter()?, most as u64 + 1).await?;
    let has_more = found.len() > most;
    found.truncate(most);
    let mut names = Names::default();
    names.learn_tenants(&caller.access, &found).await?;
    let next = found.last().filter(|_| has_more).map(|last| asked.next(last));
    let shown = found.into_iter().map(|event| shown(names.log(event.tenant_id), event));
    Ok(Page {
        next,
        ..Page::whole(shown)
    }
    .answer())
}

/// Reads one line of the audit log
#[utoipa::path(get, path = "/audit/events/{id}", tag = "audit",
    responses((status = 200, description = "The line.", body = Event)))]
pub(super) async fn get_event(caller: Caller, Path(event): Path<String>) -> Answer {
    let event = caller.access.overview().event(id(&event)?).await?;
    if !event.action.is_of_login() {
        caller.access.changes()?;
    }
    let mut names = Names::default();
    names
        .learn_tenants(&caller.access, std::slice::from_ref(&event))
        .await?;
    Ok(ok(&shown(names.log(event.tenant_id), event)))
}

fn shown(tenant: String, event: AuditEvent) -> Event {
    let step = |step: model::StepTime| Step {
        step: step.step.to_string(),
        at: step.at.into(),
    };
    Event {
        id: event.id.to_string(),
        at: event.at.into(),
        tenant,
        action: event.action.into(),
        outcome: event.outcome.into(),
        attempt_id: event.attempt_id.map(|id| id.to_string()),
        client_id: event.client_id.map(|id| id.to_string()),
        connector_id: event.connector_id.map(|id| id.to_string()),
        subject: event.subject_id.map(|id| id.to_string()),
        openid: event.external_id,
        scope: event.scope,
        error: event.error,
        errcode: event.errcode,
        upstream_ms: event.upstream_ms,
        ip: event.ip,
        user_agent: event.user_agent,
        request_id: event.request_id.map(|id| id.to_string()),
        actor: event.actor,
        steps: event.steps.into_iter().map(step).collect(),
        detail: masked(&event.detail),
    }
}

#[cfg(test)]
mod tests {
    use hufu_core::ids::TenantId;

    use super::*;

    fn event() -> AuditEvent {
        let at = Timestamp::from_millis(1_795_253_400_123);
        let (action, outcome) = (model::Action::Login, model::Outcome::Failed);
        AuditEvent::new(EventId::floor(1), TenantId::floor(1), at, action, outcome)
    }

    #[test]
    fn a_line_is_told_as_the_export_writes_it() {
        let mut event = event();
        event.detail.insert("app_secret".to_owned(), "canary".into());
        let written: Value = serde_json::from_str(&Format::Jsonl.row("acme", &event)).unwrap();
        assert_eq!(serde_json::to_value(shown("acme".to_owned(), event)).unwrap(), written);
    }

    #[test]
    fn the_next_part_is_asked_for_with_the_same_filter() {
        let asked = EventsAsked {
            list: Some(Family(model::Family::Changes)),
            tenant: Some("acme".to_owned()),
            errcode: Some(-1),
            limit: Some(2),
            before: Some(EventId::floor(9)),
            ..EventsAsked::default()
        };
        let id = event().id;
        let path = format!("/admin/api/v1/audit/events?errcode=-1&limit=2&list=changes&tenant=acme&before={id}");
        assert_eq!(asked.next(&event()), path);
    }
}
