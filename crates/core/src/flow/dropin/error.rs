//! Why a call is refused. The face knows WeChat's number for each.

use crate::error::StoreError;

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DropInError {
    /// A parameter is repeated, too long or not UTF-8.
    Malformed,
    /// The request names no client.
    ClientMissing,
    /// The request has no client secret.
    SecretMissing,
    /// The request has no code.
    CodeMissing,
    /// There is no such client, or it or its tenant is disabled.
    ClientUnknown,
    /// The secret is not the client's.
    SecretWrong,
    /// Another grant type than the call takes.
    GrantType,
    /// The code is unknown, over, another client's or another face's.
    CodeInvalid,
    /// The code was redeemed before.
    CodeUsed,
    /// The request has no refresh token.
    RefreshTokenMissing,
    /// The refresh token is unknown, revoked or another client's.
    RefreshTokenInvalid,
    /// The refresh token's life is over.
    RefreshTokenExpired,
    /// The request has no access token.
    TokenMissing,
    /// The access token is unknown or revoked.
    TokenInvalid,
    /// The access token's life is over.
    TokenExpired,
    /// The request names no person.
    PersonMissing,
    /// The access token speaks for another person.
    PersonMismatch,
    /// The token or the client does not allow it.
    NotAllowed,
    /// The client's rights do not work from the caller's address.
    AddressRefused,
    /// Hufu's database cannot be reached.
    Unavailable,
    /// Something in Hufu is broken.
    Internal,
}

impl DropInError {
    /// All of them: the face's table is checked against this list.
    pub const ALL: [Self; 21] = [
        Self::Malformed,
        Self::ClientMissing,
        Self::SecretMissing,
        Self::CodeMissing,
        Self::ClientUnknown,
        Self::SecretWrong,
        Self::GrantType,
        Self::CodeInvalid,
        Self::CodeUsed,
        Self::RefreshTokenMissing,
        Self::RefreshTokenInvalid,
        Self::RefreshTokenExpired,
        Self::TokenMissing,
        Self::TokenInvalid,
        Self::TokenExpired,
        Self::PersonMissing,
        Self::PersonMismatch,
        Self::NotAllowed,
        Self::AddressRefused,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The stable text, for the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "request_malformed",
            Self::ClientMissing => "client_missing",
            Self::SecretMissing => "secret_missing",
            Self::CodeMissing => "code_missing",
            Self::ClientUnknown => "client_unknown",
            Self::SecretWrong => "secret_wrong",
            Self::GrantType => "grant_type",
            Self::CodeInvalid => "code_invalid",
            Self::CodeUsed => "code_replayed",
            Self::RefreshTokenMissing => "refresh_token_missing",
            Self::RefreshTokenInvalid => "refresh_token_invalid",
            Self::RefreshTokenExpired => "refresh_token_expired",
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::PersonMissing => "person_missing",
            Self::PersonMismatch => "person_mismatch",
            Self::NotAllowed => "not_allowed",
            Self::AddressRefused => "address_refused",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
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
