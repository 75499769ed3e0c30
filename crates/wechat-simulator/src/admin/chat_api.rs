//! What users do to accounts, over HTTP: each answer is the push that came of it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::merge::refused;
use crate::control::{Control, ControlError};
use crate::push::PushRecord;

#[derive(Deserialize)]
pub(super) struct Who {
    user: String,
    app_id: String,
}

pub(super) async fn follow(State(control): State<Control>, Json(who): Json<Who>) -> Response {
    shown(control.follow(&who.user, &who.app_id).await)
}

pub(super) async fn unfollow(State(control): State<Control>, Json(who): Json<Who>) -> Response {
    shown(control.unfollow(&who.user, &who.app_id).await)
}

#[derive(Deserialize)]
pub(super) struct Text {
    user: String,
    app_id: String,
    content: String,
}

pub(super) async fn text(State(control): State<Control>, Json(sent): Json<Text>) -> Response {
    shown(control.send_text(&sent.user, &sent.app_id, &sent.content).await)
}

#[derive(Deserialize)]
pub(super) struct Tap {
    user: String,
    app_id: String,
    button: String,
}

pub(super) async fn tap(State(control): State<Control>, Json(sent): Json<Tap>) -> Response {
    shown(control.tap_menu(&sent.user, &sent.app_id, &sent.button).await)
}

#[derive(Deserialize)]
pub(super) struct Location {
    user: String,
    app_id: String,
    latitude: f64,
    longitude: f64,
    #[serde(default)]
    precision: f64,
}

pub(super) async fn location(State(control): State<Control>, Json(sent): Json<Location>) -> Response {
    let Location {
        user,
        app_id,
        latitude,
        longitude,
        precision,
    } = sent;
    shown(
        control
            .send_location(&user, &app_id, latitude, longitude, precision)
            .await,
    )
}

/// By ticket, by the URL in the picture, or by account and scene.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Scan {
    Ticket {
        user: String,
        ticket: String,
    },
    Url {
        user: String,
        url: String,
    },
    Scene {
        user: String,
        app_id: String,
        scene: String,
    },
}

pub(super) async fn scan(State(control): State<Control>, Json(sent): Json<Scan>) -> Response {
    shown(match sent {
        Scan::Ticket { user, ticket: code } | Scan::Url { user, url: code } => control.scan(&user, &code).await,
        Scan::Scene { user, app_id, scene } => control.scan_scene(&user, &app_id, &scene).await,
    })
}

fn shown(outcome: Result<PushRecord, ControlError>) -> Response {
    match outcome {
        Ok(record) => Json(record).into_response(),
        Err(error) => refused(&error.to_string()),
    }
}
