//! Wakes the browsers of this instance that wait for a scan. Another instance's browsers find it by looking.

use std::time::Duration;

use tokio::sync::broadcast::{Receiver, Sender, error::RecvError};
use tokio::time::timeout;

use crate::ids::AttemptId;

/// Scans told at one time; whoever misses one looks for themself.
const KEPT: usize = 64;

/// Tells of scans that changed.
#[derive(Debug)]
pub(super) struct ScanWatch(Sender<AttemptId>);

impl Default for ScanWatch {
    fn default() -> Self {
        Self(Sender::new(KEPT))
    }
}

impl ScanWatch {
    /// A scan was changed. Nobody may listen.
    pub(super) fn tell(&self, scan: AttemptId) {
        drop(self.0.send(scan));
    }

    /// Hears of what is told from now on.
    pub(super) fn listen(&self) -> Ear {
        Ear(self.0.subscribe())
    }
}

/// Somebody who listens.
pub(super) struct Ear(Receiver<AttemptId>);

impl Ear {
    /// Waits until this scan is changed, or something was missed, for `longest` at most.
    pub(super) async fn hear(&mut self, scan: AttemptId, longest: Duration) {
        let told = async {
            loop {
                match self.0.recv().await {
                    Ok(told) if told != scan => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        drop(timeout(longest, told).await);
    }
}
