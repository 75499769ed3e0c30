//! Pages that belong to no login: the start page, and what is not there.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use hufu_core::clock::Timestamp;
use hufu_web::page::page;

use super::{Facts, Frame};
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    frame: Frame,
    tone: &'static str,
    title: String,
    body: String,
    more: String,
    /// With a failure only: there is nothing to ask about a greeting.
    facts: Option<Facts>,
}

/// The page named `name` in the locale files, about a failure.
pub(crate) fn respond(status: StatusCode, scene: &Scene, name: &str, at: Timestamp) -> Response {
    let facts = (!status.is_success()).then(|| Facts::new(scene.locale, scene.request_id, at));
    show(status, scene, name, facts)
}

/// The same about something that is done.
pub(crate) fn done(scene: &Scene, name: &str) -> Response {
    show(StatusCode::OK, scene, name, None)
}

fn show(status: StatusCode, scene: &Scene, name: &str, facts: Option<Facts>) -> Response {
    let frame = Frame::new(scene);
    let [title, body, more] = ["title", "body", "more"].map(|part| frame.text(&format!("{name}.{part}")));
    let tone = if status.is_success() { "good" } else { "lost" };
    page(
        status,
        &Notice {
            frame,
            tone,
            title,
            body,
            more,
            facts,
        },
    )
}
