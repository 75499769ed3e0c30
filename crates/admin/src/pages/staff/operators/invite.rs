//! `/admin/operators/invite`: a link by which somebody becomes an operator, shown once.

use askama::Template;
use axum::extract::State;
use hufu_core::secret::ExposeSecret as _;

use super::crumbs;
use crate::access::Staff;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn};
use crate::pages::enter::Faults;
use crate::pages::staff::form::{days_field, lifetime, respond};
use crate::pages::staff::seat::{self, Fields, Typed};
use crate::pages::staff::secret::{self, Shown};
use crate::ui::{Field, Frame};

#[derive(Template)]
#[template(path = "pages/staff/invite.html")]
struct Page {
    frame: Frame,
    faults: Faults,
    seat: Fields,
    note: Field,
    days: Field,
}

/// What stands in the form.
struct Form {
    typed: Typed,
    note: String,
    days: String,
}

pub(in crate::pages::staff) async fn get(State(console): State<Console>, signed_in: SignedIn) -> Answer {
    let staff = signed_in.access.staff()?;
    // Asked before anything is typed, not after.
    signed_in.confirmed(&console)?;
    let form = Form {
        typed: Typed::default(),
        note: String::new(),
        days: "7".to_owned(),
    };
    draw(&signed_in, &staff, form, Faults::default()).await
}

pub(in crate::pages::staff) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    posted: Posted,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let form = Form {
        typed: Typed::of(&posted),
        note: posted.get("note").to_owned(),
        days: posted.get("days").to_owned(),
    };
    match invite(&console, &signed_in, &staff, &form).await? {
        Ok(shown) => Ok(secret::draw(&signed_in, shown)),
        Err(faults) => draw(&signed_in, &staff, form, faults).await,
    }
}

async fn invite(
    console: &Console,
    signed_in: &SignedIn,
    staff: &Staff,
    form: &Form,
) -> Result<Result<Shown, Faults>, Refusal> {
    let confirmed = signed_in.confirmed(console)?;
    let agency = form.typed.agency(staff)?;
    let seat = match form.typed.seat(signed_in, agency).await? {
        Ok(seat) => seat,
        Err(faults) => return Ok(Err(faults)),
    };
    let life = match lifetime(&signed_in.visitor, &form.days) {
        Ok(life) => life,
        Err(faults) => return Ok(Err(faults)),
    };
    let invited = staff.invite(confirmed, seat, agency, &form.note, life).await;
    match invited.and_then(|invited| invited.map_err(Refusal::from)) {
        Ok((link, token)) => Ok(Ok(Shown {
            section: "staff",
            title: "staff.invited_title",
            lead: "staff.invited_lead",
            label: "staff.invited_link",
            value: console
                .site
                .public_url
                .at(&format!("/admin/invitation/{}", token.expose_secret())),
            expires_at: link.expires_at,
            list: (signed_in.visitor.text("staff.title"), "/admin/operators"),
            next: "/admin/operators".to_owned(),
        })),
        Err(refusal) => Ok(Err(seat::faults_of(signed_in, refusal)?)),
    }
}

async fn draw(signed_in: &SignedIn, staff: &Staff, form: Form, faults: Faults) -> Answer {
    let visitor = &signed_in.visitor;
    let page = Page {
        frame: signed_in.frame(
            "staff",
            "staff.invite_title",
            crumbs(signed_in, &visitor.text("staff.invite_title")),
        ),
        seat: form.typed.fields(signed_in, staff, true, &faults).await?,
        note: Field::new("note", visitor.text("staff.note"))
            .hint(visitor.text("staff.note_hint"))
            .value(form.note),
        days: days_field(visitor, &form.days, &visitor.text("staff.invite_days"), &faults),
        faults,
    };
    Ok(respond(signed_in, &page.faults, &page))
}
