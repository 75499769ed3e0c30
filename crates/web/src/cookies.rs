//! The cookie that binds logins to the browser that began them.
//!
//! `SameSite=Lax`: the provider's redirect back to the callback is a cross-site top-level GET, which carries Lax
//! cookies but no Strict ones; a form or frame of another site carries neither. On https the name has the prefix
//! `__Host-`, so that no sibling domain and no plain-http page can plant a value of its own (RFC 6265bis, 4.1.3.2).
//! Browsers refuse that prefix, and `Secure`, on plain http; there the cookie goes by its bare name.

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};

const SECURE_NAME: &str = "__Host-hufu_browser";
const PLAIN_NAME: &str = "hufu_browser";

/// The cookie of a browser on https or plain http.
#[derive(Debug, Clone, Copy)]
pub struct BrowserCookie {
    https: bool,
}

impl BrowserCookie {
    /// For a site that is reached by https, or not.
    #[must_use]
    pub const fn new(https: bool) -> Self {
        Self { https }
    }

    const fn name(self) -> &'static str {
        if self.https { SECURE_NAME } else { PLAIN_NAME }
    }

    /// The value the browser sent.
    #[must_use]
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        let lines = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        let mut cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
        cookies
            .find(|cookie| cookie.name() == self.name())
            .map(|cookie| cookie.value().to_owned())
    }

    /// The `Set-Cookie` header for a value.
    #[must_use]
    pub fn set(self, value: &str) -> Option<HeaderValue> {
        let cookie = Cookie::build((self.name(), value))
            .path("/")
            .http_only(true)
            .secure(self.https)
            .same_site(SameSite::Lax)
            .max_age(Duration::days(1))
            .build();
        cookie.to_string().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_follow_the_scheme() {
        let set = |https| BrowserCookie::new(https).set("abc").unwrap();
        assert_eq!(
            set(true),
            "__Host-hufu_browser=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400"
        );
        assert_eq!(
            set(false),
            "hufu_browser=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400"
        );
    }

    #[test]
    fn only_the_right_name_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            "a=1; hufu_browser=planted; __Host-hufu_browser=ours".parse().unwrap(),
        );
        assert_eq!(BrowserCookie::new(true).read(&headers).as_deref(), Some("ours"));
        assert_eq!(BrowserCookie::new(false).read(&headers).as_deref(), Some("planted"));
        assert_eq!(BrowserCookie::new(true).read(&HeaderMap::new()), None);
    }
}
