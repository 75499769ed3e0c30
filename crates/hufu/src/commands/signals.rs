//! Signals that ask for an end.

use tokio::signal::unix::{SignalKind, signal};

/// Ready when the process is asked to end: Ctrl-C or SIGTERM.
pub(crate) async fn stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
