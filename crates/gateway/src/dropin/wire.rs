//! Answers in WeChat's form: status 200 whatever happened, and a content type that is part of the protocol.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use hufu_core::flow::DropInRefused;
use hufu_web::error::caused;
use serde::Serialize;
use serde_json::json;

use super::error;
use crate::Gateway;

/// What `/sns/…` answers with, and what some programs insist on.
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain");
/// For clients that want it instead.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer of `/sns/…`.
pub(super) fn sns(body: &impl Serialize, json: bool) -> Response {
    let content_type = if json { JSON } else { PLAIN };
    match serde_json::to_string(body) {
        Ok(body) => ([(header::CONTENT_TYPE, content_type)], body).into_response(),
        Err(error) => caused(
            http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            "internal",
            &error.to_string(),
        ),
    }
}

/// A refusal of `/sns/…`.
pub(super) fn sns_refused(gateway: &Gateway, refused: &DropInRefused) -> Response {
    let (number, words) = error::of(refused.error);
    let message = format!("{words}, rid: {}", gateway.site.engine.rid());
    let response = sns(&json!({"errcode": number, "errmsg": message}), refused.json);
    caused(response, refused.error.as_str(), &refused.debug)
}
