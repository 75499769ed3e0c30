//! `GET /admin/changes/{event_id}`: one change, field by field.

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::ids::EventId;
use hufu_core::model::AuditEvent;
use hufu_core::sheet::masked;
use serde_json::Value;

use super::kind::Kind;
use super::login::{Fact, pretty};
use super::names::Names;
use super::row::{Row, owner};
use super::words;
use crate::http::{Answer, Refusal, SignedIn};
use crate::ui::{Change, Crumb, Frame};

#[derive(Template)]
#[template(path = "pages/logins/change.html")]
struct Page {
    frame: Frame,
    at: Timestamp,
    row: Row,
    changes: Vec<Change>,
    facts: Vec<Fact>,
    json: String,
}

pub(super) async fn get(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let id: EventId = id.parse().map_err(|_| Refusal::NotFound)?;
    let event = signed_in.access.changes()?.event(id).await?;
    if event.action.is_of_login() {
        return Err(Refusal::NotFound);
    }
    let mut names = Names::default();
    names.learn(&signed_in, std::slice::from_ref(&event)).await?;
    let title = words::action(&signed_in.visitor, event.action);
    let crumbs = vec![
        Crumb {
            label: signed_in.visitor.text("nav.changes"),
            url: Some(Kind::Changes.base().to_owned()),
        },
        Crumb {
            label: title.clone(),
            url: None,
        },
    ];
    let page = Page {
        at: event.at,
        row: Row::of(&signed_in.visitor, &event, &names, Kind::Changes),
        changes: changes_of(&event)
            .into_iter()
            .map(|change| Change {
                name: words::field(&signed_in.visitor, &change.name),
                ..change
            })
            .collect(),
        facts: facts(&signed_in, &event, &names),
        json: pretty(&event.tenant_id.to_string(), &event),
        frame: signed_in.frame_named("changes", &title, crumbs),
    };
    Ok(signed_in.page(&page))
}

/// `{field: {"before": …, "after": …}}` as rows; anything else is a value that came to be.
fn changes_of(event: &AuditEvent) -> Vec<Change> {
    let change = |(name, value): (String, Value)| match value.as_object() {
        Some(pair) if pair.contains_key("before") && pair.contains_key("after") => Change {
            name,
            before: pair.get("before").and_then(shown),
            after: pair.get("after").and_then(shown),
        },
        _ => Change {
            name,
            before: None,
            after: shown(&value),
        },
    };
    masked(&event.detail).into_iter().map(change).collect()
}

/// A value to read; nothing for what was not there.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let lines: Vec<String> = items.iter().filter_map(shown).collect();
            Some(lines.join("\n"))
        }
        other => serde_json::to_string(other).ok(),
    }
}

fn facts(signed_in: &SignedIn, event: &AuditEvent, names: &Names) -> Vec<Fact> {
    let tenant = names
        .tenant(event.tenant_id)
        .map(|tenant| tenant.tenant().code.to_string());
    let base = tenant.map(|code| format!("/admin/tenants/{code}")).unwrap_or_default();
    let below = |path: &str, id: Option<String>| match id {
        Some(id) if !base.is_empty() => format!("{base}/{path}/{id}"),
        _ => String::new(),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let client = event.client_id.map(|id| id.to_string());
    let connector = event.connector_id.map(|id| id.to_string());
    let subject = event.subject_id.map(|id| id.to_string());
    let rows = [
        ("actor", text(&event.actor), String::new(), false),
        ("log", owner(&signed_in.visitor, event, names), base.clone(), false),
        ("client", names.client(event.client_id), below("clients", client), false),
        (
            "connector",
            names.connector(event.connector_id),
            below("connectors", connector),
            false,
        ),
        (
            "subject",
            subject.clone().unwrap_or_default(),
            below("people", subject),
            true,
        ),
        ("ip", text(&event.ip), String::new(), true),
        ("user_agent", text(&event.user_agent), String::new(), false),
        (
            "request",
            event.request_id.map(|id| id.to_string()).unwrap_or_default(),
            String::new(),
            true,
        ),
    ];
    rows.into_iter()
        .filter(|(_, value, ..)| !value.is_empty())
        .map(|(name, value, url, copied)| Fact {
            label: signed_in.visitor.text(&format!("logins.fact_{name}")),
            value,
            url,
            copied,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hufu_core::ids::TenantId;
    use hufu_core::model::{Action, Outcome};
    use serde_json::json;

    use super::*;

    #[test]
    fn before_and_after_are_told_apart_and_secrets_hidden() {
        let at = Timestamp::from_millis(1);
        let mut event = AuditEvent::new(
            EventId::floor(1),
            TenantId::floor(1),
            at,
            Action::ClientChange,
            Outcome::Succeeded,
        );
        let detail = json!({
            "name": {"before": "a", "after": "b"},
            "uris": {"before": null, "after": ["x", "y"]},
            "secret": {"before": "canary", "after": "canary2"},
            "settings": {"app_id": "wx1"},
        });
        event.detail = detail.as_object().unwrap().clone();
        let changes = changes_of(&event);
        let of = |name: &str| changes.iter().find(|change| change.name == name).unwrap();
        assert_eq!(
            (of("name").before.as_deref(), of("name").after.as_deref()),
            (Some("a"), Some("b"))
        );
        assert_eq!(
            (of("uris").before.as_deref(), of("uris").after.as_deref()),
            (None, Some("x\ny"))
        );
        assert_eq!(of("settings").after.as_deref(), Some("{\"app_id\":\"wx1\"}"));
        assert!(!format!("{changes:?}").contains("canary"));
    }
}
