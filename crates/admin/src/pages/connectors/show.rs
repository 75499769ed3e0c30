//! `GET/POST /admin/tenants/{code}/connectors/{id}`: how it stands, its settings, its secret, its links.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::ids::ConnectorId;
use hufu_core::manage::{ConnectorEdit, ManageError};
use hufu_core::model::{Connector, Status};
use hufu_core::provider::{FieldProblem, ProviderKind};

use super::checks::{Badge, Check, Checks};
use super::hand_over::{LinkRow, links};
use super::schema::{self, Drawn, Part};
use super::shown;
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::tenant;
use crate::ui::{Crumb, Field, Frame, Tab, Tone};

/// What came back with errors.
#[derive(Default)]
pub(super) struct Trouble {
    pub(super) text: String,
    pub(super) values: Option<BTreeMap<String, String>>,
    pub(super) name: Option<String>,
    pub(super) name_error: Option<String>,
    pub(super) problems: Vec<FieldProblem>,
    /// What the provider said to new secrets.
    pub(super) refused: Vec<Check>,
}

#[derive(Template)]
#[template(path = "pages/connectors/show.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    url: String,
    connector: Arc<Connector>,
    kind: String,
    status: Badge,
    checks: Option<Checks>,
    facts: Vec<(String, String)>,
    callback: String,
    host: String,
    name: Field,
    fields: Vec<Drawn>,
    secret_fields: Vec<Drawn>,
    fingerprints: Vec<String>,
    /// Whether the password was given a moment ago; otherwise where to give it.
    confirmed: bool,
    confirm_url: String,
    may: bool,
    /// Where its menu is, when it has one.
    menu: Option<String>,
    links: Vec<LinkRow>,
    trouble: Trouble,
    trouble_secret: bool,
    note: Field,
    days: Field,
    hand_over: String,
    /// Where its tokens are shown, when it has such.
    tokens: Option<String>,
    /// Where it goes on, while it is a draft.
    onboarding: Option<String>,
    now: Timestamp,
}

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let connector = tenant.connector(super::id(&id)?).await?;
    let page = page(&console, &signed_in, &tenant, connector, Trouble::default()).await?;
    Ok(signed_in.page(&page))
}

/// The page again, with what is wrong with a new secret.
pub(super) async fn again_secret(
    console: &Console,
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    id: ConnectorId,
    trouble: Trouble,
) -> Answer {
    let connector = tenant.connector(id).await?;
    let mut page = page(console, signed_in, tenant, connector, trouble).await?;
    page.trouble_secret = true;
    Ok(signed_in.again(&page))
}

async fn page(
    console: &Console,
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    connector: Arc<Connector>,
    trouble: Trouble,
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let (code, locale) = (tenant.tenant().code.clone(), visitor.locale);
    let kind = tenant.kind(&connector.kind);
    let form = kind.as_ref().map(|kind| kind.form());
    let values = trouble.values.as_ref().unwrap_or(&connector.settings);
    let draw = |part| {
        let drawn = |form| schema::draw(locale, form, part, values, &trouble.problems);
        form.as_ref().map(drawn).unwrap_or_default()
    };
    let health = tenant.connector_health(connector.id).await?;
    let setup = tenant.setup().ok();
    let links = match &setup {
        Some(setup) => links(signed_in, setup, &code, Some(connector.id), None).await?,
        None => Vec::new(),
    };
    let onboardings = tenant.onboardings().await?;
    let open = onboardings
        .iter()
        .find(|onboarding| onboarding.connector_id == Some(connector.id) && onboarding.done_at.is_none());
    let url = super::url(&code, connector.id);
    let list = Crumb {
        label: visitor.text("connectors.title"),
        url: Some(format!("/admin/tenants/{code}/connectors")),
    };
    let mut frame = tenant::frame(signed_in, tenant, "connectors.title", vec![list]);
    frame.title.clone_from(&connector.name);
    if let Some(last) = frame.crumbs.last_mut() {
        last.label.clone_from(&connector.name);
    }
    Ok(Page {
        tabs: tenant::tabs(signed_in, tenant, "connectors"),
        kind: kind_name(signed_in, kind.as_ref(), &connector),
        status: Badge::of_status(visitor, connector.status),
        checks: health.map(|health| Checks::of(visitor, &health)),
        facts: form
            .as_ref()
            .map(|form| schema::facts(locale, form, Part::Open, &connector.settings))
            .unwrap_or_default(),
        callback: tenant.urls().callback(connector.id),
        host: console.site.public_url.host().to_owned(),
        name: Field::new("name", visitor.text("connectors.name"))
            .value(trouble.name.clone().unwrap_or_else(|| connector.name.clone()))
            .error(trouble.name_error.clone())
            .required(),
        fields: draw(Part::Open),
        secret_fields: draw(Part::Secret),
        fingerprints: connector
            .secrets
            .keys()
            .filter_map(|name| connector.fingerprint(name))
            .collect(),
        confirmed: signed_in.confirmed(console).is_ok(),
        confirm_url: confirm_url(&url),
        may: setup.is_some(),
        menu: tenant
            .has_menu(&connector)
            .then(|| crate::pages::menus::url(&code, connector.id)),
        links,
        note: super::hand_over::note_field(visitor, None),
        days: super::hand_over::days_field(visitor, None),
        hand_over: format!("/admin/tenants/{code}/hand-over"),
        onboarding: open.map(|onboarding| format!("/admin/onboarding/{code}/{}", onboarding.id)),
        tokens: tenant.server_tokens(&connector).await?.map(|_| format!("{url}/tokens")),
        now: tenant.overview().now(),
        trouble,
        trouble_secret: false,
        frame,
        url,
        connector,
    })
}

fn kind_name(signed_in: &SignedIn, kind: Option<&Arc<dyn ProviderKind>>, connector: &Connector) -> String {
    kind.map_or_else(
        || connector.kind.clone(),
        |kind| signed_in.visitor.say(&kind.describe().name),
    )
}

/// The password's page, and back to the secret.
fn confirm_url(back: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("back", back)
        .finish();
    format!("/admin/confirm?{query}")
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = tenant.connector(super::id(&id)?).await?;
    let kind = tenant.kind(&connector.kind).ok_or(Refusal::NotFound)?;
    let values = schema::values(&kind.form(), Part::Open, &posted);
    let edit = ConnectorEdit {
        name: posted.get("name").to_owned(),
        settings: values.clone(),
    };
    let saved = setup.edit_connector(connector.id, edit, posted.version()).await;
    let error = match saved {
        Ok(_) => {
            let url = super::url(&tenant.tenant().code, connector.id);
            let text = signed_in.visitor.text("connectors.saved");
            return Ok(flash_to(&console, Tone::Good, &text, &url));
        }
        Err(error) => shown(error)?,
    };
    let text = signed_in.visitor.say(&error.text());
    let trouble = Trouble {
        name: Some(posted.get("name").to_owned()),
        name_error: matches!(error, ManageError::Name).then(|| text.clone()),
        problems: schema::problems(Some(&error)).to_vec(),
        values: Some(values),
        text: signed_in.visitor.text("connectors.not_saved"),
        refused: Vec::new(),
    };
    let page = page(&console, &signed_in, &tenant, connector, trouble).await?;
    Ok(signed_in.again(&page))
}

impl Page {
    fn at(&self, action: &str) -> String {
        format!("{}/{action}", self.url)
    }

    fn is_draft(&self) -> bool {
        self.connector.status == Status::Draft
    }

    fn is_active(&self) -> bool {
        self.connector.status == Status::Active
    }
}
