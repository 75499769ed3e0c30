//! `GET/POST …/policy`: how the account is used, and what happens to visitors without an identity.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::manage::{ClientEdit, ConnectorEdit, OnboardingEdit};
use hufu_core::model::SnapshotPolicy;
use hufu_core::provider::FieldProblem;

use super::steps::At;
use super::wizard::{Rail, Wizard};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, Visitor};
use crate::pages::connectors::schema::{self, Drawn, Part};
use crate::pages::connectors::shown;
use crate::ui::{Choice, Field, Frame};

#[derive(Template)]
#[template(path = "pages/onboarding/policy.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    fields: Vec<Drawn>,
    snapshot: Field,
    version: u32,
    trouble: String,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, id)): Path<(String, String)>) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Policy).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let client = wizard.client.as_ref();
    let policy = client.map_or(wizard.onboarding.snapshot_policy, |client| client.snapshot_policy);
    Ok(signed_in.page(&page(&signed_in, &wizard, wizard.values(), &[], policy)?))
}

fn page(
    signed_in: &SignedIn,
    wizard: &Wizard,
    values: &BTreeMap<String, String>,
    problems: &[FieldProblem],
    policy: SnapshotPolicy,
) -> Result<Page, Refusal> {
    let schema = wizard.kind.as_ref().ok_or(Refusal::NotFound)?.form();
    let locale = signed_in.visitor.locale;
    Ok(Page {
        frame: wizard.frame(signed_in, At::Policy),
        rail: wizard.rail(signed_in, At::Policy),
        fields: schema::draw(locale, &schema, Part::Chosen, values, problems),
        snapshot: snapshot_field(&signed_in.visitor, policy),
        version: wizard.version(),
        trouble: String::new(),
    })
}

fn snapshot_field(visitor: &Visitor, policy: SnapshotPolicy) -> Field {
    let refuse = Choice::new("refuse", visitor.text("onboarding.snapshot_refuse"));
    let allow = Choice::new("allow", visitor.text("onboarding.snapshot_allow"));
    let value = match policy {
        SnapshotPolicy::Refuse => "refuse",
        SnapshotPolicy::Allow => "allow",
    };
    Field::new("snapshot_policy", visitor.text("onboarding.snapshot"))
        .hint(visitor.text("onboarding.snapshot_hint"))
        .value(value)
        .required()
        .choices(vec![
            refuse.hint(visitor.text("onboarding.snapshot_refuse_hint")),
            allow.hint(visitor.text("onboarding.snapshot_allow_hint")),
        ])
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let mut wizard = match Wizard::open_at(&signed_in, &code, &id, At::Policy).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let kind = wizard.kind.clone().ok_or(Refusal::NotFound)?;
    let typed = schema::values(&kind.form(), Part::Chosen, &posted);
    let policy = match posted.get("snapshot_policy") {
        "allow" => SnapshotPolicy::Allow,
        _ => SnapshotPolicy::Refuse,
    };
    if let Err(error) = save_values(&mut wizard, kind.kind(), typed.clone(), posted.version()).await {
        let error = shown(error)?;
        let mut page = page(&signed_in, &wizard, &typed, schema::problems(Some(&error)), policy)?;
        page.trouble = signed_in.visitor.text("onboarding.not_saved");
        return Ok(signed_in.again(&page));
    }
    match &wizard.client {
        Some(client) if client.snapshot_policy != policy => {
            let edit = ClientEdit {
                snapshot_policy: policy,
                ..ClientEdit::from(&**client)
            };
            let (clients, id, version) = (wizard.tenant.change_clients()?, client.id, client.version);
            clients.change(id, edit, Some(version)).await?;
        }
        Some(_) => {}
        None => wizard.edit(OnboardingEdit::Snapshots(policy)).await?,
    }
    wizard.confirm(At::Policy).await?;
    Ok(wizard.onward(&console, &signed_in, At::Policy, "onboarding.noted"))
}

/// Into the connector when there is one, else into what it will be made of.
async fn save_values(
    wizard: &mut Wizard,
    kind: &str,
    typed: BTreeMap<String, String>,
    version: Option<u32>,
) -> hufu_core::manage::Result<()> {
    if let Some(connector) = &wizard.connector {
        let edit = ConnectorEdit {
            name: connector.name.clone(),
            settings: typed,
        };
        wizard.setup.edit_connector(connector.id, edit, version).await?;
        return Ok(());
    }
    let mut values = wizard.onboarding.values.clone();
    values.extend(typed);
    let edit = OnboardingEdit::Kind {
        kind: kind.to_owned(),
        values,
    };
    wizard.onboarding = wizard.setup.edit_onboarding(&wizard.onboarding, edit, version).await?;
    Ok(())
}
