//! `GET /admin/api-keys/new` and `POST /admin/api-keys`: a key, shown once.

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
#[template(path = "pages/staff/key.html")]
struct Page {
    frame: Frame,
    faults: Faults,
    name: Field,
    read_only: Field,
    seat: Fields,
    days: Field,
}

/// What stands in the form.
struct Form {
    typed: Typed,
    name: String,
    read_only: bool,
    days: String,
}

pub(in crate::pages::staff) async fn get(State(console): State<Console>, signed_in: SignedIn) -> Answer {
    let staff = signed_in.access.staff()?;
    // Asked before anything is typed, not after.
    signed_in.confirmed(&console)?;
    let form = Form {
        typed: Typed::default(),
        name: String::new(),
        // Most programs read; who needs more says so.
        read_only: true,
        days: "90".to_owned(),
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
        name: posted.get("name").to_owned(),
        read_only: posted.is_ticked("read_only"),
        days: posted.get("days").to_owned(),
    };
    match add(&console, &signed_in, &staff, &form).await? {
        Ok(shown) => Ok(secret::draw(&signed_in, shown)),
        Err(faults) => draw(&signed_in, &staff, form, faults).await,
    }
}

async fn add(
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
    let added = staff.add_key(confirmed, &form.name, seat, agency, form.read_only, life);
    match added.await.and_then(|added| added.map_err(Refusal::from)) {
        Ok((key, text)) => Ok(Ok(Shown {
            section: "keys",
            title: "staff.key_title",
            lead: "staff.key_lead",
            label: "staff.key",
            value: text.expose_secret().to_owned(),
            expires_at: key.expires_at,
            list: (signed_in.visitor.text("staff.keys_title"), "/admin/api-keys"),
            next: "/admin/api-keys".to_owned(),
        })),
        Err(refusal) => Ok(Err(seat::faults_of(signed_in, refusal)?)),
    }
}

async fn draw(signed_in: &SignedIn, staff: &Staff, form: Form, faults: Faults) -> Answer {
    let visitor = &signed_in.visitor;
    let page = Page {
        frame: signed_in.frame("keys", "staff.key_add", crumbs(signed_in, "staff.key_add")),
        name: Field::new("name", visitor.text("staff.key_name"))
            .hint(visitor.text("staff.key_name_hint"))
            .required()
            .value(form.name)
            .error(faults.of("name")),
        read_only: Field::new("read_only", visitor.text("staff.read_only"))
            .hint(visitor.text("staff.read_only_hint"))
            .checked(form.read_only),
        seat: form.typed.fields(signed_in, staff, true, &faults).await?,
        days: days_field(visitor, &form.days, &visitor.text("staff.key_days"), &faults),
        faults,
    };
    Ok(respond(signed_in, &page.faults, &page))
}
