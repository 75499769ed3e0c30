//! `POST /admin/tenants/{code}/keys/{id}/activate`.

use axum::extract::{Path, State};
use hufu_core::manage::ManageError;

use super::{KNOWN_AFTER_MILLIS, key_of};
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::ui::Tone;

/// `anyway`: also a key that clients may not know yet.
pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let key = key_of(&tenant, &id).await?;
    let age = tenant.overview().now().millis_since(key.created_at);
    let (tone, text) = if age < KNOWN_AFTER_MILLIS && !posted.is_ticked("anyway") {
        (Tone::Warn, "keys.too_young")
    } else {
        match setup.activate_key(key.id).await {
            Ok(()) => (Tone::Good, "keys.activated"),
            Err(ManageError::KeyState) => (Tone::Info, "keys.not_pending"),
            Err(error) => return Err(error.into()),
        }
    };
    let url = format!("/admin/tenants/{code}/keys");
    Ok(flash_to(&console, tone, &signed_in.visitor.text(text), &url))
}
