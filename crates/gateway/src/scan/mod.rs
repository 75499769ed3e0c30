//! Login by scan: what the waiting browser asks, and the page on the phone.

pub(crate) mod confirm;
pub(crate) mod events;
pub(crate) mod finish;
pub(crate) mod status;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use axum::extract::RawPathParams;
use axum::extract::rejection::RawPathParamsRejection;
use hufu_core::flow::{Problem, ProblemCode};
use hufu_core::ids::AttemptId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Browsers of one instance that may wait at a time. Each costs a look at the database every 1.5 seconds; whoever
/// finds no seat asks now and then instead.
static SEATS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(300)));

fn seat() -> Option<OwnedSemaphorePermit> {
    Arc::clone(&SEATS).try_acquire_owned().ok()
}

type Path = Result<RawPathParams, RawPathParamsRejection>;

fn parameter(path: Path, wanted: &str) -> Option<String> {
    let path = path.ok()?;
    let found = path.iter().find(|(name, _)| *name == wanted);
    found.map(|(_, value)| value.to_owned())
}

/// The login that a path names.
fn attempt(path: Path) -> Result<AttemptId, Problem> {
    let id = parameter(path, "attempt").and_then(|id| id.parse().ok());
    id.ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))
}
