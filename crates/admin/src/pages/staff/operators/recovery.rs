//! `POST /admin/operators/{id}/recovery`: a link for who is locked out, shown once.

use axum::extract::{Path, State};
use hufu_core::secret::ExposeSecret as _;

use super::find;
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn};
use crate::pages::staff::secret::{self, Shown};

pub(in crate::pages::staff) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    _: Posted,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let operator = find(&staff, &id).await?;
    let confirmed = signed_in.confirmed(&console)?;
    let (link, token) = staff.recovery_link(confirmed, operator.id).await?;
    let path = format!("/admin/recovery/{}", token.expose_secret());
    let shown = Shown {
        section: "staff",
        title: "staff.recovery_title",
        lead: "staff.recovery_lead",
        label: "staff.recovery_link",
        value: console.site.public_url.at(&path),
        expires_at: link.expires_at,
        list: (signed_in.visitor.text("staff.title"), "/admin/operators"),
        next: format!("/admin/operators/{}", operator.id),
    };
    Ok(secret::draw(&signed_in, shown))
}
