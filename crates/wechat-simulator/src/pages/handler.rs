//! `/connect/oauth2/authorize`: GET shows or passes on, POST is a tap on the consent page.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::checks::{self, Ask, PageError};
use super::decide::{Step, Tap, Visitor, next_step};
use super::{AUTHORIZE, callback, consent, html};
use crate::config::DenyStyle;
use crate::params::Params;
use crate::request_log::RequestLogEntry;
use crate::simulator::Inner;
use crate::wire::{self, Answer, header_text};

/// Remembers who sits at this desk.
const COOKIE: &str = "sim_user";

pub(super) async fn handle(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 16).await.unwrap_or_default();
    inner.log().count_one(AUTHORIZE);
    let strike = inner.faults().strike(AUTHORIZE);
    let raw_query = parts.uri.query().unwrap_or_default();
    let params = Params::parse(raw_query);
    let now = inner.now();
    let page = |code, message: &str| {
        let text = if code == -1 {
            "系统繁忙，请稍后再试"
        } else {
            message
        };
        html::error(&PageError::new(code, text))
    };
    let (answer, effect) = match wire::suffer(strike, page).await {
        Ok(answer) => (answer, None),
        Err(effect) => {
            let visitor = visitor(&parts.headers, &body);
            (
                answer(&inner, &parts.headers, &params, raw_query, &visitor, now),
                effect,
            )
        }
    };
    let errcode = answer.errcode;
    let response = wire::spoil(effect, answer.response).await;
    wire::note(&inner, || RequestLogEntry {
        time: now,
        method: parts.method.to_string(),
        endpoint: AUTHORIZE.to_owned(),
        app_id: params.filled("appid").map(str::to_owned),
        query: params.redacted(),
        caller: wire::caller(&parts),
        status: response.status().as_u16(),
        errcode,
    });
    response
}

fn answer(inner: &Inner, headers: &HeaderMap, params: &Params, raw_query: &str, visitor: &Visitor, now: i64) -> Answer {
    let user_agent = header_text(headers, "user-agent").unwrap_or_default();
    let outcome = checks::run(inner, user_agent, params).and_then(|ask| {
        let step = next_step(inner, &ask, visitor, now);
        carry_out(inner, &ask, step, raw_query)
    });
    match outcome {
        Ok(response) => Answer {
            response,
            errcode: None,
        },
        Err(error) => Answer {
            response: html::error(&error),
            errcode: error.code,
        },
    }
}

fn carry_out(inner: &Inner, ask: &Ask, step: Step, raw_query: &str) -> Result<Response, PageError> {
    Ok(match step {
        Step::Error(error) => return Err(error),
        Step::Choose { selected } => consent::page(inner, ask, selected.as_deref(), raw_query),
        Step::Denied => match inner.settings.deny {
            DenyStyle::NoCallback => consent::denied(ask, raw_query),
            DenyStyle::StateOnly => callback::with_state_only(ask),
            DenyStyle::AuthDeny => callback::with_authdeny(ask),
        },
        Step::Callback { person, remember } => {
            let mut response = callback::with_code(inner, ask, person);
            if let Some(cookie) = remember.and_then(|user_id| cookie(&user_id)) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
    })
}

pub(super) fn visitor(headers: &HeaderMap, body: &[u8]) -> Visitor {
    let mut form = Params::default();
    form.and_form(body);
    let posted = form.filled("user").zip(form.get("choice").and_then(Tap::parse));
    let named = header_text(headers, "x-sim-user").map(str::to_owned);
    Visitor {
        by_cookie: named.is_none(),
        known_as: named.or_else(|| remembered(headers)),
        tap: header_text(headers, "x-sim-consent").and_then(Tap::parse),
        posted: posted.map(|(user_id, tap)| (user_id.to_owned(), tap)),
    }
}

fn remembered(headers: &HeaderMap) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn cookie(user_id: &str) -> Option<HeaderValue> {
    let value = utf8_percent_encode(user_id, NON_ALPHANUMERIC);
    HeaderValue::try_from(format!(
        "{COOKIE}={value}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"
    ))
    .ok()
}
