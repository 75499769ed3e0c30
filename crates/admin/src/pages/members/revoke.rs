//! `POST /admin/tenants/{code}/members/links/{id}/revoke`.

use axum::extract::{Path, State};

use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    _posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let id = id.parse().map_err(|_| Refusal::NotFound)?;
    tenant.members()?.revoke_link(id).await?;
    let text = signed_in.visitor.text("members.revoked");
    Ok(flash_to(
        &console,
        Tone::Good,
        &text,
        &format!("/admin/tenants/{code}/members"),
    ))
}
