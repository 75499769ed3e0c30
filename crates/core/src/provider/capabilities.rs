//! What a provider may be able to do beside logging people in by redirect.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::{HeldToken, ProviderError};
use crate::clock::Timestamp;
use crate::model::{Identity, UserGrant};
use crate::secret::SecretString;
use crate::text::Text;

/// A QR code to scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanChallenge {
    /// What the QR code says.
    pub content: String,
    /// How long it can be scanned.
    pub lifetime: Duration,
}

/// Login by scanning a QR code that the provider watches: it pushes who scanned.
#[async_trait]
pub trait ScanLogin: Send + Sync {
    /// Whether the QR code is worth showing in a browser with this `User-Agent`: on a computer, since a phone cannot
    /// scan its own screen.
    fn accepts(&self, user_agent: &str) -> bool {
        is_computer(user_agent)
    }

    /// A QR code for `scene`, 32 characters of `[0-9A-Za-z]`, which comes back in a [`PushEvent`].
    ///
    /// # Errors
    /// Classed by who can act.
    async fn challenge(&self, scene: &str, lifetime: Duration) -> Result<ScanChallenge, ProviderError>;

    /// What is known of somebody whose id a verified push brought.
    ///
    /// # Errors
    /// Classed by who can act.
    async fn identify(&self, external_id: &str) -> Result<Identity, ProviderError>;
}

/// Whether a browser with this `User-Agent` is on a computer, as far as it says.
#[must_use]
pub fn is_computer(user_agent: &str) -> bool {
    let handheld = ["Mobi", "Android", "iPhone", "iPad", "iPod", "OpenHarmony"];
    user_agent.contains("Mozilla/") && !handheld.iter().any(|part| user_agent.contains(part))
}

/// What an app brings to [`CodeLogin`].
#[derive(Debug, Clone)]
pub struct AppCode<'a> {
    /// The provider's code, which the app got on the person's device.
    pub code: &'a str,
    /// Data that the app got there, with the provider's signature over it.
    pub signed: Option<(&'a str, &'a str)>,
}

/// Login of an app that holds the provider's code itself (WeChat: a mini program). Keys of the provider's session
/// never leave the plug-in.
#[async_trait]
pub trait CodeLogin: Send + Sync {
    /// Turns a code into an identity. Called once a code; signed data that does not fit is refused.
    ///
    /// # Errors
    /// Classed by who can act.
    async fn log_in(&self, app: &AppCode<'_>) -> Result<Identity, ProviderError>;
}

/// The account's own tokens, held by the [`TokenCache`](super::TokenCache) of the host.
#[async_trait]
pub trait ServerToken: Send + Sync {
    /// Their names.
    fn names(&self) -> &'static [&'static str];

    /// The token of one of these names.
    ///
    /// # Errors
    /// Classed by who can act.
    async fn current(&self, name: &str) -> Result<HeldToken, ProviderError>;

    /// Another token than `failing`; see [`TokenCache::replace`](super::TokenCache::replace).
    ///
    /// # Errors
    /// Classed by who can act.
    async fn replace(&self, name: &str, failing: &SecretString) -> Result<HeldToken, ProviderError>;

    /// The token as it is held; `None`: none. Causes no call.
    ///
    /// # Errors
    /// In an outage of Hufu's own database.
    async fn peek(&self, name: &str) -> Result<Option<HeldToken>, ProviderError>;
}

/// Signs a page's URL for the provider's script (WeChat: JS-SDK).
#[async_trait]
pub trait PageSigner: Send + Sync {
    /// Whether pages of this origin's host (lower case, no port) may be signed for.
    fn allows(&self, host: &str) -> bool;

    /// What the script wants to be configured with.
    ///
    /// # Errors
    /// `UrlNotAllowed` when the URL's host is not on the account's list.
    async fn sign(&self, url: &str) -> Result<Map<String, Value>, ProviderError>;
}

/// A call that a client wants made in the account's name.
#[derive(Debug, Clone, Copy)]
pub struct RelayedCall<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Path, from `/`.
    pub path: &'a str,
    /// Parameters without the token.
    pub query: &'a [(String, String)],
    /// `Content-Type` of the body.
    pub content_type: Option<&'a str>,
    /// Body.
    pub body: &'a [u8],
}

/// The provider's answer to a relayed call.
#[derive(Debug, Clone)]
pub struct RelayedAnswer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// Body.
    pub body: Vec<u8>,
}

/// Makes other calls of the provider's API with the account's token.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Calls. A dead token is replaced and the call made once more; nothing else is repeated.
    ///
    /// # Errors
    /// Classed by who can act; an error that the provider itself answers is an answer.
    async fn relay(&self, call: &RelayedCall<'_>) -> Result<RelayedAnswer, ProviderError>;
}

/// A person's profile, fetched without the person.
#[async_trait]
pub trait ProfileRefresh: Send + Sync {
    /// The profile as it is now, and the grant for next time.
    ///
    /// # Errors
    /// `TokenInvalid` of the class `StartAgain` when the person must log in again.
    async fn refresh(&self, external_id: &str, grant: &UserGrant) -> Result<(Identity, UserGrant), ProviderError>;
}

/// One thing wrong with a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuViolation {
    /// Where, e.g. `button[1].sub_button[0].name`.
    pub path: String,
    /// Stable name of the rule.
    pub rule: &'static str,
    /// What is wrong, with what was measured and what is allowed.
    pub message: Text,
    /// Whether the provider would take it all the same.
    pub is_warning: bool,
}

/// The account's menu.
#[async_trait]
pub trait Menu: Send + Sync {
    /// What is wrong with a menu. The provider is not asked.
    fn validate(&self, menu: &Value) -> Vec<MenuViolation>;

    /// The menu that people see; `None`: none.
    ///
    /// # Errors
    /// Classed by who can act.
    async fn read(&self) -> Result<Option<Value>, ProviderError>;

    /// Makes it the menu that people see.
    ///
    /// # Errors
    /// Classed by who can act.
    async fn publish(&self, menu: &Value) -> Result<(), ProviderError>;

    /// Takes the menu away.
    ///
    /// # Errors
    /// Classed by who can act.
    async fn delete(&self) -> Result<(), ProviderError>;
}

/// What happened at the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushEvent {
    /// Somebody wrote.
    Text {
        /// What.
        content: String,
    },
    /// Somebody follows the account now, maybe by scanning a QR code of ours.
    Subscribed {
        /// The scene of the QR code.
        scene: Option<String>,
    },
    /// A follower scanned a QR code of ours.
    Scanned {
        /// The scene of the QR code.
        scene: String,
    },
    /// Somebody no longer follows the account.
    Unsubscribed,
    /// Anything else, by the provider's name, e.g. `CLICK`, `LOCATION`, `image`.
    Other {
        /// The name.
        name: String,
    },
}

impl PushEvent {
    /// The name under which it is forwarded: `text`, `subscribe`, `scan`, `unsubscribe`, or the provider's own.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Subscribed { .. } => "subscribe",
            Self::Scanned { .. } => "scan",
            Self::Unsubscribed => "unsubscribe",
            Self::Other { name } => name,
        }
    }
}

/// A message of the provider that was verified and opened.
#[derive(Debug, Clone)]
pub struct Push {
    /// The same for copies of one message: the key of deduplication.
    pub key: String,
    /// The provider's id of the person.
    pub from: String,
    /// The provider's id of the account.
    pub to: String,
    /// When, as the provider says.
    pub at: Timestamp,
    /// What happened.
    pub event: PushEvent,
    /// The message as the provider wrote it, opened: what is forwarded.
    pub body: String,
    /// `text/xml` or `application/json`.
    pub content_type: &'static str,
    /// How the answer must be written, for the plug-in's own use.
    pub sealed: bool,
    /// Whether the key before the one in force sealed it, and so must seal the answer; for the plug-in's own use.
    pub by_key_before: bool,
}

/// An answer for the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushAnswer {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
}

/// A message that is not taken: forged, stale, malformed or too large. Says no more to whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {debug}")]
pub struct PushRefused {
    /// Stable code, e.g. `signature`, `stale`, `sealed_for_another`, `malformed`.
    pub code: &'static str,
    /// For the log; holds nothing secret.
    pub debug: String,
}

/// Takes the provider's pushes. All of it is computation: nothing here waits for anybody.
pub trait WebhookReceiver: Send + Sync {
    /// The answer that proves to the provider that this URL is the account's.
    ///
    /// # Errors
    /// When it is not the provider who asks.
    fn handshake(&self, query: &[(String, String)], now: Timestamp) -> Result<String, PushRefused>;

    /// Verifies and opens a push.
    ///
    /// # Errors
    /// See [`PushRefused`].
    fn receive(&self, query: &[(String, String)], body: &[u8], now: Timestamp) -> Result<Push, PushRefused>;

    /// The answer that says "taken" and tells the person nothing.
    fn accepted(&self) -> PushAnswer;

    /// The answer that tells the person `text`, in the mode of the push.
    ///
    /// # Errors
    /// When the text is longer than the provider takes.
    fn reply(&self, push: &Push, text: &str, now: Timestamp) -> Result<PushAnswer, PushRefused>;
}
