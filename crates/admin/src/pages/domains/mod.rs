//! Ownership files: what WeChat fetches from a host before it takes the host as a domain.
//!
//! `upload` reads a file that was chosen or pasted, `view` shows files with their probes; the wizard uses both.

mod add;
mod list;
mod probe;
mod remove;
pub(super) mod upload;
pub(super) mod view;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/tenants/{code}/domains", get(list::get).post(add::post))
        .route("/admin/tenants/{code}/domains/probe", post(probe::post))
        .route(
            "/admin/tenants/{code}/domains/remove",
            get(remove::get).post(remove::post),
        )
}
