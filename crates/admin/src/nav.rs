//! The side navigation: what somebody may open at all.

use crate::access::Access;
use crate::http::Visitor;
use crate::ui::NavItem;

/// Entries for an operator; `current` is the section of the page.
pub(crate) fn of(visitor: &Visitor, access: &Access, current: &str) -> Vec<NavItem> {
    let entry = |section: &'static str, url: &str, icon: &'static str| NavItem {
        label: visitor.text(&format!("nav.{section}")),
        url: url.to_owned(),
        icon,
        current: section == current,
    };
    let mut nav = vec![
        entry("home", "/admin", "home"),
        entry("tenants", "/admin/tenants", "tenants"),
        entry("logins", "/admin/logins", "logins"),
    ];
    if access.changes().is_ok() {
        nav.push(entry("changes", "/admin/changes", "audit"));
    }
    if access.staff().is_ok() {
        nav.push(entry("staff", "/admin/operators", "users"));
        nav.push(entry("keys", "/admin/api-keys", "keys"));
        nav.push(entry("api_docs", "/admin/api-docs", "globe"));
    }
    if access.platform().is_ok() {
        nav.push(entry("agencies", "/admin/agencies", "accounts"));
        nav.push(entry("system", "/admin/system", "settings"));
    }
    nav.push(entry("account", "/admin/account", "user"));
    nav
}
