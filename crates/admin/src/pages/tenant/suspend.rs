//! `GET`, `POST /admin/tenants/{code}/suspend`.

use axum::extract::{Path, State};
use hufu_core::model::Status;

use super::Asking;
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::ui::{Tone, texts};

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.switch()?;
    Ok(asking(&signed_in, &tenant).page(&signed_in, &tenant))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let switch = tenant.switch()?;
    if let Some(again) = asking(&signed_in, &tenant).unless_typed(&signed_in, &tenant, &posted) {
        return Ok(again);
    }
    switch.set_status(Status::Disabled).await?;
    let text = signed_in.visitor.text("tenant.suspended");
    Ok(flash_to(&console, Tone::Good, &text, &format!("/admin/tenants/{code}")))
}

fn asking(signed_in: &SignedIn, tenant: &TenantAccess) -> Asking {
    let locale = signed_in.visitor.locale;
    let code = tenant.tenant().code.to_string();
    Asking {
        tab: "overview",
        title: "tenant.suspend_title",
        warning: texts::text_with(locale, "tenant.suspend_warning", &[("name", &tenant.tenant().name)]),
        points: vec![
            texts::text(locale, "tenant.suspend_point_1"),
            texts::text(locale, "tenant.suspend_point_2"),
        ],
        action: format!("/admin/tenants/{code}/suspend"),
        back: format!("/admin/tenants/{code}"),
        button: texts::text(locale, "tenant.suspend"),
        expected: code,
    }
}
