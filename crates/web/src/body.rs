//! Form bodies and queries, read within limits.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, StatusCode, header};
use hufu_core::flow::{Problem, ProblemCode};
use hufu_core::oidc::{Form, FormError};

/// Bytes of a body that are read at all.
pub const BODY_LIMIT: usize = 64 * 1024;

/// How long a body may take to arrive: a client that trickles must not hold a connection for ever.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Why a form body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Another content type.
    #[error("the body must be application/x-www-form-urlencoded")]
    ContentType,
    /// Longer than any honest one, or the connection broke.
    #[error("the body is too long or was cut off")]
    Unreadable,
    /// It did not arrive in time.
    #[error("the body took too long")]
    Slow,
    /// It is no form.
    #[error(transparent)]
    Form(#[from] FormError),
}

impl BodyError {
    /// The status that says so.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Unreadable => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ContentType | Self::Form(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// Whether the body says it is a form.
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Reads a form body.
///
/// # Errors
/// See [`BodyError`].
pub async fn read_form(headers: &HeaderMap, body: Body) -> Result<Form, BodyError> {
    if !is_form(headers) {
        return Err(BodyError::ContentType);
    }
    let bytes = tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_LIMIT)).await;
    let bytes = bytes.map_err(|_| BodyError::Slow)?.map_err(|_| BodyError::Unreadable)?;
    Ok(Form::parse(&bytes)?)
}

/// Reads a query.
///
/// # Errors
/// [`ProblemCode::RequestMalformed`] when it is too long or not UTF-8.
pub fn read_query(query: Option<&str>) -> Result<Form, Problem> {
    Form::parse(query.unwrap_or_default().as_bytes()).map_err(|error| malformed(&error))
}

/// The page for a request that cannot be read.
#[must_use]
pub fn malformed(error: &dyn std::error::Error) -> Problem {
    Problem::new(ProblemCode::RequestMalformed).debug(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Bytes;

    use super::*;

    async fn read(content_type: &str, body: impl Into<Body>) -> Result<Form, BodyError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        read_form(&headers, body.into()).await
    }

    #[tokio::test]
    async fn forms_only_and_not_for_ever() {
        let form = read("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "a=1")
            .await
            .unwrap();
        assert_eq!(form.get("a"), Ok(Some("1")));
        assert_eq!(read("application/json", "{}").await, Err(BodyError::ContentType));
        let form = "application/x-www-form-urlencoded";
        assert_eq!(read(form, vec![b'a'; BODY_LIMIT + 1]).await, Err(BodyError::Unreadable));
        assert!(matches!(
            read(form, vec![b'a'; BODY_LIMIT]).await,
            Err(BodyError::Form(FormError::TooLong { .. }))
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_is_given_up() {
        let never = Body::from_stream(futures::stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(
            read("application/x-www-form-urlencoded", never).await,
            Err(BodyError::Slow)
        );
    }
}
