//! What a face is told to do next.

use super::dispatch::Way;
use crate::clock::Timestamp;
use crate::error::{Class, StoreError};
use crate::ids::ConnectorId;
use crate::model::{AuthorizationRequest, Browser, Face, TrialResult};
use crate::oidc::{OAuthError, TenantUrls, with_query};
use crate::provider::ProviderError;
use crate::text::Text;

/// What a face does next.
#[derive(Debug)]
pub enum Step {
    /// Send the browser to the provider and bind it with this cookie value.
    Upstream {
        /// The provider's URL.
        url: String,
        /// Value of the browser cookie: set or renew it.
        cookie: String,
    },
    /// This browser cannot pass the provider's page: show how to open the same URL elsewhere.
    Elsewhere {
        /// How, in the provider's words.
        how: Text,
        /// The account's name.
        account: String,
    },
    /// Send the browser to the client's redirect URI, which holds a code or an RFC 6749 error.
    Client {
        /// The complete URL.
        url: String,
    },
    /// Have the browser post the result to the client's redirect URI (OAuth 2.0 Form Post Response Mode).
    Post {
        /// The redirect URI.
        action: String,
        /// The fields.
        fields: Vec<(String, String)>,
    },
    /// The browser is signed in now: give it this cookie, then go on.
    SignedIn {
        /// Value of the session's cookie.
        cookie: String,
        /// How long it lives.
        life: std::time::Duration,
        /// What follows.
        then: Box<Step>,
    },
    /// The browser is not signed in any more: take the session's cookie away, then go on.
    SignedOut {
        /// What follows.
        then: Box<Step>,
    },
    /// Ask whether the person wants to log out.
    LogoutAsk(Box<LogoutAsk>),
    /// The person has logged out, or has chosen not to, and no app is gone back to.
    LoggedOut {
        /// Whether nobody is signed in in this browser now.
        ended: bool,
    },
    /// Ask for the code that a device shows (RFC 8628).
    DeviceEnter {
        /// What was wrong with the one before.
        fault: Option<DeviceFault>,
        /// What was typed.
        typed: String,
    },
    /// Ask whether the person means to log that device in, in the browser that this cookie value binds: set or renew it.
    DeviceAsk {
        /// What is asked.
        page: Box<DeviceAsk>,
        /// Value of the browser cookie.
        cookie: String,
    },
    /// The device is logged in, or refused: the person goes back to it.
    DeviceAnswered {
        /// Whether it is logged in.
        allowed: bool,
    },
    /// Several ways to log in work in this browser: let the person choose. Whoever chooses comes back with the same
    /// request and one more parameter, `connection`.
    Choose {
        /// The ways.
        choices: Vec<Choice>,
    },
    /// Show a QR code to scan, in the browser that this cookie value binds: set or renew it.
    Scan {
        /// What is shown.
        page: Box<ScanPage>,
        /// Value of the browser cookie.
        cookie: String,
    },
    /// On the phone: ask whether it is they who want to log in at that computer.
    ScanAsk(Box<ScanAsk>),
    /// On the phone: it was answered.
    ScanAnswered {
        /// Whether the login goes on.
        confirmed: bool,
        /// The app's name.
        app: String,
    },
    /// A test login has ended: show on the phone how.
    Trial {
        /// The account's name.
        account: String,
        /// How.
        result: Box<TrialResult>,
    },
    /// Show a page.
    Page(Box<Problem>),
}

/// One way to log in.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The value of `connection`.
    pub connector: ConnectorId,
    /// The account's name.
    pub account: String,
    /// What kind of account it is.
    pub kind: Text,
    /// How it logs people in.
    pub way: Way,
}

/// A QR code that waits for a phone.
#[derive(Debug, Clone)]
pub struct ScanPage {
    /// The account's name.
    pub account: String,
    /// What the QR code says.
    pub content: String,
    /// How it stands.
    pub status: ScanStatus,
    /// Where the browser goes on; see [`Engine::finish_scan`](super::Engine::finish_scan).
    pub finish: String,
    /// Where it hears of changes as server-sent events.
    pub events: String,
    /// Where it asks for them.
    pub poll: String,
    /// Where the login starts afresh, with a new QR code.
    pub again: String,
}

/// How a scan stands, for the browser that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanStatus {
    /// Nobody has scanned the code.
    Waiting,
    /// Somebody has, and is asked.
    Scanned,
    /// They want to log in: the browser may go on.
    Confirmed,
    /// They do not.
    Refused,
    /// The code is over.
    Expired,
}

impl ScanStatus {
    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Scanned => "scanned",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }

    /// Whether nothing follows but the end.
    #[must_use]
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Confirmed | Self::Refused | Self::Expired)
    }
}

/// A person is asked whether they want to log out.
#[derive(Debug, Clone)]
pub struct LogoutAsk {
    /// The app that sent them, when it is known.
    pub app: Option<String>,
    /// Where the answer goes.
    pub action: String,
    /// What goes with it: the request as it was, and what proves that this page asked.
    pub fields: Vec<(String, String)>,
}

/// What is wrong with the code of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceFault {
    /// No device shows it, or it is over.
    Unknown,
    /// Too many wrong ones came from this address.
    TooMany,
}

/// A person is asked whether they mean to log a device in.
#[derive(Debug, Clone)]
pub struct DeviceAsk {
    /// The app's name.
    pub app: String,
    /// The code, to be compared with that on the device.
    pub user_code: String,
    /// Proves that this page asked.
    pub proof: String,
    /// Where the answer goes.
    pub action: String,
    /// The device.
    pub device: Browser,
    /// When it asked.
    pub at: Timestamp,
}

/// What whoever scanned is asked about.
#[derive(Debug, Clone)]
pub struct ScanAsk {
    /// Stands for the answer.
    pub token: String,
    /// The app's name.
    pub app: String,
    /// The account's name.
    pub account: String,
    /// The browser that waits.
    pub computer: Browser,
    /// Since when.
    pub at: Timestamp,
}

/// Which page: names the texts in the face's locale files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// A parameter is repeated, not UTF-8 or too long.
    RequestMalformed,
    /// There is no such tenant.
    TenantUnknown,
    /// The tenant is disabled.
    TenantDisabled,
    /// There is no such client in this tenant.
    ClientUnknown,
    /// The client is disabled.
    ClientDisabled,
    /// The request names no client.
    ClientMissing,
    /// The request names no scope.
    ScopeMissing,
    /// The client may not have the scope it asks for.
    ScopeRefused,
    /// The redirect URI is missing.
    RedirectUriMissing,
    /// The redirect URI is none of the client's.
    RedirectUriUnregistered,
    /// The tenant has no connector that this client may use.
    ConnectorMissing,
    /// The connector is disabled.
    ConnectorDisabled,
    /// A callback without a state: not the end of any login.
    CallbackIncomplete,
    /// No login has this state; it may be long over.
    AttemptUnknown,
    /// The person took too long.
    AttemptExpired,
    /// The login began in another browser.
    ForeignBrowser,
    /// The login is done: the app has its result already.
    AlreadyFinished,
    /// The login ended before, without a result.
    AlreadyEnded,
    /// A visitor on the provider's snapshot page.
    SnapshotVisitor,
    /// The tenant's admin has disabled the person.
    PersonBlocked,
    /// A test link that somebody has opened before, or that never was one.
    TrialUsed,
    /// A test login whose time is over.
    TrialExpired,
    /// A QR code that is over, or that somebody else used.
    ScanExpired,
    /// The person refused the login on their phone.
    ScanRefused,
    /// None of the ways to log in works in this browser.
    ChoiceMissing,
    /// A logout whose `id_token_hint` is no ID token of this issuer's, or another app's.
    LogoutHintInvalid,
    /// A logout that would go back to a URI which is none of the client's.
    LogoutUriUnregistered,
    /// A device that waits no more: its time is over, or its login was refused or done.
    DeviceOver,
    /// The provider failed; the class says who can act.
    Upstream,
    /// Hufu's database cannot be reached.
    Unavailable,
    /// Something in Hufu is broken.
    Internal,
}

impl ProblemCode {
    /// The stable text: key of locale files, `error` of audit events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestMalformed => "request_malformed",
            Self::TenantUnknown => "tenant_unknown",
            Self::TenantDisabled => "tenant_disabled",
            Self::ClientUnknown => "client_unknown",
            Self::ClientDisabled => "client_disabled",
            Self::ClientMissing => "client_missing",
            Self::ScopeMissing => "scope_missing",
            Self::ScopeRefused => "scope_refused",
            Self::RedirectUriMissing => "redirect_uri_missing",
            Self::RedirectUriUnregistered => "redirect_uri_unregistered",
            Self::ConnectorMissing => "connector_missing",
            Self::ConnectorDisabled => "connector_disabled",
            Self::CallbackIncomplete => "callback_incomplete",
            Self::AttemptUnknown => "attempt_unknown",
            Self::AttemptExpired => "attempt_expired",
            Self::ForeignBrowser => "foreign_browser",
            Self::AlreadyFinished => "already_finished",
            Self::AlreadyEnded => "already_ended",
            Self::SnapshotVisitor => "snapshot_visitor",
            Self::PersonBlocked => "person_blocked",
            Self::TrialUsed => "trial_used",
            Self::TrialExpired => "trial_expired",
            Self::ScanExpired => "scan_expired",
            Self::ScanRefused => "scan_refused",
            Self::ChoiceMissing => "choice_missing",
            Self::DeviceOver => "device_over",
            Self::LogoutHintInvalid => "logout_hint_invalid",
            Self::LogoutUriUnregistered => "logout_uri_unregistered",
            Self::Upstream => "upstream",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// All of them: locale tests and the docs walk this list.
    pub const ALL: [Self; 31] = [
        Self::RequestMalformed,
        Self::TenantUnknown,
        Self::TenantDisabled,
        Self::ClientUnknown,
        Self::ClientDisabled,
        Self::ClientMissing,
        Self::ScopeMissing,
        Self::ScopeRefused,
        Self::RedirectUriMissing,
        Self::RedirectUriUnregistered,
        Self::ConnectorMissing,
        Self::ConnectorDisabled,
        Self::CallbackIncomplete,
        Self::AttemptUnknown,
        Self::AttemptExpired,
        Self::ForeignBrowser,
        Self::AlreadyFinished,
        Self::AlreadyEnded,
        Self::SnapshotVisitor,
        Self::PersonBlocked,
        Self::TrialUsed,
        Self::TrialExpired,
        Self::ScanExpired,
        Self::ScanRefused,
        Self::ChoiceMissing,
        Self::DeviceOver,
        Self::LogoutHintInvalid,
        Self::LogoutUriUnregistered,
        Self::Upstream,
        Self::Unavailable,
        Self::Internal,
    ];

    const fn class(self) -> Class {
        match self {
            Self::RequestMalformed
            | Self::ClientUnknown
            | Self::ClientMissing
            | Self::ScopeMissing
            | Self::ScopeRefused
            | Self::RedirectUriMissing
            | Self::RedirectUriUnregistered
            | Self::LogoutHintInvalid
            | Self::LogoutUriUnregistered => Class::Developer,
            Self::TenantUnknown
            | Self::CallbackIncomplete
            | Self::AttemptUnknown
            | Self::AttemptExpired
            | Self::ForeignBrowser
            | Self::AlreadyFinished
            | Self::AlreadyEnded
            | Self::SnapshotVisitor
            | Self::TrialUsed
            | Self::TrialExpired
            | Self::ScanExpired
            | Self::ScanRefused
            | Self::DeviceOver
            | Self::ChoiceMissing => Class::StartAgain,
            Self::TenantDisabled
            | Self::ClientDisabled
            | Self::ConnectorMissing
            | Self::ConnectorDisabled
            | Self::PersonBlocked => Class::TenantAdmin,
            Self::Upstream | Self::Unavailable => Class::Retry,
            Self::Internal => Class::Operator,
        }
    }
}

/// A page for the person in front of the browser: what happened, who can act, where to go.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which page.
    pub code: ProblemCode,
    /// Who can act.
    pub class: Class,
    /// The provider's failure, when it is one.
    pub upstream: Option<ProviderError>,
    /// Where the login starts afresh.
    pub again: Option<String>,
    /// The client's redirect URI with an RFC 6749 error: the way back to the app.
    pub back: Option<String>,
    /// For the log alone.
    pub debug: String,
}

impl Problem {
    /// A page.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            class: code.class(),
            upstream: None,
            again: None,
            back: None,
            debug: String::new(),
        }
    }

    /// The same with a text for the log.
    #[must_use]
    pub fn debug(mut self, debug: impl Into<String>) -> Self {
        self.debug = debug.into();
        self
    }

    /// The same with ways on: the request anew, and back to the app with an error.
    pub(super) fn ways(
        mut self,
        urls: &TenantUrls,
        request: &AuthorizationRequest,
        error: Option<&OAuthError>,
    ) -> Self {
        self.again = Some(restart_url(urls, request));
        // A device hears of it when it asks.
        let error = error.filter(|_| request.face != Face::Device);
        self.back = error.map(|error| error_url(urls, request, error));
        self
    }
}

impl From<Problem> for Step {
    fn from(problem: Problem) -> Self {
        Self::Page(Box::new(problem))
    }
}

/// A store that failed: nothing the person did.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Unavailable { .. } => ProblemCode::Unavailable,
            StoreError::Blocked => ProblemCode::PersonBlocked,
            _ => ProblemCode::Internal,
        };
        Self::new(code).debug(error.to_string())
    }
}

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Self {
        let debug = error.to_string();
        Self {
            class: error.class,
            upstream: Some(error),
            ..Self::new(ProblemCode::Upstream)
        }
        .debug(debug)
    }
}

/// The client's redirect URI with an error, its state, and our issuer (RFC 9207). WeChat tells its apps of no error: the
/// state comes back alone (Tencent's documentation, 网站应用微信登录).
pub(super) fn error_url(urls: &TenantUrls, request: &AuthorizationRequest, error: &OAuthError) -> String {
    if request.face == Face::DropIn {
        return client_url(urls, request, &[]);
    }
    client_url(
        urls,
        request,
        &[
            ("error", error.code.as_str()),
            ("error_description", &error.description),
        ],
    )
}

/// The client's redirect URI with these parameters and its state; for OpenID Connect with our issuer too (RFC 9207).
pub(super) fn client_url(urls: &TenantUrls, request: &AuthorizationRequest, result: &[(&str, &str)]) -> String {
    let mut parameters = result.to_vec();
    if let Some(state) = &request.state {
        parameters.push(("state", state));
    }
    match request.face {
        Face::Oidc | Face::Device => {
            parameters.push(("iss", urls.issuer()));
            with_query(&request.redirect_uri, &parameters)
        }
        // As WeChat does it: before a fragment, where the routes of some apps stand.
        Face::DropIn => match request.redirect_uri.split_once('#') {
            Some((uri, fragment)) => format!("{}#{fragment}", with_query(uri, &parameters)),
            None => with_query(&request.redirect_uri, &parameters),
        },
    }
}

/// The same authorization request from the start.
pub(super) fn restart_url(urls: &TenantUrls, request: &AuthorizationRequest) -> String {
    if request.face == Face::DropIn {
        return super::dropin::restart_url(urls, request);
    }
    if request.face == Face::Device {
        return urls.device();
    }
    let (client_id, scope) = (request.client_id.to_string(), request.scopes.to_string());
    let mut parameters = vec![
        ("client_id", client_id.as_str()),
        ("redirect_uri", &request.redirect_uri),
        ("response_type", "code"),
        ("scope", &scope),
    ];
    if let Some(state) = &request.state {
        parameters.push(("state", state));
    }
    if let Some(nonce) = &request.nonce {
        parameters.push(("nonce", nonce));
    }
    if let Some(challenge) = &request.challenge {
        parameters.extend([
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
    }
    with_query(&urls.authorize(), &parameters)
}
