//! `POST /admin/tenants/{code}/domains/probe`: looks at a file from outside, now.

use axum::extract::{Path, State};
use hufu_core::model::HealthState;

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
    let health = tenant.setup()?.probe(posted.get("host"), posted.get("token")).await?;
    let (tone, key) = match health.state {
        HealthState::Good => (Tone::Good, "domains.probed_good"),
        _ => (Tone::Bad, "domains.probed_bad"),
    };
    let url = format!("/admin/tenants/{}/domains", tenant.tenant().code);
    Ok(flash_to(&console, tone, &signed_in.visitor.text(key), &url))
}
