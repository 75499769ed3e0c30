//! `POST /admin/tenants/{code}/hand-over/{link}/revoke`: takes a hand-over link back.

use axum::extract::{Path, State};

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to, is_ours};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, link)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.setup()?.revoke_hand_over(super::id(&link)?).await?;
    let back = posted.some("back").filter(|back| is_ours(back));
    let back = back.unwrap_or_else(|| format!("/admin/tenants/{}/connectors", tenant.tenant().code));
    let text = signed_in.visitor.text("connectors.link_taken_back");
    Ok(flash_to(&console, Tone::Good, &text, &back))
}
