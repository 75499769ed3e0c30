//! `GET /admin/tenants/{code}/members`.

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::model::{Link, Operator, Purpose, Role};

use crate::http::{Answer, SignedIn};
use crate::pages::tenant;
use crate::ui::{Frame, Tab};

struct Row {
    name: String,
    login: String,
    role: String,
    is_active: bool,
    last_login_at: Option<Timestamp>,
}

struct Open {
    id: String,
    note: String,
    role: String,
    expires_at: Timestamp,
}

#[derive(Template)]
#[template(path = "pages/members/list.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    code: String,
    now: Timestamp,
    rows: Vec<Row>,
    open: Vec<Open>,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let members = tenant.members()?;
    let now = tenant.overview().now();
    let role = |role: Role| signed_in.visitor.text(&format!("role.{}", role.as_str()));
    let row = |operator: Operator| Row {
        role: role(operator.seat.role()),
        is_active: operator.status.is_active(),
        last_login_at: operator.last_login_at,
        login: operator.login.to_string(),
        name: operator.name,
    };
    let open = |link: Link| match &link.purpose {
        Purpose::Invitation { seat, .. } if link.is_open(now) => Some(Open {
            id: link.id.to_string(),
            role: role(seat.role()),
            expires_at: link.expires_at,
            note: link.note,
        }),
        _ => None,
    };
    Ok(signed_in.page(&Page {
        frame: tenant::frame(&signed_in, &tenant, "tenant.tab_members", Vec::new()),
        tabs: tenant::tabs(&signed_in, &tenant, "members"),
        rows: members.list().await?.into_iter().map(row).collect(),
        open: members.links().await?.into_iter().filter_map(open).collect(),
        code,
        now,
    }))
}
