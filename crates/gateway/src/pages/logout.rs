//! The pages of a logout: whether it is meant, and that it is done.

use askama::Template;
use axum::response::Response;
use http::{StatusCode, header};
use hufu_core::flow::LogoutAsk;
use hufu_web::headers::FORMS_ANYWHERE;
use hufu_web::page::page;

use super::{Frame, notice};
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "logout_ask.html")]
struct Ask<'a> {
    frame: Frame,
    lead: String,
    action: &'a str,
    fields: &'a [(String, String)],
}

/// The question.
pub(crate) fn ask(scene: &Scene, asked: &LogoutAsk) -> Response {
    let frame = Frame::new(scene);
    let lead = match &asked.app {
        Some(app) => frame.text_with("logout.lead_app", "app", app),
        None => frame.text("logout.lead"),
    };
    let view = Ask {
        frame,
        lead,
        action: &asked.action,
        fields: &asked.fields,
    };
    let mut response = page(StatusCode::OK, &view);
    // Its answer sends the browser on to the app, and where the app sends it is not ours to say.
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, FORMS_ANYWHERE);
    response
}

/// After it.
pub(crate) fn done(scene: &Scene, ended: bool) -> Response {
    let name = if ended { "logged_out" } else { "still_signed_in" };
    notice::done(scene, name)
}
