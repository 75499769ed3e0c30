//! What a face is told to do next.

use serde_json::{Map, Value, json};

use super::dispatch::Way;
use crate::clock::Timestamp;
use crate::error::{Class, StoreError};
use crate::ids::ConnectorId;
use crate::model::{AuthorizationRequest, Browser, Face, ResponseMode, TrialResult};
use crate::oidc::{OAuthError, TenantUrls, with_query};
use crate::provider::ProviderError;
use crate::text::{Locale, Text};

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
    /// Send the browser to the page that asks the person, and bind it with this cookie value.
    AskConsent {
        /// The page's URL.
        url: String,
        /// Value of the browser cookie: set or renew it.
        cookie: String,
    },
    /// Ask the person whether an app may have what it wants.
    Consent(Box<ConsentAsk>),
    /// What follows speaks the language that the app asked for.
    In {
        /// The language.
        locale: Locale,
        /// What follows.
        then: Box<Step>,
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
    /// Where the login starts afresh, with a new QR code; `None`: at the app alone.
    pub again: Option<String>,
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

/// What the person is asked before an app gets what it wants.
#[derive(Debug, Clone)]
pub struct ConsentAsk {
    /// Must come back with the answer: it shows that the answer was given on this page.
    pub token: String,
    /// The app's name.
    pub app: String,
    /// The account with which the person logged in.
    pub account: String,
    /// What the person calls themselves there, when it is known.
    pub nickname: Option<String>,
    /// What the app wants, by scope.
    pub scopes: Vec<String>,
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
    /// The pushed request is over, was never made, or is another browser's.
    RequestUriInvalid,
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
    /// Too many requests; it passes by itself.
    TooManyRequests,
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
            Self::RequestUriInvalid => "invalid_request_uri",
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
            Self::TooManyRequests => "too_many_requests",
            Self::DeviceOver => "device_over",
            Self::LogoutHintInvalid => "logout_hint_invalid",
            Self::LogoutUriUnregistered => "logout_uri_unregistered",
            Self::Upstream => "upstream",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// All of them: locale tests and the docs walk this list.
    pub const ALL: [Self; 33] = [
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
        Self::RequestUriInvalid,
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
        Self::TooManyRequests,
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

/// The answer to an app, in the way in which it wants it.
pub(super) fn answer_step(urls: &TenantUrls, request: &AuthorizationRequest, result: &[(&str, &str)]) -> Step {
    match request.response_mode {
        ResponseMode::Query => Step::Client {
            url: client_url(urls, request, result),
        },
        ResponseMode::FormPost => {
            let fields = answer(urls, request, result);
            let post = Step::Post {
                action: request.redirect_uri.clone(),
                fields: fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
            };
            spoken(request.locale, post)
        }
    }
}

/// An error as an app is told it.
pub(super) fn error_step(urls: &TenantUrls, request: &AuthorizationRequest, error: &OAuthError) -> Step {
    match request.response_mode {
        ResponseMode::Query => Step::Client {
            url: error_url(urls, request, error),
        },
        ResponseMode::FormPost => answer_step(urls, request, &error_fields(error)),
    }
}

/// A step that shows a page, in this language.
pub(super) fn spoken(locale: Option<Locale>, step: Step) -> Step {
    let shows = matches!(
        step,
        Step::Choose { .. } | Step::Elsewhere { .. } | Step::Scan { .. } | Step::Consent(_) | Step::Post { .. }
    );
    match locale {
        Some(locale) if shows => Step::In {
            locale,
            then: Box::new(step),
        },
        _ => step,
    }
}

fn error_fields(error: &OAuthError) -> [(&str, &str); 2] {
    [
        ("error", error.code.as_str()),
        ("error_description", &error.description),
    ]
}

/// The client's redirect URI with an error, its state, and our issuer (RFC 9207). WeChat tells its apps of no error: the
/// state comes back alone (Tencent's documentation, 网站应用微信登录).
fn error_url(urls: &TenantUrls, request: &AuthorizationRequest, error: &OAuthError) -> String {
    if request.face == Face::DropIn {
        return client_url(urls, request, &[]);
    }
    client_url(urls, request, &error_fields(error))
}

/// What the client is told: this, its state and, in OpenID Connect, our issuer (RFC 9207).
fn answer<'a>(
    urls: &'a TenantUrls,
    request: &'a AuthorizationRequest,
    result: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut parameters = result.to_vec();
    if let Some(state) = &request.state {
        parameters.push(("state", state));
    }
    if request.face != Face::DropIn {
        parameters.push(("iss", urls.issuer()));
    }
    parameters
}

/// The client's redirect URI with what it is told.
fn client_url(urls: &TenantUrls, request: &AuthorizationRequest, result: &[(&str, &str)]) -> String {
    let parameters = answer(urls, request, result);
    match (request.face, request.redirect_uri.split_once('#')) {
        // As WeChat does it: before a fragment, where the routes of some apps stand.
        (Face::DropIn, Some((uri, fragment))) => format!("{}#{fragment}", with_query(uri, &parameters)),
        _ => with_query(&request.redirect_uri, &parameters),
    }
}

/// The same authorization request from the start; none of a pushed one, whose parameters travel by no browser.
pub(super) fn restart_url(urls: &TenantUrls, request: &AuthorizationRequest) -> Option<String> {
    if request.face == Face::DropIn {
        return Some(super::dropin::restart_url(urls, request));
    }
    if request.pushed {
        return None;
    }
    if request.face == Face::Device {
        return Some(urls.device());
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
    if request.response_mode == ResponseMode::FormPost {
        parameters.push(("response_mode", "form_post"));
    }
    match (request.fresh, request.ask_consent) {
        (true, true) => parameters.push(("prompt", "login consent")),
        (true, false) => parameters.push(("prompt", "login")),
        (false, true) => parameters.push(("prompt", "consent")),
        (false, false) => {}
    }
    if let Some(locale) = request.locale {
        parameters.push(("ui_locales", locale.tag()));
    }
    let claims = claims_of(request);
    if let Some(claims) = &claims {
        parameters.push(("claims", claims));
    }
    if let Some(thumbprint) = &request.dpop_jkt {
        parameters.push(("dpop_jkt", thumbprint));
    }
    Some(with_query(&urls.authorize(), &parameters))
}

/// The `claims` parameter that asks for the same, and for the same person.
fn claims_of(request: &AuthorizationRequest) -> Option<String> {
    let asked = request.claims.clone().unwrap_or_default();
    let named =
        |names: &[String]| -> Map<String, Value> { names.iter().map(|name| (name.clone(), Value::Null)).collect() };
    let (mut id_token, userinfo) = (named(&asked.id_token), named(&asked.userinfo));
    if !asked.acr.is_empty() {
        id_token.insert("acr".to_owned(), json!({"essential": true, "values": asked.acr}));
    }
    if let Some(sub) = &request.expected_sub {
        id_token.insert("sub".to_owned(), json!({"value": sub}));
    }
    let is_empty = id_token.is_empty() && userinfo.is_empty();
    (!is_empty).then(|| json!({"id_token": id_token, "userinfo": userinfo}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::{ClaimsRequest, CodeChallenge, Form, OAuthErrorCode, Scopes};

    fn request(redirect_uri: &str) -> AuthorizationRequest {
        let id = "01J0000000000000000000000C".parse().unwrap();
        let mut request =
            AuthorizationRequest::new(id, redirect_uri.to_owned(), Scopes::parse("openid profile"), Face::Oidc);
        request.state = Some("a\"&<%00>".to_owned());
        request
    }

    fn urls() -> TenantUrls {
        TenantUrls::new("https://login.example.com/t/acme".to_owned())
    }

    #[test]
    fn the_answer_travels_as_it_was_asked_for_errors_too() {
        let mut request = request("https://app.example/cb?x=1");
        let error = OAuthError::new(OAuthErrorCode::LoginRequired, "no session");
        let Step::Client { url } = error_step(&urls(), &request, &error) else {
            panic!("a redirect")
        };
        assert_eq!(
            url,
            "https://app.example/cb?x=1&error=login_required&error_description=no%20session&state=a%22%26%3C%2500%3E\
             &iss=https%3A%2F%2Flogin.example.com%2Ft%2Facme"
        );
        request.response_mode = ResponseMode::FormPost;
        let Step::Post { action, fields } = error_step(&urls(), &request, &error) else {
            panic!("a form")
        };
        assert_eq!(action, "https://app.example/cb?x=1");
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("error", "login_required"),
                ("error_description", "no session"),
                ("state", "a\"&<%00>"),
                ("iss", "https://login.example.com/t/acme"),
            ]
        );
        request.locale = Some(Locale::En);
        let step = answer_step(&urls(), &request, &[("code", "c")]);
        assert!(matches!(step, Step::In { locale: Locale::En, .. }), "{step:?}");
        let problem = Problem::new(ProblemCode::Upstream).ways(&urls(), &request, Some(&error));
        assert_eq!(
            (problem.back, problem.locale),
            (None, Some(Locale::En)),
            "a link posts nothing"
        );
    }

    #[test]
    fn the_same_request_again_asks_for_all_that_was_asked() {
        let mut request = request("https://app.example/cb");
        request.response_mode = ResponseMode::FormPost;
        (request.fresh, request.ask_consent) = (true, true);
        request.locale = Some(Locale::ZhCn);
        request.expected_sub = Some("s\"1".to_owned());
        request.challenge =
            CodeChallenge::read(Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), Some("S256")).unwrap();
        request.claims = Some(ClaimsRequest::parse(r#"{"id_token":{"acr":{"essential":true,"value":"a"}}}"#).unwrap());
        let url = restart_url(&urls(), &request).unwrap();
        let form = Form::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap();
        for (name, value) in [
            ("response_mode", "form_post"),
            ("prompt", "login consent"),
            ("ui_locales", "zh-CN"),
            ("state", "a\"&<%00>"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(form.get(name).unwrap(), Some(value), "{url}");
        }
        let claims = ClaimsRequest::parse(form.get("claims").unwrap().unwrap()).unwrap();
        assert_eq!(
            (claims.sub.as_deref(), claims.acr),
            (Some("s\"1"), vec!["a".to_owned()])
        );
        request.pushed = true;
        assert_eq!(restart_url(&urls(), &request), None);
    }
}
