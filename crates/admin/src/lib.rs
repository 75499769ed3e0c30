//! The console of Hufu. In this version one page, which says that the command line does the work, and how.

mod assets;
mod start;
mod texts;
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "pages use it next; until then the gallery does")
)]
mod ui;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use hufu_web::{Site, headers, request_log};

/// The routes under `/admin`.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/admin", get(start::get))
        .route(&assets::ASSETS.route(), get(assets::get))
        .layer(from_fn_with_state(site.clone(), headers::secure))
        .layer(from_fn_with_state(site, request_log::log))
}
