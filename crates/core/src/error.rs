//! Which error type belongs where.
//!
//! - [`StoreError`]: what a store answers. A conflict is an answer, not a fault.
//! - [`crate::provider::ProviderError`]: what a plug-in answers, already classed by who can act.
//! - [`crate::oidc::OAuthError`]: an RFC 6749 error for a client, sent as JSON or on its redirect URI.
//! - [`crate::flow::Problem`]: a page for the person in front of the browser.
//! - [`crate::manage::ManageError`]: what an operator gets when a change is refused.
//!
//! Each carries apart: a class (who can act), a code (stable, for machines and locale files), a hint (for the one
//! who can act) and a debug text (for the log alone, never shown). Faces map them once, at the edge.

use serde::{Deserialize, Serialize};

/// Who can do something about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Nobody has to act: the same again in a moment may work.
    Retry,
    /// The person starts the login again.
    StartAgain,
    /// The app's developer must fix the request or the client's registration.
    Developer,
    /// The tenant's admin must fix the account's settings.
    TenantAdmin,
    /// The operator of Hufu must fix the installation.
    Operator,
}

/// What a store answers when it cannot do as asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A precondition of the unit of work no longer holds; nothing was written.
    #[error("conflict: {what} was changed meanwhile")]
    Conflict {
        /// What had changed, e.g. `attempt`.
        what: &'static str,
    },
    /// A value that must be unique exists already; nothing was written.
    #[error("duplicate: {what} exists already")]
    Duplicate {
        /// The field that must be unique, e.g. `tenant.code`.
        what: &'static str,
    },
    /// The unit speaks for a person whom the tenant's admin has disabled; nothing was written.
    #[error("the person is disabled")]
    Blocked,
    /// The database cannot be reached or refused to work.
    #[error("database unavailable: {debug}")]
    Unavailable {
        /// For the log alone.
        debug: String,
    },
    /// A row cannot be read as what it should be, or a sealed value cannot be opened.
    #[error("inconsistent data: {debug}")]
    Inconsistent {
        /// For the log alone.
        debug: String,
    },
}
