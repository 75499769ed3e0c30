//! What operations answer.

use std::fmt::Display;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::document::BASE;

/// A list, or a part of one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T: ToSchema> {
    /// The entries.
    pub(super) items: Vec<T>,
    /// Path and query of the part that follows; null: this is the end.
    pub(super) next: Option<String>,
    /// Path and query of the part before; null: this is the begin, or the list is only read forwards.
    pub(super) previous: Option<String>,
}

impl<T: ToSchema + Serialize> Page<T> {
    /// All there is.
    pub(super) fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Self {
            items: items.into_iter().collect(),
            next: None,
            previous: None,
        }
    }

    /// 200.
    pub(super) fn answer(&self) -> Response {
        ok(self)
    }
}

/// The path and query of another part of a list: what was asked, with another key.
pub(super) fn part(path: &str, asked: &[(&str, String)], name: &str, key: &impl Display) -> String {
    let given = asked.iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(given)
        .append_pair(name, &key.to_string())
        .finish();
    format!("{BASE}{path}?{query}")
}

/// How many entries a part has: as many as asked for, 1 to `most`; `default` when nothing was asked.
pub(super) fn limit(asked: Option<u32>, default: u32, most: u32) -> Result<usize, crate::http::Refusal> {
    let asked = asked.unwrap_or(default);
    if (1..=most).contains(&asked) {
        return Ok(asked as usize);
    }
    let zh = format!("须为 1 至 {most}");
    Err(super::asked::wrong_parameter(
        "limit",
        &zh,
        &format!("must be 1 to {most}"),
    ))
}

/// 200.
pub(super) fn ok(body: &impl Serialize) -> Response {
    Json(body).into_response()
}

/// 201, with where the new thing is.
pub(super) fn created(path: &str, body: &impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("{BASE}{path}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// 201 for what has no address of its own.
pub(super) fn made(body: &impl Serialize) -> Response {
    (StatusCode::CREATED, Json(body)).into_response()
}

/// 204.
pub(super) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_what_was_asked() {
        let asked = [("q", "老虎 &".to_owned()), ("status", String::new())];
        let path = part("/tenants", &asked, "after", &"acme");
        assert_eq!(path, "/admin/api/v1/tenants?q=%E8%80%81%E8%99%8E+%26&after=acme");
    }

    #[test]
    fn limits() {
        assert_eq!(limit(None, 50, 200).unwrap(), 50);
        assert_eq!(limit(Some(200), 50, 200).unwrap(), 200);
        assert!(limit(Some(0), 50, 200).is_err());
        assert!(limit(Some(201), 50, 200).is_err());
    }
}
