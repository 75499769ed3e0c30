//! Answers in WeChat's form: status 200 whatever happened, and a content type that is part of the protocol.

use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, header};
use hufu_core::flow::{DropInError, DropInRefused};
use hufu_web::error::caused;
use serde::Serialize;
use serde_json::json;

use super::error;
use crate::Gateway;

/// What `/sns/…` answers with, and what some programs insist on.
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain");
/// What `/cgi-bin/…` answers with: `encoding`, not `charset`, is WeChat's own word.
const CGI: HeaderValue = HeaderValue::from_static("application/json; encoding=utf-8");
/// For clients that want it instead.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer of `/sns/…`.
pub(super) fn sns(body: &impl Serialize, json: bool) -> Response {
    written(body, if json { JSON } else { PLAIN })
}

/// An answer of `/cgi-bin/…`.
pub(super) fn cgi(body: &impl Serialize) -> Response {
    written(body, CGI)
}

fn written(body: &impl Serialize, content_type: HeaderValue) -> Response {
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

/// A refusal of `/cgi-bin/…`. One for the caller's address names it, as WeChat does: programs read it out of the text.
pub(super) fn cgi_refused(gateway: &Gateway, parts: &Parts, refused: &DropInRefused) -> Response {
    let (number, words) = error::of(refused.error);
    let words = match refused.error {
        DropInError::AddressRefused => {
            let ip = gateway.site.browser(parts).ip;
            let long = if ip.contains(':') {
                ip.clone()
            } else {
                format!("::ffff:{ip}")
            };
            format!("{words} {ip} ipv6 {long}, not in whitelist")
        }
        _ => words.to_owned(),
    };
    let message = format!("{words} rid: {}", gateway.site.engine.rid());
    let response = cgi(&json!({"errcode": number, "errmsg": message}));
    caused(response, refused.error.as_str(), &refused.debug)
}
