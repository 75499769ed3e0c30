//! One log line a request, its measures, and its span for traces.
//!
//! The line names the route that matched, never the path or query asked for: those hold codes and states. Cookies, bodies
//! and `Authorization` are never looked at. Spans of target `hufu_trace` are for traces alone: the log leaves them out, and a trace holds
//! nothing else. A `traceparent` that a request brings is not looked at: it would let whoever sends it choose what is
//! kept and mix its requests into other people's traces. Why a request failed comes as a [`Cause`] in the answer's extensions.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use hufu_core::ids::RequestId;
use hufu_core::model::TenantCode;
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::Site;
use crate::error::Cause;
use crate::limits::Limited;
use crate::measures::{self, InFlight};
use crate::tenant::code_of;

/// Tells people and machines the request's id, which log and audit name it by.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Codes of answers that were made before the tenant was known.
const WITHOUT_TENANT: [&str; 2] = ["tenant_unknown", "method_not_allowed"];

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request that this task works on, for answers that are made where the request is out of sight.
pub(crate) fn current() -> Option<RequestId> {
    CURRENT.try_with(|id| *id).ok()
}

/// Middleware, outermost: gives the request its id and logs how it went.
pub async fn log(State(site): State<Site>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let _in_flight = InFlight::enter();
    let id = site.engine.request_id();
    let (mut parts, body) = request.into_parts();
    let tenant = code_of(&mut parts).await;
    let method = parts.method.clone();
    let route = parts.extensions.get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    let ip = site.proxies.client_of(&parts);
    parts.extensions.insert(id);

    let span = tracing::info_span!("request", request.id = %id);
    let trace = tracing::info_span!(
        target: "hufu_trace",
        "http.request",
        otel.kind = "server",
        http.request.method = measures::name_of(&method),
        http.route = route,
        http.response.status_code = Empty,
        otel.status_code = Empty,
        error.type = Empty,
        hufu.tenant = Empty,
        hufu.request_id = %id,
    );
    let answer = next.run(Request::from_parts(parts, body));
    let answer = answer.instrument(span).instrument(trace.clone());
    let mut response = CURRENT.scope(id, answer).await;

    let status = response.status().as_u16();
    let took = started.elapsed();
    measures::answered(&method, route, status, took);
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let cause = response.extensions().get::<Cause>();
    let code = cause.map(|cause| cause.code.as_str());
    let detail = cause
        .map(|cause| cause.debug.as_str())
        .filter(|detail| !detail.is_empty());
    trace.record("http.response.status_code", status);
    if status >= 500 {
        trace.record("otel.status_code", "ERROR");
    }
    if let Some(code) = code {
        trace.record("error.type", code);
    }
    // What stands in the place of a tenant and is none may be anything, a secret too.
    let is_known = code.is_none_or(|code| !WITHOUT_TENANT.contains(&code));
    let tenant = tenant.as_ref().filter(|_| is_known).map(TenantCode::as_str);
    trace.record("hufu.tenant", tenant);
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
