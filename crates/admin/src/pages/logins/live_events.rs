//! `GET /admin/logins/live/events` and `GET /admin/changes/live/events`: server-sent events.
//!
//! Each viewer costs one query a second. What a login writes is found by its id, which is older than the commit: so
//! the reader looks a little back each time and leaves out what it has sent.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use hufu_core::clock::Timestamp;
use hufu_core::ids::EventId;
use hufu_core::model::{AuditEvent, AuditFilter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

use super::asked::Asked;
use super::kind::Kind;
use super::live::without_time;
use super::names::Names;
use super::row::Row;
use super::wanted::Wanted;
use crate::access::Overview;
use crate::console::Console;
use crate::http::{Answer, Refusal, SignedIn};

/// Viewers of one instance.
static VIEWERS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(20)));

const PAUSE: Duration = Duration::from_secs(1);
/// How long a stream goes on; the browser then asks again, and is looked at again.
const LIFE: Duration = Duration::from_secs(30 * 60);
/// How often the session is looked at.
const LOOK: Duration = Duration::from_secs(60);
/// An event is written this long after its id was made at most, as far as a list that grows is concerned.
const SLACK: Duration = Duration::from_secs(5);
/// Rows of one look; more come with the next.
const ROWS: u64 = 100;

pub(super) async fn logins(
    State(console): State<Console>,
    signed_in: SignedIn,
    asked: Asked,
    headers: HeaderMap,
) -> Answer {
    begin(console, signed_in, &asked, Kind::Logins, &headers).await
}

pub(super) async fn changes(
    State(console): State<Console>,
    signed_in: SignedIn,
    asked: Asked,
    headers: HeaderMap,
) -> Answer {
    begin(console, signed_in, &asked, Kind::Changes, &headers).await
}

async fn begin(console: Console, signed_in: SignedIn, asked: &Asked, kind: Kind, headers: &HeaderMap) -> Answer {
    let Ok(seat) = Arc::clone(&VIEWERS).try_acquire_owned() else {
        return Ok(full());
    };
    let wanted = Wanted::of(&signed_in, &without_time(asked, kind), kind).await?;
    if !wanted.problems.is_empty() {
        return Err(Refusal::Body(StatusCode::BAD_REQUEST));
    }
    let cursor = Cursor::new(last_seen(headers), wanted.overview.now());
    let tail = Tail {
        console,
        signed_in,
        kind,
        overview: wanted.overview,
        filter: wanted.filter,
        cursor,
        names: Names::default(),
        ready: Vec::new(),
        ends: Instant::now() + LIFE,
        look: Instant::now() + LOOK,
        _seat: seat,
    };
    let events = stream::unfold(tail, async |mut tail| {
        let event = tail.next().await?;
        Some((Ok::<_, Infallible>(event), tail))
    });
    let kept = Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    let mut response = kept.into_response();
    // A proxy that collects answers would show nothing for long.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn full() -> Response {
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, "too many viewers").into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

fn last_seen(headers: &HeaderMap) -> Option<EventId> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Where the reader is: what lies before it was sent, and what has been sent of what lies after.
#[derive(Debug)]
struct Cursor {
    after: EventId,
    /// Sent, though newer than `after`.
    sent: HashSet<EventId>,
}

impl Cursor {
    /// From the event a browser saw last; a browser that saw none sees what comes from now on.
    fn new(last: Option<EventId>, now: Timestamp) -> Self {
        let after = last.unwrap_or_else(|| floor(now));
        Self {
            after,
            sent: HashSet::new(),
        }
    }

    /// What of a look is new, and where the next one begins.
    fn take(&mut self, found: Vec<AuditEvent>, now: Timestamp) -> Vec<AuditEvent> {
        let full = found.len() as u64 >= ROWS;
        let last = found.last().map(|event| event.id);
        let fresh: Vec<_> = found.into_iter().filter(|event| self.sent.insert(event.id)).collect();
        let settled = floor(now.minus(SLACK));
        let next = if full { last.unwrap_or(settled) } else { settled };
        // Never back: what lies before was sent, by this stream or the one before it.
        self.after = self.after.max(next);
        let after = self.after;
        self.sent.retain(|id| *id > after);
        fresh
    }
}

fn floor(at: Timestamp) -> EventId {
    EventId::floor(u64::try_from(at.as_millis()).unwrap_or(0))
}

/// One viewer.
struct Tail {
    console: Console,
    signed_in: SignedIn,
    kind: Kind,
    overview: Overview,
    filter: AuditFilter,
    cursor: Cursor,
    names: Names,
    /// Newest first: taken from the end.
    ready: Vec<Event>,
    ends: Instant,
    look: Instant,
    _seat: OwnedSemaphorePermit,
}

impl Tail {
    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop() {
                return Some(event);
            }
            let now = Instant::now();
            if now >= self.ends || !self.is_allowed(now).await {
                return None;
            }
            // Whoever cannot be told ends: the browser asks again, and hears what is wrong.
            self.fetch().await.ok()?;
            if self.ready.is_empty() {
                sleep(PAUSE).await;
            }
        }
    }

    async fn is_allowed(&mut self, now: Instant) -> bool {
        if now < self.look {
            return true;
        }
        self.look = now + LOOK;
        self.signed_in.still(&self.console).await
    }

    async fn fetch(&mut self) -> Result<(), Refusal> {
        self.filter.after = Some(self.cursor.after);
        self.filter.oldest_first = true;
        let found = self.overview.events(&self.filter, ROWS).await?;
        let fresh = self.cursor.take(found, self.overview.now());
        self.names.learn(&self.signed_in, &fresh).await?;
        for event in fresh.iter().rev() {
            let row = Row::of(&self.signed_in.visitor, event, &self.names, self.kind).json();
            self.ready
                .push(Event::default().id(event.id.to_string()).data(row.to_string()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hufu_core::ids::TenantId;
    use hufu_core::model::{Action, Outcome};

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn event(millis: u64) -> AuditEvent {
        AuditEvent::new(
            EventId::floor(millis),
            TenantId::floor(1),
            at(0),
            Action::Login,
            Outcome::Succeeded,
        )
    }

    #[test]
    fn what_commits_late_is_seen_and_nothing_twice() {
        let mut cursor = Cursor::new(None, at(100_000));
        assert_eq!(cursor.take(vec![event(100_500)], at(101_000)).len(), 1);
        // Older than what was sent, but committed after it.
        let fresh = cursor.take(vec![event(100_400), event(100_500)], at(102_000));
        assert_eq!(
            fresh.iter().map(|e| e.id).collect::<Vec<_>>(),
            [EventId::floor(100_400)]
        );
        assert_eq!(cursor.after, EventId::floor(100_000));
        assert!(cursor.take(Vec::new(), at(120_000)).is_empty());
        assert_eq!(cursor.after, EventId::floor(115_000));
        assert!(cursor.sent.is_empty());
    }

    #[test]
    fn a_browser_goes_on_where_it_was_and_a_flood_is_walked_through() {
        let last = EventId::floor(50_000);
        let mut cursor = Cursor::new(Some(last), at(100_000));
        assert_eq!(cursor.after, last);
        let flood: Vec<_> = (0..ROWS).map(|n| event(50_001 + n)).collect();
        assert_eq!(cursor.take(flood, at(100_000)).len() as u64, ROWS);
        assert_eq!(cursor.after, EventId::floor(50_000 + ROWS));
        let mut headers = HeaderMap::new();
        headers.insert("last-event-id", HeaderValue::from_static("'; DROP"));
        assert_eq!(last_seen(&headers), None);
    }
}
