//! Pages for people whose login cannot go on: what happened, who can act, where to go.

use super::answer::{error_url, restart_url};
use crate::error::{Class, StoreError};
use crate::model::{AuthorizationRequest, Face, ResponseMode};
use crate::oidc::{OAuthError, TenantUrls};
use crate::provider::ProviderError;
use crate::text::Locale;

words! {
    /// Which page: names the texts in the face's locale files.
    pub enum ProblemCode {
        /// A parameter is repeated, not UTF-8 or too long.
        RequestMalformed = "request_malformed",
        /// There is no such tenant.
        TenantUnknown = "tenant_unknown",
        /// The tenant is disabled.
        TenantDisabled = "tenant_disabled",
        /// There is no such client in this tenant.
        ClientUnknown = "client_unknown",
        /// The client is disabled.
        ClientDisabled = "client_disabled",
        /// The request names no client.
        ClientMissing = "client_missing",
        /// The request names no scope.
        ScopeMissing = "scope_missing",
        /// The client may not have the scope it asks for.
        ScopeRefused = "scope_refused",
        /// The redirect URI is missing.
        RedirectUriMissing = "redirect_uri_missing",
        /// The redirect URI is none of the client's.
        RedirectUriUnregistered = "redirect_uri_unregistered",
        /// The pushed request is over, was never made, or is another browser's.
        RequestUriInvalid = "invalid_request_uri",
        /// The tenant has no connector that this client may use.
        ConnectorMissing = "connector_missing",
        /// The connector is disabled.
        ConnectorDisabled = "connector_disabled",
        /// A callback without a state: not the end of any login.
        CallbackIncomplete = "callback_incomplete",
        /// No login has this state; it may be long over.
        AttemptUnknown = "attempt_unknown",
        /// The person took too long.
        AttemptExpired = "attempt_expired",
        /// The login began in another browser.
        ForeignBrowser = "foreign_browser",
        /// The login is done: the app has its result already.
        AlreadyFinished = "already_finished",
        /// The login ended before, without a result.
        AlreadyEnded = "already_ended",
        /// A visitor on the provider's snapshot page.
        SnapshotVisitor = "snapshot_visitor",
        /// The tenant's admin has disabled the person.
        PersonBlocked = "person_blocked",
        /// A test link that somebody has opened before, or that never was one.
        TrialUsed = "trial_used",
        /// A test login whose time is over.
        TrialExpired = "trial_expired",
        /// A QR code that is over, or that somebody else used.
        ScanExpired = "scan_expired",
        /// The person refused the login on their phone.
        ScanRefused = "scan_refused",
        /// None of the ways to log in works in this browser.
        ChoiceMissing = "choice_missing",
        /// Too many requests; it passes by itself.
        TooManyRequests = "too_many_requests",
        /// A logout whose `id_token_hint` is no ID token of this issuer's, or another app's.
        LogoutHintInvalid = "logout_hint_invalid",
        /// A logout that would go back to a URI which is none of the client's.
        LogoutUriUnregistered = "logout_uri_unregistered",
        /// A device that waits no more: its time is over, or its login was refused or done.
        DeviceOver = "device_over",
        /// The provider failed; the class says who can act.
        Upstream = "upstream",
        /// Hufu's database cannot be reached.
        Unavailable = "unavailable",
        /// Something in Hufu is broken.
        Internal = "internal",
    }
}

impl ProblemCode {
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
            | Self::RequestUriInvalid
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
            Self::TooManyRequests | Self::Upstream | Self::Unavailable => Class::Retry,
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
    /// The language that the app asked for.
    pub locale: Option<Locale>,
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
            locale: None,
            debug: String::new(),
        }
    }

    /// The same with a text for the log.
    #[must_use]
    pub fn debug(mut self, debug: impl Into<String>) -> Self {
        self.debug = debug.into();
        self
    }

    /// The same with ways on: the request anew, unless it was pushed, and back to the app with an error, unless that is
    /// no link.
    pub(super) fn ways(
        mut self,
        urls: &TenantUrls,
        request: &AuthorizationRequest,
        error: Option<&OAuthError>,
    ) -> Self {
        self.again = restart_url(urls, request);
        // A device hears of it when it asks; an app that wants a form cannot be told by a link.
        let is_told = request.response_mode == ResponseMode::Query && request.face != Face::Device;
        self.back = error.filter(|_| is_told).map(|error| error_url(urls, request, error));
        self.locale = request.locale;
        self
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
