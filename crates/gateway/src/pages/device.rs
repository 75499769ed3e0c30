//! The pages of a login for a device: its code, the question, and the way back to it.

use askama::Template;
use axum::response::Response;
use http::{StatusCode, header};
use hufu_core::clock::Timestamp;
use hufu_core::flow::{DeviceAsk, DeviceFault};
use hufu_web::browser;
use hufu_web::headers::FORMS_ANYWHERE;
use hufu_web::page::page;

use super::{Facts, Frame, notice};
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "device_enter.html")]
struct Enter<'a> {
    frame: Frame,
    fault: Option<String>,
    typed: &'a str,
}

/// The form for the code.
pub(crate) fn enter(scene: &Scene, fault: Option<DeviceFault>, typed: &str) -> Response {
    let frame = Frame::new(scene);
    let (status, fault) = match fault {
        None => (StatusCode::OK, None),
        Some(DeviceFault::Unknown) => (StatusCode::NOT_FOUND, Some(frame.text("device.unknown"))),
        Some(DeviceFault::TooMany) => (StatusCode::TOO_MANY_REQUESTS, Some(frame.text("device.too_many"))),
    };
    page(status, &Enter { frame, fault, typed })
}

#[derive(Template)]
#[template(path = "device_ask.html")]
struct Ask<'a> {
    frame: Frame,
    title: String,
    lead: String,
    asked: &'a DeviceAsk,
    device: String,
    since: Facts,
    facts: Facts,
}

/// The question.
pub(crate) fn ask(scene: &Scene, asked: &DeviceAsk, now: Timestamp) -> Response {
    let frame = Frame::new(scene);
    let named = browser::words(&asked.device.user_agent);
    let view = Ask {
        title: frame.text_with("device.ask", "app", &asked.app),
        lead: frame.text_with("device.ask_lead", "app", &asked.app),
        device: named.unwrap_or_else(|| frame.text("device.device_unknown")),
        since: Facts::new(scene.locale, asked.device.request_id, asked.at),
        facts: Facts::new(scene.locale, scene.request_id, now),
        asked,
        frame,
    };
    let mut response = page(StatusCode::OK, &view);
    // Its answer sends the browser on to the provider.
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, FORMS_ANYWHERE);
    response
}

/// After it.
pub(crate) fn answered(scene: &Scene, allowed: bool) -> Response {
    let name = if allowed { "device_allowed" } else { "device_refused" };
    notice::done(scene, name)
}
