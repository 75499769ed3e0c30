//! What is measured of calls to WeChat, and their spans for traces.
//!
//! Labels and attributes are closed sets: the call by its path in [`Endpoint`], how it ended, whose fault it was, and
//! WeChat's number when the table of [`crate::errors`] knows it. Never a URL, a parameter or a word of WeChat's.

use std::time::Duration;

use hufu_core::error::Class;
use tracing::Span;
use tracing::field::Empty;

use crate::api::Endpoint;
use crate::errors;

/// Calls made.
const CALLS: &str = "hufu_upstream_calls_total";
/// How long they took.
const DURATION: &str = "hufu_upstream_call_duration_seconds";
/// Numbers WeChat refused with.
const REFUSALS: &str = "hufu_upstream_refusals_total";

/// Times a connector's breaker opened or closed.
pub(crate) const BREAKER: &str = "hufu_wechat_breaker_total";
/// Calls that were not made.
pub(crate) const NOT_ASKED: &str = "hufu_wechat_not_asked_total";

/// All of them, with what they mean.
pub const ALL: [(&str, &str); 5] = [
    (
        BREAKER,
        "Changes of the breakers before WeChat, by what they changed to",
    ),
    (NOT_ASKED, "Calls to WeChat that were not made, by why"),
    (CALLS, "Calls to a provider, by outcome and by whose fault a failure is"),
    (DURATION, "Seconds a call to a provider took"),
    (REFUSALS, "Calls a provider refused, by its number"),
];

/// The plug-in.
const PROVIDER: (&str, &str) = ("provider", "wechat");

/// A call's span. Nothing of it is ever sent to WeChat.
pub(crate) fn span(endpoint: Endpoint) -> Span {
    tracing::info_span!(
        target: "hufu_trace",
        "wechat.call",
        otel.kind = "client",
        hufu.operation = endpoint.path(),
        hufu.outcome = Empty,
        hufu.fault = Empty,
        wechat.errcode = Empty,
        otel.status_code = Empty,
    )
}

/// Counts a call that ended, and completes its span. `outcome` is one of `ok`, `refused` and the words of a failure.
pub(crate) fn called(span: &Span, endpoint: Endpoint, outcome: &'static str, errcode: Option<i64>, took: Duration) {
    let operation = ("operation", endpoint.path());
    let fault = fault(endpoint, outcome, errcode);
    metrics::histogram!(DURATION, &[PROVIDER, operation]).record(took);
    let labels = [PROVIDER, operation, ("outcome", outcome), ("fault", fault)];
    metrics::counter!(CALLS, &labels).increment(1);
    span.record("hufu.outcome", outcome);
    span.record("hufu.fault", fault);
    if outcome != "ok" {
        span.record("otel.status_code", "ERROR");
    }
    if let Some(errcode) = errcode {
        span.record("wechat.errcode", errcode);
        let known = errors::meaning(errcode, endpoint).map(|_| errcode.to_string());
        let labels = [
            ("provider", "wechat".to_owned()),
            ("operation", endpoint.path().to_owned()),
            ("errcode", known.unwrap_or_else(|| "other".to_owned())),
        ];
        metrics::counter!(REFUSALS, &labels).increment(1);
    }
}

/// Where to look: at WeChat or the way to it, at the account's settings, at the app, at Hufu. A code that WeChat does
/// not take is nobody's fault but the `person`'s, who came twice or too late.
fn fault(endpoint: Endpoint, outcome: &str, errcode: Option<i64>) -> &'static str {
    match (outcome, errcode) {
        ("ok", _) => "none",
        (_, Some(errcode)) => match errors::meaning(errcode, endpoint).map(|meaning| meaning.class) {
            Some(Class::Retry) => "upstream",
            Some(Class::StartAgain) => "person",
            Some(Class::Developer) => "app",
            Some(Class::TenantAdmin) => "account",
            Some(Class::Operator) => "hufu",
            None => "unknown",
        },
        (_, None) => "upstream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_fault_it_is() {
        let fault = |outcome, errcode| fault(Endpoint::AccessToken, outcome, errcode);
        assert_eq!(fault("ok", None), "none");
        assert_eq!(fault("timed_out", None), "upstream");
        assert_eq!(fault("refused", Some(-1)), "upstream");
        assert_eq!(fault("refused", Some(40029)), "person");
        assert_eq!(fault("refused", Some(40125)), "account");
        assert_eq!(fault("refused", Some(123_456_789)), "unknown");
    }
}
