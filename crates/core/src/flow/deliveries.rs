//! Deliveries: what was saved for receivers is claimed, posted and noted. A receiver is a server to which an account's
//! pushes are forwarded, or a client that is told of the end of a session ([`super::backchannel`]).
//!
//! Claiming is a save under the record's version: of two instances one is refused, and a lease keeps the other away
//! while the first one posts. Whoever dies in between loses the lease, and the delivery is posted again; so a receiver
//! may see one twice, under the same id. Their order is not promised.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use tokio::sync::Notify;

use super::Engine;
use crate::deliverer::{Deliverer, Parcel};
use crate::error::StoreError;
use crate::model::{Delivery, ForwardedPush, Message, PushSettings, PushTarget, Receiver, Tenant};
use crate::oidc::TenantUrls;
use crate::secret::StoredSecret;
use crate::store::{Change, Find, RecordFilter, Records as _, UnitOfWork};

/// Deliveries that are under way to one receiver at a time: one that is slow must not hold up the others.
const AT_ONE_RECEIVER: usize = 4;
/// Deliveries that are looked at together.
const PAGE: u64 = 50;
/// Pages of one lane that are looked at in one round.
const PAGES: usize = 20;

/// Says which URLs a tenant has: its issuer is in what clients are told.
pub type UrlsOf = dyn Fn(&Tenant) -> TenantUrls + Send + Sync;

/// How a try ended.
pub(super) enum Tried {
    /// The receiver answered what ends the delivery.
    Taken(String),
    /// It is tried again.
    Failed(String),
    /// Nothing can take it as things stand.
    GivenUp(&'static str),
}

/// What one look at the deliveries found.
#[derive(Debug, Default)]
pub struct Due {
    /// What is the caller's now.
    pub claimed: Vec<Delivery>,
    /// Whether there are others: not yet due, or under way elsewhere.
    pub others: bool,
}

impl Engine {
    /// Rings when there is something to forward.
    #[must_use]
    pub fn forwarding(&self) -> &Notify {
        &self.forwarding
    }

    /// Claims what is due, at most `room`; `busy` says how many are under way to each receiver, and is raised. What is
    /// claimed is this caller's alone for [`Delivery::LEASE`].
    ///
    /// # Errors
    /// When the database fails; what was claimed before is lost until its lease ends.
    pub async fn claim_deliveries(&self, room: usize, busy: &mut HashMap<Receiver, usize>) -> Result<Due, StoreError> {
        let mut found = Due::default();
        for lane in Delivery::lanes() {
            let mut filter = RecordFilter {
                group: Some(lane),
                ..RecordFilter::default()
            };
            for _ in 0..PAGES {
                if found.claimed.len() >= room {
                    found.others = true;
                    return Ok(found);
                }
                let page: Vec<Delivery> = self.parts.records.list(&filter, PAGE).await?;
                filter.after = page.last().map(|delivery| delivery.id.to_string());
                let (is_last, length) = ((page.len() as u64) < PAGE, page.len());
                let due: Vec<_> = page
                    .into_iter()
                    .filter(|delivery| delivery.is_due(self.now()))
                    .collect();
                // Those behind them came later, and are due later.
                let is_enough = due.is_empty();
                found.others |= due.len() < length;
                for delivery in due {
                    let under_way = busy.entry(delivery.receiver()).or_default();
                    if found.claimed.len() < room
                        && *under_way < AT_ONE_RECEIVER
                        && let Some(delivery) = self.claim(delivery).await?
                    {
                        *under_way += 1;
                        found.claimed.push(delivery);
                    } else {
                        found.others = true;
                    }
                }
                if is_last || is_enough {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// `None`: somebody else was first.
    async fn claim(&self, delivery: Delivery) -> Result<Option<Delivery>, StoreError> {
        let claimed = delivery.claimed(self.now());
        match self.save_delivery(&claimed).await {
            Ok(()) => Ok(Some(claimed)),
            Err(StoreError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Posts a claimed delivery once and notes how it went. `urls` says which URLs a tenant has.
    ///
    /// # Errors
    /// When the database fails: it is posted again when its lease ends.
    pub async fn deliver(
        &self,
        deliverer: &dyn Deliverer,
        urls: &UrlsOf,
        claimed: Delivery,
    ) -> Result<Delivery, StoreError> {
        let tried = match &claimed.message {
            Message::Push(push) => self.deliver_push(deliverer, &claimed, push).await?,
            Message::Logout(notice) => self.deliver_logout(deliverer, urls, &claimed, *notice).await?,
        };
        let now = self.now();
        let ended = match tried {
            Tried::Taken(how) => claimed.delivered(&how, now),
            Tried::GivenUp(why) => claimed.given_up(why, now),
            Tried::Failed(how) => {
                let mut jitter = [0];
                self.parts.random.fill(&mut jitter);
                claimed.failed(&how, now, jitter[0])
            }
        };
        match self.save_delivery(&ended).await {
            // The lease ended before the answer came: whoever has it now decides.
            Ok(()) | Err(StoreError::Conflict { .. }) => Ok(ended),
            Err(error) => Err(error),
        }
    }

    async fn deliver_push(
        &self,
        deliverer: &dyn Deliverer,
        delivery: &Delivery,
        push: &ForwardedPush,
    ) -> Result<Tried, StoreError> {
        let id = push.connector_id.to_string();
        let settings: Option<PushSettings> = self.parts.records.find(Find::Id(&id)).await?;
        let Some(target) = settings.as_ref().and_then(|known| known.target(push.target_id)) else {
            return Ok(Tried::GivenUp("target_removed"));
        };
        if !target.on {
            return Ok(Tried::GivenUp("target_off"));
        }
        let posted = deliverer.post(&self.parcel(target, delivery, push)).await;
        Ok(if posted.is_taken() {
            Tried::Taken(posted.to_string())
        } else {
            Tried::Failed(posted.to_string())
        })
    }

    fn parcel(&self, target: &PushTarget, delivery: &Delivery, push: &ForwardedPush) -> Parcel {
        let mut body = json!({
            "id": delivery.id,
            "tenant": delivery.tenant,
            "connector": push.connector_id,
            "event": delivery.event,
            "from": push.from,
            "at": push.at.to_string(),
            "body": push.body,
            "content_type": push.content_type,
        });
        if let (Some(app_id), Some(fields)) = (&push.app_id, body.as_object_mut()) {
            fields.insert("appid".to_owned(), app_id.clone().into());
        }
        let (body, now) = (body.to_string(), self.now());
        let timestamp = now.as_secs().to_string();
        let signatures: Vec<_> = target
            .secrets(now)
            .map(|secret| format!("v1={}", signature(secret, &timestamp, &body)))
            .collect();
        Parcel {
            url: target.url.clone(),
            headers: vec![
                ("Hufu-Delivery", delivery.id.to_string()),
                ("Hufu-Timestamp", timestamp),
                ("Hufu-Signature", signatures.join(",")),
            ],
            content_type: "application/json",
            body,
        }
    }

    async fn save_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let mut unit = UnitOfWork::new(delivery.tenant_id).with(Change::record(delivery)?);
        if let Some(event) = self.backchannel_told(delivery) {
            unit = unit.with(Change::Event(Box::new(event)));
        }
        self.parts.store.begin(delivery.tenant_id).save(unit).await?;
        Ok(())
    }
}

/// `HMAC-SHA-256(secret, timestamp "." body)`, lower-case hexadecimal.
fn signature(secret: &StoredSecret, timestamp: &str, body: &str) -> String {
    use std::fmt::Write as _;
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let mut hex = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac secret`
    #[test]
    fn the_signature_is_that_of_openssl() {
        let secret = StoredSecret::new("secret".to_owned());
        assert_eq!(signature(&secret, "1800000000", r#"{"a":1}"#), OPENSSL);
    }

    const OPENSSL: &str = "440dfbb83aabca24d9e5027629cfd81cb45254690f8d410bb28f1cc17c990dbc";
}
