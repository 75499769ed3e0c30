//! What happens on a user's phone: website logins and mini programs.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use super::merge::refused;
use crate::control::Control;
use crate::qr_login::QrLogin;

pub(super) async fn logins(State(control): State<Control>) -> Json<Vec<QrLogin>> {
    Json(control.qr_logins())
}

#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub(super) enum Act {
    Scan { id: String, user: String },
    Confirm { id: String },
    Cancel { id: String },
}

/// Answers with the login as it stands then.
pub(super) async fn act(State(control): State<Control>, Json(act): Json<Act>) -> Response {
    let (step, id) = match act {
        Act::Scan { id, user } => (control.scan_login(&user, &id), id),
        Act::Confirm { id } => (control.confirm_login(&id), id),
        Act::Cancel { id } => (control.cancel_login(&id), id),
    };
    match step {
        Ok(()) => Json(control.qr_logins().into_iter().find(|login| login.id == id)).into_response(),
        Err(error) => refused(&error.to_string()),
    }
}

#[derive(Deserialize)]
pub(super) struct Who {
    user: String,
    app_id: String,
    #[serde(default)]
    rotate: bool,
}

pub(super) async fn js_code(State(control): State<Control>, Json(who): Json<Who>) -> Response {
    match control.js_code(&who.user, &who.app_id, who.rotate) {
        Ok(code) => Json(json!({ "js_code": code })).into_response(),
        Err(error) => refused(&error.to_string()),
    }
}

pub(super) async fn raw_data(State(control): State<Control>, Json(who): Json<Who>) -> Response {
    match control.raw_data(&who.user, &who.app_id) {
        Ok(data) => Json(data).into_response(),
        Err(error) => refused(&error.to_string()),
    }
}
