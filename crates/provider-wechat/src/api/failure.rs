//! How a call can fail, before anybody says what that means.

use super::endpoint::Endpoint;

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
        }
    }

    /// Whether a call that only reads is worth making once more.
    pub(crate) fn is_passing(&self) -> bool {
        match &self.failure {
            Failure::NotConnected(_) | Failure::TimedOut | Failure::Broken(_) => true,
            Failure::Refused(refusal) => refusal.errcode == BUSY,
            Failure::Nonsense(_) => false,
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
        }
    }

    pub(crate) const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}
