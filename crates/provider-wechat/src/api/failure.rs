//! How a call can fail, before anybody says what that means.

use super::endpoint::Endpoint;
use super::envelope;
use super::http::Answer;

/// A call that failed. Its texts hold no secret, code or token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{endpoint}: {failure}")]
pub struct CallError {
    /// Which call.
    pub endpoint: Endpoint,
    /// How.
    pub failure: Failure,
}

/// How a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There was no connection, so nothing was sent.
    #[error("no connection: {0}")]
    NotConnected(String),
    /// No whole answer in time; WeChat may have done the work.
    #[error("no answer in time")]
    TimedOut,
    /// The connection broke before an answer came; WeChat may have done the work.
    #[error("connection broken: {0}")]
    Broken(String),
    /// An answer that is not what the protocol says; WeChat may have done the work.
    #[error("unusable answer: {0}")]
    Nonsense(String),
    /// WeChat says no.
    #[error(transparent)]
    Refused(Refusal),
    /// WeChat was not asked.
    #[error("not asked: {0}")]
    NotAsked(NotAsked),
}

/// Why a call was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// WeChat failed too often for this account; it is asked again in some seconds.
    #[error("WeChat keeps failing for this account")]
    Resting,
    /// Too many calls of this account are under way.
    #[error("too many calls of this account are under way")]
    Crowded,
    /// More QR codes than the account's daily quota can bear.
    #[error("too many QR codes of this account")]
    QrCodes,
}

impl NotAsked {
    /// Label of counters.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Resting => "resting",
            Self::Crowded => "crowded",
            Self::QrCodes => "qr_codes",
        }
    }
}

/// WeChat's errcode and what comes with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("errcode {errcode}: {errmsg}")]
pub struct Refusal {
    /// The number.
    pub errcode: i64,
    /// WeChat's text: at most 300 characters, no control characters.
    pub errmsg: String,
    /// WeChat's id of the request, which Tencent's support asks for.
    pub rid: Option<String>,
}

/// "System busy", by Tencent's list of global return codes.
const BUSY: i64 = -1;

/// Longer is no answer that says only "busy".
const SHORT: usize = 1024;

/// Whether WeChat was there and well. A refusal says that it is, whatever it says; only "busy", and what a proxy before
/// it says for it, do not.
pub(super) fn is_answered(answer: &Result<Answer, Failure>) -> bool {
    match answer {
        Ok(answer) if answer.status >= 500 => false,
        Ok(answer) => answer.body.len() > SHORT || envelope::errcode(&answer.body) != Some(BUSY),
        Err(Failure::NotConnected(_) | Failure::TimedOut | Failure::Broken(_)) => false,
        Err(Failure::Nonsense(_) | Failure::Refused(_) | Failure::NotAsked(_)) => true,
    }
}

impl CallError {
    /// WeChat's number, when WeChat said no.
    #[must_use]
    pub fn errcode(&self) -> Option<i64> {
        self.failure.refusal().map(|refusal| refusal.errcode)
    }

    /// Whether a code may be sent once more: only when it surely, or by WeChat's own word, was not looked at. After a
    /// timeout or a broken answer it may be consumed, and a second exchange would hide that.
    #[must_use]
    pub fn leaves_code_unused(&self) -> bool {
        match &self.failure {
            Failure::NotConnected(_) => true,
            Failure::Refused(refusal) => refusal.errcode == BUSY,
            Failure::TimedOut | Failure::Broken(_) | Failure::Nonsense(_) => false,
            // It is unused, but asking again at once is what the lane is there to prevent.
            Failure::NotAsked(_) => false,
        }
    }

    /// Whether a call that only reads is worth making once more.
    pub(crate) fn is_passing(&self) -> bool {
        match &self.failure {
            Failure::NotConnected(_) | Failure::TimedOut | Failure::Broken(_) => true,
            Failure::Refused(refusal) => refusal.errcode == BUSY,
            Failure::Nonsense(_) | Failure::NotAsked(_) => false,
        }
    }
}

impl Failure {
    /// One word for the log.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::NotConnected(_) => "not_connected",
            Self::TimedOut => "timed_out",
            Self::Broken(_) => "broken",
            Self::Nonsense(_) => "nonsense",
            Self::Refused(_) => "refused",
            Self::NotAsked(_) => "not_asked",
        }
    }

    pub(crate) const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}
