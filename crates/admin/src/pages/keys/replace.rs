//! `GET`, `POST /admin/tenants/{code}/keys/{algorithm}/replace`: for a key that leaked.

use axum::extract::{Path, State};
use hufu_core::oidc::SigningAlgorithm;

use super::algorithm_of;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::tenant::Asking;
use crate::ui::{Tone, texts};

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, algorithm)): Path<(String, String)>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.setup()?;
    let algorithm = algorithm_of(&algorithm)?;
    // Asked for before the form is filled in: it could not be sent again afterwards.
    signed_in.confirmed(&console)?;
    Ok(asking(&signed_in, &code, algorithm).page(&signed_in, &tenant))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, algorithm)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let algorithm = algorithm_of(&algorithm)?;
    let confirmed = signed_in.confirmed(&console)?;
    if let Some(again) = asking(&signed_in, &code, algorithm).unless_typed(&signed_in, &tenant, &posted) {
        return Ok(again);
    }
    setup.replace_key(confirmed, algorithm).await?;
    let text = signed_in.visitor.text("keys.replaced");
    Ok(flash_to(
        &console,
        Tone::Good,
        &text,
        &format!("/admin/tenants/{code}/keys"),
    ))
}

fn asking(signed_in: &SignedIn, code: &str, algorithm: SigningAlgorithm) -> Asking {
    let locale = signed_in.visitor.locale;
    let algorithm = algorithm.as_str();
    Asking {
        tab: "keys",
        title: "keys.replace_title",
        warning: texts::text_with(locale, "keys.replace_warning", &[("algorithm", algorithm)]),
        points: ["keys.replace_point_1", "keys.replace_point_2", "keys.replace_point_3"]
            .map(|key| texts::text(locale, key))
            .to_vec(),
        expected: algorithm.to_owned(),
        button: texts::text(locale, "keys.replace"),
        action: format!("/admin/tenants/{code}/keys/{algorithm}/replace"),
        back: format!("/admin/tenants/{code}/keys"),
    }
}
