//! The page that shows secrets once, as the answer to the form that made them: there is no other way to it.

use askama::Template;
use axum::response::Response;
use hufu_core::model::Connector;
use hufu_core::secret::{ExposeSecret as _, SecretString};

use crate::access::TenantAccess;
use crate::http::SignedIn;
use crate::pages::tenant;
use crate::ui::{Crumb, Frame, Tab};

/// One secret.
pub(super) struct Value {
    id: &'static str,
    label: String,
    value: String,
}

impl Value {
    pub(super) fn new(id: &'static str, label: String, secret: &SecretString) -> Self {
        Self {
            id,
            label,
            value: secret.expose_secret().to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/push/made.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    lead: String,
    webhook: String,
    values: Vec<Value>,
    back: String,
}

/// The page; `lead` is a key.
pub(super) fn draw(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    connector: &Connector,
    lead: &str,
    values: Vec<Value>,
) -> Response {
    let visitor = &signed_in.visitor;
    let back = super::url(&tenant.tenant().code, connector.id);
    let crumb = Crumb {
        label: visitor.text("push.title"),
        url: Some(back.clone()),
    };
    signed_in.page(&Page {
        frame: tenant::frame(signed_in, tenant, "push.made_title", vec![crumb]),
        tabs: tenant::tabs(signed_in, tenant, "connectors"),
        lead: visitor.text(lead),
        webhook: tenant.urls().webhook(connector.id),
        values,
        back,
    })
}
