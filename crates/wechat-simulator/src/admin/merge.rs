//! Posting part of an object changes that part of it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Lays the keys that were sent over what is there.
pub(super) fn merged<T: Serialize + DeserializeOwned>(known: &T, sent: Value) -> Result<T, String> {
    let mut whole = serde_json::to_value(known).map_err(|error| error.to_string())?;
    match (&mut whole, sent) {
        (Value::Object(whole), Value::Object(sent)) => whole.extend(sent),
        _ => return Err("a JSON object is wanted".to_owned()),
    }
    serde_json::from_value(whole).map_err(|error| error.to_string())
}

/// The text of one key, which must be there.
pub(super) fn required(sent: &Value, key: &str) -> Result<String, String> {
    let text = sent.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| format!("{key} is missing"))
}

/// What was sent cannot be used.
pub(super) fn refused(problem: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": problem }))).into_response()
}
