//! A row of a list: drawn by the server, or sent to a list that grows.

use hufu_core::clock::Timestamp;
use hufu_core::ids::TenantId;
use hufu_core::model::AuditEvent;
use serde_json::{Value, json};

use super::kind::Kind;
use super::names::Names;
use super::words;
use crate::http::Visitor;
use crate::ui::Tone;

/// An event as a list shows it.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) at: Timestamp,
    /// The same in the console's zone.
    pub(super) at_text: String,
    pub(super) tenant: String,
    /// Where the tenant is; none for the log of the platform or an agency.
    pub(super) tenant_url: Option<String>,
    pub(super) client: String,
    pub(super) connector: String,
    pub(super) action: String,
    /// Whether it is not the outcome of a login, but another step of it.
    pub(super) is_step: bool,
    pub(super) tone: Tone,
    pub(super) outcome: String,
    pub(super) reason: String,
    pub(super) person: String,
    pub(super) ip: String,
    pub(super) actor: String,
    /// What was changed: app or account by name, else the names of the fields.
    pub(super) object: String,
}

/// The page of one event.
pub(super) fn url_of(event: &AuditEvent, names: &Names, kind: Kind) -> String {
    match (kind, names.tenant(event.tenant_id)) {
        (Kind::Logins, Some(tenant)) => format!("/admin/logins/{}/{}", tenant.tenant().code, event.id),
        (Kind::Logins, None) => Kind::Logins.base().to_owned(),
        (Kind::Changes, _) => format!("/admin/changes/{}", event.id),
    }
}

/// Whose log it stands in.
pub(super) fn owner(visitor: &Visitor, event: &AuditEvent, names: &Names) -> String {
    match names.tenant(event.tenant_id) {
        Some(tenant) => tenant.tenant().name.clone(),
        None if event.tenant_id == TenantId::PLATFORM => visitor.text("logins.of_platform"),
        None => visitor.text("logins.of_agency"),
    }
}

impl Row {
    pub(super) fn of(visitor: &Visitor, event: &AuditEvent, names: &Names, kind: Kind) -> Self {
        let tenant = names.tenant(event.tenant_id);
        Self {
            id: event.id.to_string(),
            url: url_of(event, names, kind),
            at: event.at,
            at_text: visitor.zone.second(event.at),
            tenant: owner(visitor, event, names),
            tenant_url: tenant.map(|tenant| format!("/admin/tenants/{}", tenant.tenant().code)),
            client: names.client(event.client_id),
            connector: names.connector(event.connector_id),
            action: words::action(visitor, event.action),
            is_step: event.action != hufu_core::model::Action::Login,
            tone: words::tone(event.outcome),
            outcome: words::outcome(visitor, event.outcome),
            reason: words::reason(visitor, event),
            person: event.external_id.as_deref().map(words::short).unwrap_or_default(),
            ip: event.ip.clone().unwrap_or_default(),
            actor: event.actor.clone().unwrap_or_default(),
            object: object(visitor, event, names),
        }
    }

    /// For `tail.js`: texts, a path and a tone.
    pub(super) fn json(&self) -> Value {
        json!({
            "url": self.url,
            "at": self.at.to_string(),
            "at_text": self.at_text,
            "tenant": self.tenant,
            "client": self.client,
            "connector": self.connector,
            "action": self.action,
            "tone": self.tone.name(),
            "outcome": self.outcome,
            "reason": self.reason,
            "person": self.person,
            "ip": self.ip,
            "actor": self.actor,
            "object": self.object,
        })
    }
}

/// What a change is about, in a few words.
fn object(visitor: &Visitor, event: &AuditEvent, names: &Names) -> String {
    let named = [names.client(event.client_id), names.connector(event.connector_id)];
    let subject = event.subject_id.map(|id| id.to_string());
    let fields = event.detail.keys().take(4).map(|name| words::field(visitor, name));
    let fields: Vec<String> = fields.collect();
    let comma = visitor.text("ui.comma");
    let parts = named.into_iter().chain(subject).filter(|part| !part.is_empty());
    let named = parts.collect::<Vec<_>>().join(" · ");
    match (named.is_empty(), fields.is_empty()) {
        (false, true) => named,
        (true, _) => fields.join(&comma),
        (false, false) => format!("{named} · {}", fields.join(&comma)),
    }
}
