//! `GET /admin/logins/{tenant}/{event_id}`: one login, step by step. The address stays what it is.

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::ids::EventId;
use hufu_core::model::{AuditEvent, AuditFilter, Outcome};
use hufu_core::sheet;
use serde_json::Value;

use super::asked::Asked;
use super::kind::Kind;
use super::names::Names;
use super::row::Row;
use super::words;
use crate::access::TenantAccess;
use crate::http::{Answer, Refusal, SignedIn, Visitor};
use crate::ui::{Crumb, Frame, Moment, Tone};

/// Events of one login that are shown: it has three or four.
const STEPS: u64 = 50;

/// A fact with where it leads; empty for nowhere.
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) url: String,
    pub(super) copied: bool,
}

#[derive(Template)]
#[template(path = "pages/logins/login.html")]
struct Page {
    frame: Frame,
    tone: Tone,
    outcome: String,
    reason: String,
    remedy: String,
    upstream: String,
    is_good: bool,
    at: Timestamp,
    moments: Vec<Moment>,
    facts: Vec<Fact>,
    rows: Vec<Row>,
    current: String,
    json: String,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, id)): Path<(String, String)>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let id: EventId = id.parse().map_err(|_| Refusal::NotFound)?;
    let event = tenant.overview().event(id).await?;
    if !event.action.is_of_login() {
        return Err(Refusal::NotFound);
    }
    let attempt = attempt_of(&tenant, &event).await?;
    let mut names = Names::default();
    names.learn(&signed_in, &attempt).await?;
    let visitor = &signed_in.visitor;
    let page = Page {
        tone: words::tone(event.outcome),
        outcome: words::outcome(visitor, event.outcome),
        reason: words::reason(visitor, &event),
        remedy: words::remedy(visitor, &event),
        upstream: upstream(&event),
        is_good: event.outcome == Outcome::Succeeded,
        at: event.at,
        moments: moments(visitor, &event, &attempt),
        facts: facts(&signed_in, &tenant, &event, &names),
        rows: attempt
            .iter()
            .map(|event| Row::of(visitor, event, &names, Kind::Logins))
            .collect(),
        current: event.id.to_string(),
        json: pretty(&code, &event),
        frame: frame(&signed_in, &tenant),
    };
    Ok(signed_in.page(&page))
}

/// All events of the same login, oldest first.
async fn attempt_of(tenant: &TenantAccess, event: &AuditEvent) -> Result<Vec<AuditEvent>, Refusal> {
    let Some(attempt) = event.attempt_id else {
        return Ok(vec![event.clone()]);
    };
    let filter = AuditFilter {
        attempt_id: Some(attempt),
        oldest_first: true,
        ..AuditFilter::default()
    };
    let mut events = tenant.overview().events(&filter, STEPS).await?;
    events.retain(|event| event.action.is_of_login());
    Ok(events)
}

fn frame(signed_in: &SignedIn, tenant: &TenantAccess) -> Frame {
    let asked = Asked::default().with("tenant", tenant.tenant().code.as_str());
    let crumbs = vec![
        Crumb {
            label: signed_in.visitor.text("nav.logins"),
            url: Some(Kind::Logins.base().to_owned()),
        },
        Crumb {
            label: tenant.tenant().name.clone(),
            url: Some(asked.url(Kind::Logins.base())),
        },
        Crumb {
            label: signed_in.visitor.text("logins.login_title"),
            url: None,
        },
    ];
    signed_in.frame("logins", "logins.login_title", crumbs)
}

/// What the provider said, as the plug-in wrote it down.
fn upstream(event: &AuditEvent) -> String {
    let said = event.detail.get("upstream").and_then(Value::as_str);
    said.unwrap_or_default().to_owned()
}

/// The steps that the event noted, then what came of the login later.
fn moments(visitor: &Visitor, event: &AuditEvent, attempt: &[AuditEvent]) -> Vec<Moment> {
    let longest = attempt.iter().max_by_key(|event| event.steps.len()).unwrap_or(event);
    let mut found: Vec<(Timestamp, String, Tone, String)> = longest
        .steps
        .iter()
        .map(|step| {
            (
                step.at,
                words::step(visitor, &step.step),
                step_tone(&step.step),
                String::new(),
            )
        })
        .collect();
    for event in attempt
        .iter()
        .filter(|event| event.action != hufu_core::model::Action::Login)
    {
        // Of a redemption that went well the steps tell already.
        let is_told = event.outcome == Outcome::Succeeded && longest.steps.iter().any(|step| step.step == "redeemed");
        if !is_told {
            let title = words::action(visitor, event.action);
            found.push((
                event.at,
                title,
                words::tone(event.outcome),
                words::reason(visitor, event),
            ));
        }
    }
    found.sort_by_key(|(at, ..)| *at);
    let begin = found.first().map(|(at, ..)| *at);
    found
        .into_iter()
        .map(|(at, title, tone, detail)| Moment {
            title,
            detail,
            at,
            offset: begin
                .filter(|begin| *begin != at)
                .map_or_else(String::new, |begin| offset(begin, at)),
            tone,
        })
        .collect()
}

/// `+312 ms`, `+4.2 s`, `+3 min 5 s`.
fn offset(begin: Timestamp, at: Timestamp) -> String {
    match at.millis_since(begin) {
        millis @ ..1000 => format!("+{millis} ms"),
        millis @ 1000..60_000 => format!("+{}.{} s", millis / 1000, millis % 1000 / 100),
        millis => format!("+{} min {} s", millis / 60_000, millis % 60_000 / 1000),
    }
}

fn step_tone(step: &str) -> Tone {
    match step {
        "identified" | "redeemed" => Tone::Good,
        "failed" => Tone::Bad,
        "rejected" => Tone::Warn,
        "denied" | "expired" => Tone::Neutral,
        _ => Tone::Info,
    }
}

fn facts(signed_in: &SignedIn, tenant: &TenantAccess, event: &AuditEvent, names: &Names) -> Vec<Fact> {
    let code = &tenant.tenant().code;
    let base = format!("/admin/tenants/{code}");
    let subject = event.subject_id.map(|id| id.to_string()).unwrap_or_default();
    let same = |name: &'static str, value: &str| match value {
        "" => String::new(),
        value => Asked::default()
            .with("tenant", code.as_str())
            .with(name, value)
            .with("range", "all")
            .url(Kind::Logins.base()),
    };
    let person = match event.subject_id {
        Some(id) if tenant.people().is_ok() => format!("{base}/people/{id}"),
        _ => same("subject", &subject),
    };
    let connector = event.connector_id.filter(|_| tenant.setup().is_ok());
    let client = event.client_id.map(|id| format!("{base}/clients/{id}"));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
    let took = event.upstream_ms.map(|ms| format!("{ms} ms")).unwrap_or_default();
    let request = event.request_id.map(|id| id.to_string()).unwrap_or_default();
    let (openid, ip) = (text(&event.external_id), text(&event.ip));
    let (error, errcode) = (text(&event.error), number(event.errcode));
    let rows = [
        ("request", request, String::new(), true),
        ("tenant", tenant.tenant().name.clone(), base.clone(), false),
        (
            "client",
            names.client(event.client_id),
            client.unwrap_or_default(),
            false,
        ),
        (
            "connector",
            names.connector(event.connector_id),
            connector
                .map(|id| format!("{base}/connectors/{id}"))
                .unwrap_or_default(),
            false,
        ),
        ("openid", openid.clone(), same("openid", &openid), true),
        ("subject", subject, person, true),
        ("error", error.clone(), same("error", &error), false),
        ("errcode", errcode.clone(), same("errcode", &errcode), false),
        ("upstream_ms", took, String::new(), false),
        ("scope", text(&event.scope), String::new(), false),
        ("ip", ip.clone(), same("ip", &ip), true),
        ("user_agent", text(&event.user_agent), String::new(), false),
    ];
    rows.into_iter()
        .filter(|(_, value, ..)| !value.is_empty())
        .map(|(name, value, url, copied)| Fact {
            label: signed_in.visitor.text(&format!("logins.fact_{name}")),
            value,
            url,
            copied,
        })
        .chain(asked(signed_in, event))
        .collect()
}

/// What a refused request asked for, and what its app was told.
fn asked(signed_in: &SignedIn, event: &AuditEvent) -> Vec<Fact> {
    let rows = ["redirect_uri", "client_id", "description"]
        .into_iter()
        .filter_map(|name| {
            let value = event.detail.get(name).and_then(Value::as_str)?;
            Some(Fact {
                label: words::field(&signed_in.visitor, name),
                value: value.to_owned(),
                url: String::new(),
                copied: name != "description",
            })
        });
    rows.collect()
}

/// The event as the export writes it, over several lines.
pub(super) fn pretty(log: &str, event: &AuditEvent) -> String {
    serde_json::to_string_pretty(&Value::Object(sheet::value(log, event))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_at_a_glance() {
        let begin = Timestamp::from_millis(0);
        let after = |millis| offset(begin, Timestamp::from_millis(millis));
        assert_eq!(after(312), "+312 ms");
        assert_eq!(after(4_250), "+4.2 s");
        assert_eq!(after(185_000), "+3 min 5 s");
    }
}
