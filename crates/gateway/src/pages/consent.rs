//! The page that asks whether an app may have what it wants. A plain form, so that it works without script.

use askama::Template;
use axum::response::Response;
use http::{StatusCode, header};
use hufu_core::flow::ConsentAsk;
use hufu_web::headers::FORMS_ANYWHERE;
use hufu_web::page::page;

use super::Frame;
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    frame: Frame,
    title: String,
    lead: String,
    nickname: Option<&'a str>,
    wants: Vec<String>,
    token: &'a str,
}

pub(crate) fn respond(scene: &Scene, asked: &ConsentAsk) -> Response {
    let frame = Frame::new(scene);
    let view = Consent {
        title: frame.text_with("consent.title", "app", &asked.app),
        lead: frame
            .text_with("consent.lead", "app", &asked.app)
            .replace("%{account}", &asked.account),
        nickname: asked.nickname.as_deref(),
        wants: asked.scopes.iter().map(|scope| meaning(&frame, scope)).collect(),
        token: &asked.token,
        frame,
    };
    let mut response = page(StatusCode::OK, &view);
    // The answer leads to the app, and where the app sends the browser on is not ours to say.
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, FORMS_ANYWHERE);
    response
}

/// What a scope means to a person.
fn meaning(frame: &Frame, scope: &str) -> String {
    let key = format!("consent.scope_{scope}");
    let known = frame.text(&key);
    // A text that is not there is answered by its key.
    if known == key {
        frame.text_with("consent.scope_other", "scope", scope)
    } else {
        known
    }
}
