//! `GET/POST /admin/tenants/{code}/connectors/{id}/push`: the page, and the answers.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use hufu_core::clock::Timestamp;
use hufu_core::flow::answer_to_push;
use hufu_core::manage::{ManageError, PushRules};
use hufu_core::model::{Connector, Delivery, DeliveryState, PushSettings, PushSight, PushTarget};
use hufu_core::provider::{FieldProblem, PushEvent};
use serde::Deserialize;

use super::rules::{self, Drawn};
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, Visitor, flash_to};
use crate::pages::connectors::{id, shown};
use crate::pages::tenant;
use crate::ui::{Choice, Crumb, Field, Frame, Tab, Tone};

/// Names of the form that the plug-in gives its push settings.
pub(super) const MODE: &str = "push_mode";
pub(super) const ORIGINAL_ID: &str = "original_id";
pub(super) const TOKEN: &str = "push_token";
pub(super) const KEY: &str = "push_key";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// A message to try the answers with.
    test: String,
    /// `dead`: only those.
    state: String,
}

/// What came back with errors.
#[derive(Default)]
pub(super) struct Trouble {
    pub(super) text: String,
    pub(super) problems: Vec<FieldProblem>,
    /// Which form it was.
    pub(super) form: Form,
    pub(super) rules: Option<PushRules>,
    pub(super) values: Vec<(&'static str, String)>,
    /// Empty rows behind the rules.
    pub(super) blank: usize,
}

/// The forms of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Form {
    #[default]
    Rules,
    Mode,
    Secrets,
    Target,
}

/// A receiver on the page.
struct Target {
    id: String,
    is_on: bool,
    former_until: Option<Timestamp>,
    url: Field,
    events: Field,
    on: Field,
    shown: String,
    names: String,
}

/// A delivery on the page.
struct Row {
    id: String,
    event: String,
    target: String,
    tone: Tone,
    state: String,
    tries: u32,
    last: String,
    at: Timestamp,
    next_at: Option<Timestamp>,
    is_dead: bool,
}

#[derive(Template)]
#[template(path = "pages/push/show.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    url: String,
    webhook: String,
    mode: Field,
    original_id: Field,
    mode_name: String,
    is_on: bool,
    has_secrets: bool,
    sight: Option<PushSight>,
    token: Field,
    key: Field,
    rules: Drawn,
    version: u32,
    targets: Vec<Target>,
    new_url: Field,
    new_events: Field,
    deliveries: Vec<Row>,
    dead_only: bool,
    has_dead: bool,
    test: Field,
    /// What the test message would be answered; `None`: none was asked.
    answer: Option<String>,
    may: bool,
    confirmed: bool,
    confirm_url: String,
    trouble: Trouble,
    connector_version: u32,
    now: Timestamp,
}

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let connector = tenant.connector(id(&connector)?).await?;
    let page = page(&console, &signed_in, &tenant, connector, &asked, Trouble::default()).await?;
    Ok(signed_in.page(&page))
}

/// The page again, with what is wrong.
pub(super) async fn again(
    console: &Console,
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    connector: Arc<Connector>,
    trouble: Trouble,
) -> Answer {
    let page = page(console, signed_in, tenant, connector, &Asked::default(), trouble).await?;
    Ok(signed_in.again(&page))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = tenant.connector(id(&connector)?).await?;
    let typed = rules::typed(&posted);
    let visitor = &signed_in.visitor;
    if posted.get("do") == "more" {
        let trouble = Trouble {
            rules: Some(typed),
            blank: 4,
            ..Trouble::default()
        };
        let page = page(&console, &signed_in, &tenant, connector, &Asked::default(), trouble).await?;
        return Ok(signed_in.page(&page));
    }
    let saved = setup
        .set_push_rules(connector.id, typed.clone(), posted.version())
        .await;
    let error = match saved {
        Ok(_) => {
            let url = super::url(&tenant.tenant().code, connector.id);
            let text = visitor.text("push.rules_saved");
            return Ok(flash_to(&console, Tone::Good, &text, &url));
        }
        Err(error) => shown(error)?,
    };
    let trouble = Trouble {
        rules: Some(typed),
        ..refused(visitor, error, Form::Rules)
    };
    again(&console, &signed_in, &tenant, connector, trouble).await
}

/// What was wrong with a form.
pub(super) fn refused(visitor: &Visitor, error: ManageError, form: Form) -> Trouble {
    match error {
        ManageError::Fields(problems) => Trouble {
            text: visitor.text("push.not_saved"),
            problems,
            form,
            ..Trouble::default()
        },
        other => Trouble {
            text: visitor.say(&other.text()),
            form,
            ..Trouble::default()
        },
    }
}

async fn page(
    console: &Console,
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    connector: Arc<Connector>,
    asked: &Asked,
    trouble: Trouble,
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let code = tenant.tenant().code.clone();
    // A kind without pushes has no page for them.
    let kind = tenant.kind(&connector.kind).ok_or(Refusal::NotFound)?;
    if !kind.form().fields.iter().any(|field| field.name == MODE) {
        return Err(Refusal::NotFound);
    }
    let settings = tenant.push_settings(connector.id).await?;
    let clients = tenant.clients().await?;
    let dead_only = asked.state == "dead";
    let state = dead_only.then_some(DeliveryState::Dead);
    let deliveries = tenant.deliveries(connector.id, state).await?;
    let stored = PushRules::of(&settings);
    let rules = trouble.rules.as_ref().unwrap_or(&stored);
    let problems = |form: Form| {
        if trouble.form == form {
            trouble.problems.as_slice()
        } else {
            &[]
        }
    };
    let mode = connector.setting(MODE).unwrap_or("off").to_owned();
    let url = super::url(&code, connector.id);
    Ok(Page {
        frame: frame(signed_in, tenant, &connector),
        tabs: tenant::tabs(signed_in, tenant, "connectors"),
        webhook: tenant.urls().webhook(connector.id),
        mode_name: mode_name(visitor, &mode),
        is_on: mode != "off",
        mode: mode_field(visitor, &trouble, &mode, problems(Form::Mode)),
        original_id: Field::new(ORIGINAL_ID, visitor.text("push.original_id"))
            .hint(visitor.text("push.original_id_hint"))
            .value(typed(
                &trouble,
                ORIGINAL_ID,
                connector.setting(ORIGINAL_ID).unwrap_or_default(),
            ))
            .error(error_of(visitor, problems(Form::Mode), ORIGINAL_ID))
            .mono(),
        has_secrets: connector.secrets.contains_key(TOKEN),
        sight: tenant.push_sight(connector.id).await?,
        token: Field::new(TOKEN, visitor.text("push.token"))
            .hint(visitor.text("push.token_hint"))
            .error(error_of(visitor, problems(Form::Secrets), TOKEN)),
        key: Field::new(KEY, visitor.text("push.key"))
            .hint(visitor.text("push.key_hint"))
            .error(error_of(visitor, problems(Form::Secrets), KEY)),
        rules: rules::draw(visitor, &clients, rules, trouble.blank.max(1), problems(Form::Rules)),
        version: settings.version,
        targets: settings
            .targets
            .iter()
            .map(|target| target_of(visitor, target))
            .collect(),
        new_url: target_url(visitor, typed(&trouble, "url", "")).error(error_of(
            visitor,
            problems(Form::Target),
            "url",
        )),
        new_events: target_events(visitor, typed(&trouble, "events", "*")).error(error_of(
            visitor,
            problems(Form::Target),
            "events",
        )),
        has_dead: deliveries.iter().any(|one| one.state == DeliveryState::Dead),
        deliveries: deliveries.iter().map(|one| row_of(visitor, &settings, one)).collect(),
        dead_only,
        answer: tried(visitor, tenant, &settings, &asked.test),
        test: Field::new("test", visitor.text("push.test")).value(asked.test.as_str()),
        may: tenant.setup().is_ok(),
        confirmed: signed_in.confirmed(console).is_ok(),
        confirm_url: confirm_url(&url),
        connector_version: connector.version,
        now: tenant.overview().now(),
        trouble,
        url,
    })
}

fn frame(signed_in: &SignedIn, tenant: &TenantAccess, connector: &Connector) -> Frame {
    let code = &tenant.tenant().code;
    let crumbs = vec![
        Crumb {
            label: signed_in.visitor.text("connectors.title"),
            url: Some(format!("/admin/tenants/{code}/connectors")),
        },
        Crumb {
            label: connector.name.clone(),
            url: Some(crate::pages::connectors::url(code, connector.id)),
        },
    ];
    tenant::frame(signed_in, tenant, "push.title", crumbs)
}

fn mode_name(visitor: &Visitor, mode: &str) -> String {
    visitor.text(match mode {
        "safe" => "push.mode_safe",
        "compatible" => "push.mode_compatible",
        "plain" => "push.mode_plain",
        _ => "push.mode_off",
    })
}

fn mode_field(visitor: &Visitor, trouble: &Trouble, mode: &str, problems: &[FieldProblem]) -> Field {
    let choices = ["off", "safe", "compatible", "plain"];
    Field::new(MODE, visitor.text("push.mode"))
        .value(typed(trouble, MODE, mode))
        .choices(
            choices
                .map(|value| Choice::new(value, mode_name(visitor, value)))
                .to_vec(),
        )
        .error(error_of(visitor, problems, MODE))
        .required()
}

fn typed(trouble: &Trouble, name: &str, stored: &str) -> String {
    let typed = trouble.values.iter().find(|(known, _)| *known == name);
    typed.map_or_else(|| stored.to_owned(), |(_, value)| value.clone())
}

fn error_of(visitor: &Visitor, problems: &[FieldProblem], name: &str) -> Option<String> {
    let problem = problems.iter().find(|problem| problem.field == name);
    problem.map(|problem| visitor.say(&problem.message))
}

fn target_url(visitor: &Visitor, value: String) -> Field {
    Field::new("url", visitor.text("push.target_url"))
        .hint(visitor.text("push.target_url_hint"))
        .value(value)
        .kind("url")
        .mono()
        .required()
}

fn target_events(visitor: &Visitor, value: String) -> Field {
    Field::new("events", visitor.text("push.events"))
        .hint(visitor.text("push.events_hint"))
        .value(value)
        .mono()
        .required()
}

fn target_of(visitor: &Visitor, target: &PushTarget) -> Target {
    let names = target.events.join(" ");
    // One page has several: each control has an id of its own, the names are told apart by the form.
    let own = |field: Field, name: &str| Field {
        name: format!("{name}-{}", target.id),
        ..field
    };
    Target {
        id: target.id.to_string(),
        is_on: target.on,
        former_until: target.former.as_ref().map(|former| former.until),
        url: own(target_url(visitor, target.url.clone()), "url"),
        events: own(target_events(visitor, names.clone()), "events"),
        on: Field::new(format!("on-{}", target.id), visitor.text("push.target_on")).checked(target.on),
        shown: target.url.split('?').next().unwrap_or_default().to_owned(),
        names,
    }
}

fn row_of(visitor: &Visitor, settings: &PushSettings, delivery: &Delivery) -> Row {
    let (tone, key) = match delivery.state {
        DeliveryState::Done => (Tone::Good, "push.state_done"),
        DeliveryState::Pending => (Tone::Info, "push.state_pending"),
        DeliveryState::Dead => (Tone::Bad, "push.state_dead"),
    };
    let target = delivery.push().and_then(|push| settings.target(push.target_id));
    let is_dead = delivery.state == DeliveryState::Dead;
    Row {
        id: delivery.id.to_string(),
        event: delivery.event.clone(),
        target: target.map_or_else(
            || visitor.text("push.target_gone"),
            |target| target.url.split('?').next().unwrap_or_default().to_owned(),
        ),
        tone,
        state: visitor.text(key),
        tries: delivery.tries,
        last: delivery.last.clone().unwrap_or_default(),
        at: delivery.created_at,
        next_at: (delivery.state == DeliveryState::Pending && delivery.tries > 0).then_some(delivery.next_at),
        is_dead,
    }
}

/// What a message would be answered.
fn tried(visitor: &Visitor, tenant: &TenantAccess, settings: &PushSettings, message: &str) -> Option<String> {
    if message.is_empty() {
        return None;
    }
    let event = PushEvent::Text {
        content: message.to_owned(),
    };
    let answer = answer_to_push(settings, &event);
    Some(answer.map_or_else(
        || visitor.text("push.test_silence"),
        |text| text.written(&tenant.urls(), tenant.tenant().locale),
    ))
}

/// The password's page, and back.
fn confirm_url(back: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("back", back)
        .finish();
    format!("/admin/confirm?{query}")
}

impl Page {
    fn at(&self, action: &str) -> String {
        format!("{}/{action}", self.url)
    }

    fn is_in(&self, form: &str) -> bool {
        let name = match self.trouble.form {
            Form::Rules => "rules",
            Form::Mode => "mode",
            Form::Secrets => "secrets",
            Form::Target => "target",
        };
        !self.trouble.text.is_empty() && name == form
    }
}
