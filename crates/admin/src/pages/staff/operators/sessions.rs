//! Ends an operator's sessions.

use axum::extract::{Path, State};
use hufu_core::ids::SessionId;

use super::find;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::Tone;

/// `POST /admin/operators/{id}/sessions/{session}/end`
pub(in crate::pages::staff) async fn end(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((id, session)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let operator = find(&staff, &id).await?;
    let session: SessionId = session.parse().map_err(|_| Refusal::NotFound)?;
    staff.revoke_session(operator.id, session).await?;
    let text = signed_in.visitor.text("account.session_ended");
    Ok(flash_to(
        &console,
        Tone::Good,
        &text,
        &format!("/admin/operators/{}", operator.id),
    ))
}

/// `POST /admin/operators/{id}/sessions/end`
pub(in crate::pages::staff) async fn end_all(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    _: Posted,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let operator = find(&staff, &id).await?;
    staff.revoke_sessions(operator.id).await?;
    let text = signed_in.visitor.text("account.sessions_ended");
    Ok(flash_to(
        &console,
        Tone::Good,
        &text,
        &format!("/admin/operators/{}", operator.id),
    ))
}
