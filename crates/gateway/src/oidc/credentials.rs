//! The `Authorization` header (RFC 9110, 11.6.2).

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header;
use hufu_core::flow::BasicCredentials;
use hufu_core::oidc::{OAuthError, OAuthErrorCode};

/// What the header holds.
pub(crate) enum Credentials {
    None,
    Basic(BasicCredentials),
    Bearer(String),
    /// Another scheme, or a value that is not what its scheme says.
    Unreadable,
}

/// Reads the header.
///
/// # Errors
/// When it stands there twice.
pub(crate) fn credentials(headers: &HeaderMap) -> Result<Credentials, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(Credentials::None);
    };
    if values.next().is_some() {
        return Err(OAuthError::new(
            OAuthErrorCode::InvalidRequest,
            "the Authorization header is repeated",
        ));
    }
    Ok(value.to_str().ok().and_then(read).unwrap_or(Credentials::Unreadable))
}

fn read(value: &str) -> Option<Credentials> {
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credentials::Bearer(rest.to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some(Credentials::Basic(BasicCredentials {
        user: user.to_owned(),
        password: password.to_owned().into(),
    }))
}
