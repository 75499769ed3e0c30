//! One log line a request.
//!
//! It names the route that matched, never the path or query asked for: those hold codes and states. Cookies, bodies
//! and `Authorization` are never looked at. Why a request failed comes as a [`Cause`] in the answer's extensions.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use hufu_core::model::TenantCode;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::Site;
use crate::error::Cause;
use crate::limits::Limited;
use crate::tenant::code_of;

/// Tells people and machines the request's id, which log and audit name it by.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Middleware, outermost: gives the request its id and logs how it went.
pub async fn log(State(site): State<Site>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = site.engine.request_id();
    let (mut parts, body) = request.into_parts();
    let tenant = code_of(&mut parts).await;
    let method = parts.method.clone();
    let route = parts.extensions.get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    let ip = site.proxies.client_of(&parts);
    parts.extensions.insert(id);

    let span = tracing::info_span!("request", request.id = %id);
    let mut response = next.run(Request::from_parts(parts, body)).instrument(span).await;

    let status = response.status().as_u16();
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let cause = response.extensions().get::<Cause>();
    let code = cause.map(|cause| cause.code.as_str());
    let detail = cause
        .map(|cause| cause.debug.as_str())
        .filter(|detail| !detail.is_empty());
    let tenant = tenant.as_ref().map(TenantCode::as_str);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                http.method = %method,
                http.route = route,
                http.status = status,
                duration_ms,
                tenant,
                request.id = %id,
                client.ip = %ip,
                error.code = code,
                error.debug = detail,
                "{method} {route} → {status}"
            )
        };
    }
    match status {
        // A flood must not fill the log; see `limits`, which counts them.
        _ if response.extensions().get::<Limited>().is_some() => line!(debug),
        500 => line!(error),
        501.. => line!(warn),
        _ => line!(info),
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
