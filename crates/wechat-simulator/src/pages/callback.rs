//! The way back to the app.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::AUTHORIZE;
use super::checks::Ask;
use crate::account::Account;
use crate::person::Person;
use crate::simulator::Inner;
use crate::sns_token::{Grant, Scope};

/// One of the addresses of Tencent's that callbacks were seen to come from a second time.
const SECOND_ADDRESS: &str = "101.226.233.152";
const SECOND_AGENT: &str = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 MicroMessenger/8.0.50";

/// Left as it is in a `state`: what the doc allows, and what survives in a query anyway.
const STATE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What a header cannot carry.
const HEADER: &AsciiSet = &CONTROLS.add(b' ');

/// Issues a code and sends the browser back with it.
pub(super) fn with_code(inner: &Inner, ask: &Ask, person: Person) -> Response {
    let url = issued(inner, &ask.account, ask.scope, person, &ask.redirect_uri, &ask.state);
    deliver_again(inner, &url);
    found(&url)
}

/// Issues a code: where the browser goes with it.
pub(crate) fn issued(
    inner: &Inner,
    account: &Account,
    scope: Scope,
    person: Person,
    redirect_uri: &str,
    state: &str,
) -> String {
    let code = inner.random.code();
    let grant = Grant {
        app_id: Arc::from(account.app_id.as_str()),
        scope,
        person: Arc::new(person),
    };
    inner.world().add_code(inner.now(), code.clone(), grant);
    extended(redirect_uri, &format!("code={code}&state={}", encoded(state)))
}

/// A refusal as third-party platforms document it.
pub(super) fn with_state_only(ask: &Ask) -> Response {
    found(&state_only(&ask.redirect_uri, &ask.state))
}

/// Where that refusal leads.
pub(crate) fn state_only(redirect_uri: &str, state: &str) -> String {
    extended(redirect_uri, &format!("state={}", encoded(state)))
}

/// A refusal as clients of 2013–14 sent it.
pub(super) fn with_authdeny(ask: &Ask) -> Response {
    found(&extended(
        &ask.redirect_uri,
        &format!("state={}&code=authdeny&reason=", encoded(&ask.state)),
    ))
}

/// Puts parameters behind the query and before any fragment, where WeChat puts them.
fn extended(redirect_uri: &str, parameters: &str) -> String {
    let (base, fragment) = match redirect_uri.split_once('#') {
        Some((base, fragment)) => (base, format!("#{fragment}")),
        None => (redirect_uri, String::new()),
    };
    let joint = match base.find('?') {
        None => "?",
        Some(_) if base.ends_with(['?', '&']) => "",
        Some(_) => "&",
    };
    format!("{base}{joint}{parameters}{fragment}")
}

fn encoded(state: &str) -> String {
    utf8_percent_encode(state, STATE).to_string()
}

pub(super) fn found(url: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let location = utf8_percent_encode(url, HEADER).to_string();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The same callback once more, if that fault is set: without cookies, from another address.
fn deliver_again(inner: &Inner, url: &str) {
    let Some(delay_millis) = inner.faults().duplicate(AUTHORIZE) else {
        return;
    };
    let Some(client) = inner.client() else { return };
    let url = url.split('#').next().unwrap_or_default().to_owned();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(delay_millis)).await;
        let request = client
            .get(url)
            .header("x-forwarded-for", SECOND_ADDRESS)
            .header(header::USER_AGENT, SECOND_AGENT);
        // Whatever the app answers concerns nobody here, just as at WeChat.
        drop(request.send().await);
    });
}

#[cfg(test)]
mod tests {
    use super::extended;

    #[test]
    fn parameters_go_before_the_fragment() {
        assert_eq!(extended("http://h/cb", "code=1"), "http://h/cb?code=1");
        assert_eq!(extended("http://h/cb?a=b", "code=1"), "http://h/cb?a=b&code=1");
        assert_eq!(extended("http://h/#/route", "code=1"), "http://h/?code=1#/route");
        assert_eq!(extended("http://h/?a=b#/r?x", "code=1"), "http://h/?a=b&code=1#/r?x");
        assert_eq!(extended("http://h/?", "code=1"), "http://h/?code=1");
    }
}
