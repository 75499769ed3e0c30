//! A link or key that is shown once.

use askama::Template;
use axum::response::Response;
use hufu_core::clock::Timestamp;

use crate::http::SignedIn;
use crate::ui::{Crumb, Frame};

/// What is shown once.
pub(super) struct Shown {
    /// Of the navigation.
    pub(super) section: &'static str,
    /// A key.
    pub(super) title: &'static str,
    /// A key: what to do with it.
    pub(super) lead: &'static str,
    /// A key.
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) expires_at: Timestamp,
    /// The list it belongs to: label and URL.
    pub(super) list: (String, &'static str),
    /// The page after this one.
    pub(super) next: String,
}

#[derive(Template)]
#[template(path = "pages/staff/secret.html")]
struct Page {
    frame: Frame,
    lead: String,
    label: String,
    value: String,
    expires_at: Timestamp,
    next: String,
}

/// The page.
pub(super) fn draw(signed_in: &SignedIn, shown: Shown) -> Response {
    let visitor = &signed_in.visitor;
    let (label, url) = shown.list;
    let list = Crumb {
        label,
        url: Some(url.to_owned()),
    };
    let own = Crumb {
        label: visitor.text(shown.title),
        url: None,
    };
    signed_in.page(&Page {
        frame: signed_in.frame(shown.section, shown.title, vec![list, own]),
        lead: visitor.text(shown.lead),
        label: visitor.text(shown.label),
        value: shown.value,
        expires_at: shown.expires_at,
        next: shown.next,
    })
}
