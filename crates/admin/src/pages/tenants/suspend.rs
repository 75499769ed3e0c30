//! `GET`, `POST /admin/tenants/-/suspend`: several tenants at once. The list sends `code` for each that was ticked.

use askama::Template;
use axum::extract::Query;
use hufu_core::model::Status;

use crate::access::TenantAccess;
use crate::http::{Answer, Posted, Refusal, SignedIn};
use crate::ui::{Crumb, Frame, Tone, texts};

/// As many as a page of the list has.
const LIMIT: usize = 50;

struct Row {
    code: String,
    name: String,
    /// How it went, on the page afterwards.
    badge: Option<(Tone, String)>,
}

#[derive(Template)]
#[template(path = "pages/tenants/suspend.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    /// What is to be typed: how many.
    expected: String,
    error: Option<String>,
    is_done: bool,
}

pub(super) async fn get(signed_in: SignedIn, Query(asked): Query<Vec<(String, String)>>) -> Answer {
    let codes = asked
        .into_iter()
        .filter(|(name, _)| name == "code")
        .map(|(_, code)| code);
    let tenants = chosen(&signed_in, codes.collect()).await?;
    Ok(signed_in.page(&page(&signed_in, &tenants, None)))
}

pub(super) async fn post(signed_in: SignedIn, posted: Posted) -> Answer {
    let tenants = chosen(&signed_in, posted.all("code")).await?;
    let mut page = page(&signed_in, &tenants, None);
    if tenants.is_empty() || posted.get("confirm") != page.expected {
        page.error = Some(signed_in.visitor.text("tenant.typed_wrong"));
        return Ok(signed_in.again(&page));
    }
    for (tenant, row) in tenants.iter().zip(&mut page.rows) {
        row.badge = Some(suspend(&signed_in, tenant).await);
    }
    page.is_done = true;
    page.frame.title = signed_in.visitor.text("tenants.suspend_done_title");
    Ok(signed_in.page(&page))
}

/// Those of the codes that the operator reaches, each once; who may suspend none of them is refused.
async fn chosen(signed_in: &SignedIn, codes: Vec<String>) -> Result<Vec<TenantAccess>, Refusal> {
    signed_in.access.may_switch()?;
    let mut tenants: Vec<TenantAccess> = Vec::new();
    for code in codes.into_iter().take(LIMIT) {
        let tenant = signed_in.access.tenant(&code).await?;
        tenant.switch()?;
        let id = tenant.tenant().id;
        if tenant.tenant().status.is_active() && tenants.iter().all(|known| known.tenant().id != id) {
            tenants.push(tenant);
        }
    }
    Ok(tenants)
}

async fn suspend(signed_in: &SignedIn, tenant: &TenantAccess) -> (Tone, String) {
    let done = match tenant.switch() {
        Ok(switch) => switch.set_status(Status::Disabled).await,
        Err(_) => return (Tone::Bad, signed_in.visitor.text("refused.forbidden_title")),
    };
    match done {
        Ok(_) => (Tone::Good, signed_in.visitor.text("tenants.badge_suspended")),
        Err(error) => (Tone::Bad, signed_in.visitor.say(&error.text())),
    }
}

fn page(signed_in: &SignedIn, tenants: &[TenantAccess], error: Option<String>) -> Page {
    let row = |tenant: &TenantAccess| Row {
        code: tenant.tenant().code.to_string(),
        name: tenant.tenant().name.clone(),
        badge: None,
    };
    let crumbs = vec![
        Crumb {
            label: texts::text(signed_in.visitor.locale, "nav.tenants"),
            url: Some("/admin/tenants".to_owned()),
        },
        Crumb {
            label: signed_in.visitor.text("tenants.suspend_title"),
            url: None,
        },
    ];
    Page {
        frame: signed_in.frame("tenants", "tenants.suspend_title", crumbs),
        rows: tenants.iter().map(row).collect(),
        expected: tenants.len().to_string(),
        error,
        is_done: false,
    }
}
