//! `GET …/scan/{attempt}/events`: how a scan stands, as server-sent events, for the browser that shows its QR code.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::{HeaderValue, StatusCode, header};
use hufu_core::flow::{Engine, Problem, ScanStatus};
use hufu_core::ids::AttemptId;
use hufu_web::tenant::Hosted;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::{Path, attempt, seat};
use crate::arrival::Arrival;
use crate::{Gateway, step};

/// How long a stream goes on; the browser then opens another.
const LIFE: Duration = Duration::from_secs(60);
/// After how long the browser does.
const RETRY: Duration = Duration::from_secs(1);
/// So that proxies do not take the stream for dead.
const ALIVE: Duration = Duration::from_secs(15);

pub(crate) async fn get(State(gateway): State<Gateway>, path: Path, arrival: Arrival) -> Response {
    let Arrival { hosted, scene } = arrival;
    match begin(&gateway, hosted, path).await {
        Ok(response) => response,
        Err(problem) => step::page(&gateway, &scene, &problem),
    }
}

async fn begin(gateway: &Gateway, hosted: Result<Hosted, Problem>, path: Path) -> Result<Response, Problem> {
    let (hosted, attempt) = (hosted?, attempt(path)?);
    let Some(seat) = seat() else {
        return Ok(full());
    };
    let listener = Listener {
        engine: Arc::clone(&gateway.site.engine),
        hosted,
        attempt,
        told: None,
        ends: Instant::now() + LIFE,
        _seat: seat,
    };
    // Whoever may not listen is told so as everybody is: before the stream begins.
    let first = listener.look(Duration::ZERO).await?;
    let events = stream::unfold((listener, Some(first)), async |(mut listener, first)| {
        let status = match first {
            Some(first) => first,
            None => listener.next().await?,
        };
        let event = Event::default().retry(RETRY).data(data(status));
        listener.told = Some(status);
        Some((Ok::<_, Infallible>(event), (listener, None)))
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(ALIVE))
        .into_response();
    // A proxy that collects answers would show nothing for long.
    let headers = response.headers_mut();
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn data(status: ScanStatus) -> String {
    serde_json::json!({"status": status.as_str()}).to_string()
}

/// No seat is free: the page asks now and then instead.
fn full() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// One browser that waits.
struct Listener {
    engine: Arc<Engine>,
    hosted: Hosted,
    attempt: AttemptId,
    told: Option<ScanStatus>,
    ends: Instant,
    _seat: OwnedSemaphorePermit,
}

impl Listener {
    /// The next status; none when the stream ends. What cannot be read ends it too: the browser then hears why.
    async fn next(&mut self) -> Option<ScanStatus> {
        if self.told.is_some_and(ScanStatus::is_last) {
            return None;
        }
        let left = self.ends.saturating_duration_since(Instant::now());
        let status = self.look(left).await.ok()?;
        (Some(status) != self.told).then_some(status)
    }

    async fn look(&self, patience: Duration) -> Result<ScanStatus, Problem> {
        let Hosted { tenant, visit } = &self.hosted;
        let told = self.told.map(ScanStatus::as_str);
        self.engine
            .scan_status(tenant, self.attempt, visit, told, patience)
            .await
    }
}
