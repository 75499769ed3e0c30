//! Responses: refusals get their page or document, actions end in a redirect that says what was done.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use hufu_web::error::RETRY_AFTER;
use hufu_web::page::page;
use serde_json::{Value, json};

use super::refusal::{Place, Slip};
use super::{Refusal, Visitor, cookies};
use crate::console::Console;
use crate::ui::{Frame, Tone};

#[derive(Template)]
#[template(path = "pages/refused.html")]
struct Refused {
    frame: Frame,
    body: String,
    detail: Option<String>,
    back: Option<String>,
    again: bool,
}

/// Middleware: gives refusals their body.
pub(crate) async fn dress(State(console): State<Console>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = Visitor::of(&console, &parts);
    let is_api = parts.uri.path().starts_with("/admin/api/");
    let is_get = parts.method == axum::http::Method::GET;
    let from = referer(&console, &parts);
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let refusal = match response.extensions().get::<Refusal>().cloned() {
        Some(refusal) => refusal,
        None if is_api && status == StatusCode::METHOD_NOT_ALLOWED => Refusal::Method,
        // What axum itself refused: a wrong method, or a path of no route.
        None if status == StatusCode::METHOD_NOT_ALLOWED || status == StatusCode::NOT_FOUND => Refusal::NotFound,
        // A path or query that cannot be read.
        None if status.is_client_error() && !is_page(&response) => Refusal::Body(status),
        None => return response,
    };
    let dressed = if is_api {
        problem(&visitor, &refusal)
    } else if let Some(elsewhere) = elsewhere(&visitor, &refusal, is_get, from.as_deref()) {
        elsewhere
    } else {
        refused(&visitor, &refusal, from)
    };
    // The cause stays for the log; headers that were set, such as Allow, stay for the client.
    let (mut parts, body) = dressed.into_parts();
    parts.extensions.extend(response.extensions().clone());
    for (name, value) in response.headers() {
        parts.headers.entry(name).or_insert_with(|| value.clone());
    }
    Response::from_parts(parts, body)
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Where somebody is sent who must sign in, or give the password again, first.
fn elsewhere(visitor: &Visitor, refusal: &Refusal, is_get: bool, from: Option<&str>) -> Option<Response> {
    let page = match refusal {
        Refusal::SignIn => "/admin/login",
        Refusal::Confirm => "/admin/confirm",
        _ => return None,
    };
    // After a form, back to the page that held it: the form itself cannot be sent again by us.
    let back = if is_get { Some(visitor.path.as_str()) } else { from };
    let back = back.unwrap_or("/admin");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("back", back)
        .finish();
    Some(Redirect::to(&format!("{page}?{query}")).into_response())
}

/// Which of the texts says it.
const fn words_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Wrong(..) | Refusal::Slips(..) => "wrong",
        Refusal::Body(StatusCode::PAYLOAD_TOO_LARGE) => "large",
        // Answers of the API alone, which has no pages.
        Refusal::Method | Refusal::Unconditional | Refusal::Stale => "conflict",
        other => other.code(),
    }
}

fn refused(visitor: &Visitor, refusal: &Refusal, back: Option<String>) -> Response {
    let code = words_of(refusal);
    let detail = match refusal {
        Refusal::Wrong(_, text) => Some(visitor.say(text)),
        _ => None,
    };
    page(
        refusal.status(),
        &Refused {
            frame: visitor.frame(&format!("refused.{code}_title")),
            body: visitor.text(&format!("refused.{code}_body")),
            detail,
            back,
            again: matches!(refusal, Refusal::Unavailable(_) | Refusal::Busy),
        },
    )
}

/// RFC 9457.
fn problem(visitor: &Visitor, refusal: &Refusal) -> Response {
    let (title, body) = problem_keys(refusal);
    let mut document = json!({
        "type": format!("urn:hufu:problem:{}", refusal.code()),
        "title": visitor.text(title),
        "status": refusal.status().as_u16(),
        "detail": visitor.text(body),
        "code": refusal.code(),
        "request_id": visitor.from.request_id,
    });
    match refusal {
        Refusal::Wrong(_, text) => document["detail"] = json!(visitor.say(text)),
        Refusal::Slips(_, _, slips) => {
            document["detail"] = json!(joined(visitor, slips));
            document["errors"] = slips.iter().map(|slip| slip_of(visitor, slip)).collect();
        }
        _ => {}
    }
    let mut response = (refusal.status(), document.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(visitor.locale.tag()));
    if matches!(refusal, Refusal::SignIn) {
        headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"hufu\""),
        );
    }
    if matches!(refusal, Refusal::Unavailable(_) | Refusal::Busy) {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

/// Title and text: a program is told other things than a person before a page.
const fn problem_keys(refusal: &Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::NotFound => ("refused.api_not_found_title", "refused.api_not_found_body"),
        Refusal::Forbidden | Refusal::Confirm | Refusal::Form => ("refused.forbidden_title", "refused.forbidden_body"),
        Refusal::SignIn => ("refused.api_key_title", "refused.api_key_body"),
        Refusal::Body(_) => ("refused.body_title", "refused.body_body"),
        Refusal::Slips(StatusCode::BAD_REQUEST, ..) => ("refused.body_title", "refused.body_body"),
        Refusal::Wrong(..) | Refusal::Slips(..) => ("refused.wrong_title", "refused.wrong_body"),
        Refusal::Method => ("refused.api_method_title", "refused.api_method_body"),
        Refusal::Unconditional => ("refused.api_unconditional_title", "refused.api_unconditional_body"),
        Refusal::Stale | Refusal::Conflict => ("refused.conflict_title", "refused.api_conflict_body"),
        Refusal::LinkOver => ("refused.link_over_title", "refused.link_over_body"),
        Refusal::Busy => ("refused.busy_title", "refused.busy_body"),
        Refusal::Unavailable(_) => ("refused.unavailable_title", "refused.unavailable_body"),
    }
}

fn joined(visitor: &Visitor, slips: &[Slip]) -> String {
    let texts: Vec<_> = slips.iter().map(|slip| visitor.say(&slip.text)).collect();
    texts.join(&visitor.text("refused.api_between"))
}

fn slip_of(visitor: &Visitor, slip: &Slip) -> Value {
    let detail = visitor.say(&slip.text);
    match &slip.place {
        Place::Body(pointer) => json!({"pointer": pointer, "detail": detail}),
        Place::Query(parameter) => json!({"parameter": parameter, "detail": detail}),
    }
}

/// The page that the request came from, when it is one of ours: browsers send it though we ask for none elsewhere.
fn referer(console: &Console, parts: &axum::http::request::Parts) -> Option<String> {
    let referer = parts.headers.get(header::REFERER)?.to_str().ok()?;
    let path = referer.strip_prefix(console.site.public_url.as_str())?;
    is_ours(path).then(|| path.to_owned())
}

/// Whether a path may be gone back to: one of the console's pages, and no other site's.
pub(crate) fn is_ours(path: &str) -> bool {
    let rest = path.strip_prefix("/admin");
    // Browsers drop control characters and read `%2e` as a dot: no way leads up and out of the console.
    let steps = path.split('?').next().unwrap_or_default().to_ascii_lowercase();
    let is_plain =
        !path.contains(|c: char| c == '\\' || c.is_control()) && !steps.contains("..") && !steps.contains("%2e");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?'])) && is_plain
}

/// 303 to a page of the console, which shows `text` once.
pub(crate) fn flash_to(console: &Console, tone: Tone, text: &str, url: &str) -> Response {
    let mut response = Redirect::to(url).into_response();
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let https = console.site.public_url.is_https();
    cookies::set_flash(&mut response, https, &format!("{}:{text}", tone.name()));
    response
}
