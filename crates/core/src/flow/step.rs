//! What a face is told to do next.

use super::dispatch::Way;
use super::problem::Problem;
use crate::clock::Timestamp;
use crate::ids::ConnectorId;
use crate::model::{Browser, TrialResult};
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

words! {
    /// How a scan stands, for the browser that waits for it.
    pub enum ScanStatus {
        /// Nobody has scanned the code.
        Waiting = "waiting",
        /// Somebody has, and is asked.
        Scanned = "scanned",
        /// They want to log in: the browser may go on.
        Confirmed = "confirmed",
        /// They do not.
        Refused = "refused",
        /// The code is over.
        Expired = "expired",
    }
}

impl ScanStatus {
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

impl From<Problem> for Step {
    fn from(problem: Problem) -> Self {
        Self::Page(Box::new(problem))
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
