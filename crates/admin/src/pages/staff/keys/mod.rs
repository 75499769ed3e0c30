//! `/admin/api-keys`.

pub(super) mod add;
pub(super) mod list;
pub(super) mod revoke;

use crate::http::SignedIn;
use crate::ui::Crumb;

fn crumbs(signed_in: &SignedIn, title: &str) -> Vec<Crumb> {
    let crumb = |key: &str, url: Option<&str>| Crumb {
        label: signed_in.visitor.text(key),
        url: url.map(str::to_owned),
    };
    vec![crumb("staff.keys_title", Some("/admin/api-keys")), crumb(title, None)]
}
