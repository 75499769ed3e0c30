//! `GET`, `POST /admin/tenants/{code}/people/{sub}/erase`.

use axum::extract::{Path, State};

use super::subject;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::tenant::Asking;
use crate::ui::Tone;

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, sub)): Path<(String, String)>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.care()?;
    tenant.people()?.person(subject(&sub)?).await?;
    // Asked for before the form is filled in: it could not be sent again afterwards.
    signed_in.confirmed(&console)?;
    Ok(asking(&signed_in, &code, &sub).page(&signed_in, &tenant))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, sub)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let care = tenant.care()?;
    let id = subject(&sub)?;
    tenant.people()?.person(id).await?;
    let confirmed = signed_in.confirmed(&console)?;
    if let Some(again) = asking(&signed_in, &code, &sub).unless_typed(&signed_in, &tenant, &posted) {
        return Ok(again);
    }
    care.erase(confirmed, id).await?;
    let text = signed_in.visitor.text("people.erased");
    Ok(flash_to(
        &console,
        Tone::Good,
        &text,
        &format!("/admin/tenants/{code}/people"),
    ))
}

/// The end of the subject is typed: names may have characters that nobody can type.
fn asking(signed_in: &SignedIn, code: &str, sub: &str) -> Asking {
    let visitor = &signed_in.visitor;
    Asking {
        tab: "people",
        title: "people.erase_title",
        warning: visitor.text("people.erase_warning"),
        points: ["people.erase_point_1", "people.erase_point_2", "people.erase_point_3"]
            .map(|key| visitor.text(key))
            .to_vec(),
        expected: sub.chars().skip(sub.len().saturating_sub(6)).collect(),
        button: visitor.text("people.erase"),
        action: format!("/admin/tenants/{code}/people/{sub}/erase"),
        back: format!("/admin/tenants/{code}/people/{sub}"),
    }
}
