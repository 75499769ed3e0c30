//! `GET`, `POST /admin/tenants/{code}/keys/{algorithm}/rotate`: the next key signs at once, and the one before it stays
//! published.

use axum::extract::{Path, State};
use hufu_core::oidc::SigningAlgorithm;

use super::algorithm_of;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::tenant::Asking;
use crate::ui::{Tone, texts};

pub(super) async fn get(signed_in: SignedIn, Path((code, algorithm)): Path<(String, String)>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.setup()?;
    Ok(asking(&signed_in, &code, algorithm_of(&algorithm)?).page(&signed_in, &tenant))
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
    if let Some(again) = asking(&signed_in, &code, algorithm).unless_typed(&signed_in, &tenant, &posted) {
        return Ok(again);
    }
    setup.rotate_key(algorithm).await?;
    let text = signed_in.visitor.text("keys.rotated");
    let url = format!("/admin/tenants/{code}/keys");
    Ok(flash_to(&console, Tone::Good, &text, &url))
}

fn asking(signed_in: &SignedIn, code: &str, algorithm: SigningAlgorithm) -> Asking {
    let locale = signed_in.visitor.locale;
    let algorithm = algorithm.as_str();
    Asking {
        tab: "keys",
        title: "keys.rotate_title",
        warning: texts::text_with(locale, "keys.rotate_warning", &[("algorithm", algorithm)]),
        points: ["keys.rotate_point_1", "keys.rotate_point_2", "keys.rotate_point_3"]
            .map(|key| texts::text(locale, key))
            .to_vec(),
        expected: algorithm.to_owned(),
        button: texts::text(locale, "keys.rotate"),
        action: format!("/admin/tenants/{code}/keys/{algorithm}/rotate"),
        back: format!("/admin/tenants/{code}/keys"),
    }
}
