//! One tenant: its overview, and what surrounds all of its pages.

mod asking;
mod check;
pub(super) mod health;
mod overview;
mod resume;
mod suspend;

use axum::Router;
use axum::routing::{get, post};

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::SignedIn;
use crate::ui::{Crumb, Frame, Tab};
pub(super) use asking::Asking;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants/{code}", get(overview::get))
        .route("/admin/tenants/{code}/check", post(check::post))
        .route("/admin/tenants/{code}/suspend", get(suspend::get).post(suspend::post))
        .route("/admin/tenants/{code}/resume", post(resume::post))
}

/// The tabs of a tenant that somebody may open, `current` being the page's own: `overview`, `connectors`, `clients`,
/// `domains`, `people`, `keys`, `members`, `settings`.
pub(super) fn tabs(signed_in: &SignedIn, tenant: &TenantAccess, current: &str) -> Vec<Tab> {
    let code = &tenant.tenant().code;
    let tab = |name: &str, path: String| Tab {
        label: signed_in.visitor.text(&format!("tenant.tab_{name}")),
        url: path,
        current: name == current,
        count: None,
    };
    let own = |name: &str| tab(name, format!("/admin/tenants/{code}/{name}"));
    let mut tabs = vec![
        tab("overview", format!("/admin/tenants/{code}")),
        own("connectors"),
        own("clients"),
        own("domains"),
    ];
    if tenant.people().is_ok() {
        tabs.push(own("people"));
    }
    tabs.push(tab("logins", format!("/admin/logins?tenant={code}")));
    tabs.push(own("keys"));
    if tenant.members().is_ok() {
        tabs.push(own("members"));
    }
    if tenant.setup().is_ok() {
        tabs.push(own("settings"));
    }
    tabs
}

/// The frame of a page of a tenant; `title` is a key, `more` the crumbs between the tenant and the page.
pub(super) fn frame(signed_in: &SignedIn, tenant: &TenantAccess, title: &str, more: Vec<Crumb>) -> Frame {
    let crumb = |label: String, url: String| Crumb { label, url: Some(url) };
    let mut crumbs = vec![
        crumb(signed_in.visitor.text("nav.tenants"), "/admin/tenants".to_owned()),
        crumb(
            tenant.tenant().name.clone(),
            format!("/admin/tenants/{}", tenant.tenant().code),
        ),
    ];
    crumbs.extend(more);
    crumbs.push(Crumb {
        label: signed_in.visitor.text(title),
        url: None,
    });
    signed_in.frame("tenants", title, crumbs)
}
