//! Redirect URIs in a text area, one a line; the wizard has the same.

use hufu_core::manage::ManageError;
use hufu_core::oidc::validate_redirect_uri;

use crate::http::{Posted, Visitor};
use crate::ui::Field;

pub(in crate::pages) fn uris_field(visitor: &Visitor, value: &str) -> Field {
    Field::new("redirect_uris", visitor.text("clients.redirect_uris"))
        .hint(visitor.text("clients.redirect_uris_hint"))
        .placeholder("https://www.example.com/callback")
        .value(value)
        .mono()
        .rows(4)
}

/// What is wrong with each of many URIs, line by line.
pub(in crate::pages) fn wrong_uris(visitor: &Visitor, uris: &[String]) -> Option<String> {
    let wrong: Vec<_> = uris
        .iter()
        .filter_map(|uri| {
            let reason = validate_redirect_uri(uri).err()?;
            let error = ManageError::RedirectUri {
                uri: uri.clone(),
                reason,
            };
            Some(visitor.say(&error.text()))
        })
        .collect();
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// Each once, in their order.
pub(in crate::pages) fn uris_of(posted: &Posted) -> Vec<String> {
    let mut uris: Vec<String> = Vec::new();
    for uri in posted.lines("redirect_uris") {
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    uris
}
