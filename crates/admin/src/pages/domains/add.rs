//! `POST /admin/tenants/{code}/domains`: a file is added and looked at from outside.

use axum::extract::{Path, State};
use hufu_core::model::HealthState;

use super::list::page;
use super::upload::Upload;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::shown;
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let upload = Upload::read(&posted, console.site.public_url.host());
    let file = match setup.add_verify_file(&upload.host, &upload.name, &upload.content).await {
        Ok(file) => file,
        Err(error) => {
            let error = shown(error)?;
            let page = page(&console, &signed_in, &tenant, Some((&upload, &error))).await?;
            return Ok(signed_in.again(&page));
        }
    };
    let health = setup.probe(&file.host, &file.token).await?;
    let (tone, key) = match health.state {
        HealthState::Good => (Tone::Good, "domains.added_good"),
        _ => (Tone::Warn, "domains.added_bad"),
    };
    let url = format!("/admin/tenants/{}/domains", tenant.tenant().code);
    Ok(flash_to(&console, tone, &signed_in.visitor.text(key), &url))
}
