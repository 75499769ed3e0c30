//! `POST /admin/tenants/{code}/connectors/{id}/check`: asks the provider now.

use axum::extract::{Path, State};
use hufu_core::model::HealthState;

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let id = super::id(&id)?;
    let health = tenant.setup()?.check(id).await?;
    let (tone, key) = match health.state {
        HealthState::Good => (Tone::Good, "connectors.checked_good"),
        HealthState::Uncertain => (Tone::Warn, "connectors.checked_uncertain"),
        HealthState::Bad => (Tone::Bad, "connectors.checked_bad"),
    };
    let url = super::url(&tenant.tenant().code, id);
    Ok(flash_to(&console, tone, &signed_in.visitor.text(key), &url))
}
