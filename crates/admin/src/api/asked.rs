//! Bodies and queries, read strictly: what is not known is refused, with the place where it stands.

use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use hufu_core::text::Text;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::console::Console;
use crate::http::{Place, Refusal, Slip};

/// Bytes of a body at most.
const LIMIT: usize = 256 * 1024;
/// How long a body may take to arrive.
const TIME: Duration = Duration::from_secs(30);

/// A JSON body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Console> for Body<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, _: &Console) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            return Err(Refusal::Body(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = tokio::time::timeout(TIME, to_bytes(request.into_body(), LIMIT)).await;
        let bytes = bytes
            .map_err(|_| Refusal::Body(StatusCode::REQUEST_TIMEOUT))?
            .map_err(|_| Refusal::Body(StatusCode::PAYLOAD_TOO_LARGE))?;
        parse(&bytes).map(Self)
    }
}

/// A query.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Console> for Asked<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &Console) -> Result<Self, Refusal> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// A refusal that says what in the body is wrong; the value was read and makes no sense.
pub(super) fn wrong(code: &'static str, pointer: &str, zh: &str, en: &str) -> Refusal {
    let slip = Slip {
        place: Place::Body(pointer.to_owned()),
        text: Text::owned(zh.to_owned(), en.to_owned()),
    };
    Refusal::Slips(StatusCode::UNPROCESSABLE_ENTITY, code, vec![slip])
}

/// The same for a parameter of the query.
pub(super) fn wrong_parameter(name: &str, zh: &str, en: &str) -> Refusal {
    unreadable(Place::Query(name.to_owned()), Text::owned(zh.to_owned(), en.to_owned()))
}

/// An id in a path: what is none names nothing.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn unreadable(place: Place, text: Text) -> Refusal {
    Refusal::Slips(StatusCode::BAD_REQUEST, "body", vec![Slip { place, text }])
}

fn parse<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refusal> {
    if let Some(pointer) = nul(bytes) {
        let text = Text::new(
            "不能含有 NUL 字符（\\u0000）",
            "must not hold the NUL character (\\u0000)",
        );
        return Err(unreadable(Place::Body(pointer), text));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer_of(error.path());
        unreadable(Place::Body(pointer), said(error.inner()))
    })?;
    reader
        .end()
        .map_err(|error| unreadable(Place::Body(String::new()), said(&error)))?;
    Ok(parsed)
}

fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Refusal> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    if let Some((name, _)) = pairs.clone().find(|(_, value)| value.contains('\0')) {
        return Err(wrong_parameter(
            &name,
            "不能含有 NUL 字符",
            "must not hold the NUL character",
        ));
    }
    let reader = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let english = error.inner().to_string();
        let name = match error.path().iter().next() {
            Some(Segment::Map { key }) => key.clone(),
            _ => english.split('`').nth(1).unwrap_or_default().to_owned(),
        };
        let text = Text::owned(format!("参数无法读取：{english}"), english);
        unreadable(Place::Query(name), text)
    })
}

/// What the reader says, in its own English; it names types and places, and a value only when it is of a wrong type.
fn said(error: &serde_json::Error) -> Text {
    let english = error.to_string();
    let chinese = if error.is_data() {
        "值不符合要求"
    } else {
        "不是完整的 JSON"
    };
    Text::owned(format!("{chinese}：{english}"), english)
}

fn pointer_of(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", escaped(key)),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// RFC 6901, section 3.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Where a text holds the character that PostgreSQL keeps in no text.
fn nul(bytes: &[u8]) -> Option<String> {
    // Read twice only when it may be there at all: bodies hold secrets.
    if !bytes.windows(6).any(|six| six == b"\\u0000") {
        return None;
    }
    nul_in(&serde_json::from_slice(bytes).ok()?, String::new())
}

fn nul_in(value: &Value, at: String) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(at),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| nul_in(item, format!("{at}/{index}")))
        }
        Value::Object(fields) => fields.iter().find_map(|(key, value)| {
            let below = format!("{at}/{}", escaped(key));
            if key.contains('\0') {
                Some(at.clone())
            } else {
                nul_in(value, below)
            }
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Thing {
        name: String,
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        number: u32,
    }

    fn slip<T: std::fmt::Debug>(read: Result<T, Refusal>) -> (u16, Place, String) {
        match read.unwrap_err() {
            Refusal::Slips(status, _, slips) => (status.as_u16(), slips[0].place.clone(), slips[0].text.en.to_string()),
            other => panic!("{other:?}"),
        }
    }

    fn body(text: &'static str) -> (String, String) {
        let (status, place, text) = slip(parse::<Thing>(&Bytes::from_static(text.as_bytes())));
        assert_eq!(status, 400);
        match place {
            Place::Body(pointer) => (pointer, text),
            Place::Query(name) => panic!("{name}"),
        }
    }

    #[test]
    fn a_body_says_where_it_is_wrong() {
        assert_eq!(
            body(r#"{"name":"a","inner":[{"number":1},{"number":"x"}]}"#).0,
            "/inner/1/number"
        );
        assert_eq!(body(r#"{"name":"a","inner":[],"more":1}"#).0, "/more");
        assert!(body(r#"{"name":"a"}"#).1.contains("missing field `inner`"));
        assert!(
            body(r#"{"name":"a","name":"b","inner":[]}"#)
                .1
                .contains("duplicate field")
        );
        assert!(body("{").1.contains("EOF"));
        assert!(body(r#"{"name":"a","inner":[]} x"#).1.contains("trailing"));
        assert_eq!(body(r#"{"name":"a\u0000","inner":[]}"#).0, "/name");
        let literal = Bytes::from_static(br#"{"name":"\\u0000","inner":[]}"#);
        assert_eq!(parse::<Thing>(&literal).unwrap().name, "\\u0000");
        assert!(nul(br#"{"a/b":[1,"\u0000"]}"#).is_some_and(|at| at == "/a~1b/1"));
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Page {
        q: String,
        limit: Option<u32>,
    }

    #[test]
    fn a_query_names_the_parameter() {
        let asked: Page = parse_query("q=%F0%9F%90%AF&limit=5").unwrap();
        assert_eq!((asked.q.as_str(), asked.limit), ("🐯", Some(5)));
        let place = |query| slip(parse_query::<Page>(query)).1;
        assert_eq!(place("limit=x"), Place::Query("limit".to_owned()));
        assert_eq!(place("limti=5"), Place::Query("limti".to_owned()));
        assert_eq!(place("q=%00"), Place::Query("q".to_owned()));
    }
}
