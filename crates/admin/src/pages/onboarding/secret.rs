//! `GET/POST …/secret`: the account's secret, tried at once; or a link by which its owner enters it.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::manage::ManageError;
use hufu_core::model::{HealthState, Status};
use hufu_core::provider::FieldProblem;

use super::steps::At;
use super::wizard::{Rail, Wizard};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn};
use crate::pages::connectors::checks::Checks;
use crate::pages::connectors::hand_over::{LinkRow, days_field, links, note_field};
use crate::pages::connectors::schema::{self, Drawn, Part};
use crate::pages::connectors::{self, shown};
use crate::ui::{Field, Frame, Tone};

#[derive(Template)]
#[template(path = "pages/onboarding/secret.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    /// None once the connector has a name.
    name: Option<Field>,
    fields: Vec<Drawn>,
    facts: Vec<(String, String)>,
    checks: Option<Checks>,
    fingerprints: Vec<String>,
    /// The connector is live: its secret is swapped on its own page.
    live: Option<String>,
    links: Vec<LinkRow>,
    hand_over: String,
    onboarding: String,
    note: Field,
    days: Field,
    trouble: String,
}

impl Page {
    fn send_style(&self) -> &'static str {
        if self.rail.next_leads { "soft" } else { "main" }
    }
}

pub(super) async fn get(signed_in: SignedIn, Path((code, id)): Path<(String, String)>) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Secret).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let page = page(&signed_in, &wizard, None, &[]).await?;
    Ok(signed_in.page(&page))
}

async fn page(
    signed_in: &SignedIn,
    wizard: &Wizard,
    name: Option<&str>,
    problems: &[FieldProblem],
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let schema = wizard.kind.as_ref().ok_or(Refusal::NotFound)?.form();
    let (locale, values) = (visitor.locale, wizard.values());
    let tenant = wizard.tenant.tenant();
    let connector = wizard.connector.as_ref();
    let fingerprints = connector.map(|connector| {
        let names = connector.secrets.keys();
        names.filter_map(|name| connector.fingerprint(name)).collect()
    });
    let links = links(signed_in, &wizard.setup, &tenant.code, None, Some(wizard.onboarding.id));
    Ok(Page {
        frame: wizard.frame(signed_in, At::Secret),
        rail: wizard.rail(signed_in, At::Secret),
        name: connector.is_none().then(|| {
            Field::new("name", visitor.text("onboarding.account_name"))
                .hint(visitor.text("onboarding.account_name_hint"))
                .value(name.unwrap_or(&tenant.name))
                .required()
        }),
        fields: schema::draw(locale, &schema, Part::Secret, values, problems),
        facts: schema::facts(locale, &schema, Part::Needed, values),
        checks: wizard.health.as_ref().map(|health| Checks::of(visitor, health)),
        fingerprints: fingerprints.unwrap_or_default(),
        live: connector
            .filter(|connector| connector.status != Status::Draft)
            .map(|connector| connectors::url(&tenant.code, connector.id)),
        links: links.await?,
        hand_over: format!("/admin/tenants/{}/hand-over", tenant.code),
        onboarding: wizard.onboarding.id.to_string(),
        note: note_field(visitor, None),
        days: days_field(visitor, None),
        trouble: String::new(),
    })
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Secret).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let schema = wizard.kind.as_ref().ok_or(Refusal::NotFound)?.form();
    let secrets = schema::secrets(&schema, &posted);
    let name = posted.get("name");
    let saved = if secrets.is_empty() {
        Err(ManageError::Fields(schema::all_missing(&schema)))
    } else if let Some(connector) = &wizard.connector {
        wizard.setup.replace_draft_secret(connector.id, secrets).await
    } else {
        let made = wizard.setup.add_onboarding_connector(&wizard.onboarding, name, secrets);
        made.await.map(|(_, connector)| connector)
    };
    let connector = match saved {
        Ok(connector) => connector,
        Err(error) => {
            let error = shown(error)?;
            let mut page = page(&signed_in, &wizard, Some(name), schema::problems(Some(&error))).await?;
            page.trouble = signed_in.visitor.text("onboarding.not_saved");
            if let (ManageError::Name, Some(name)) = (&error, &mut page.name) {
                name.error = Some(signed_in.visitor.say(&error.text()));
            }
            return Ok(signed_in.again(&page));
        }
    };
    wizard.setup.check(connector.id).await?;
    let wizard = Wizard::open(&signed_in, &code, &id).await?;
    let state = wizard.health.as_ref().map(|health| health.state);
    Ok(if state == Some(HealthState::Good) {
        wizard.onward(&console, &signed_in, At::Secret, "onboarding.secret_good")
    } else if wizard.is_secret_refused() {
        wizard.stay(&console, &signed_in, At::Secret, Tone::Bad, "onboarding.secret_bad")
    } else {
        // All but the allow-list, which is the next step.
        wizard.onward(&console, &signed_in, At::Secret, "onboarding.secret_address")
    })
}
