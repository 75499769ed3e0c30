//! `GET /admin/tenants/{code}/connectors`.

use std::sync::Arc;

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::manage::connector_health;
use hufu_core::model::{Connector, Health};

use super::checks::Badge;
use super::schema::{Part, facts};
use crate::access::TenantAccess;
use crate::http::{Answer, SignedIn};
use crate::pages::tenant;
use crate::ui::{Frame, Tab};

struct Row {
    name: String,
    url: String,
    kind: String,
    facts: Vec<(String, String)>,
    status: Badge,
    health: Badge,
    checked_at: Option<Timestamp>,
    secrets: Vec<String>,
    secrets_at: Timestamp,
}

#[derive(Template)]
#[template(path = "pages/connectors/list.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    /// Onboardings that are not done: where they go on, and when they last did.
    open: Vec<(String, Timestamp)>,
    begin: Option<String>,
    now: Timestamp,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let health = tenant.health().await?;
    let rows = tenant.connectors().await?;
    let rows = rows.iter().map(|one| row(&signed_in, &tenant, one, &health));
    let may = tenant.setup().is_ok();
    let open = tenant.onboardings().await?.into_iter();
    let open = open.filter(|onboarding| may && onboarding.done_at.is_none());
    let own = &tenant.tenant().code;
    Ok(signed_in.page(&Page {
        rows: rows.collect(),
        open: open
            .map(|onboarding| {
                let url = format!("/admin/onboarding/{own}/{}", onboarding.id);
                (url, onboarding.changed_at)
            })
            .collect(),
        begin: may.then(|| format!("/admin/onboarding/{own}/begin")),
        now: tenant.overview().now(),
        tabs: tenant::tabs(&signed_in, &tenant, "connectors"),
        frame: tenant::frame(&signed_in, &tenant, "connectors.title", Vec::new()),
    }))
}

fn row(signed_in: &SignedIn, tenant: &TenantAccess, connector: &Arc<Connector>, health: &[Health]) -> Row {
    let visitor = &signed_in.visitor;
    let of = connector_health(connector.id);
    let health = health.iter().find(|health| health.of == of);
    let kind = tenant.kind(&connector.kind);
    let (name, facts) = match &kind {
        Some(kind) => (
            visitor.say(&kind.describe().name),
            facts(visitor.locale, &kind.form(), Part::Needed, &connector.settings),
        ),
        None => (connector.kind.clone(), Vec::new()),
    };
    Row {
        name: connector.name.clone(),
        url: super::url(&tenant.tenant().code, connector.id),
        kind: name,
        facts,
        status: Badge::of_status(visitor, connector.status),
        health: Badge::of(visitor, health.map(|health| health.state)),
        checked_at: health.map(|health| health.at),
        secrets: connector
            .secrets
            .keys()
            .filter_map(|name| connector.fingerprint(name))
            .collect(),
        secrets_at: connector.secrets_at,
    }
}
