//! The forms of the control page.

use axum::extract::{Form, State};
use axum::response::Redirect;
use serde::Deserialize;

use crate::control::Control;
use crate::fault::{Effect, Fault};
use crate::next_user::NextUser;

const LATENCY_MILLIS: u64 = 3000;
const DUPLICATE_MILLIS: u64 = 300;

#[derive(Deserialize)]
pub(super) struct NextUserForm {
    #[serde(default)]
    user: String,
    #[serde(default)]
    nickname: String,
    #[serde(default)]
    outcome: String,
}

pub(super) async fn next_user(State(control): State<Control>, Form(form): Form<NextUserForm>) -> Redirect {
    let filled = |text: String| (!text.is_empty()).then_some(text);
    control.next_user(NextUser {
        user: filled(form.user),
        nickname: filled(form.nickname),
        refuse: form.outcome == "refuse",
        snapshot: form.outcome == "snapshot",
        ..NextUser::default()
    });
    Redirect::to("/")
}

#[derive(Deserialize)]
pub(super) struct FaultForm {
    endpoint: String,
    effect: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    times: String,
}

/// A choice it does not know sets nothing.
pub(super) async fn fault(State(control): State<Control>, Form(form): Form<FaultForm>) -> Redirect {
    let effect = match form.effect.as_str() {
        "latency" => Some(Effect::Latency { millis: LATENCY_MILLIS }),
        "system_busy" => Some(Effect::SystemBusy),
        "errcode" => form.code.trim().parse().ok().map(|code| Effect::Errcode {
            code,
            message: "fault".to_owned(),
        }),
        "http_status" => Some(Effect::HttpStatus { status: 502 }),
        "truncated" => Some(Effect::Truncated),
        "garbage" => Some(Effect::Garbage),
        "lost_response" => Some(Effect::LostResponse),
        "hang" => Some(Effect::Hang),
        "duplicate_callback" => Some(Effect::DuplicateCallback {
            delay_millis: DUPLICATE_MILLIS,
        }),
        _ => None,
    };
    if let Some(effect) = effect {
        control.fault(Fault {
            endpoint: form.endpoint,
            effect,
            times: form.times.trim().parse().ok(),
        });
    }
    Redirect::to("/")
}

pub(super) async fn clear_faults(State(control): State<Control>) -> Redirect {
    control.clear_faults();
    control.clear_next_users();
    Redirect::to("/")
}

#[derive(Deserialize)]
pub(super) struct ClockForm {
    advance: i64,
}

pub(super) async fn clock(State(control): State<Control>, Form(form): Form<ClockForm>) -> Redirect {
    control.advance(form.advance);
    Redirect::to("/")
}
