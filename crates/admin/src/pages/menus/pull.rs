//! `POST /admin/tenants/{code}/connectors/{id}/menu/pull`: what the provider has becomes the draft.

use axum::extract::{Path, State};
use hufu_core::manage::ManageError;

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::id;
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = id(&connector)?;
    let visitor = &signed_in.visitor;
    let (tone, text) = match setup.pull_menu(connector, posted.version()).await {
        Ok(_) => (Tone::Good, visitor.text("menus.pulled")),
        Err(ManageError::NotFound { what: "menu" }) => (Tone::Info, visitor.text("menus.pulled_none")),
        Err(error @ ManageError::Provider(_)) => (Tone::Bad, visitor.say(&error.text())),
        Err(error) => return Err(error.into()),
    };
    let url = super::url(&tenant.tenant().code, connector);
    Ok(flash_to(&console, tone, &text, &url))
}
