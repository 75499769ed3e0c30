//! Errors of a plug-in: already classed by who can act.

use crate::error::Class;
use crate::text::Text;

words! {
    /// Hufu's stable code for what a provider can answer; audit log, locale files and tests use it.
    pub enum ProviderErrorCode {
        /// No answer in time, or no connection.
        Unreachable = "upstream_unreachable",
        /// The service says it is busy.
        Busy = "upstream_busy",
        /// The answer is not what the protocol says.
        Nonsense = "upstream_nonsense",
        /// The code is wrong, expired or another account's.
        CodeInvalid = "upstream_code_invalid",
        /// The code was exchanged before, maybe by a copy of the same callback.
        CodeUsed = "upstream_code_used",
        /// The provider's token is no longer good.
        TokenInvalid = "upstream_token_invalid",
        /// The account's id, secret or rights are wrong.
        Misconfigured = "connector_misconfigured",
        /// A quota of the account is used up.
        QuotaExceeded = "upstream_quota_exceeded",
        /// The provider refuses this person.
        PersonBlocked = "upstream_person_blocked",
        /// Hufu itself is not allowed, e.g. its address is on no allow-list.
        NotAllowed = "upstream_not_allowed",
        /// A page's URL is not on the account's list.
        UrlNotAllowed = "url_not_allowed",
        /// Data that an app sent does not fit the provider's signature.
        SignatureInvalid = "signature_invalid",
        /// The connector cannot do what was asked.
        NotOffered = "not_offered",
        /// Anything else the provider answers with a number we have no entry for.
        Unknown = "upstream_error",
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
