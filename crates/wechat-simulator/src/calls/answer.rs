//! Envelopes: status 200 always, two families of content types and rid suffixes (seen in issue reports).

use std::borrow::Cow;

use axum::response::Response;
use serde::Serialize;

use crate::wire::{Answer, reply};

/// Which of WeChat's back ends answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Web authorization: JSON called `text/plain`, errors end in `, rid: …`.
    Sns,
    /// Everything else: `encoding` where `charset` was meant, errors end in ` rid: …`.
    Cgi,
}

/// An error of WeChat's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    code: i64,
    message: Cow<'static, str>,
    /// Some texts end in ` rid: …` in both families.
    without_comma: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    errcode: i64,
    errmsg: &'a str,
}

impl Family {
    pub(super) fn of(endpoint: &str) -> Self {
        if endpoint.starts_with("/sns/") {
            Self::Sns
        } else {
            Self::Cgi
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Sns => "text/plain",
            Self::Cgi => "application/json; encoding=utf-8",
        }
    }

    pub(super) fn answer(self, outcome: Result<String, Failure>, rid: &str) -> Spoken {
        let (body, errcode) = match outcome {
            Ok(body) => (body, None),
            Err(failure) => (failure.body(self, rid), Some(failure.code)),
        };
        Spoken {
            content_type: self.content_type(),
            body,
            errcode,
        }
    }
}

/// An answer whose text can still be read.
pub(super) struct Spoken {
    content_type: &'static str,
    pub(super) body: String,
    pub(super) errcode: Option<i64>,
}

impl From<Spoken> for Answer {
    fn from(spoken: Spoken) -> Self {
        Self {
            response: reply(spoken.content_type, spoken.body),
            errcode: spoken.errcode,
        }
    }
}

impl Failure {
    pub(super) fn new(code: i64, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            without_comma: false,
        }
    }

    pub(super) fn invalid_url() -> Self {
        Self {
            without_comma: true,
            ..Self::new(40066, "invalid url")
        }
    }

    pub(super) fn response(self, family: Family, rid: &str) -> Response {
        reply(family.content_type(), self.body(family, rid))
    }

    fn body(&self, family: Family, rid: &str) -> String {
        let comma = if family == Family::Sns && !self.without_comma {
            ","
        } else {
            ""
        };
        let errmsg = format!("{}{comma} rid: {rid}", self.message);
        json(&Body {
            errcode: self.code,
            errmsg: &errmsg,
        })
    }
}

/// Serialises one of our own structs, which cannot fail.
pub(super) fn json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

/// The body of a call that has nothing to say.
pub(super) const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;
