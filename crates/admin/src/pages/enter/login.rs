//! `/admin/login`: name and password. One answer for whatever is wrong.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use hufu_web::page::page;

use super::back::Back;
use super::{Faults, onward};
use crate::console::Console;
use crate::http::{Answer, HalfSignedIn, Posted, Refusal, Visitor};
use crate::ui::{Field, Frame};

#[derive(Template)]
#[template(path = "pages/enter/login.html")]
struct Page {
    frame: Frame,
    site: String,
    /// Nobody can sign in yet.
    is_new: bool,
    faults: Faults,
    login: Field,
    password: Field,
}

pub(super) async fn get(
    State(console): State<Console>,
    visitor: Visitor,
    half: Result<HalfSignedIn, Refusal>,
    Query(back): Query<Back>,
) -> Answer {
    match half {
        Ok(half) => Ok(Redirect::to(&onward::page_of(half.session.stage, &back)).into_response()),
        Err(Refusal::SignIn) => draw(&console, &visitor, "", Faults::default()).await,
        Err(other) => Err(other),
    }
}

pub(super) async fn post(
    State(console): State<Console>,
    visitor: Visitor,
    Query(back): Query<Back>,
    posted: Posted,
) -> Answer {
    let login = posted.get("login");
    let password = posted.password("password");
    match console.operators.sign_in(login, password, &visitor.from).await {
        Ok(signed_in) => Ok(onward::go_on(&console, &signed_in, &back)),
        Err(error) => {
            let faults = Faults::of_error(&visitor, error)?;
            draw(&console, &visitor, login, faults).await
        }
    }
}

async fn draw(console: &Console, visitor: &Visitor, login: &str, faults: Faults) -> Answer {
    let field = |name: &str, label: &str| Field::new(name, visitor.text(label)).required();
    let status = status_of(&faults);
    let drawn = Page {
        frame: visitor.frame("enter.login_title"),
        site: console.site.public_url.as_str().to_owned(),
        is_new: !console.operators.has_operators().await?,
        login: field("login", "enter.login").value(login).autocomplete("username"),
        password: field("password", "enter.password").autocomplete("current-password"),
        faults,
    };
    Ok(page(status, &drawn))
}

/// 200 for a fresh form, 429 for who must wait, 422 for one that came back.
pub(super) fn status_of(faults: &Faults) -> StatusCode {
    if faults.until.is_some() {
        StatusCode::TOO_MANY_REQUESTS
    } else if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// A page of the sign-in, with the status that its faults ask for.
pub(super) fn respond(faults: &Faults, template: &impl Template) -> Response {
    page(status_of(faults), template)
}
