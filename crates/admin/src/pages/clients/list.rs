//! `GET /admin/tenants/{code}/clients`.

use std::sync::Arc;

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::model::{Action, AuditEvent, AuditFilter, Client, ClientKind, Connector, Outcome};

use crate::access::TenantAccess;
use crate::http::{Answer, SignedIn};
use crate::pages::connectors::checks::Badge;
use crate::pages::tenant;
use crate::ui::{Frame, Tab};

/// So many logins are looked through for the last one of each client: the log has no index by client, and one that is
/// never used would have all of it read.
const LOOKED_THROUGH: u64 = 200;

struct Row {
    id: String,
    name: String,
    url: String,
    is_public: bool,
    uris: usize,
    /// Names of the connectors it may use; none: all.
    connectors: Vec<String>,
    status: Badge,
    last_login: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "pages/clients/list.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    /// Whether the log is longer than what was looked through: then an older login may be there.
    has_older: bool,
    /// Where one is added.
    add: Option<String>,
    /// Where an account is connected, while there is none.
    connectors: Option<String>,
    now: Timestamp,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let (clients, connectors) = (tenant.clients().await?, tenant.connectors().await?);
    let filter = AuditFilter {
        action: Some(Action::Login),
        outcome: Some(Outcome::Succeeded),
        ..AuditFilter::default()
    };
    let logins = match clients.len() {
        0 => Vec::new(),
        _ => tenant.overview().events(&filter, LOOKED_THROUGH).await?,
    };
    let rows = clients
        .iter()
        .map(|client| row(&signed_in, &tenant, client, &connectors, &logins));
    Ok(signed_in.page(&Page {
        rows: rows.collect(),
        has_older: logins.len() as u64 >= LOOKED_THROUGH,
        add: tenant
            .change_clients()
            .is_ok()
            .then(|| format!("/admin/tenants/{}/clients/new", tenant.tenant().code)),
        connectors: connectors
            .is_empty()
            .then(|| format!("/admin/tenants/{}/connectors", tenant.tenant().code)),
        now: tenant.overview().now(),
        tabs: tenant::tabs(&signed_in, &tenant, "clients"),
        frame: tenant::frame(&signed_in, &tenant, "clients.title", Vec::new()),
    }))
}

fn row(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    client: &Client,
    connectors: &[Arc<Connector>],
    logins: &[AuditEvent],
) -> Row {
    let own = logins.iter().find(|event| event.client_id == Some(client.id));
    let allowed = connectors.iter().filter(|one| client.connectors.contains(&one.id));
    Row {
        id: client.id.to_string(),
        name: client.name.clone(),
        url: super::url(&tenant.tenant().code, client.id),
        is_public: client.kind == ClientKind::Public,
        uris: client.redirect_uris.len(),
        connectors: allowed.map(|connector| connector.name.clone()).collect(),
        status: super::status(&signed_in.visitor, client.status),
        last_login: own.map(|event| event.at),
    }
}
