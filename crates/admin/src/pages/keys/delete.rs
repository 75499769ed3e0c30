//! `GET`, `POST /admin/tenants/{code}/keys/{id}/delete`: a key that does not sign.

use axum::extract::{Path, State};
use hufu_core::manage::ManageError;
use hufu_core::model::{KeyState, SigningKey};

use super::key_of;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::tenant::Asking;
use crate::ui::Tone;

pub(super) async fn get(signed_in: SignedIn, Path((code, id)): Path<(String, String)>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.setup()?;
    let key = key_of(&tenant, &id).await?;
    Ok(asking(&signed_in, &code, &key).page(&signed_in, &tenant))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let key = key_of(&tenant, &id).await?;
    if let Some(again) = asking(&signed_in, &code, &key).unless_typed(&signed_in, &tenant, &posted) {
        return Ok(again);
    }
    let (tone, text) = match setup.delete_key(key.id).await {
        Ok(()) => (Tone::Good, "keys.deleted"),
        Err(ManageError::KeyState) => (Tone::Warn, "keys.signs"),
        Err(error) => return Err(error.into()),
    };
    let url = format!("/admin/tenants/{code}/keys");
    Ok(flash_to(&console, tone, &signed_in.visitor.text(text), &url))
}

/// The end of a `kid`: enough to know which, short enough to type.
fn asking(signed_in: &SignedIn, code: &str, key: &SigningKey) -> Asking {
    let visitor = &signed_in.visitor;
    let kid = key.id.to_string();
    let points = if key.state == KeyState::Retired {
        vec![visitor.text("keys.delete_point_1"), visitor.text("keys.delete_point_2")]
    } else {
        Vec::new()
    };
    Asking {
        tab: "keys",
        title: "keys.delete_title",
        warning: visitor.text("keys.delete_warning"),
        points,
        expected: kid.chars().skip(kid.len().saturating_sub(6)).collect(),
        button: visitor.text("keys.delete"),
        action: format!("/admin/tenants/{code}/keys/{kid}/delete"),
        back: format!("/admin/tenants/{code}/keys"),
    }
}
