//! Errors of RFC 6749 and OpenID Connect Core, as a client sees them.

words! {
    /// The `error` value (RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core, 3.1.2.6; RFC 6750, 3.1;
    /// RFC 7009, 2.2.1; RFC 8628, 3.5; RFC 9449, 5).
    #[expect(missing_docs, reason = "the names are the specification's own")]
    pub enum OAuthErrorCode {
        InvalidRequest = "invalid_request",
        InvalidClient = "invalid_client",
        InvalidGrant = "invalid_grant",
        InvalidScope = "invalid_scope",
        InvalidToken = "invalid_token",
        UnauthorizedClient = "unauthorized_client",
        UnsupportedGrantType = "unsupported_grant_type",
        UnsupportedResponseType = "unsupported_response_type",
        AccessDenied = "access_denied",
        ServerError = "server_error",
        TemporarilyUnavailable = "temporarily_unavailable",
        LoginRequired = "login_required",
        RequestNotSupported = "request_not_supported",
        RequestUriNotSupported = "request_uri_not_supported",
        InvalidRequestUri = "invalid_request_uri",
        RegistrationNotSupported = "registration_not_supported",
        InteractionRequired = "interaction_required",
        ConsentRequired = "consent_required",
        AccountSelectionRequired = "account_selection_required",
        UnmetAuthenticationRequirements = "unmet_authentication_requirements",
        InsufficientScope = "insufficient_scope",
        UnsupportedTokenType = "unsupported_token_type",
        AuthorizationPending = "authorization_pending",
        SlowDown = "slow_down",
        ExpiredToken = "expired_token",
        InvalidDpopProof = "invalid_dpop_proof",
        UseDpopNonce = "use_dpop_nonce",
    }
}

/// An error for a client: code, a description the app's developer can act on, and a text for our log alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct OAuthError {
    /// The specification's code.
    pub code: OAuthErrorCode,
    /// For the app's developer: printable ASCII without `"` and `\`, as RFC 6749 wants it.
    pub description: String,
    /// For our log alone.
    pub debug: Option<String>,
}

impl OAuthError {
    /// An error with its description. Characters that RFC 6749 does not allow there become `?`.
    #[must_use]
    pub fn new(code: OAuthErrorCode, description: impl AsRef<str>) -> Self {
        let clean = |c: char| {
            if matches!(c, ' '..='~') && c != '"' && c != '\\' {
                c
            } else {
                '?'
            }
        };
        Self {
            code,
            description: description.as_ref().chars().map(clean).collect(),
            debug: None,
        }
    }

    /// The request is no good, and why: [`OAuthErrorCode::InvalidRequest`].
    #[must_use]
    pub fn invalid_request(why: impl AsRef<str>) -> Self {
        Self::new(OAuthErrorCode::InvalidRequest, why)
    }

    /// It passes by itself: [`OAuthErrorCode::TemporarilyUnavailable`], the cause for the log alone.
    #[must_use]
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::new(OAuthErrorCode::TemporarilyUnavailable, "try again later").with_debug(cause.to_string())
    }

    /// The same with a text for the log.
    #[must_use]
    pub fn with_debug(mut self, debug: impl Into<String>) -> Self {
        self.debug = Some(debug.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_keep_to_the_characters_of_rfc_6749() {
        let error = OAuthError::new(OAuthErrorCode::InvalidRequest, "say \"张\"\r\n");
        assert_eq!(error.description, "say ?????");
    }
}
