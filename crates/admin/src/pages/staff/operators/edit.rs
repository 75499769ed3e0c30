//! `GET /admin/operators/{id}/edit` and `POST /admin/operators/{id}`: name, role and reach.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::manage::OperatorEdit;
use hufu_core::model::Operator;

use super::{find, list_crumb};
use crate::access::Staff;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::enter::Faults;
use crate::pages::staff::form::respond;
use crate::pages::staff::seat::{self, Fields, Typed};
use crate::ui::{Crumb, Field, Frame, Tone};

#[derive(Template)]
#[template(path = "pages/staff/edit.html")]
struct Page {
    frame: Frame,
    operator: Operator,
    /// The version that the form was made from.
    version: u32,
    faults: Faults,
    name: Field,
    /// None for oneself: nobody changes their own seat.
    seat: Option<Fields>,
}

/// What stands in the form.
struct Form {
    name: String,
    typed: Typed,
    version: u32,
    faults: Faults,
}

pub(in crate::pages::staff) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let operator = find(&staff, &id).await?;
    // Asked before anything is typed, not after.
    signed_in.confirmed(&console)?;
    let form = Form {
        name: operator.name.clone(),
        typed: Typed::of_seat(&signed_in, &operator.seat).await?,
        version: operator.version,
        faults: Faults::default(),
    };
    draw(&signed_in, &staff, operator, form).await
}

pub(in crate::pages::staff) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let operator = find(&staff, &id).await?;
    let confirmed = signed_in.confirmed(&console)?;
    let mut form = Form {
        name: posted.get("name").to_owned(),
        typed: Typed::of(&posted),
        version: posted.version().unwrap_or(operator.version),
        faults: Faults::default(),
    };
    let seat = if operator.id == signed_in.operator.id {
        operator.seat.clone()
    } else {
        match form.typed.seat(&signed_in, operator.agency_id).await? {
            Ok(seat) => seat,
            Err(faults) => {
                form.faults = faults;
                return draw(&signed_in, &staff, operator, form).await;
            }
        }
    };
    let edit = OperatorEdit {
        name: form.name.clone(),
        seat,
        status: operator.status,
    };
    match staff.change(confirmed, operator.id, edit, posted.version()).await {
        Ok(operator) => {
            let text = signed_in.visitor.text("staff.saved");
            Ok(flash_to(
                &console,
                Tone::Good,
                &text,
                &format!("/admin/operators/{}", operator.id),
            ))
        }
        Err(refusal) => {
            form.faults = seat::faults_of(&signed_in, refusal)?;
            draw(&signed_in, &staff, operator, form).await
        }
    }
}

async fn draw(signed_in: &SignedIn, staff: &Staff, operator: Operator, form: Form) -> Answer {
    let visitor = &signed_in.visitor;
    let is_self = operator.id == signed_in.operator.id;
    let seat = if is_self {
        None
    } else {
        Some(form.typed.fields(signed_in, staff, false, &form.faults).await?)
    };
    let name = Field::new("name", visitor.text("staff.name"))
        .required()
        .value(form.name)
        .error(form.faults.of("name"));
    let page = Page {
        frame: signed_in.frame("staff", "staff.edit_title", crumbs(signed_in, &operator)),
        version: form.version,
        name,
        seat,
        operator,
        faults: form.faults,
    };
    Ok(respond(signed_in, &page.faults, &page))
}

fn crumbs(signed_in: &SignedIn, operator: &Operator) -> Vec<Crumb> {
    let theirs = Crumb {
        label: operator.name.clone(),
        url: Some(format!("/admin/operators/{}", operator.id)),
    };
    let own = Crumb {
        label: signed_in.visitor.text("staff.edit_title"),
        url: None,
    };
    vec![list_crumb(signed_in), theirs, own]
}
