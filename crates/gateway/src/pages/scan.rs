//! The pages of a login by scan: the QR code on the computer, the question and its answer on the phone.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use hufu_core::clock::Timestamp;
use hufu_core::flow::{ScanAsk, ScanPage, ScanStatus};
use hufu_core::ids::RequestId;
use hufu_web::browser;
use hufu_web::page::page;
use hufu_web::qr::data_url;

use super::{Facts, Frame};
use crate::arrival::Scene;

/// Seconds after which a browser without script looks again.
const RELOAD: u32 = 4;

#[derive(Template)]
#[template(path = "scan.html")]
struct Code<'a> {
    frame: Frame,
    title: String,
    /// A `data:` URL; none of what is longer than a QR code can be.
    qr: Option<String>,
    qr_label: String,
    /// The status that the server knows.
    status: &'static str,
    status_text: String,
    reload: u32,
    finish: String,
    events: String,
    poll: String,
    again: Option<&'a str>,
}

/// The QR code on the computer.
pub(crate) fn code(scene: &Scene, shown: &ScanPage) -> Response {
    let frame = Frame::new(scene);
    let status = match shown.status {
        ScanStatus::Scanned => "scanned",
        _ => "waiting",
    };
    let view = Code {
        title: frame.text_with("scan.title", "account", &shown.account),
        qr: data_url(&shown.content),
        qr_label: frame.text_with("scan.qr_label", "account", &shown.account),
        status,
        status_text: frame.text(&format!("scan.{status}")),
        reload: RELOAD,
        finish: shown.finish.clone(),
        events: shown.events.clone(),
        poll: shown.poll.clone(),
        again: shown.again.as_deref(),
        frame,
    };
    page(StatusCode::OK, &view)
}

#[derive(Template)]
#[template(path = "scan_ask.html")]
struct Ask<'a> {
    frame: Frame,
    title: String,
    lead: String,
    computer: String,
    ip: &'a str,
    since: Facts,
    facts: Facts,
}

/// The question on the phone.
pub(crate) fn ask(scene: &Scene, asked: &ScanAsk, now: Timestamp) -> Response {
    let frame = Frame::new(scene);
    let unknown = || frame.text("scan.browser_unknown");
    let view = Ask {
        title: frame.text_with("scan.ask", "app", &asked.app),
        lead: frame.text_with("scan.ask_lead", "account", &asked.account),
        computer: browser::words(&asked.computer.user_agent).unwrap_or_else(unknown),
        ip: &asked.computer.ip,
        since: facts(scene, asked.computer.request_id, asked.at),
        facts: facts(scene, scene.request_id, now),
        frame,
    };
    page(StatusCode::OK, &view)
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Answered {
    frame: Frame,
    tone: &'static str,
    title: String,
    body: String,
    more: String,
    /// None: nothing went wrong.
    facts: Option<Facts>,
}

/// On the phone, after the answer.
pub(crate) fn answered(scene: &Scene, confirmed: bool, app: &str) -> Response {
    let frame = Frame::new(scene);
    let (stem, tone) = if confirmed {
        ("confirmed", "good")
    } else {
        ("refused", "info")
    };
    let text = |part: &str| frame.text_with(&format!("scan_{stem}.{part}"), "app", app);
    let [title, body, more] = ["title", "body", "more"].map(text);
    let view = Answered {
        frame,
        tone,
        title,
        body,
        more,
        facts: None,
    };
    page(StatusCode::OK, &view)
}

fn facts(scene: &Scene, request_id: RequestId, at: Timestamp) -> Facts {
    Facts::new(scene.locale, request_id, at)
}
