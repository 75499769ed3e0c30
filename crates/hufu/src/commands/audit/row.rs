//! An event as people and programs outside read it: times as text, the tenant by its code.

use hufu_core::model::{AuditEvent, StepTime, TenantCode};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// One event. The order of the fields is that of the columns of an export.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    id: String,
    at: String,
    tenant: &'a TenantCode,
    action: &'static str,
    outcome: &'static str,
    attempt_id: Option<String>,
    client_id: Option<String>,
    connector_id: Option<String>,
    subject: Option<String>,
    openid: Option<&'a str>,
    scope: Option<&'a str>,
    error: Option<&'a str>,
    errcode: Option<i64>,
    upstream_ms: Option<u32>,
    ip: Option<&'a str>,
    user_agent: Option<&'a str>,
    request_id: Option<String>,
    actor: Option<&'a str>,
    steps: Vec<Value>,
    detail: &'a Map<String, Value>,
}

impl<'a> Row<'a> {
    pub(super) fn new(tenant: &'a TenantCode, event: &'a AuditEvent) -> Self {
        let step = |step: &StepTime| json!({"step": step.step, "at": step.at.to_string()});
        Self {
            id: event.id.to_string(),
            at: event.at.to_string(),
            tenant,
            action: event.action.as_str(),
            outcome: event.outcome.as_str(),
            attempt_id: event.attempt_id.map(|id| id.to_string()),
            client_id: event.client_id.map(|id| id.to_string()),
            connector_id: event.connector_id.map(|id| id.to_string()),
            subject: event.subject_id.map(|id| id.to_string()),
            openid: event.external_id.as_deref(),
            scope: event.scope.as_deref(),
            error: event.error.as_deref(),
            errcode: event.errcode,
            upstream_ms: event.upstream_ms,
            ip: event.ip.as_deref(),
            user_agent: event.user_agent.as_deref(),
            request_id: event.request_id.map(|id| id.to_string()),
            actor: event.actor.as_deref(),
            steps: event.steps.iter().map(step).collect(),
            detail: &event.detail,
        }
    }

    /// Names of the columns.
    pub(super) const COLUMNS: [&'static str; 20] = [
        "id",
        "at",
        "tenant",
        "action",
        "outcome",
        "attempt_id",
        "client_id",
        "connector_id",
        "subject",
        "openid",
        "scope",
        "error",
        "errcode",
        "upstream_ms",
        "ip",
        "user_agent",
        "request_id",
        "actor",
        "steps",
        "detail",
    ];

    /// The columns as text; what has structure as JSON, what is not there as nothing.
    pub(super) fn cells(&self) -> Vec<String> {
        let Ok(Value::Object(fields)) = serde_json::to_value(self) else {
            return Vec::new();
        };
        let cell = |name: &&str| match fields.get(*name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(items)) if items.is_empty() => String::new(),
            Some(Value::Object(object)) if object.is_empty() => String::new(),
            Some(other) => other.to_string(),
        };
        Self::COLUMNS.iter().map(cell).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use hufu_core::clock::{SystemRandom, Timestamp};
    use hufu_core::ids::{EventId, TenantId};
    use hufu_core::model::{Action, Outcome};

    use super::*;

    pub(crate) fn event(at: i64) -> AuditEvent {
        #[derive(Debug)]
        struct At(Timestamp);
        impl hufu_core::clock::Clock for At {
            fn now(&self) -> Timestamp {
                self.0
            }
        }
        let at = Timestamp::from_millis(at);
        let id = EventId::generate(&At(at), &SystemRandom);
        AuditEvent::new(id, TenantId::floor(1), at, Action::Login, Outcome::Succeeded)
    }

    #[test]
    fn columns_are_the_fields() {
        let event = event(1_795_253_400_123);
        let code = "acme".parse().unwrap();
        let row = Row::new(&code, &event);
        let json = serde_json::to_string(&row).unwrap();
        let places: Vec<_> = Row::COLUMNS
            .iter()
            .map(|name| json.find(&format!("\"{name}\":")).unwrap())
            .collect();
        assert!(places.is_sorted());
        assert_eq!(
            serde_json::to_value(&row).unwrap().as_object().unwrap().len(),
            Row::COLUMNS.len()
        );
        assert_eq!(
            row.cells()[1..5],
            ["2026-11-21T09:30:00.123Z", "acme", "login", "succeeded"]
        );
    }
}
