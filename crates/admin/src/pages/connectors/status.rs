//! `POST /admin/tenants/{code}/connectors/{id}/status`: on, off, live.

use axum::extract::{Path, State};
use hufu_core::model::Status;

use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let (status, key) = match posted.get("status") {
        "active" => (Status::Active, "connectors.enabled"),
        "disabled" => (Status::Disabled, "connectors.disabled"),
        _ => return Err(Refusal::NotFound),
    };
    let connector = setup.set_connector_status(super::id(&id)?, status).await?;
    let url = super::url(&tenant.tenant().code, connector.id);
    Ok(flash_to(&console, Tone::Good, &signed_in.visitor.text(key), &url))
}
