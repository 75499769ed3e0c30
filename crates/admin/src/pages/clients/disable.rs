//! `GET/POST /admin/tenants/{code}/clients/{id}/disable`. It can be undone with a click, so nothing is to be typed.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::model::Status;

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::id;
use crate::pages::tenant;
use crate::ui::{Frame, Tab, Tone};

#[derive(Template)]
#[template(path = "pages/clients/disable.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    name: String,
    url: String,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, client)): Path<(String, String)>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.change_clients()?;
    let client = tenant.client(id(&client)?).await?;
    Ok(signed_in.page(&Page {
        tabs: tenant::tabs(&signed_in, &tenant, "clients"),
        frame: super::frame(&signed_in, &tenant, "clients.disable_title", Some(&client)),
        name: client.name.clone(),
        url: super::url(&tenant.tenant().code, client.id),
    }))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let client = clients.set_status(id(&client)?, Status::Disabled).await?;
    let url = super::url(&tenant.tenant().code, client.id);
    let text = signed_in.visitor.text("clients.disabled");
    Ok(flash_to(&console, Tone::Good, &text, &url))
}
