//! The page that shows a secret once, as the answer to the form that made it: there is no other way to it.

use askama::Template;
use axum::response::Response;
use hufu_core::model::Client;
use hufu_core::secret::SecretString;

use super::app::Shown;
use crate::access::TenantAccess;
use crate::http::SignedIn;
use crate::pages::tenant;
use crate::ui::{Frame, Tab};

#[derive(Template)]
#[template(path = "pages/clients/made.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    app: Shown,
}

/// The page; `title` is a key.
pub(super) fn draw(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    client: &Client,
    secret: &SecretString,
    title: &str,
) -> Response {
    signed_in.page(&Page {
        frame: super::frame(signed_in, tenant, title, Some(client)),
        tabs: tenant::tabs(signed_in, tenant, "clients"),
        app: Shown::of(tenant, client, Some(secret)),
    })
}
