//! How clients prove themselves, and their tokens: the `Authorization` header (RFC 9110, 11.6.2), the `DPoP` header (RFC
//! 9449, 4.1), the form.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};
use hufu_core::flow::{BasicCredentials, TokenScheme};
use hufu_core::oidc::{CLIENT_ALGORITHMS, Form, OAuthError, OAuthErrorCode};
use hufu_web::body::read_form;
use hufu_web::error::{caused, json_error, numbered_oauth_error};
use hufu_web::limits::Class;
use hufu_web::tenant::Hosted;

use crate::{Gateway, limits};

/// What the header holds.
pub(crate) enum Credentials {
    None,
    Basic(BasicCredentials),
    Bearer(String),
    /// An access token that is bound to a key (RFC 9449, 7.1).
    Dpop(String),
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

/// The `DPoP` header.
///
/// # Errors
/// When it stands there twice (RFC 9449, 4.3), or is no text.
pub(crate) fn proof(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let invalid = |what: &str| OAuthError::new(OAuthErrorCode::InvalidDpopProof, what);
    let mut values = headers.get_all("dpop").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(invalid("the DPoP header is repeated"));
    }
    let text = value.to_str().map_err(|_| invalid("the DPoP header is no JWT"))?;
    Ok(Some(text))
}

/// What a client sends to an endpoint at which it proves itself.
pub(crate) struct Sent {
    /// User and password of the header.
    pub(crate) basic: Option<BasicCredentials>,
    /// The body.
    pub(crate) form: Form,
}

/// Reads a client's request.
///
/// # Errors
/// The answer to one that cannot be read, or is one too many.
pub(crate) async fn sent(
    gateway: &Gateway,
    headers: &HeaderMap,
    body: Body,
    hosted: &Hosted,
) -> Result<Sent, Response> {
    let refused = |error: OAuthError| refused(&error, hosted);
    let basic = match credentials(headers).map_err(refused)? {
        Credentials::None => None,
        Credentials::Basic(basic) => Some(basic),
        Credentials::Bearer(_) | Credentials::Dpop(_) | Credentials::Unreadable => {
            let error = OAuthError::new(OAuthErrorCode::InvalidClient, "client authentication failed");
            return Err(refused(error.with_debug("the Authorization header is no Basic one")));
        }
    };
    let form = read_form(headers, body).await.map_err(|error| {
        let code = OAuthErrorCode::InvalidRequest.as_str();
        let text = error.to_string();
        caused(json_error(error.status(), code, &text), code, &text)
    })?;
    // Before the client is looked up, let alone a signature of its verified.
    let named = basic.as_ref().map(|basic| basic.user.as_str());
    let named = named.or_else(|| form.get("client_id").ok().flatten());
    limits::client(gateway, Class::Token, named, hosted.visit.browser.request_id)?;
    Ok(Sent { basic, form })
}

/// A client that could not prove itself is told how it may (RFC 6749, 5.2).
pub(crate) fn refused(error: &OAuthError, hosted: &Hosted) -> Response {
    let mut response = numbered_oauth_error(error, hosted.visit.browser.request_id);
    if error.code == OAuthErrorCode::InvalidClient
        && let Ok(challenge) = format!("Basic realm=\"{}\"", hosted.tenant.code).parse()
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// How a token may be presented, and what is wrong with the one that was (RFC 6750, 3; RFC 9449, 7.1).
pub(crate) fn challenge(scheme: TokenScheme, hosted: &Hosted, error: Option<&OAuthError>) -> Option<HeaderValue> {
    let (scheme, algorithms) = match scheme {
        TokenScheme::Bearer => ("Bearer", String::new()),
        TokenScheme::Dpop => ("DPoP", format!(", algs=\"{}\"", CLIENT_ALGORITHMS.join(" "))),
    };
    let error = error.map(|error| {
        let (code, description) = (error.code.as_str(), &error.description);
        format!(", error=\"{code}\", error_description=\"{description}\"")
    });
    let error = error.unwrap_or_default();
    format!("{scheme} realm=\"{}\"{error}{algorithms}", hosted.tenant.code)
        .parse()
        .ok()
}

/// RFC 6749, 5.1 asks for both, on errors too.
pub(crate) fn unkept(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

fn read(value: &str) -> Option<Credentials> {
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credentials::Bearer(rest.to_owned()));
    }
    if scheme.eq_ignore_ascii_case("dpop") {
        return Some(Credentials::Dpop(rest.to_owned()));
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
