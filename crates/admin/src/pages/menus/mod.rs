//! The menu of an account: written, looked at, published.
//!
//! | file | what |
//! |---|---|
//! | `editor` | buttons as form fields, and back |
//! | `phone` | how a menu looks at the foot of a chat |
//! | `told` | violations, changes and versions as pages show them |
//! | `show`, `json` | the page with the editor; the same draft as JSON |
//! | `publish` | asks whether the draft, or a former version, is to be published, and does it |
//! | `delete`, `pull` | takes the menu away; takes what the provider has as the draft |

mod delete;
mod editor;
mod json;
mod phone;
mod publish;
mod pull;
mod show;
mod told;

use axum::Router;
use axum::routing::{get, post};
use hufu_core::ids::ConnectorId;
use hufu_core::model::{Connector, TenantCode};

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::SignedIn;
use crate::pages::tenant;
use crate::ui::{Crumb, Frame, Tab};

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route(
            "/admin/tenants/{code}/connectors/{id}/menu",
            get(show::get).post(show::post),
        )
        .route(
            "/admin/tenants/{code}/connectors/{id}/menu/json",
            get(json::get).post(json::post),
        )
        .route(
            "/admin/tenants/{code}/connectors/{id}/menu/publish",
            get(publish::get).post(publish::post),
        )
        .route(
            "/admin/tenants/{code}/connectors/{id}/menu/delete",
            get(delete::get).post(delete::post),
        )
        .route("/admin/tenants/{code}/connectors/{id}/menu/pull", post(pull::post))
}

/// The page of a menu.
pub(super) fn url(code: &TenantCode, id: ConnectorId) -> String {
    format!("{}/menu", super::connectors::url(code, id))
}

/// The frame of a page of a menu; `below` says whether it is one below the menu's own.
fn frame(signed_in: &SignedIn, tenant: &TenantAccess, connector: &Connector, title: &str, below: bool) -> Frame {
    let code = &tenant.tenant().code;
    let crumb = |label: String, url: String| Crumb { label, url: Some(url) };
    let mut crumbs = vec![
        crumb(
            signed_in.visitor.text("connectors.title"),
            format!("/admin/tenants/{code}/connectors"),
        ),
        crumb(connector.name.clone(), super::connectors::url(code, connector.id)),
    ];
    if below {
        crumbs.push(crumb(signed_in.visitor.text("menus.title"), url(code, connector.id)));
    }
    tenant::frame(signed_in, tenant, title, crumbs)
}

/// Form and JSON.
fn views(signed_in: &SignedIn, url: &str, current: &str) -> Vec<Tab> {
    let tab = |name: &str, label: &str, url: String| Tab {
        label: signed_in.visitor.text(label),
        url,
        current: name == current,
        count: None,
    };
    vec![
        tab("form", "menus.tab_form", url.to_owned()),
        tab("json", "menus.tab_json", format!("{url}/json")),
    ]
}
