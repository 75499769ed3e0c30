//! Server configurations, push faults and the push log over HTTP; and what accounts made through their calls.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::merge::{refused, required};
use crate::control::Control;
use crate::js_ticket::JsConfig;
use crate::push::{PushConfig, PushFault, PushRecord};
use crate::simulator::Inner;

const CODES_SHOWN: usize = 100;

pub(super) async fn configs(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let world = inner.world();
    let configs = world.desks.iter().filter_map(|(app_id, desk)| {
        let config = serde_json::to_value(desk.config.as_ref()?).ok()?;
        Some((app_id.clone(), config))
    });
    Json(Value::Object(configs.collect()))
}

/// Asks the server, as the console does.
pub(super) async fn save_config(State(control): State<Control>, Json(mut sent): Json<Value>) -> Response {
    let app_id = match required(&sent, "app_id") {
        Ok(app_id) => app_id,
        Err(problem) => return refused(&problem),
    };
    if let Value::Object(fields) = &mut sent {
        fields.remove("app_id");
    }
    let config: PushConfig = match serde_json::from_value(sent) {
        Ok(config) => config,
        Err(error) => return refused(&error.to_string()),
    };
    match control.save_push_config(&app_id, config).await {
        Ok(()) => Json(json!({ "ok": true })).into_response(),
        Err(error) => refused(&error.to_string()),
    }
}

#[derive(Deserialize)]
pub(super) struct Of {
    app_id: Option<String>,
}

pub(super) async fn remove_config(State(control): State<Control>, Query(of): Query<Of>) -> Json<Value> {
    control.put_push_config(&of.app_id.unwrap_or_default(), None);
    Json(json!({}))
}

pub(super) async fn pushes(State(control): State<Control>, Query(of): Query<Of>) -> Json<Vec<PushRecord>> {
    Json(match of.app_id {
        Some(app_id) => control.pushes_of(&app_id),
        None => control.pushes(),
    })
}

pub(super) async fn clear_pushes(State(control): State<Control>) -> Json<Value> {
    control.clear_pushes();
    Json(json!({}))
}

#[derive(Deserialize)]
pub(super) struct Laid {
    app_id: String,
    fault: PushFault,
}

pub(super) async fn faults(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let world = inner.world();
    let faults = world
        .desks
        .iter()
        .map(|(app_id, desk)| (app_id.clone(), json!(desk.faults)));
    Json(Value::Object(faults.collect()))
}

pub(super) async fn add_fault(State(control): State<Control>, Json(sent): Json<Laid>) -> Json<PushFault> {
    control.push_fault(&sent.app_id, sent.fault);
    Json(sent.fault)
}

pub(super) async fn clear_faults(State(control): State<Control>) -> Json<Value> {
    control.clear_push_faults();
    Json(json!({}))
}

/// The newest scene codes, dead ones too.
pub(super) async fn qr_codes(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let now = inner.now();
    let world = inner.world();
    let codes = world.qr.newest().take(CODES_SHOWN).map(|(ticket, code)| {
        json!({
            "ticket": ticket,
            "app_id": code.app_id,
            "scene": code.scene.text(),
            "url": code.url,
            "created_at": code.created_at,
            "expires_at": code.expires_at,
            "live": code.is_live(now),
        })
    });
    Json(codes.collect())
}

pub(super) async fn menus(State(inner): State<Arc<Inner>>) -> Json<Value> {
    Json(json!(inner.world().menus))
}

/// Whether the phone would accept what a page hands to `wx.config`.
pub(super) async fn js_check(State(control): State<Control>, Json(config): Json<JsConfig>) -> Json<Value> {
    let problem = control.check_js_config(&config).err();
    Json(json!({ "ok": problem.is_none(), "problem": problem.map(|problem| problem.to_string()) }))
}
