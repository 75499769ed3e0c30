//! A tenant's clients: the apps that send their users here.
//!
//! | file | what |
//! |---|---|
//! | `list`, `new`, `show` | the list, a new one, one of them with its settings |
//! | `rotate`, `end` | another secret beside the old ones, and the end of one |
//! | `disable`, `enable` | off and on |
//! | `form`, `uris`, `rights` | fields that `new` and `show` share; the wizard has those for redirect URIs too |
//! | `probe` | which registered redirect URI an app's one is, or why none |
//! | `protocol` | what it is allowed of the protocol, on a page of its own |
//! | `app`, `made` | what a developer needs, and the page that shows a secret once |

pub(super) mod app;
mod disable;
mod enable;
mod end;
mod form;
mod list;
mod made;
mod new;
mod probe;
mod protocol;
mod rights;
mod rotate;
mod show;
pub(super) mod uris;

use axum::Router;
use axum::routing::{get, post};
use hufu_core::ids::ClientId;
use hufu_core::model::{Client, Status, TenantCode};

use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{SignedIn, Visitor};
use crate::pages::connectors::checks::Badge;
use crate::pages::tenant;
use crate::ui::{Crumb, Frame, Tone};

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants/{code}/clients", get(list::get))
        .route("/admin/tenants/{code}/clients/new", get(new::get).post(new::post))
        .route("/admin/tenants/{code}/clients/{id}", get(show::get).post(show::post))
        .route(
            "/admin/tenants/{code}/clients/{id}/protocol",
            get(protocol::get).post(protocol::post),
        )
        .route(
            "/admin/tenants/{code}/clients/{id}/secrets/new",
            get(rotate::get).post(rotate::post),
        )
        .route(
            "/admin/tenants/{code}/clients/{id}/secrets/{made}/end",
            get(end::get).post(end::post),
        )
        .route(
            "/admin/tenants/{code}/clients/{id}/disable",
            get(disable::get).post(disable::post),
        )
        .route("/admin/tenants/{code}/clients/{id}/enable", post(enable::post))
}

/// The page of a client.
pub(super) fn url(code: &TenantCode, id: ClientId) -> String {
    format!("/admin/tenants/{code}/clients/{id}")
}

/// The frame of a page of this area; `title` is a key. With a client, the way leads through its page.
fn frame(signed_in: &SignedIn, tenant: &TenantAccess, title: &str, client: Option<&Client>) -> Frame {
    let code = &tenant.tenant().code;
    let mut crumbs = vec![Crumb {
        label: signed_in.visitor.text("clients.title"),
        url: Some(format!("/admin/tenants/{code}/clients")),
    }];
    crumbs.extend(client.map(|client| Crumb {
        label: client.name.clone(),
        url: Some(url(code, client.id)),
    }));
    tenant::frame(signed_in, tenant, title, crumbs)
}

/// On or off; a client is no draft.
fn status(visitor: &Visitor, status: Status) -> Badge {
    let (tone, key) = match status {
        Status::Active => (Tone::Good, "clients.status_active"),
        _ => (Tone::Neutral, "clients.status_disabled"),
    };
    Badge {
        tone,
        text: visitor.text(key),
    }
}
