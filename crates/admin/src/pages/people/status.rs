//! `POST /admin/tenants/{code}/people/{sub}/status`: field `status`, `active` or `disabled`.

use axum::extract::{Path, State};
use hufu_core::model::Status;

use super::subject;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, sub)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let care = tenant.care()?;
    let (status, text) = match posted.get("status") {
        "active" => (Status::Active, "people.enabled"),
        "disabled" => (Status::Disabled, "people.disabled"),
        _ => return Err(Refusal::NotFound),
    };
    care.set_status(subject(&sub)?, status).await?;
    let url = format!("/admin/tenants/{code}/people/{sub}");
    Ok(flash_to(&console, Tone::Good, &signed_in.visitor.text(text), &url))
}
