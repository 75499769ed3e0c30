//! The console's cookies.
//!
//! `SameSite=Lax`: a link to the console in a mail or chat must find the session, and every form carries a token of
//! its own besides. On https names have the prefix `__Host-` (RFC 6265bis, 4.1.3.2).

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use hufu_web::cookies::HostCookie;

/// An operator's session. No lifetime: it ends with the browser, and by the session's own times.
const SESSION: HostCookie = HostCookie::new("hufu_console", None);
/// Names a browser that is not signed in, so that its forms can be told from another site's.
const VISITOR: HostCookie = HostCookie::new("hufu_visitor", None);
/// Language and theme, `zh-CN.dark`.
const TASTE: HostCookie = HostCookie::new("hufu_taste", Some(365));
/// What the last action did.
const FLASH: HostCookie = HostCookie::new("hufu_flash", None);

pub(super) fn session(https: bool, headers: &HeaderMap) -> Option<String> {
    SESSION.read(https, headers)
}

pub(super) fn visitor(https: bool, headers: &HeaderMap) -> Option<String> {
    VISITOR.read(https, headers)
}

pub(super) fn taste(https: bool, headers: &HeaderMap) -> Option<String> {
    TASTE.read(https, headers)
}

pub(super) fn flash(https: bool, headers: &HeaderMap) -> Option<String> {
    FLASH.read(https, headers)
}

fn append(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Signs the browser in.
pub(crate) fn set_session(response: &mut Response, https: bool, token: &str) {
    append(response, SESSION.set(https, token));
}

/// Signs the browser out.
pub(crate) fn clear_session(response: &mut Response, https: bool) {
    append(response, SESSION.clear(https));
}

pub(super) fn set_visitor(response: &mut Response, https: bool, token: &str) {
    append(response, VISITOR.set(https, token));
}

pub(crate) fn set_taste(response: &mut Response, https: bool, taste: &str) {
    append(response, TASTE.set(https, taste));
}

pub(super) fn set_flash(response: &mut Response, https: bool, flash: &str) {
    append(response, FLASH.set(https, flash));
}

pub(super) fn clear_flash(response: &mut Response, https: bool) {
    append(response, FLASH.clear(https));
}
