//! `/admin/enrol`: an authenticator app is set up, once.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect};
use hufu_core::model::Stage;
use hufu_core::secret::ExposeSecret as _;
use hufu_web::qr::data_url;

use super::back::Back;
use super::codes::codes_page;
use super::login::respond;
use super::second_factor::code_faults;
use super::{Faults, onward};
use crate::console::Console;
use crate::http::{Answer, HalfSignedIn, Posted};
use crate::ui::{Field, Frame};

#[derive(Template)]
#[template(path = "pages/enter/enrol.html")]
struct Page {
    frame: Frame,
    site: String,
    login: String,
    faults: Faults,
    /// A `data:` URL.
    qr: Option<String>,
    /// For typing.
    secret: String,
    code: Field,
}

pub(super) async fn get(State(console): State<Console>, half: HalfSignedIn, Query(back): Query<Back>) -> Answer {
    if half.session.stage != Stage::Enrol {
        return Ok(Redirect::to(&onward::page_of(half.session.stage, &back)).into_response());
    }
    draw(&console, &half, Faults::default()).await
}

pub(super) async fn post(
    State(console): State<Console>,
    half: HalfSignedIn,
    Query(back): Query<Back>,
    posted: Posted,
) -> Answer {
    if half.session.stage != Stage::Enrol {
        return Ok(Redirect::to(&onward::page_of(half.session.stage, &back)).into_response());
    }
    let code = posted.get("code");
    let enrolled = console
        .operators
        .finish_enrolment(&half.session, code, &half.visitor.from);
    match enrolled.await {
        Ok((signed_in, codes)) => {
            let mut response = codes_page(&console, &half.visitor, &codes, back.path());
            onward::enter(&mut response, &console, &signed_in);
            Ok(response)
        }
        Err(error) => draw(&console, &half, code_faults(&half, error)?).await,
    }
}

async fn draw(console: &Console, half: &HalfSignedIn, faults: Faults) -> Answer {
    let enrolment = console.operators.begin_enrolment(&half.session).await?;
    let visitor = &half.visitor;
    let drawn = Page {
        frame: visitor.frame("enter.enrol_title"),
        site: console.site.public_url.as_str().to_owned(),
        login: half.operator.login.to_string(),
        qr: data_url(enrolment.url.expose_secret()),
        secret: enrolment.secret.expose_secret().to_owned(),
        code: Field::new("code", visitor.text("enter.first_code"))
            .hint(visitor.text("enter.first_code_hint"))
            .autocomplete("one-time-code")
            .mono()
            .required()
            .error(faults.of("code")),
        faults,
    };
    Ok(respond(&drawn.faults, &drawn))
}
