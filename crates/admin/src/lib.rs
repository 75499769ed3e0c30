//! The console of Hufu: pages for operators, and the admin API.
//!
//! ```text
//! request ─▶ http (who: Visitor, SignedIn, Posted) ─▶ access (what they may: handles) ─▶ pages, api
//!                                                                                          │
//! response ◀─ http::dress (a refusal becomes a page or a problem document) ◀─ ui + admin-ui ┘
//! ```
//! A page decides nothing: it reads through a handle, draws with `ui`, and changes by a handle's method, which is
//! one of `hufu_core::manage` and leaves its audit event. The admin API uses the same handles.

mod access;
mod api;
mod assets;
mod console;
mod http;
mod nav;
mod pages;
mod snippets;
mod ui;
mod zone;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use hufu_web::{headers, request_log};

pub use console::{Console, Parts};
pub use zone::{UnknownZone, Zone};

/// The routes under `/admin`.
pub fn router(console: Console) -> Router {
    let site = console.site.clone();
    pages::routes()
        .layer(from_fn_with_state(console.clone(), http::dress))
        .layer(from_fn_with_state(console.clone(), http::acquaint))
        // The API knows no cookies.
        .merge(api::routes().layer(from_fn_with_state(console.clone(), http::dress)))
        .route(&assets::ASSETS.route(), get(assets::get))
        .layer(from_fn_with_state(site.clone(), headers::secure))
        .layer(from_fn_with_state(site, request_log::log))
        .with_state(console)
}
