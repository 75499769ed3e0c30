//! `POST /admin/tenants/{code}/keys`: the next key of an algorithm.

use axum::extract::{Path, State};
use hufu_core::manage::ManageError;

use super::algorithm_of;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let url = format!("/admin/tenants/{code}/keys");
    let (tone, key) = match setup.add_key(algorithm_of(posted.get("algorithm"))?).await {
        Ok(_) => (Tone::Good, "keys.added"),
        Err(ManageError::KeyState) => (Tone::Info, "keys.waits_already"),
        Err(error) => return Err(error.into()),
    };
    Ok(flash_to(&console, tone, &signed_in.visitor.text(key), &url))
}
