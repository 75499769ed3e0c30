//! `POST /admin/tenants/{code}/resume`.

use axum::extract::{Path, State};
use hufu_core::model::Status;

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    _posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.switch()?.set_status(Status::Active).await?;
    let text = signed_in.visitor.text("tenant.resumed");
    Ok(flash_to(&console, Tone::Good, &text, &format!("/admin/tenants/{code}")))
}
