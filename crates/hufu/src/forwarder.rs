//! Delivers what is forwarded or told: at once when it was made here, and from time to time for what waits or was left
//! by others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hufu_core::deliverer::Deliverer;
use hufu_core::flow::{Engine, UrlsOf};
use hufu_core::model::Receiver;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How often it is looked whether something is due while something waits.
const SOON: Duration = Duration::from_secs(1);
/// The same while nothing is known to wait: for what other instances left, or the command line had sent again.
const LATER: Duration = Duration::from_secs(15);
/// Deliveries under way at a time.
const AT_ONCE: usize = 32;

/// Forwards until `stopped`; what is under way then is finished.
pub(crate) async fn forward(
    engine: Arc<Engine>,
    deliverer: Arc<dyn Deliverer>,
    urls: Arc<UrlsOf>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut under_way: JoinSet<Receiver> = JoinSet::new();
    let mut busy: HashMap<Receiver, usize> = HashMap::new();
    let mut pause = Duration::ZERO;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            () = sleep(pause) => {}
            () = engine.forwarding().notified() => {}
            // Its place is free for the next one.
            Some(ended) = under_way.join_next() => leave(&mut busy, ended.ok()),
        }
        while let Some(ended) = under_way.try_join_next() {
            leave(&mut busy, ended.ok());
        }
        if under_way.is_empty() {
            // Also forgets the place of a delivery that ended by a fault.
            busy.clear();
        }
        let room = AT_ONCE.saturating_sub(under_way.len());
        if room == 0 {
            pause = SOON;
            continue;
        }
        match engine.claim_deliveries(room, &mut busy).await {
            Ok(due) => {
                let is_calm = due.claimed.is_empty() && !due.others && under_way.is_empty();
                pause = if is_calm { LATER } else { SOON };
                for delivery in due.claimed {
                    let (engine, deliverer, urls) = (Arc::clone(&engine), Arc::clone(&deliverer), Arc::clone(&urls));
                    under_way.spawn(async move {
                        let receiver = delivery.receiver();
                        if let Err(error) = engine.deliver(&*deliverer, &*urls, delivery).await {
                            tracing::warn!(%error, "how a delivery went is not noted: it is sent again");
                        }
                        receiver
                    });
                }
            }
            Err(error) => {
                pause = SOON;
                tracing::warn!(%error, "nothing is forwarded for a moment");
            }
        }
    }
    while under_way.join_next().await.is_some() {}
}

fn leave(busy: &mut HashMap<Receiver, usize>, receiver: Option<Receiver>) {
    if let Some(receiver) = receiver
        && let Some(count) = busy.get_mut(&receiver)
    {
        *count = count.saturating_sub(1);
        if *count == 0 {
            busy.remove(&receiver);
        }
    }
}
