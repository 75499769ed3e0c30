//! Deliveries: one message on its way to one receiver.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{BrowserSessionId, ClientId, ConnectorId, DeliveryId, SubjectId, TargetId, TenantId};

words! {
    /// Where a delivery stands.
    pub enum DeliveryState {
        /// It will be tried, or tried again.
        Pending = "pending",
        /// The receiver took it.
        Done = "done",
        /// It is not tried any more; an operator may have it sent again.
        Dead = "dead",
    }
}

/// A push as a tenant's server is to have it.
#[derive(Clone, Serialize, Deserialize)]
pub struct ForwardedPush {
    /// Which account.
    pub connector_id: ConnectorId,
    /// The provider's public id of the account.
    pub app_id: Option<String>,
    /// To which receiver.
    pub target_id: TargetId,
    /// The provider's id of the person.
    pub from: String,
    /// When it happened, as the provider says.
    pub at: Timestamp,
    /// The message as the provider wrote it. Gone once it is delivered.
    pub body: String,
    /// What the body is.
    pub content_type: String,
}

/// The end of a session, as a client is told of it. The token that says so is signed anew at each try, and never kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogoutNotice {
    /// Which client.
    pub client_id: ClientId,
    /// Whose session.
    pub subject_id: SubjectId,
    /// Which.
    pub session_id: BrowserSessionId,
    /// By which of the tenant's issuers the client knows it.
    pub issuer: String,
}

/// What is delivered, and to whom.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Message {
    /// A push, to one of its account's receivers.
    Push(ForwardedPush),
    /// The end of a session, to a client (OpenID Connect Back-Channel Logout).
    Logout(LogoutNotice),
}

/// Whom a delivery goes to: so many are under way to one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Receiver {
    /// A receiver of an account's pushes.
    Target(TargetId),
    /// A client.
    Client(ClientId),
}

/// One message on its way to one receiver.
#[derive(Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// Identifier, the same for all tries.
    pub id: DeliveryId,
    /// Whose.
    pub tenant_id: TenantId,
    /// The tenant's code.
    pub tenant: String,
    /// Name of the event.
    pub event: String,
    /// What, and to whom.
    #[serde(flatten)]
    pub message: Message,
    /// Where it stands.
    pub state: DeliveryState,
    /// Tries that ended.
    pub tries: u32,
    /// Not tried before.
    pub next_at: Timestamp,
    /// Whoever tries it has it until then.
    pub leased_until: Option<Timestamp>,
    /// How the last try ended: `status 200`, `timeout`, …
    pub last: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
    /// Counts saves, from 1.
    pub version: u32,
}

/// Without what people wrote and what tells who they are.
impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("receiver", &self.receiver())
            .field("event", &self.event)
            .field("state", &self.state)
            .field("tries", &self.tries)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl Delivery {
    /// Between two tries. After the last one it is dead.
    pub const PAUSES: [Duration; 5] = [
        Duration::from_secs(5),
        Duration::from_secs(30),
        Duration::from_secs(120),
        Duration::from_secs(600),
        Duration::from_secs(3600),
    ];
    /// How long whoever tries it may take: longer than any try, so that two instances never send the same at once.
    pub const LEASE: Duration = Duration::from_secs(30);
    /// How long what ended is kept. Bodies hold what people wrote.
    const KEPT: Duration = Duration::from_secs(7 * 86_400);

    /// A new one, to be tried at once.
    #[must_use]
    pub fn new(id: DeliveryId, of: (TenantId, String), event: String, message: Message, now: Timestamp) -> Self {
        let (tenant_id, tenant) = of;
        Self {
            id,
            tenant_id,
            tenant,
            event,
            message,
            state: DeliveryState::Pending,
            tries: 0,
            next_at: now,
            leased_until: None,
            last: None,
            created_at: now,
            ended_at: None,
            version: 1,
        }
    }

    /// To whom.
    #[must_use]
    pub fn receiver(&self) -> Receiver {
        match &self.message {
            Message::Push(push) => Receiver::Target(push.target_id),
            Message::Logout(notice) => Receiver::Client(notice.client_id),
        }
    }

    /// What kind of message it is: a label of logs and metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match &self.message {
            Message::Push(_) => "push",
            Message::Logout(_) => "backchannel_logout",
        }
    }

    /// The push, when it is one.
    #[must_use]
    pub const fn push(&self) -> Option<&ForwardedPush> {
        match &self.message {
            Message::Push(push) => Some(push),
            Message::Logout(_) => None,
        }
    }

    /// Whether it is a push of this account.
    #[must_use]
    pub fn is_push_of(&self, connector: ConnectorId) -> bool {
        self.push().is_some_and(|push| push.connector_id == connector)
    }

    /// Whether somebody may try it now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == DeliveryState::Pending
            && self.next_at <= now
            && self.leased_until.is_none_or(|until| until <= now)
    }

    /// Taken by whoever tries it.
    #[must_use]
    pub fn claimed(mut self, now: Timestamp) -> Self {
        self.leased_until = Some(now.plus(Self::LEASE));
        self.version += 1;
        self
    }

    /// The receiver took it.
    #[must_use]
    pub fn delivered(mut self, how: &str, now: Timestamp) -> Self {
        if let Message::Push(push) = &mut self.message {
            push.body.clear();
        }
        self.tries += 1;
        self.ended(DeliveryState::Done, how, now)
    }

    /// A try failed: it waits, up to a quarter longer or shorter as `jitter` says, or is dead.
    #[must_use]
    pub fn failed(mut self, how: &str, now: Timestamp, jitter: u8) -> Self {
        let pause = usize::try_from(self.tries).ok().and_then(|n| Self::PAUSES.get(n));
        self.tries += 1;
        let Some(pause) = pause else {
            return self.ended(DeliveryState::Dead, how, now);
        };
        // 3/4 to 5/4 of the pause.
        let pause = (*pause * 3) / 4 + (*pause * u32::from(jitter)) / 510;
        self.next_at = now.plus(pause);
        self.leased_until = None;
        self.last = Some(how.to_owned());
        self.version += 1;
        self
    }

    /// Nothing can take it as things stand.
    #[must_use]
    pub fn given_up(self, why: &str, now: Timestamp) -> Self {
        self.ended(DeliveryState::Dead, why, now)
    }

    /// An operator has it sent again: a dead one gets all its tries anew.
    #[must_use]
    pub fn replayed(mut self, now: Timestamp) -> Self {
        self.state = DeliveryState::Pending;
        self.tries = 0;
        self.next_at = now;
        self.leased_until = None;
        self.ended_at = None;
        self.version += 1;
        self
    }

    fn ended(mut self, state: DeliveryState, how: &str, now: Timestamp) -> Self {
        self.state = state;
        self.leased_until = None;
        self.last = Some(how.to_owned());
        self.ended_at = Some(now);
        self.version += 1;
        self
    }

    /// When it is nothing any more.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.ended_at.unwrap_or(self.next_at).plus(Self::KEPT)
    }

    /// What it is listed by. Those that wait stand in lanes by their number of tries: in each lane the oldest is due
    /// first, so what waits for an hour never hides what is due now.
    #[must_use]
    pub fn group(&self) -> String {
        match self.state {
            DeliveryState::Pending => Self::lane(self.tries),
            state => state.as_str().to_owned(),
        }
    }

    /// The group of those that wait after so many tries.
    #[must_use]
    pub fn lane(tries: u32) -> String {
        format!("pending:{tries}")
    }

    /// All lanes.
    pub fn lanes() -> impl Iterator<Item = String> {
        (0..=Self::PAUSES.len()).map(|tries| format!("pending:{tries}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn new() -> Delivery {
        let (clock, random) = (SystemClock, SystemRandom);
        let push = ForwardedPush {
            connector_id: ConnectorId::generate(&clock, &random),
            app_id: None,
            target_id: TargetId::generate(&clock, &random),
            from: "o1".to_owned(),
            at: T0,
            body: "<xml/>".to_owned(),
            content_type: "text/xml".to_owned(),
        };
        let of = (TenantId::generate(&clock, &random), "acme".to_owned());
        let id = DeliveryId::generate(&clock, &random);
        Delivery::new(id, of, "text".to_owned(), Message::Push(push), T0)
    }

    fn body(delivery: &Delivery) -> &str {
        &delivery.push().unwrap().body
    }

    #[test]
    fn what_an_earlier_version_kept_is_a_push() {
        let push = new();
        let id = push.push().unwrap().connector_id;
        let mut kept = serde_json::to_value(&push).unwrap();
        assert_eq!(
            kept["connector_id"],
            serde_json::json!(id),
            "as it was before there were other messages"
        );
        assert_eq!(kept["body"], "<xml/>");
        let read: Delivery = serde_json::from_value(kept.clone()).unwrap();
        assert!(read.is_push_of(id) && read.kind() == "push");
        for name in [
            "connector_id",
            "app_id",
            "target_id",
            "from",
            "at",
            "body",
            "content_type",
        ] {
            kept.as_object_mut().unwrap().remove(name);
        }
        let (clock, random) = (SystemClock, SystemRandom);
        let client = ClientId::generate(&clock, &random);
        kept["client_id"] = serde_json::json!(client);
        kept["subject_id"] = serde_json::json!(SubjectId::generate(&clock, &random));
        kept["session_id"] = serde_json::json!(BrowserSessionId::generate(&clock, &random));
        kept["issuer"] = serde_json::json!("https://login.example.com/t/acme");
        let read: Delivery = serde_json::from_value(kept).unwrap();
        assert_eq!(read.receiver(), Receiver::Client(client));
    }

    #[test]
    fn a_lease_keeps_others_away_until_it_ends() {
        let claimed = new().claimed(T0);
        assert!(new().is_due(T0) && !claimed.is_due(T0));
        assert!(claimed.is_due(T0.plus(Delivery::LEASE)));
        assert_eq!(claimed.version, 2);
    }

    #[test]
    fn six_tries_then_it_is_dead_and_a_replay_begins_anew() {
        let mut delivery = new();
        for (tries, pause) in Delivery::PAUSES.into_iter().enumerate() {
            assert_eq!(delivery.group(), Delivery::lane(u32::try_from(tries).unwrap()));
            for (jitter, factor) in [(0, 0.75), (255, 1.25)] {
                let waits = delivery.clone().failed("status 500", T0, jitter);
                let seconds = f64::from(waits.next_at.millis_since(T0)) / 1000.0;
                assert!((seconds - pause.as_secs_f64() * factor).abs() < 0.01, "{seconds}");
            }
            delivery = delivery.failed("status 500", T0, 128);
            assert_eq!(delivery.state, DeliveryState::Pending);
            assert!(Delivery::lanes().any(|lane| lane == delivery.group()));
        }
        let dead = delivery.failed("timeout", T0, 128);
        assert_eq!((dead.state, dead.tries), (DeliveryState::Dead, 6));
        assert_eq!((dead.group().as_str(), dead.last.as_deref()), ("dead", Some("timeout")));
        assert!(!dead.is_due(T0.plus(Duration::from_secs(86_400))));
        let again = dead.replayed(T0);
        assert!(again.is_due(T0));
        assert_eq!((again.tries, body(&again)), (0, "<xml/>"));
        let done = again.delivered("status 204", T0);
        assert_eq!((done.group().as_str(), body(&done)), ("done", ""));
        assert!(!format!("{done:?}").contains("o1"));
    }
}
