//! The pages, one folder an area. Each has its routes, its structs for templates, and its area of locale files.

mod account;
mod api_docs;
mod clients;
mod connectors;
mod domains;
mod enter;
mod home;
mod keys;
mod logins;
mod members;
mod menus;
mod onboarding;
mod people;
mod platform;
mod push;
mod settings;
mod staff;
mod tenant;
mod tenants;

use axum::Router;

use crate::console::Console;
use crate::http::Refusal;
// The admin API reads the log as its pages do.
pub(crate) use logins::{Export, Kind, Names};

/// All pages. What is none of them is refused as not found.
pub(crate) fn routes() -> Router<Console> {
    [
        account::routes(),
        api_docs::routes(),
        clients::routes(),
        connectors::routes(),
        domains::routes(),
        enter::routes(),
        home::routes(),
        keys::routes(),
        logins::routes(),
        members::routes(),
        menus::routes(),
        onboarding::routes(),
        people::routes(),
        platform::routes(),
        push::routes(),
        settings::routes(),
        staff::routes(),
        tenant::routes(),
        tenants::routes(),
    ]
    .into_iter()
    .fold(Router::new(), Router::merge)
    .route("/admin/{*rest}", axum::routing::any(async || Refusal::NotFound))
}
