//! `POST /admin/tenants/{code}/clients/{id}/enable`.

use axum::extract::{Path, State};
use hufu_core::model::Status;

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::id;
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let client = clients.set_status(id(&client)?, Status::Active).await?;
    let url = super::url(&tenant.tenant().code, client.id);
    let text = signed_in.visitor.text("clients.enabled");
    Ok(flash_to(&console, Tone::Good, &text, &url))
}
