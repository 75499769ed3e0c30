//! Pages from templates.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::error::caused;

/// The template, rendered, with a status. A template that cannot be rendered is a fault of ours.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            let response = (StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response();
            caused(response, "template_broken", &error.to_string())
        }
    }
}
