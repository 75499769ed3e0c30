//! `GET /admin/operators/{id}`: one operator, with sessions.

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::model::Operator;

use super::{Badge, crumbs, factor_badge, find, status_badge};
use crate::access::Staff;
use crate::http::{Answer, SignedIn};
use crate::pages::account::sessions::{self, Row};
use crate::pages::staff::words::{self, Names};
use crate::ui::{Confirm, Frame};

#[derive(Template)]
#[template(path = "pages/staff/operator.html")]
struct Page {
    frame: Frame,
    operator: Operator,
    role: String,
    reach: String,
    agency: Option<String>,
    status: Badge,
    factor: Badge,
    sessions: Vec<Row>,
    now: Timestamp,
    is_self: bool,
    disable: Option<Confirm>,
}

pub(in crate::pages::staff) async fn get(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let staff = signed_in.access.staff()?;
    let operator = find(&staff, &id).await?;
    draw(&signed_in, &staff, operator, None).await
}

/// The page; `error` is what is wrong with the name that was typed to disable.
pub(super) async fn draw(signed_in: &SignedIn, staff: &Staff, operator: Operator, error: Option<String>) -> Answer {
    let locale = signed_in.visitor.locale;
    let agencies = staff.agencies().await?;
    let names = Names::of(signed_in, &agencies, std::iter::once(&operator.seat)).await?;
    let sessions = staff.sessions(operator.id).await?;
    let is_self = operator.id == signed_in.operator.id;
    let is_wrong = error.is_some();
    let page = Page {
        frame: signed_in.frame_named("staff", &operator.name, crumbs(signed_in, &operator.name)),
        role: words::role(locale, operator.seat.role()),
        reach: words::reach(locale, operator.seat.reach(), &names),
        agency: operator.agency_id.and_then(|id| names.agency(id).map(str::to_owned)),
        status: status_badge(signed_in, &operator),
        factor: factor_badge(signed_in, &operator),
        sessions: sessions::rows(&signed_in.visitor, &sessions, signed_in.session.id),
        now: signed_in.access.overview().now(),
        disable: (!is_self && operator.status.is_active()).then(|| confirm(signed_in, &operator, error)),
        is_self,
        operator,
    };
    Ok(if is_wrong {
        signed_in.again(&page)
    } else {
        signed_in.page(&page)
    })
}

fn confirm(signed_in: &SignedIn, operator: &Operator, error: Option<String>) -> Confirm {
    let visitor = &signed_in.visitor;
    Confirm {
        id: "confirm".to_owned(),
        // The version is part of the address: the component has no field of its own for it.
        action: format!("/admin/operators/{}/status?version={}", operator.id, operator.version),
        expected: operator.login.to_string(),
        warning: visitor.text("staff.disable_warning"),
        button: visitor.text("staff.disable"),
        error,
    }
}
