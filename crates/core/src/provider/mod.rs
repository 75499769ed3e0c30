//! The provider contract: what a plug-in says of itself, and the capabilities it may have.
//!
//! A [`ProviderKind`] is code; [`ProviderKind::open`] makes a [`Provider`] from one tenant's [`Connector`]. What a
//! provider can do it offers as optional capability objects, default none. A plug-in never sees cookies, rows or the
//! HTTP types of a face: it gets plain parameters, and its HTTP client comes with its constructor.

mod capabilities;
mod error;
mod form;
mod memory;
mod quota;
mod token;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::{Clock, Random};
use crate::model::{Connector, Proved};
use crate::text::Text;
pub use capabilities::{
    AppCode, CodeLogin, Menu, MenuViolation, PageSigner, ProfileRefresh, Push, PushAnswer, PushEvent, PushRefused,
    Relay, RelayedAnswer, RelayedCall, ScanChallenge, ScanLogin, ServerToken, WebhookReceiver, is_computer,
};
pub use error::{ProviderError, ProviderErrorCode};
pub use form::{Choice, Field, FieldKind, FieldProblem, FormSchema};
pub use memory::{MemoryMeter, MemoryTokens};
pub use quota::{API, ApiUsage, Level, Quota, usage};
pub use token::{FetchedToken, HeldToken, Meter, TokenCache, TokenKey, TokenSource};

/// What a plug-in says of itself.
#[derive(Debug, Clone)]
pub struct Description {
    /// Name for people.
    pub name: Text,
    /// One sentence.
    pub summary: Text,
    /// Claims it adds under its own names.
    pub claims: &'static [&'static str],
    /// How a person opens a page with this provider when their browser cannot ("open in WeChat, scan with WeChat").
    pub elsewhere: Option<Text>,
}

/// What a plug-in may touch of its host.
#[derive(Clone)]
pub struct ProviderHost {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Holds the accounts' server tokens.
    pub tokens: Arc<dyn TokenCache>,
    /// Counts calls.
    pub meter: Arc<dyn Meter>,
}

impl fmt::Debug for ProviderHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderHost")
    }
}

/// A kind of plug-in.
pub trait ProviderKind: Send + Sync {
    /// Stable name, in connector rows and on command lines.
    fn kind(&self) -> &'static str;

    /// What it says of itself.
    fn describe(&self) -> Description;

    /// What a connector of it must be given.
    fn form(&self) -> FormSchema;

    /// Opens one tenant's connector. Cheap; no network.
    ///
    /// # Errors
    /// [`ProviderErrorCode::Misconfigured`] when the settings are not what [`ProviderKind::form`] asks for.
    fn open(&self, connector: &Connector, host: &ProviderHost) -> Result<Arc<dyn Provider>, ProviderError>;
}

/// An opened connector. Each capability is optional.
pub trait Provider: Send + Sync {
    /// Login by sending the browser away and taking its callback.
    fn redirect_login(&self) -> Option<&dyn RedirectLogin> {
        None
    }

    /// Checks of the connector's settings against the real service.
    fn diagnose(&self) -> Option<&dyn Diagnose> {
        None
    }

    /// Login by scanning a QR code.
    fn scan_login(&self) -> Option<&dyn ScanLogin> {
        None
    }

    /// Login of an app that brings the provider's code.
    fn code_login(&self) -> Option<&dyn CodeLogin> {
        None
    }

    /// The account's own tokens.
    fn server_token(&self) -> Option<&dyn ServerToken> {
        None
    }

    /// Signatures for pages.
    fn page_signer(&self) -> Option<&dyn PageSigner> {
        None
    }

    /// Other calls in the account's name.
    fn relay(&self) -> Option<&dyn Relay> {
        None
    }

    /// Profiles without the person.
    fn profile_refresh(&self) -> Option<&dyn ProfileRefresh> {
        None
    }

    /// The account's menu.
    fn menu(&self) -> Option<&dyn Menu> {
        None
    }

    /// The provider's pushes; `None` too when the connector is not set up for them.
    fn webhook(&self) -> Option<&dyn WebhookReceiver> {
        None
    }

    /// What the account may do in a day; empty when nothing is known of it.
    fn quotas(&self) -> &'static [Quota] {
        &[]
    }

    /// Under which owner the account's `union_id`s are: connectors of one tenant and one kind of owner with the same
    /// group share their people. `None`: ids of this account link nobody to anybody.
    fn union_group(&self) -> Option<&str> {
        None
    }
}

/// When the provider is asked for the person's profile, given that the client wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfilePlan {
    /// Never: ids only.
    Never,
    /// At once.
    AtOnce,
    /// Ids first; again with the profile when the person's profile is not known yet (or is older than 30 days).
    WhenUnknown,
}

/// What an authorization URL is built from.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationUrl<'a> {
    /// Hufu's callback for this connector.
    pub callback: &'a str,
    /// Hufu's state: 32 characters of `[0-9A-Za-z]`.
    pub state: &'a str,
    /// Whether the profile is asked for.
    pub profile: bool,
}

/// What the provider's callback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callback {
    /// A code to exchange.
    Code(String),
    /// The person refused.
    Denied,
}

/// Login by redirect.
#[async_trait]
pub trait RedirectLogin: Send + Sync {
    /// Whether a browser with this `User-Agent` can pass the provider's page.
    fn accepts(&self, user_agent: &str) -> bool;

    /// When the profile is asked for; `wanted`: the client's scopes ask for it.
    fn profile_plan(&self, wanted: bool) -> ProfilePlan;

    /// The URL to send the browser to.
    ///
    /// # Errors
    /// When the connector's settings do not allow it.
    fn authorization_url(&self, request: &AuthorizationUrl<'_>) -> Result<String, ProviderError>;

    /// Reads the callback's parameters (all but the state, which the engine took).
    fn read_callback(&self, parameters: &[(String, String)]) -> Callback;

    /// Turns a code into an identity; with `profile` when it was asked for. Bounded in time; called once a code.
    /// With it comes what the provider granted, for those who may use it later without the person.
    ///
    /// # Errors
    /// Classed by who can act; see [`ProviderError`].
    async fn exchange(&self, code: &str, profile: bool) -> Result<Proved, ProviderError>;
}

/// How a check went.
#[derive(Debug, Clone)]
pub struct CheckResult {
    /// Stable name, e.g. `credentials`.
    pub name: &'static str,
    /// What is checked, for people.
    pub title: Text,
    /// `None`: fine. Otherwise what is wrong, with a remedy.
    pub problem: Option<ProviderError>,
}

/// Named checks of a connector against the real service.
#[async_trait]
pub trait Diagnose: Send + Sync {
    /// Runs all checks. Changes nothing that another system could notice.
    async fn check(&self) -> Vec<CheckResult>;
}
