//! `/admin/confirm`: the password again, for what touches secrets.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect};
use hufu_core::manage::OperatorError;

use super::Faults;
use super::back::Back;
use super::login::respond;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::ui::{Field, Frame, Tone};

#[derive(Template)]
#[template(path = "pages/enter/confirm.html")]
struct Page {
    frame: Frame,
    site: String,
    login: String,
    faults: Faults,
    password: Field,
}

pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn, Query(back): Query<Back>) -> Answer {
    if signed_in.confirmed(&console).is_ok() {
        return Ok(Redirect::to(back.path()).into_response());
    }
    Ok(draw(&console, &signed_in, Faults::default()))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Query(back): Query<Back>,
    posted: Posted,
) -> Answer {
    let visitor = &signed_in.visitor;
    let password = posted.password("password");
    let confirmed = console.operators.confirm(&signed_in.session, password, &visitor.from);
    match confirmed.await {
        Ok(_) => {
            let text = visitor.text("enter.confirmed");
            Ok(flash_to(&console, Tone::Good, &text, back.path()))
        }
        Err(OperatorError::Refused) => {
            let faults = Faults::at("password", visitor.text("enter.password_wrong"));
            Ok(draw(&console, &signed_in, faults))
        }
        Err(error) => {
            let faults = Faults::of_error(visitor, error)?;
            Ok(draw(&console, &signed_in, faults))
        }
    }
}

fn draw(console: &Console, signed_in: &SignedIn, faults: Faults) -> axum::response::Response {
    let visitor = &signed_in.visitor;
    let drawn = Page {
        frame: visitor.frame("enter.confirm_title"),
        site: console.site.public_url.as_str().to_owned(),
        login: signed_in.operator.login.to_string(),
        password: Field::new("password", visitor.text("enter.password"))
            .autocomplete("current-password")
            .required()
            .error(faults.of("password")),
        faults,
    };
    respond(&drawn.faults, &drawn)
}
