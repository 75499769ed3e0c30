//! `GET /admin/account`: who one is, password, second factor, sessions.

use askama::Template;
use axum::extract::State;
use hufu_core::clock::Timestamp;
use hufu_core::model::Operator;

use super::sessions::{self, Row};
use crate::console::Console;
use crate::http::{Answer, Refusal, SignedIn};
use crate::pages::enter::Faults;
use crate::pages::staff::words::{self, Names};
use crate::ui::{Confirm, Field, Frame};

#[derive(Template)]
#[template(path = "pages/account/show.html")]
struct Page {
    frame: Frame,
    operator: Operator,
    role: String,
    role_hint: String,
    reach: String,
    agency: Option<String>,
    faults: Faults,
    old: Field,
    password: Field,
    again: Field,
    reset: Confirm,
    sessions: Vec<Row>,
    now: Timestamp,
}

/// What came back wrong; nothing on a fresh page.
#[derive(Default)]
pub(super) struct Wrong {
    /// Of the form of the password.
    pub(super) password: Faults,
    /// With what was typed to reset the second factor.
    pub(super) reset: Option<String>,
}

pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn) -> Answer {
    draw(&console, &signed_in, Wrong::default()).await
}

pub(super) async fn draw(console: &Console, signed_in: &SignedIn, wrong: Wrong) -> Answer {
    let operator = signed_in.operator.clone();
    let visitor = &signed_in.visitor;
    let is_wrong = !wrong.password.is_empty() || wrong.reset.is_some();
    let own = console.operators.sessions_of(operator.id).await?;
    let (agency, reach) = place(console, signed_in).await?;
    let faults = wrong.password;
    let field = |name: &'static str, label: &str, autocomplete| {
        Field::new(name, visitor.text(label))
            .required()
            .autocomplete(autocomplete)
            .error(faults.of(name))
    };
    let role = operator.seat.role();
    let page = Page {
        frame: signed_in.frame("account", "account.title", Vec::new()),
        role: words::role(visitor.locale, role),
        role_hint: visitor.text(&format!("staff.hint_{}", role.as_str())),
        reach,
        agency,
        old: field("old", "account.old", "current-password"),
        password: field("password", "account.new_password", "new-password")
            .hint(visitor.text("enter.new_password_hint")),
        again: field("again", "enter.password_again", "new-password"),
        reset: reset(signed_in, wrong.reset),
        sessions: sessions::rows(visitor, &own, signed_in.session.id),
        now: signed_in.access.overview().now(),
        operator,
        faults,
    };
    Ok(if is_wrong {
        signed_in.again(&page)
    } else {
        signed_in.page(&page)
    })
}

/// One's agency and reach in words.
async fn place(console: &Console, signed_in: &SignedIn) -> Result<(Option<String>, String), Refusal> {
    let operator = &signed_in.operator;
    let agency = match operator.agency_id {
        Some(id) => console.operators.agency(id).await?,
        None => None,
    };
    let known = agency.as_slice();
    let names = Names::of(signed_in, known, std::iter::once(&operator.seat)).await?;
    let reach = words::reach(signed_in.visitor.locale, operator.seat.reach(), &names);
    Ok((agency.map(|agency| agency.name), reach))
}

fn reset(signed_in: &SignedIn, error: Option<String>) -> Confirm {
    let visitor = &signed_in.visitor;
    Confirm {
        id: "confirm-reset".to_owned(),
        action: "/admin/account/second-factor".to_owned(),
        expected: signed_in.operator.login.to_string(),
        warning: visitor.text("account.reset_warning"),
        button: visitor.text("account.reset"),
        error,
    }
}
