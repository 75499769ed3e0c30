//! Recovery codes, shown this once.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use hufu_core::secret::{ExposeSecret, SecretString};
use hufu_web::page::page;
use serde::Deserialize;

use crate::console::Console;
use crate::http::{Answer, SignedIn, Visitor, flash_to, is_ours};
use crate::ui::{Field, Frame, Tone};

/// The query of [`get`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    back: String,
    kept: String,
}

#[derive(Template)]
#[template(path = "pages/enter/codes.html")]
struct Page {
    frame: Frame,
    site: String,
    /// One a line.
    codes: String,
    back: String,
    kept: Field,
}

/// The page with the codes; `back` is where it leads once they are kept.
///
/// Its form is a GET without a token: it changes nothing, and the session may have got a new token with this answer.
pub(in crate::pages) fn codes_page(
    console: &Console,
    visitor: &Visitor,
    codes: &[SecretString],
    back: &str,
) -> Response {
    let codes: Vec<_> = codes.iter().map(ExposeSecret::expose_secret).collect();
    let drawn = Page {
        frame: visitor.frame("enter.codes_title"),
        site: console.site.public_url.as_str().to_owned(),
        codes: codes.join("\n"),
        back: back.to_owned(),
        kept: Field::new("kept", visitor.text("enter.codes_kept")).required(),
    };
    page(StatusCode::OK, &drawn)
}

/// `GET /admin/enrol/kept`: on to where the sign-in led. Who skipped the tick is told where to get new codes.
pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn, Query(asked): Query<Kept>) -> Answer {
    if asked.kept.is_empty() {
        let text = signed_in.visitor.text("enter.codes_not_kept");
        return Ok(flash_to(&console, Tone::Warn, &text, "/admin/account"));
    }
    let back = if is_ours(&asked.back) {
        asked.back.as_str()
    } else {
        "/admin"
    };
    Ok(Redirect::to(back).into_response())
}
