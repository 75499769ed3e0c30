//! Why a call is refused. The face knows WeChat's number for each.

use crate::error::StoreError;

words! {
    /// Why a call is refused.
    pub enum DropInError {
        /// A parameter is repeated, too long or not UTF-8.
        Malformed = "request_malformed",
        /// The request names no client.
        ClientMissing = "client_missing",
        /// The request has no client secret.
        SecretMissing = "secret_missing",
        /// The request has no code.
        CodeMissing = "code_missing",
        /// There is no such client, or it or its tenant is disabled.
        ClientUnknown = "client_unknown",
        /// The secret is not the client's.
        SecretWrong = "secret_wrong",
        /// Another grant type than the call takes.
        GrantType = "grant_type",
        /// The code is unknown, over, another client's or another face's.
        CodeInvalid = "code_invalid",
        /// The code was redeemed before.
        CodeUsed = "code_replayed",
        /// The request has no refresh token.
        RefreshTokenMissing = "refresh_token_missing",
        /// The refresh token is unknown, revoked or another client's.
        RefreshTokenInvalid = "refresh_token_invalid",
        /// The refresh token's life is over.
        RefreshTokenExpired = "refresh_token_expired",
        /// The request has no access token.
        TokenMissing = "token_missing",
        /// The access token is unknown or revoked.
        TokenInvalid = "token_invalid",
        /// The access token's life is over.
        TokenExpired = "token_expired",
        /// The request names no person.
        PersonMissing = "person_missing",
        /// The access token speaks for another person.
        PersonMismatch = "person_mismatch",
        /// The token or the client does not allow it.
        NotAllowed = "not_allowed",
        /// The client's rights do not work from the caller's address.
        AddressRefused = "address_refused",
        /// Hufu's database cannot be reached.
        Unavailable = "unavailable",
        /// Something in Hufu is broken.
        Internal = "internal",
    }
}

/// A refused call, and what the face and the log need of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropInRefused {
    /// Why.
    pub error: DropInError,
    /// Whether the client wants its answers as `application/json`, as far as the client is known.
    pub json: bool,
    /// For the log alone.
    pub debug: String,
}

impl DropInRefused {
    /// A request that cannot be read.
    #[must_use]
    pub fn malformed(error: &dyn std::error::Error) -> Self {
        Self::from(DropInError::Malformed).debug(error.to_string())
    }

    /// The same with a text for the log.
    #[must_use]
    pub fn debug(mut self, debug: impl Into<String>) -> Self {
        self.debug = debug.into();
        self
    }

    /// The same for a client that is known.
    #[must_use]
    pub(super) fn to(mut self, client: &crate::model::Client) -> Self {
        self.json = client.rights.json_answers;
        self
    }
}

impl From<DropInError> for DropInRefused {
    fn from(error: DropInError) -> Self {
        Self {
            error,
            json: false,
            debug: String::new(),
        }
    }
}

impl From<StoreError> for DropInRefused {
    fn from(error: StoreError) -> Self {
        let what = match error {
            StoreError::Unavailable { .. } => DropInError::Unavailable,
            _ => DropInError::Internal,
        };
        Self::from(what).debug(error.to_string())
    }
}
