//! `/admin/enrol`: an authenticator app is set up, once.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hufu_core::model::Stage;
use hufu_core::secret::ExposeSecret as _;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

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
        qr: qr(enrolment.url.expose_secret()),
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

/// Black on white with the quiet zone, in dark mode too: not every scanner reads an inverted code.
fn qr(url: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M).ok()?;
    let image = code
        .render::<svg::Color<'_>>()
        .min_dimensions(208, 208)
        .quiet_zone(true)
        .build();
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(image)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_becomes_a_picture() {
        let url = "otpauth://totp/Hufu:ops%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Hufu";
        let picture = qr(url).unwrap();
        let (head, body) = picture.split_once(',').unwrap();
        assert_eq!(head, "data:image/svg+xml;base64");
        let svg = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
        assert!(svg.contains("<svg") && !svg.contains("JBSWY3DP"));
        assert!(qr(&"a".repeat(3000)).is_none());
    }
}
