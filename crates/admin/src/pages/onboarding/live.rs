//! `GET/POST …/live`: everything once more at a glance, then live; afterwards what there is to pass on.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::manage::OnboardingEdit;
use hufu_core::model::Status;

use super::steps::At;
use super::wizard::{Rail, Wizard, is_good};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::clients::app::Shown;
use crate::pages::connectors::{self, hand_over};
use crate::ui::{Field, Frame, Tone};

/// A line of the list.
struct Row {
    tone: Tone,
    label: String,
    text: String,
    url: String,
}

#[derive(Template)]
#[template(path = "pages/onboarding/live.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    rows: Vec<Row>,
    /// How many are red.
    red: usize,
    has_connector: bool,
    despite: Field,
    trouble: String,
    done: Option<Done>,
}

/// What is left to pass on.
struct Done {
    app: Option<Shown>,
    connector_url: String,
    connector: String,
    hand_over: String,
    note: Field,
    days: Field,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, id)): Path<(String, String)>) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Live).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Ok(signed_in.page(&page(&signed_in, &wizard)))
}

fn page(signed_in: &SignedIn, wizard: &Wizard) -> Page {
    let visitor = &signed_in.visitor;
    let rows = rows(signed_in, wizard);
    let red = rows.iter().filter(|row| row.tone == Tone::Bad).count();
    Page {
        frame: wizard.frame(signed_in, At::Live),
        rail: wizard.rail(signed_in, At::Live),
        red,
        rows,
        has_connector: wizard.connector.is_some(),
        despite: Field::new("despite", visitor.text("onboarding.despite")),
        trouble: String::new(),
        done: done(signed_in, wizard),
    }
}

fn done(signed_in: &SignedIn, wizard: &Wizard) -> Option<Done> {
    let connector = wizard
        .connector
        .as_ref()
        .filter(|_| wizard.onboarding.done_at.is_some())?;
    let code = &wizard.tenant.tenant().code;
    Some(Done {
        app: wizard
            .client
            .as_ref()
            .map(|client| Shown::of(&wizard.tenant, client, None)),
        connector_url: connectors::url(code, connector.id),
        connector: connector.id.to_string(),
        hand_over: format!("/admin/tenants/{code}/hand-over"),
        note: hand_over::note_field(&signed_in.visitor, None),
        days: hand_over::days_field(&signed_in.visitor, None),
    })
}

/// Red is what keeps logins from working; what merely was not looked at is a warning.
fn rows(signed_in: &SignedIn, wizard: &Wizard) -> Vec<Row> {
    let text = |key: &str| signed_in.visitor.text(&format!("onboarding.live.{key}"));
    let row = |step: At, tone: Tone, key: &str| Row {
        tone,
        label: signed_in.visitor.text(&format!("onboarding.label.{}", step.name())),
        text: text(key),
        url: wizard.url(step),
    };
    let confirmed = |step: At| wizard.onboarding.confirmed.iter().any(|name| name == step.name());
    let secret = match (&wizard.connector, &wizard.health) {
        (None, _) => (Tone::Bad, "secret_missing"),
        (Some(_), None) => (Tone::Warn, "secret_unchecked"),
        _ if wizard.is_secret_refused() => (Tone::Bad, "secret_refused"),
        _ => (Tone::Good, "secret_good"),
    };
    let ip = if wizard.is_address_refused() {
        (Tone::Bad, "ip_refused")
    } else if is_good(wizard.health.as_ref()) {
        (Tone::Good, "ip_good")
    } else {
        (Tone::Warn, "ip_unchecked")
    };
    let verify = if wizard.files.iter().any(|(_, badge)| is_good(badge.as_ref())) {
        (Tone::Good, "verify_good")
    } else if wizard.files.is_empty() {
        (Tone::Warn, "verify_none")
    } else {
        (Tone::Bad, "verify_bad")
    };
    let domain = if confirmed(At::Domain) {
        (Tone::Good, "domain_good")
    } else {
        (Tone::Warn, "domain_open")
    };
    let policy = if confirmed(At::Policy) {
        (Tone::Good, "policy_good")
    } else {
        (Tone::Warn, "policy_open")
    };
    let client = if wizard.client.is_some() {
        (Tone::Good, "client_good")
    } else {
        (Tone::Warn, "client_none")
    };
    let tried = match &wizard.trial {
        Some(_) if wizard.facts.is_done(At::Try) => (Tone::Good, "try_good"),
        Some(_) => (Tone::Bad, "try_bad"),
        None => (Tone::Warn, "try_none"),
    };
    vec![
        row(At::Secret, secret.0, secret.1),
        row(At::Ip, ip.0, ip.1),
        row(At::Verify, verify.0, verify.1),
        row(At::Domain, domain.0, domain.1),
        row(At::Policy, policy.0, policy.1),
        row(At::Client, client.0, client.1),
        row(At::Try, tried.0, tried.1),
    ]
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Live).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let connector = wizard.connector.as_ref().ok_or(Refusal::NotFound)?.id;
    look_again(&wizard).await?;
    let mut wizard = Wizard::open(&signed_in, &code, &id).await?;
    let mut page = page(&signed_in, &wizard);
    if posted.get("do") == "check" {
        return Ok(wizard.stay(&console, &signed_in, At::Live, Tone::Info, "onboarding.checked"));
    }
    if page.red > 0 && !posted.is_ticked("despite") {
        let names: Vec<_> = page.rows.iter().filter(|row| row.tone == Tone::Bad).collect();
        let names: Vec<_> = names.iter().map(|row| row.label.as_str()).collect();
        let text = signed_in.visitor.text("onboarding.live_refused");
        page.trouble = text.replace("%{names}", &names.join(&signed_in.visitor.text("ui.comma")));
        return Ok(signed_in.again(&page));
    }
    wizard.setup.set_connector_status(connector, Status::Active).await?;
    if wizard.onboarding.done_at.is_none() {
        wizard.edit(OnboardingEdit::Done).await?;
    }
    let text = signed_in.visitor.text("onboarding.went_live");
    Ok(flash_to(&console, Tone::Good, &text, &wizard.url(At::Live)))
}

/// What is decided on is how things are now.
async fn look_again(wizard: &Wizard) -> Result<(), Refusal> {
    if let Some(connector) = &wizard.connector {
        wizard.setup.check(connector.id).await?;
    }
    for (file, _) in wizard.files.iter().take(3) {
        wizard.setup.probe(&file.host, &file.token).await?;
    }
    Ok(())
}
