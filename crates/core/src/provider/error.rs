//! Errors of a plug-in: already classed by who can act.

use crate::error::Class;
use crate::text::Text;

/// Hufu's stable code for what a provider can answer; audit log, locale files and tests use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderErrorCode {
    /// No answer in time, or no connection.
    Unreachable,
    /// The service says it is busy.
    Busy,
    /// The answer is not what the protocol says.
    Nonsense,
    /// The code is wrong, expired or another account's.
    CodeInvalid,
    /// The code was exchanged before, maybe by a copy of the same callback.
    CodeUsed,
    /// The provider's token is no longer good.
    TokenInvalid,
    /// The account's id, secret or rights are wrong.
    Misconfigured,
    /// A quota of the account is used up.
    QuotaExceeded,
    /// The provider refuses this person.
    PersonBlocked,
    /// Hufu itself is not allowed, e.g. its address is on no allow-list.
    NotAllowed,
    /// A page's URL is not on the account's list.
    UrlNotAllowed,
    /// Data that an app sent does not fit the provider's signature.
    SignatureInvalid,
    /// The connector cannot do what was asked.
    NotOffered,
    /// Anything else the provider answers with a number we have no entry for.
    Unknown,
}

impl ProviderErrorCode {
    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "upstream_unreachable",
            Self::Busy => "upstream_busy",
            Self::Nonsense => "upstream_nonsense",
            Self::CodeInvalid => "upstream_code_invalid",
            Self::CodeUsed => "upstream_code_used",
            Self::TokenInvalid => "upstream_token_invalid",
            Self::Misconfigured => "connector_misconfigured",
            Self::QuotaExceeded => "upstream_quota_exceeded",
            Self::PersonBlocked => "upstream_person_blocked",
            Self::NotAllowed => "upstream_not_allowed",
            Self::UrlNotAllowed => "url_not_allowed",
            Self::SignatureInvalid => "signature_invalid",
            Self::NotOffered => "not_offered",
            Self::Unknown => "upstream_error",
        }
    }
}

/// A failure of a provider.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}{}: {debug}", code.as_str(), errcode.map(|n| format!(" ({n})")).unwrap_or_default())]
pub struct ProviderError {
    /// Who can act.
    pub class: Class,
    /// What happened.
    pub code: ProviderErrorCode,
    /// The service's own number (WeChat: errcode).
    pub errcode: Option<i64>,
    /// What happened, for the one who can act.
    pub message: Text,
    /// What to do, for the one who can act.
    pub remedy: Option<Text>,
    /// For log and audit: what the service said. Never holds a secret, code or token.
    pub debug: String,
}
