//! The page that asks to type a name before something is done that cannot be undone with a click.

use askama::Template;
use axum::response::Response;

use crate::access::TenantAccess;
use crate::http::{Posted, SignedIn};
use crate::ui::{Confirm, Crumb, Frame, Tab};

/// What is to be done, and to what.
pub(in crate::pages) struct Asking {
    /// The tab that stays current.
    pub(in crate::pages) tab: &'static str,
    /// Key of the heading.
    pub(in crate::pages) title: &'static str,
    /// What it does, in a sentence.
    pub(in crate::pages) warning: String,
    /// What else is to be known, a line each.
    pub(in crate::pages) points: Vec<String>,
    /// What is to be typed.
    pub(in crate::pages) expected: String,
    /// The button's label.
    pub(in crate::pages) button: String,
    /// Where the form is posted.
    pub(in crate::pages) action: String,
    /// Where somebody goes who would rather not.
    pub(in crate::pages) back: String,
}

#[derive(Template)]
#[template(path = "pages/tenant/asking.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    points: Vec<String>,
    confirm: Confirm,
    back: String,
}

impl Asking {
    fn page_of(self, signed_in: &SignedIn, tenant: &TenantAccess, error: Option<String>) -> Page {
        let crumb = Crumb {
            label: signed_in.visitor.text(&format!("tenant.tab_{}", self.tab)),
            url: Some(self.back.clone()),
        };
        let crumbs = if self.tab == "overview" {
            Vec::new()
        } else {
            vec![crumb]
        };
        Page {
            frame: super::frame(signed_in, tenant, self.title, crumbs),
            tabs: super::tabs(signed_in, tenant, self.tab),
            points: self.points,
            confirm: Confirm {
                id: "confirm".to_owned(),
                action: self.action,
                expected: self.expected,
                warning: self.warning,
                button: self.button,
                error,
            },
            back: self.back,
        }
    }

    /// The page that asks.
    pub(in crate::pages) fn page(self, signed_in: &SignedIn, tenant: &TenantAccess) -> Response {
        signed_in.page(&self.page_of(signed_in, tenant, None))
    }

    /// Asks again when something else was typed; `None`: it was confirmed.
    pub(in crate::pages) fn unless_typed(
        self,
        signed_in: &SignedIn,
        tenant: &TenantAccess,
        posted: &Posted,
    ) -> Option<Response> {
        if posted.get("confirm") == self.expected {
            return None;
        }
        let error = signed_in.visitor.text("tenant.typed_wrong");
        Some(signed_in.again(&self.page_of(signed_in, tenant, Some(error))))
    }
}
