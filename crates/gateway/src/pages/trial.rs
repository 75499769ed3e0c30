//! The page on the phone when a test login has ended. What it proved is shown at the other screen alone.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use hufu_core::clock::Timestamp;
use hufu_core::error::Class;
use hufu_core::model::{CheckNote, TrialResult};
use hufu_core::text::Locale;
use hufu_web::page::page;

use super::{Facts, Frame};
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "trial.html")]
struct TrialPage<'a> {
    frame: Frame,
    tone: &'static str,
    title: String,
    happened: String,
    problem: Option<Shown<'a>>,
    facts: Facts,
}

/// Why it failed, in the reader's language.
struct Shown<'a> {
    message: Option<&'a str>,
    remedy: Option<&'a str>,
    errcode: Option<i64>,
}

/// 200 however it ended: the test itself went as it should.
pub(crate) fn respond(scene: &Scene, account: &str, result: &TrialResult, at: Timestamp) -> Response {
    let frame = Frame::new(scene);
    let (stem, tone) = ending(result.problem.as_ref());
    let title = frame.text(&format!("trial.{stem}.title"));
    let happened = frame.text_with(&format!("trial.{stem}.happened"), "account", account);
    let view = TrialPage {
        frame,
        tone,
        title,
        happened,
        problem: result.problem.as_ref().map(|problem| shown(problem, scene.locale)),
        facts: Facts::new(scene.locale, scene.request_id, at),
    };
    page(StatusCode::OK, &view)
}

/// The texts' stem and the tone.
fn ending(problem: Option<&CheckNote>) -> (&'static str, &'static str) {
    match problem {
        None => ("succeeded", "good"),
        Some(problem) if problem.error.as_deref() == Some("denied") => ("denied", "info"),
        Some(problem) if problem.class == Some(Class::Retry) => ("failed", "wait"),
        Some(_) => ("failed", "bad"),
    }
}

fn shown(problem: &CheckNote, locale: Locale) -> Shown<'_> {
    Shown {
        message: problem.message.as_ref().map(|text| text.get(locale)),
        remedy: problem.remedy.as_ref().map(|text| text.get(locale)),
        errcode: problem.errcode,
    }
}
