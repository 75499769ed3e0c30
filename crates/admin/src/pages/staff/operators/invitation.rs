//! `POST /admin/operators/invitations/{id}/revoke`: takes an invitation back.

use axum::extract::{Path, State};
use hufu_core::ids::LinkId;

use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::Tone;

pub(in crate::pages::staff) async fn revoke(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    _: Posted,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let id: LinkId = id.parse().map_err(|_| Refusal::NotFound)?;
    staff.revoke_link(id).await?;
    let text = signed_in.visitor.text("staff.invitation_revoked");
    Ok(flash_to(&console, Tone::Good, &text, "/admin/operators"))
}
