//! Pages from templates.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::checks::PageError;
use crate::wire::{HTML, reply};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    text: &'a str,
    code: Option<i64>,
}

/// WeChat's own texts on a neutral page; status 200, as there.
pub(super) fn error(error: &PageError) -> Response {
    render(&ErrorPage {
        text: &error.text,
        code: error.code,
    })
}

/// A page that is not kept by caches: each shows a moment.
pub(crate) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let mut response = reply(HTML, text);
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(_) => {
            let mut response = reply(HTML, "template");
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}
