//! The login flow.
//!
//! ```text
//!  app ── authorize ──▶ begin ─▶ dispatch ─▶ Step::Upstream ──▶ provider's page
//!                         │          │                             │
//!                         └ session ─┼▶ Step::Client (signed in already)
//!                                    ├▶ Step::Choose (several doors, see `doors`)
//!                                    ├▶ Step::Scan ── phone ──▶ scan (then as below)
//!                                    └▶ Step::Elsewhere            ▼ code, state
//!  app ◀─ code ─ Step::Client ◀─ dispatch ◀─────────────────── complete ── exchange ──▶ provider
//!   │                               │  └▶ Step::Upstream (second leg)
//!   │                               ├▶ Step::AskConsent ──▶ consent ──▶ Step::Client
//!   │                               ├▶ Step::Trial (of a test login, see `trial`)
//!   │                               └▶ Step::Page (a Problem)
//!   └── token ────▶ token  ─▶ ID token, access token      userinfo ─▶ claims
//!                    └▶ app_code (an app that brings the provider's own code) ── log_in ──▶ provider
//! ```
//!
//! - Steps never call each other: each ends in [`dispatch`], which decides from the stored state alone.
//! - A face turns a [`Step`] into a redirect or a page and decides nothing.
//! - The provider is called with no unit of work open; afterwards one [`crate::store::UnitOfWork`] holds the
//!   transition, the identity and the audit event. Its precondition may fail: then somebody else finished this
//!   login, and their result is shared.
//! - No code leaves before its audit event is durable.

mod answer;
mod app_code;
pub(crate) mod backchannel;
mod begin;
mod claims;
mod client_auth;
mod complete;
mod consent;
mod consume;
mod deliveries;
mod device;
pub mod dispatch;
mod doors;
mod dropin;
mod ending;
mod flights;
mod hint;
mod logout;
mod problem;
mod push;
mod pushed;
mod refused;
mod registry;
mod request;
mod scan;
mod scan_hook;
mod scan_watch;
mod session;
mod step;
mod subject;
mod sweep;
mod token;
mod trial;
mod userinfo;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Random, Timestamp};
use crate::ids::{EventId, RequestId};
use crate::model::{Action, AuditEvent, Browser, Outcome};
use crate::oidc::TenantUrls;
use crate::secret::DerivationKey;
use crate::store::{RecordStore, Store};
pub use client_auth::BasicCredentials;
pub use consume::{Asked, Consumer, Declined, DeclinedCode, PageAsked, host_of};
pub use deliveries::Due;
pub use device::DeviceAuthorization;
pub use dispatch::Way;
pub use dropin::{DropInError, DropInRefused, DropInServerToken, DropInTokens, DropInUser, Entrance, Named};
pub use problem::{Problem, ProblemCode};
pub use push::{PushFailure, answer as answer_to_push};
pub use pushed::PushedUri;
pub use registry::ProviderRegistry;
pub use step::{Choice, ConsentAsk, DeviceAsk, DeviceFault, LogoutAsk, ScanAsk, ScanPage, ScanStatus, Step};
pub use sweep::Swept;
pub use token::TokenResponse;
pub use userinfo::{Presented, TokenRefused, TokenScheme, UserInfo};

/// Lifetimes and keys of the flow.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a person may take at the provider.
    pub attempt_lifetime: Duration,
    /// How long Hufu's code may be redeemed.
    pub code_lifetime: Duration,
    /// Life of an access token and an ID token of a client that names none.
    pub token_lifetime: Duration,
    /// Life of a browser session; zero: there is none, and every login goes to the provider.
    pub session_lifetime: Duration,
    /// How long an unused refresh token lives, of a client that names no days.
    pub refresh_lifetime: Duration,
    /// How long ended attempts and dead tokens are kept before they are purged.
    pub retention: Duration,
    /// Derives Hufu's code from an attempt, so that a copy of a callback gets the same code from any instance though
    /// only its digest is stored.
    pub code_key: DerivationKey,
}

impl Settings {
    /// The usual lifetimes: 10 minutes, 60 seconds, 1 hour; 8 hours and 30 days; 1 day.
    #[must_use]
    pub fn new(code_key: DerivationKey) -> Self {
        Self {
            attempt_lifetime: Duration::from_secs(600),
            code_lifetime: Duration::from_secs(60),
            token_lifetime: Duration::from_secs(3600),
            session_lifetime: Duration::from_secs(8 * 3600),
            refresh_lifetime: Duration::from_secs(30 * 86_400),
            retention: Duration::from_secs(86_400),
            code_key,
        }
    }
}

/// What a face knows of the request it serves.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The browser, as the audit log names it.
    pub browser: Browser,
    /// Value of the cookie that binds attempts to this browser.
    pub cookie: Option<String>,
    /// Value of the cookie that says that the browser is signed in at this tenant.
    pub session: Option<String>,
    /// The tenant's URLs.
    pub urls: TenantUrls,
}

/// The engine: stateless but for what it may forget.
#[derive(Debug)]
pub struct Engine {
    parts: Parts,
    flights: flights::Flights,
    /// Rings when a push is to be forwarded.
    forwarding: tokio::sync::Notify,
    scans: scan_watch::ScanWatch,
}

/// What an engine is made of.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The database's records: test logins are kept there.
    pub records: Arc<dyn RecordStore>,
    /// The installed plug-ins.
    pub providers: Arc<ProviderRegistry>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Lifetimes and keys.
    pub settings: Settings,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            flights: flights::Flights::default(),
            forwarding: tokio::sync::Notify::new(),
            scans: scan_watch::ScanWatch::default(),
        }
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.parts.store
    }

    /// The installed plug-ins.
    #[must_use]
    pub fn providers(&self) -> &ProviderRegistry {
        &self.parts.providers
    }

    /// A new request id.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        RequestId::generate(&*self.parts.clock, &*self.parts.random)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// An event about an attempt, seen through the request that causes it.
    fn event(
        &self,
        attempt: &crate::model::Attempt,
        visit: Option<&Visit>,
        action: Action,
        outcome: Outcome,
    ) -> AuditEvent {
        self.event_seen_by(attempt, visit.map(|visit| &visit.browser), action, outcome)
    }

    /// The same for requests that no browser makes.
    fn event_seen_by(
        &self,
        attempt: &crate::model::Attempt,
        caller: Option<&Browser>,
        action: Action,
        outcome: Outcome,
    ) -> AuditEvent {
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, attempt.tenant_id, self.now(), action, outcome).of_attempt(attempt);
        if let Some(caller) = caller {
            seen_by(&mut event, caller);
        }
        event
    }
}

/// Names who made the request that an event is about.
fn seen_by(event: &mut AuditEvent, caller: &Browser) {
    event.ip = Some(caller.ip.clone());
    event.user_agent = Some(caller.user_agent.clone());
    event.request_id = Some(caller.request_id);
}
