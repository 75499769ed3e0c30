//! What is measured of requests.
//!
//! Labels are closed sets: the method by name, the route by its pattern, the status by number. Never a path, a tenant
//! or an address: those are chosen by whoever asks, and each new one would be a new series.

use std::time::Duration;

use http::Method;
use metrics::Gauge;

/// Requests answered.
const REQUESTS: &str = "hufu_http_requests_total";
/// From the request's head to the answer's.
const DURATION: &str = "hufu_http_request_duration_seconds";
/// Requests being worked on.
const IN_FLIGHT: &str = "hufu_http_requests_in_flight";

/// Requests refused because they were too many.
pub(crate) const LIMITED: &str = "hufu_rate_limited_total";

/// All of them, with what they mean.
pub const ALL: [(&str, &str); 4] = [
    (
        LIMITED,
        "Requests refused because they were too many, by class of route and by what was counted",
    ),
    (REQUESTS, "Requests answered"),
    (DURATION, "Seconds from a request's head to its answer's"),
    (IN_FLIGHT, "Requests being worked on"),
];

/// A request being worked on, until it is dropped: also when its caller went away.
pub(crate) struct InFlight(Gauge);

impl InFlight {
    pub(crate) fn enter() -> Self {
        let gauge = metrics::gauge!(IN_FLIGHT);
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// Counts an answered request.
pub(crate) fn answered(method: &Method, route: &str, status: u16, took: Duration) {
    let method = name_of(method);
    let labels = [("method", method.to_owned()), ("route", route.to_owned())];
    metrics::histogram!(DURATION, &labels).record(took);
    let [method, route] = labels;
    metrics::counter!(REQUESTS, &[method, route, ("status", status.to_string())]).increment(1);
}

/// Anybody may send any word as a method.
pub(crate) fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_method_makes_no_series_of_its_own() {
        assert_eq!(name_of(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!(name_of(&Method::TRACE), "other");
        assert_eq!(name_of(&Method::POST), "POST");
    }
}
