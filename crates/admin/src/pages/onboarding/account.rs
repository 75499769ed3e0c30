//! `GET/POST …/account`: what kind of account, and which one.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use hufu_core::manage::{ConnectorEdit, OnboardingEdit};
use hufu_core::provider::{FieldProblem, ProviderKind};
use hufu_core::store::TenantFilter;
use serde::Deserialize;

use super::steps::At;
use super::wizard::{Rail, Wizard, place};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::connectors::schema::{self, Drawn, Part};
use crate::pages::connectors::shown;
use crate::ui::{Frame, Tone};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
}

/// A kind that can be chosen.
struct KindRow {
    name: String,
    summary: String,
    url: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "pages/onboarding/account.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    kinds: Vec<KindRow>,
    kind: String,
    fields: Vec<Drawn>,
    version: u32,
    /// Other tenants with the same account.
    others: Vec<(String, String)>,
    trouble: String,
}

pub(super) async fn get(
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answer {
    let wizard = Wizard::open(&signed_in, &code, &id).await?;
    let kind = chosen(&wizard, &asked.kind)?;
    let values = wizard.values().clone();
    let page = page(&signed_in, &wizard, &kind, &values, &[]).await?;
    Ok(signed_in.page(&page))
}

/// The kind that was asked for, or that of the onboarding, or the first there is. A connector keeps its kind.
fn chosen(wizard: &Wizard, asked: &str) -> Result<Arc<dyn ProviderKind>, Refusal> {
    let known = wizard.onboarding.kind.as_deref().unwrap_or_default();
    let name = if asked.is_empty() || wizard.connector.is_some() {
        known
    } else {
        asked
    };
    if !name.is_empty() {
        return wizard.tenant.kind(name).ok_or(Refusal::NotFound);
    }
    wizard.tenant.kinds().into_iter().next().ok_or(Refusal::NotFound)
}

async fn page(
    signed_in: &SignedIn,
    wizard: &Wizard,
    kind: &Arc<dyn ProviderKind>,
    values: &BTreeMap<String, String>,
    problems: &[FieldProblem],
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let mut rail = wizard.rail(signed_in, At::Account);
    rail.place = place(signed_in, At::Account, kind.kind());
    let row = |one: &Arc<dyn ProviderKind>| {
        let described = one.describe();
        KindRow {
            name: visitor.say(&described.name),
            summary: visitor.say(&described.summary),
            url: format!("{}?kind={}", rail.url, one.kind()),
            current: one.kind() == kind.kind(),
        }
    };
    let mut kinds: Vec<KindRow> = wizard.tenant.kinds().iter().map(row).collect();
    if wizard.connector.is_some() {
        kinds.retain(|kind| kind.current);
    }
    Ok(Page {
        frame: wizard.frame(signed_in, At::Account),
        kinds,
        kind: kind.kind().to_owned(),
        fields: schema::draw(visitor.locale, &kind.form(), Part::Needed, values, problems),
        version: wizard.version(),
        others: others(signed_in, wizard, kind, values).await?,
        trouble: String::new(),
        rail,
    })
}

/// Other tenants within reach that use the same account: allowed, but worth knowing.
async fn others(
    signed_in: &SignedIn,
    wizard: &Wizard,
    kind: &Arc<dyn ProviderKind>,
    values: &BTreeMap<String, String>,
) -> Result<Vec<(String, String)>, Refusal> {
    let mut others = Vec::new();
    for (_, value) in schema::facts(signed_in.visitor.locale, &kind.form(), Part::Needed, values) {
        if value.len() < 6 {
            continue;
        }
        let filter = TenantFilter {
            text: value,
            ..TenantFilter::default()
        };
        for summary in signed_in.access.overview().tenants(&filter, 6).await? {
            let row = (
                summary.tenant.name.clone(),
                format!("/admin/tenants/{}", summary.tenant.code),
            );
            if summary.tenant.id != wizard.tenant.tenant().id && !others.contains(&row) {
                others.push(row);
            }
        }
    }
    Ok(others)
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let wizard = Wizard::open(&signed_in, &code, &id).await?;
    let kind = chosen(&wizard, posted.get("kind"))?;
    let typed = schema::values(&kind.form(), Part::Needed, &posted);
    let saved = if let Some(connector) = &wizard.connector {
        let edit = ConnectorEdit {
            name: connector.name.clone(),
            settings: typed.clone(),
        };
        let saved = wizard.setup.edit_connector(connector.id, edit, posted.version()).await;
        saved.map(drop)
    } else {
        // What the policy's step chose stays, unless it was another kind's.
        let mut values = typed.clone();
        if wizard.onboarding.kind.as_deref() == Some(kind.kind()) {
            for (name, value) in &wizard.onboarding.values {
                values.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        let edit = OnboardingEdit::Kind {
            kind: kind.kind().to_owned(),
            values,
        };
        let before = &wizard.onboarding;
        let saved = wizard.setup.edit_onboarding(before, edit, posted.version()).await;
        saved.map(drop)
    };
    if let Err(error) = saved {
        let error = shown(error)?;
        let mut page = page(&signed_in, &wizard, &kind, &typed, schema::problems(Some(&error))).await?;
        page.trouble = signed_in.visitor.text("onboarding.not_saved");
        return Ok(signed_in.again(&page));
    }
    let others = others(&signed_in, &wizard, &kind, &typed).await?;
    if let Some((name, _)) = others.first() {
        let text = signed_in.visitor.text("onboarding.same_account");
        let text = text.replace("%{name}", name);
        return Ok(flash_to(&console, Tone::Warn, &text, &wizard.url(At::Secret)));
    }
    if let Some(connector) = &wizard.connector {
        // The badge is to speak of the new settings.
        wizard.setup.check(connector.id).await?;
    }
    Ok(wizard.onward(&console, &signed_in, At::Account, "onboarding.account_saved"))
}
