//! Versions: a change says which version it was made from, so that nobody's newer change is lost (RFC 9110, 13).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::console::Console;
use crate::http::Refusal;

/// `If-Match`: required where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IfMatch(Tags);

/// `If-None-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IfNoneMatch(Option<Tags>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    Any,
    Versions(Vec<u32>),
}

impl FromRequestParts<Console> for IfMatch {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &Console) -> Result<Self, Refusal> {
        let tags = tags(&parts.headers, &header::IF_MATCH, false);
        tags.map(Self).ok_or(Refusal::Unconditional)
    }
}

impl FromRequestParts<Console> for IfNoneMatch {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &Console) -> Result<Self, Refusal> {
        Ok(Self(tags(&parts.headers, &header::IF_NONE_MATCH, true)))
    }
}

impl IfMatch {
    /// The version that the change expects; `None`: any.
    pub(super) fn over(&self, stored: u32) -> Result<Option<u32>, Refusal> {
        match &self.0 {
            Tags::Any => Ok(None),
            Tags::Versions(versions) if versions.contains(&stored) => Ok(Some(stored)),
            Tags::Versions(_) => Err(Refusal::Stale),
        }
    }
}

impl IfNoneMatch {
    /// The resource, or 304 when the caller has this version.
    pub(super) fn answer(&self, version: u32, resource: &impl Serialize) -> Response {
        let is_known = match &self.0 {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::Versions(versions)) => versions.contains(&version),
        };
        if is_known {
            tagged(version, StatusCode::NOT_MODIFIED.into_response())
        } else {
            of_version(version, resource)
        }
    }
}

/// 200 with the resource and its version.
pub(super) fn of_version(version: u32, resource: &impl Serialize) -> Response {
    tagged(version, axum::Json(resource).into_response())
}

/// An answer with its version.
pub(super) fn tagged(version: u32, mut response: Response) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// What is no tag of ours matches nothing. Weak tags count where only sameness is asked (RFC 9110, 8.8.3.2).
fn tags(headers: &HeaderMap, name: &HeaderName, weak: bool) -> Option<Tags> {
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    let mut versions = Vec::new();
    for tag in lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
    {
        let tag = tag.trim();
        if tag == "*" {
            return Some(Tags::Any);
        }
        let tag = if weak {
            tag.strip_prefix("W/").unwrap_or(tag)
        } else {
            tag
        };
        let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        versions.extend(inner.and_then(|version| version.parse::<u32>().ok()));
    }
    Some(Tags::Versions(versions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(value: &str) -> IfMatch {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, value.parse().unwrap());
        IfMatch(tags(&headers, &header::IF_MATCH, false).unwrap())
    }

    #[test]
    fn versions_match_or_not() {
        assert_eq!(if_match("*").over(3).unwrap(), None);
        assert_eq!(if_match("\"3\"").over(3).unwrap(), Some(3));
        assert_eq!(if_match("\"2\", \"3\"").over(3).unwrap(), Some(3));
        for other in ["\"2\"", "3", "W/\"3\"", "", "\"x\"", "\"-3\""] {
            assert!(matches!(if_match(other).over(3), Err(Refusal::Stale)), "{other}");
        }
        assert_eq!(tags(&HeaderMap::new(), &header::IF_MATCH, false), None);
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let status = |value: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::IF_NONE_MATCH, value.parse().unwrap());
            }
            let asked = IfNoneMatch(tags(&headers, &header::IF_NONE_MATCH, true));
            asked.answer(3, &"x").status().as_u16()
        };
        assert_eq!(status(None), 200);
        assert_eq!(status(Some("\"2\"")), 200);
        assert_eq!(status(Some("\"3\"")), 304);
        assert_eq!(status(Some("W/\"3\"")), 304);
        assert_eq!(status(Some("*")), 304);
    }
}
