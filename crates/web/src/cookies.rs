//! Cookies of this host, and the one that binds logins to the browser that began them.
//!
//! `SameSite=Lax`: the provider's redirect back to the callback is a cross-site top-level GET, which carries Lax
//! cookies but no Strict ones; a form or frame of another site carries neither. On https the name has the prefix
//! `__Host-`, so that no sibling domain and no plain-http page can plant a value of its own (RFC 6265bis, 4.1.3.2).
//! Browsers refuse that prefix, and `Secure`, on plain http; there the cookie goes by its bare name.

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};
use hufu_core::model::TenantCode;

/// A cookie for this host alone: not for its siblings, not for scripts, not over plain http where there is https.
#[derive(Debug, Clone, Copy)]
pub struct HostCookie {
    name: &'static str,
    days: Option<i64>,
}

impl HostCookie {
    /// A cookie of this bare name that lives so many days, or until the browser is closed.
    #[must_use]
    pub const fn new(name: &'static str, days: Option<i64>) -> Self {
        Self { name, days }
    }

    fn name(self, https: bool) -> String {
        prefixed(https, self.name)
    }

    /// The value the browser sent.
    #[must_use]
    pub fn read(self, https: bool, headers: &HeaderMap) -> Option<String> {
        find(&self.name(https), headers)
    }

    /// The `Set-Cookie` header for a value.
    #[must_use]
    pub fn set(self, https: bool, value: &str) -> Option<HeaderValue> {
        header_of(self.name(https), https, value, self.days.map(Duration::days))
    }

    /// The `Set-Cookie` header that takes it away.
    #[must_use]
    pub fn clear(self, https: bool) -> Option<HeaderValue> {
        header_of(self.name(https), https, "", Some(Duration::ZERO))
    }
}

fn prefixed(https: bool, name: &str) -> String {
    let prefix = if https { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

fn find(name: &str, headers: &HeaderMap) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

fn header_of(name: String, https: bool, value: &str, life: Option<Duration>) -> Option<HeaderValue> {
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax);
    if let Some(life) = life {
        cookie = cookie.max_age(life);
    }
    cookie.build().to_string().parse().ok()
}

/// The cookie of a browser that is signed in at a tenant: one for each tenant, since tenants share a host. Its value is
/// new at each login (session fixation).
#[derive(Debug, Clone, Copy)]
pub struct SessionCookie<'a> {
    https: bool,
    tenant: &'a TenantCode,
}

impl<'a> SessionCookie<'a> {
    /// For a tenant at a site that is reached by https, or not.
    #[must_use]
    pub const fn new(https: bool, tenant: &'a TenantCode) -> Self {
        Self { https, tenant }
    }

    fn name(self) -> String {
        prefixed(self.https, &format!("hufu_session_{}", self.tenant))
    }

    /// The value the browser sent.
    #[must_use]
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        find(&self.name(), headers)
    }

    /// The `Set-Cookie` header for a value that lives so long.
    #[must_use]
    pub fn set(self, value: &str, life: std::time::Duration) -> Option<HeaderValue> {
        let life = Duration::try_from(life).ok()?;
        header_of(self.name(), self.https, value, Some(life))
    }

    /// The `Set-Cookie` header that takes it away.
    #[must_use]
    pub fn clear(self) -> Option<HeaderValue> {
        header_of(self.name(), self.https, "", Some(Duration::ZERO))
    }
}

/// The cookie of a browser on https or plain http.
#[derive(Debug, Clone, Copy)]
pub struct BrowserCookie {
    https: bool,
}

impl BrowserCookie {
    const COOKIE: HostCookie = HostCookie::new("hufu_browser", Some(1));

    /// For a site that is reached by https, or not.
    #[must_use]
    pub const fn new(https: bool) -> Self {
        Self { https }
    }

    /// The value the browser sent.
    #[must_use]
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        Self::COOKIE.read(self.https, headers)
    }

    /// The `Set-Cookie` header for a value.
    #[must_use]
    pub fn set(self, value: &str) -> Option<HeaderValue> {
        Self::COOKIE.set(self.https, value)
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
    fn each_tenant_has_a_session_of_its_own() {
        let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
        let (acme, other) = (SessionCookie::new(true, &acme), SessionCookie::new(true, &other));
        let set = acme.set("v", std::time::Duration::from_secs(60)).unwrap();
        assert_eq!(
            set,
            "__Host-hufu_session_acme=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60"
        );
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "__Host-hufu_session_acme=v".parse().unwrap());
        assert_eq!(
            (acme.read(&headers).as_deref(), other.read(&headers)),
            (Some("v"), None)
        );
        assert!(acme.clear().unwrap().to_str().unwrap().contains("acme=; "));
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
