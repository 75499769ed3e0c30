//! `GET/POST /admin/tenants/{code}/clients/{id}`: its settings, what its developer needs, its secrets, and which of its
//! redirect URIs an app's one is (`?probe=`).

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use hufu_core::clock::Timestamp;
use hufu_core::manage::ManageError;
use hufu_core::model::{Client, ClientKind, ClientSecret};
use serde::Deserialize;

use super::app::Shown;
use super::form::{Faults, Fields, Typed, trouble};
use super::probe::{Differs, Probe, Reason, probe};
use super::{protocol, rights};
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, Visitor, flash_to};
use crate::pages::connectors::checks::Badge;
use crate::pages::connectors::id;
use crate::pages::tenant;
use crate::ui::{Field, Frame, Tab, Tone, texts};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    probe: String,
}

struct SecretRow {
    hint: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    works: bool,
    tone: Tone,
    state: String,
    end: String,
}

/// The answer below the field.
struct Tried {
    tone: Tone,
    title: String,
    taken_out: Option<String>,
    matches: Option<String>,
    reasons: Vec<String>,
    differs: Option<Differs>,
}

#[derive(Template)]
#[template(path = "pages/clients/show.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    url: String,
    client: Arc<Client>,
    status: Badge,
    app: Shown,
    /// The settings, when they may be changed.
    form: Option<Fields>,
    /// What it may do with an account, by its stable text.
    rights: BTreeMap<&'static str, String>,
    /// Names of the connectors it may use; none: all.
    connectors: Vec<String>,
    /// What it is allowed of the protocol, where that is not the usual.
    protocol: Vec<(String, String)>,
    trouble: String,
    probe: Field,
    tried: Option<Tried>,
    secrets: Vec<SecretRow>,
    logins: String,
    now: Timestamp,
}

pub(super) async fn get(
    signed_in: SignedIn,
    Path((code, client)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let client = tenant.client(id(&client)?).await?;
    let typed = Typed::of_client(&client);
    let page = page(&signed_in, &tenant, client, &asked.probe, &typed, &Faults::new()).await?;
    Ok(signed_in.page(&page))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let client = tenant.client(id(&client)?).await?;
    let (visitor, typed) = (&signed_in.visitor, Typed::of(&posted));
    let mut faults = typed.faults(visitor);
    if faults.is_empty() {
        match clients.change(client.id, typed.edit(&client)?, posted.version()).await {
            Ok(_) => {
                let url = super::url(&tenant.tenant().code, client.id);
                return Ok(flash_to(&console, Tone::Good, &visitor.text("clients.saved"), &url));
            }
            Err(error) => faults = Typed::fault_of(visitor, &error)?,
        }
    }
    let page = page(&signed_in, &tenant, client, "", &typed, &faults).await?;
    Ok(signed_in.again(&page))
}

async fn page(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    client: Arc<Client>,
    asked: &str,
    typed: &Typed,
    faults: &Faults,
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let connectors = tenant.connectors().await?;
    let now = tenant.overview().now();
    let url = super::url(&tenant.tenant().code, client.id);
    let mut frame = super::frame(signed_in, tenant, "clients.title", None);
    frame.title.clone_from(&client.name);
    if let Some(last) = frame.crumbs.last_mut() {
        last.label.clone_from(&client.name);
    }
    let allowed = connectors.iter().filter(|one| client.connectors.contains(&one.id));
    let mut secrets: Vec<_> = client
        .secrets
        .iter()
        .map(|secret| row(visitor, &url, secret, now))
        .collect();
    secrets.reverse();
    let may = tenant.change_clients().is_ok();
    let may_grant = rights::offered(client.kind, tenant.grant_rights().is_ok());
    Ok(Page {
        tabs: tenant::tabs(signed_in, tenant, "clients"),
        status: super::status(visitor, client.status),
        app: Shown::of(tenant, &client, None),
        form: may.then(|| typed.fields(visitor, &connectors, faults, may_grant)),
        rights: rights::named(visitor, &client),
        protocol: protocol::changed(visitor, &client.protocol),
        connectors: allowed.map(|connector| connector.name.clone()).collect(),
        trouble: trouble(visitor, faults),
        probe: Field::new("probe", visitor.text("clients.probe"))
            .hint(visitor.text("clients.probe_hint"))
            .placeholder("https://www.example.com/callback")
            .value(asked)
            .required()
            .mono(),
        tried: (!asked.is_empty()).then(|| tried(visitor, probe(&client.redirect_uris, asked))),
        logins: format!("/admin/logins?tenant={}&client={}", tenant.tenant().code, client.id),
        secrets,
        now,
        frame,
        url,
        client,
    })
}

fn row(visitor: &Visitor, url: &str, secret: &ClientSecret, now: Timestamp) -> SecretRow {
    let works = secret.expires_at.is_none_or(|end| now < end);
    let (tone, key) = match secret.expires_at {
        None => (Tone::Good, "clients.secret_works"),
        Some(_) if works => (Tone::Warn, "clients.secret_ends"),
        Some(_) => (Tone::Neutral, "clients.secret_over"),
    };
    SecretRow {
        hint: secret.hint.clone(),
        created_at: secret.created_at,
        expires_at: secret.expires_at,
        works,
        tone,
        state: visitor.text(key),
        end: format!("{url}/secrets/{}/end", secret.created_at.as_millis()),
    }
}

fn tried(visitor: &Visitor, probe: Probe) -> Tried {
    let say = |reason: &Reason| {
        let values = [
            ("registered", reason.registered.as_str()),
            ("asked", reason.asked.as_str()),
        ];
        texts::text_with(visitor.locale, reason.key, &values)
    };
    let mut reasons: Vec<String> = probe.reasons.iter().map(say).collect();
    reasons.extend(probe.unfit.map(|reason| {
        let uri = probe.taken_out.clone().unwrap_or(probe.typed);
        visitor.say(&ManageError::RedirectUri { uri, reason }.text())
    }));
    let (tone, key) = match &probe.matches {
        Some(_) => (Tone::Good, "clients.probe_good"),
        None => (Tone::Bad, "clients.probe_bad"),
    };
    Tried {
        tone,
        title: visitor.text(key),
        taken_out: probe.taken_out,
        matches: probe.matches,
        reasons,
        differs: probe.differs,
    }
}

impl Page {
    fn is_public(&self) -> bool {
        self.client.kind == ClientKind::Public
    }

    /// Whether the form has the rights, so that they need not be told twice.
    fn edits_rights(&self) -> bool {
        self.form.as_ref().is_some_and(|fields| fields.rights.is_some())
    }

    fn at(&self, action: &str) -> String {
        format!("{}/{action}", self.url)
    }

    /// The one that the login link takes people back to.
    fn is_first(&self, uri: &str) -> bool {
        self.client.redirect_uris.first().is_some_and(|first| first == uri)
    }
}
