//! Connecting an account, step by step, over days if need be.
//!
//! `new` makes the tenant, `begin` begins for one that exists; then a page a step, in the order of [`steps::At`]. What
//! a step does is saved when it is done, so the wizard can be left anywhere: `resume` goes on with the first step that
//! is not done. [`wizard`] is what all steps are given.

mod account;
mod begin;
mod client;
mod domain;
mod ip;
mod live;
mod new;
mod policy;
mod resume;
mod secret;
mod steps;
mod try_out;
mod verify;
mod wizard;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/onboarding/new", get(new::get).post(new::post))
        .route("/admin/onboarding/{code}/begin", post(begin::post))
        .route("/admin/onboarding/{code}/{id}", get(resume::get))
        .route(
            "/admin/onboarding/{code}/{id}/account",
            get(account::get).post(account::post),
        )
        .route(
            "/admin/onboarding/{code}/{id}/secret",
            get(secret::get).post(secret::post),
        )
        .route("/admin/onboarding/{code}/{id}/ip", get(ip::get).post(ip::post))
        .route(
            "/admin/onboarding/{code}/{id}/verify",
            get(verify::get).post(verify::post),
        )
        .route(
            "/admin/onboarding/{code}/{id}/domain",
            get(domain::get).post(domain::post),
        )
        .route(
            "/admin/onboarding/{code}/{id}/policy",
            get(policy::get).post(policy::post),
        )
        .route(
            "/admin/onboarding/{code}/{id}/client",
            get(client::get).post(client::post),
        )
        .route(
            "/admin/onboarding/{code}/{id}/try",
            get(try_out::get).post(try_out::post),
        )
        .route("/admin/onboarding/{code}/{id}/try/{trial}", get(try_out::result))
        .route("/admin/onboarding/{code}/{id}/live", get(live::get).post(live::post))
}
