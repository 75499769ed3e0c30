//! Failures as answers.
//!
//! What a machine is told is JSON in the form of RFC 6749, section 5.2, on every endpoint that answers JSON; what a
//! person is told is a page of the face. Either way the code and the debug text travel to the one log line of the
//! request as a [`Cause`] in the answer's extensions, and the debug text goes nowhere else.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use hufu_core::flow::{Problem, ProblemCode};
use hufu_core::ids::RequestId;
use hufu_core::oidc::{OAuthError, OAuthErrorCode};
use serde_json::json;

use crate::request_log;

/// Why a request failed: for the log.
#[derive(Debug, Clone)]
pub struct Cause {
    /// Stable code.
    pub code: String,
    /// For the log alone.
    pub debug: String,
}

/// Seconds after which a client may come again.
pub const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Hangs the cause on an answer.
#[must_use]
pub fn caused(mut response: Response, code: &str, debug: &str) -> Response {
    response.extensions_mut().insert(Cause {
        code: code.to_owned(),
        debug: debug.to_owned(),
    });
    response
}

/// `{"error": …, "error_description": …}` with a status, and the `request_id` of the request it answers.
#[must_use]
pub fn json_error(status: StatusCode, code: &str, description: &str) -> Response {
    let mut body = json!({"error": code, "error_description": description});
    if let Some(id) = request_log::current() {
        body["request_id"] = id.to_string().into();
    }
    caused(with_json(status, &body), code, "")
}

fn with_json(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

/// An OAuth error with the status that RFC 6749, 5.2 and RFC 6750, 3.1 give it.
#[must_use]
pub fn oauth_error(error: &OAuthError) -> Response {
    explained(
        json_error(status(error), error.code.as_str(), &error.description),
        error,
    )
}

/// The same with the request's id, for whoever has to find it in the log.
#[must_use]
pub fn numbered_oauth_error(error: &OAuthError, request_id: RequestId) -> Response {
    let body = json!({
        "error": error.code.as_str(),
        "error_description": error.description,
        "request_id": request_id.to_string(),
    });
    explained(with_json(status(error), &body), error)
}

const fn status(error: &OAuthError) -> StatusCode {
    match error.code {
        OAuthErrorCode::InvalidClient | OAuthErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
        OAuthErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        OAuthErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn explained(response: Response, error: &OAuthError) -> Response {
    let debug = error.debug.as_deref().unwrap_or(&error.description);
    caused(response, error.code.as_str(), debug)
}

/// A problem met by an endpoint that answers machines. A disabled tenant looks like one that does not exist.
#[must_use]
pub fn json_problem(problem: &Problem) -> Response {
    let response = match problem.code {
        ProblemCode::TenantUnknown | ProblemCode::TenantDisabled => json_error(
            StatusCode::NOT_FOUND,
            ProblemCode::TenantUnknown.as_str(),
            "there is no such tenant",
        ),
        ProblemCode::RequestMalformed => json_error(
            StatusCode::BAD_REQUEST,
            OAuthErrorCode::InvalidRequest.as_str(),
            "the request is malformed",
        ),
        ProblemCode::Unavailable => json_error(
            StatusCode::SERVICE_UNAVAILABLE,
            OAuthErrorCode::TemporarilyUnavailable.as_str(),
            "try again later",
        ),
        _ => json_error(
            StatusCode::INTERNAL_SERVER_ERROR,
            OAuthErrorCode::ServerError.as_str(),
            "something is broken here",
        ),
    };
    caused(response, problem.code.as_str(), &problem.debug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_of_oauth_errors() {
        let status = |code| oauth_error(&OAuthError::new(code, "x")).status().as_u16();
        assert_eq!(status(OAuthErrorCode::InvalidClient), 401);
        assert_eq!(status(OAuthErrorCode::InvalidGrant), 400);
        assert_eq!(status(OAuthErrorCode::ServerError), 500);
        assert_eq!(status(OAuthErrorCode::TemporarilyUnavailable), 503);
    }

    #[tokio::test]
    async fn the_debug_text_is_for_the_log_alone() {
        let error = OAuthError::new(OAuthErrorCode::InvalidGrant, "no").with_debug("inner detail");
        let response = oauth_error(&error);
        assert_eq!(response.extensions().get::<Cause>().unwrap().debug, "inner detail");
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(&body[..], br#"{"error":"invalid_grant","error_description":"no"}"#);
    }
}
