//! The answer to an app that wants it posted (OAuth 2.0 Form Post Response Mode 1.0).

use askama::Template;
use axum::response::Response;
use http::{StatusCode, header};
use hufu_web::headers::FORMS_ANYWHERE;
use hufu_web::page::page;

use super::Frame;
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    frame: Frame,
    action: &'a str,
    fields: &'a [(String, String)],
}

/// A form that sends itself; without scripts the person presses its button.
pub(crate) fn respond(scene: &Scene, action: &str, fields: &[(String, String)]) -> Response {
    let frame = Frame::new(scene);
    let mut response = page(StatusCode::OK, &FormPost { frame, action, fields });
    // The form goes to the app, and where the app sends the browser on is not ours to say.
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, FORMS_ANYWHERE);
    response
}
