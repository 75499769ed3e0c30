//! What pages and calls share on the wire: where a request came from, how an answer breaks.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::StreamExt as _;
use futures::stream;

use crate::fault::{Effect, Strike};
use crate::request_log::RequestLogEntry;
use crate::simulator::Inner;

/// Time for the first half of a broken answer to leave before the connection does.
const BREAK_AFTER: Duration = Duration::from_millis(30);
/// Longer than any client waits.
const HANG: Duration = Duration::from_secs(600);

pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// What a proxy in between might show.
const GATEWAY_PAGE: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>Bad Gateway</h1></center></body></html>";

/// An answer with the errcode (or 错误码) that goes into the log.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) errcode: Option<i64>,
}

/// A trimmed header value.
pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)?
        .to_str()
        .ok()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The address a request came from: a header for tests, else the socket.
pub(crate) fn caller(parts: &Parts) -> String {
    if let Some(forwarded) = header_text(&parts.headers, "x-forwarded-for") {
        return forwarded.split(',').next().unwrap_or_default().trim().to_owned();
    }
    let socket = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    socket.map_or_else(
        || "127.0.0.1".to_owned(),
        |ConnectInfo(address)| address.ip().to_string(),
    )
}

/// The origin a request was made to.
pub(crate) fn origin(headers: &HeaderMap) -> String {
    let host = header_text(headers, "host").unwrap_or("localhost");
    let scheme = header_text(headers, "x-forwarded-proto").unwrap_or("http");
    format!("{scheme}://{host}")
}

/// A body with status 200, as WeChat sends even its errors.
pub(crate) fn reply(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Waits as long as the strike says, then gives the answer that replaces the work, if one does.
/// `Err` hands back the effect that lets the work be done first.
pub(crate) async fn suffer(
    strike: Strike,
    error: impl FnOnce(i64, &str) -> Response,
) -> Result<Answer, Option<Effect>> {
    if strike.latency_millis > 0 {
        tokio::time::sleep(Duration::from_millis(strike.latency_millis)).await;
    }
    match strike.effect {
        Some(Effect::SystemBusy) => Ok(Answer {
            response: error(-1, "system error"),
            errcode: Some(-1),
        }),
        Some(Effect::Errcode { code, message }) => Ok(Answer {
            response: error(code, &message),
            errcode: Some(code),
        }),
        Some(Effect::HttpStatus { status }) => {
            let mut response = reply(HTML, GATEWAY_PAGE);
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            Ok(Answer {
                response,
                errcode: None,
            })
        }
        Some(Effect::Garbage) => Ok(Answer {
            response: reply(HTML, GATEWAY_PAGE),
            errcode: None,
        }),
        Some(Effect::Hang) => {
            tokio::time::sleep(HANG).await;
            Ok(Answer {
                response: broken(Bytes::new(), None, HTML),
                errcode: None,
            })
        }
        later => Err(later),
    }
}

/// Spoils an answer whose work has been done.
pub(crate) async fn spoil(effect: Option<Effect>, response: Response) -> Response {
    match effect {
        Some(Effect::LostResponse) => broken(Bytes::new(), None, HTML),
        Some(Effect::Truncated) => {
            let (parts, body) = response.into_parts();
            let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            let mut cut = broken(whole.slice(..whole.len() / 2), Some(whole.len()), HTML);
            *cut.status_mut() = parts.status;
            cut.headers_mut().extend(
                parts
                    .headers
                    .into_iter()
                    .filter(|(name, _)| *name != Some(header::CONTENT_LENGTH)),
            );
            cut
        }
        _ => response,
    }
}

/// A body that ends in an error: the server then drops the connection, before the head has left if nothing was sent.
fn broken(start: Bytes, promised: Option<usize>, content_type: &'static str) -> Response {
    let has_start = !start.is_empty();
    let first = stream::iter(has_start.then_some(Ok(start)));
    let end = stream::once(async move {
        if has_start {
            tokio::time::sleep(BREAK_AFTER).await;
        }
        Err::<Bytes, _>(std::io::Error::other("connection broken on request"))
    });
    let mut response = reply(content_type, Body::from_stream(first.chain(end)));
    if let Some(length) = promised {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

/// Writes an answered request down, if the log is on.
pub(crate) fn note(inner: &Inner, entry: impl FnOnce() -> RequestLogEntry) {
    let mut log = inner.log();
    if log.is_on() {
        log.push(entry());
    }
}
