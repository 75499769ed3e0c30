//! `GET/POST /admin/tenants/{code}/clients/new`.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hufu_core::clock::Timestamp;
use hufu_core::model::Client;

use super::form::{Faults, Fields, Typed, trouble};
use super::made;
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::tenant;
use crate::ui::{Frame, Tab, Tone};

#[derive(Template)]
#[template(path = "pages/clients/new.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    fields: Fields,
    /// When the form was drawn: what was made since from the same form is the same client, sent twice.
    since: i64,
    trouble: String,
    back: String,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.change_clients()?;
    let page = page(&signed_in, &tenant, &Typed::fresh(), &Faults::new()).await?;
    Ok(signed_in.page(&page))
}

async fn page(signed_in: &SignedIn, tenant: &TenantAccess, typed: &Typed, faults: &Faults) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    Ok(Page {
        fields: typed.fields(
            visitor,
            &tenant.connectors().await?,
            faults,
            tenant.grant_rights().is_ok(),
        ),
        since: tenant.overview().now().as_millis(),
        trouble: trouble(visitor, faults),
        back: format!("/admin/tenants/{}/clients", tenant.tenant().code),
        tabs: tenant::tabs(signed_in, tenant, "clients"),
        frame: super::frame(signed_in, tenant, "clients.add", None),
    })
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let (visitor, typed) = (&signed_in.visitor, Typed::of(&posted));
    let faults = typed.faults(visitor);
    if !faults.is_empty() {
        return again(&signed_in, &tenant, &typed, &faults).await;
    }
    if let Some(client) = sent_before(&tenant, &typed, &posted).await? {
        let url = super::url(&tenant.tenant().code, client.id);
        return Ok(flash_to(
            &console,
            Tone::Warn,
            &visitor.text("clients.sent_twice"),
            &url,
        ));
    }
    match clients.add_with(typed.new_client()?, typed.extras()).await {
        // Not a redirect: the secret is in nobody's hands but this answer's.
        Ok((client, Some(secret))) => Ok(made::draw(&signed_in, &tenant, &client, &secret, "clients.made")),
        Ok((client, None)) => {
            let url = super::url(&tenant.tenant().code, client.id);
            Ok(flash_to(&console, Tone::Good, &visitor.text("clients.added"), &url))
        }
        Err(error) => again(&signed_in, &tenant, &typed, &Typed::fault_of(visitor, &error)?).await,
    }
}

async fn again(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    typed: &Typed,
    faults: &Faults,
) -> Result<Response, Refusal> {
    Ok(signed_in.again(&page(signed_in, tenant, typed, faults).await?))
}

/// The client that this very form made before: its page was loaded again, or one went back and pressed once more.
async fn sent_before(tenant: &TenantAccess, typed: &Typed, posted: &Posted) -> Result<Option<Client>, Refusal> {
    let Some(since) = posted.get("since").parse().ok().map(Timestamp::from_millis) else {
        return Ok(None);
    };
    let clients = tenant.clients().await?;
    let same = |client: &Client| {
        client.created_at >= since
            && client.name == typed.name
            && client.kind == typed.kind
            && client.redirect_uris == typed.redirect_uris
    };
    Ok(clients.into_iter().find(same))
}
