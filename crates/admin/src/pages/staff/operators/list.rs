//! `GET /admin/operators`: who there is, and who is invited.

use askama::Template;
use axum::extract::Query;
use hufu_core::clock::Timestamp;
use hufu_core::ids::OperatorId;
use hufu_core::model::{Link, Operator, Purpose};
use serde::Deserialize;

use super::{Badge, factor_badge, status_badge};
use crate::access::Staff;
use crate::http::{Answer, Refusal, SignedIn};
use crate::pages::staff::words::{self, Names};
use crate::ui::Frame;

const PAGE: usize = 50;

/// The query.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::pages::staff) struct Asked {
    after: String,
}

struct Row {
    operator: Operator,
    role: String,
    reach: String,
    status: Badge,
    factor: Badge,
    is_self: bool,
}

struct Invited {
    link: Link,
    role: String,
    reach: String,
}

#[derive(Template)]
#[template(path = "pages/staff/operators.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    invited: Vec<Invited>,
    now: Timestamp,
    is_first: bool,
    next: Option<String>,
}

pub(in crate::pages::staff) async fn get(signed_in: SignedIn, Query(asked): Query<Asked>) -> Answer {
    let staff = signed_in.access.staff()?;
    let after: Option<OperatorId> = asked.after.parse().ok();
    // One more than is shown: so it is known whether there is a further page.
    let mut found = staff.operators(after, PAGE as u64 + 1).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| has_more);
    let next = last.map(|operator| format!("/admin/operators?after={}", operator.id));
    let now = signed_in.access.overview().now();
    let is_first = after.is_none();
    let invited = if is_first {
        invited(&signed_in, &staff, now).await?
    } else {
        Vec::new()
    };
    Ok(signed_in.page(&Page {
        rows: rows(&signed_in, &staff, found).await?,
        invited,
        now,
        is_first,
        next,
        frame: signed_in.frame("staff", "staff.title", Vec::new()),
    }))
}

async fn rows(signed_in: &SignedIn, staff: &Staff, found: Vec<Operator>) -> Result<Vec<Row>, Refusal> {
    let locale = signed_in.visitor.locale;
    let agencies = staff.agencies().await?;
    let names = Names::of(signed_in, &agencies, found.iter().map(|operator| &operator.seat)).await?;
    let row = |operator: Operator| Row {
        role: words::role(locale, operator.seat.role()),
        reach: words::reach(locale, operator.seat.reach(), &names),
        status: status_badge(signed_in, &operator),
        factor: factor_badge(signed_in, &operator),
        is_self: operator.id == signed_in.operator.id,
        operator,
    };
    Ok(found.into_iter().map(row).collect())
}

async fn invited(signed_in: &SignedIn, staff: &Staff, now: Timestamp) -> Result<Vec<Invited>, Refusal> {
    let locale = signed_in.visitor.locale;
    let mut open = staff.links().await?;
    open.retain(|link| link.is_open(now));
    let seats = open.iter().filter_map(|link| match &link.purpose {
        Purpose::Invitation { seat, .. } => Some(seat),
        _ => None,
    });
    let agencies = staff.agencies().await?;
    let names = Names::of(signed_in, &agencies, seats).await?;
    let row = |link: Link| {
        let Purpose::Invitation { seat, .. } = &link.purpose else {
            return None;
        };
        let role = words::role(locale, seat.role());
        let reach = words::reach(locale, seat.reach(), &names);
        Some(Invited { link, role, reach })
    };
    Ok(open.into_iter().filter_map(row).collect())
}
