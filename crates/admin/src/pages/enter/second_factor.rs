//! `/admin/second-factor`: the app's code, or a recovery code.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect};
use hufu_core::model::Stage;

use super::back::Back;
use super::login::respond;
use super::{Faults, onward};
use crate::console::Console;
use crate::http::{Answer, HalfSignedIn, Posted};
use crate::ui::{Field, Frame};

#[derive(Template)]
#[template(path = "pages/enter/second_factor.html")]
struct Page {
    frame: Frame,
    site: String,
    login: String,
    faults: Faults,
    code: Field,
}

pub(super) async fn get(State(console): State<Console>, half: HalfSignedIn, Query(back): Query<Back>) -> Answer {
    if half.session.stage != Stage::SecondFactor {
        return Ok(Redirect::to(&onward::page_of(half.session.stage, &back)).into_response());
    }
    Ok(draw(&console, &half, Faults::default()))
}

pub(super) async fn post(
    State(console): State<Console>,
    half: HalfSignedIn,
    Query(back): Query<Back>,
    posted: Posted,
) -> Answer {
    if half.session.stage != Stage::SecondFactor {
        return Ok(Redirect::to(&onward::page_of(half.session.stage, &back)).into_response());
    }
    let code = posted.get("code");
    let entered = console.operators.second_factor(&half.session, code, &half.visitor.from);
    match entered.await {
        Ok(signed_in) => Ok(onward::go_on(&console, &signed_in, &back)),
        Err(error) => Ok(draw(&console, &half, code_faults(&half, error)?)),
    }
}

/// The same with words for a code where only the code can be wrong.
pub(super) fn code_faults(
    half: &HalfSignedIn,
    error: hufu_core::manage::OperatorError,
) -> Result<Faults, crate::http::Refusal> {
    if matches!(error, hufu_core::manage::OperatorError::Refused) {
        return Ok(Faults::at("code", half.visitor.text("enter.code_wrong")));
    }
    Faults::of_error(&half.visitor, error)
}

fn draw(console: &Console, half: &HalfSignedIn, faults: Faults) -> axum::response::Response {
    let visitor = &half.visitor;
    let drawn = Page {
        frame: visitor.frame("enter.second_title"),
        site: console.site.public_url.as_str().to_owned(),
        login: half.operator.login.to_string(),
        code: Field::new("code", visitor.text("enter.code"))
            .hint(visitor.text("enter.code_hint"))
            .autocomplete("one-time-code")
            .mono()
            .required()
            .error(faults.of("code")),
        faults,
    };
    respond(&drawn.faults, &drawn)
}
