//! Why nothing was done.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hufu_core::error::StoreError;
use hufu_core::manage::{ManageError, OperatorError};
use hufu_core::text::Text;
use hufu_web::error::caused;

/// One thing that is wrong with a call of the API.
#[derive(Debug, Clone)]
pub(crate) struct Slip {
    /// Where.
    pub(crate) place: Place,
    /// What.
    pub(crate) text: Text,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the body: a JSON pointer (RFC 6901).
    Body(String),
    /// A parameter of the query.
    Query(String),
}

/// A request that was refused. Nothing was written.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// There is no such thing, or not for this operator: the two look alike.
    NotFound,
    /// The operator may see this, but not do that.
    Forbidden,
    /// Nobody is signed in.
    SignIn,
    /// The password must be given again first.
    Confirm,
    /// The form is not from here, or older than the session.
    Form,
    /// The body cannot be read.
    Body(StatusCode),
    /// A value is wrong; the text says how. Pages show it beside the field where they can.
    Wrong(&'static str, Text),
    /// A call of the API that cannot be read, or not be carried out: the status, the stable code, and what is wrong
    /// where.
    Slips(StatusCode, &'static str, Vec<Slip>),
    /// A call of the API by a method that the path does not have.
    Method,
    /// A call of the API that changes something must say which version of it.
    Unconditional,
    /// A call of the API that names an older version.
    Stale,
    /// Somebody else changed it meanwhile.
    Conflict,
    /// A link that worked once, and no longer does.
    LinkOver,
    /// Too much at once, or too many tries.
    Busy,
    /// The database fails; the text is for the log alone.
    Unavailable(String),
}

impl Refusal {
    /// The stable code, in the log and in problem documents; key of the locale files.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::SignIn => "sign_in",
            Self::Confirm => "confirm",
            Self::Form => "form",
            Self::Body(_) => "body",
            Self::Wrong(code, _) | Self::Slips(_, code, _) => code,
            Self::Method => "method_not_allowed",
            Self::Unconditional => "precondition_required",
            Self::Stale => "precondition_failed",
            Self::Conflict => "conflict",
            Self::LinkOver => "link_over",
            Self::Busy => "busy",
            Self::Unavailable(_) => "unavailable",
        }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::Form | Self::Confirm => StatusCode::FORBIDDEN,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Body(status) | Self::Slips(status, ..) => *status,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unconditional => StatusCode::PRECONDITION_REQUIRED,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::Wrong(..) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::LinkOver => StatusCode::GONE,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Empty: [`super::dress`] gives it its body.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let debug = match &self {
            Self::Unavailable(debug) => debug.clone(),
            Self::Wrong(_, text) => text.en.to_string(),
            _ => String::new(),
        };
        let mut response = caused(self.status().into_response(), self.code(), &debug);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::Conflict,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<ManageError> for Refusal {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::NotFound { .. } => Self::NotFound,
            ManageError::Conflict { .. } => Self::Conflict,
            ManageError::Store(error) => error.into(),
            other => Self::Wrong(other.code(), other.text()),
        }
    }
}

impl From<OperatorError> for Refusal {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::NotFound { .. } => Self::NotFound,
            OperatorError::Conflict { .. } => Self::Conflict,
            OperatorError::LinkOver => Self::LinkOver,
            OperatorError::Busy => Self::Busy,
            OperatorError::Store(error) => error.into(),
            other => Self::Wrong(other.code(), other.text()),
        }
    }
}
