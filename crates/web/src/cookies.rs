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
    use proptest::prelude::*;

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

    const OURS: &str = "__Host-hufu_browser";

    /// Names that are nearly ours, and what stands around cookies.
    fn pair() -> impl Strategy<Value = Vec<u8>> {
        let names = [
            "hufu_browser",
            "__host-hufu_browser",
            "__Host-hufu_browser2",
            "x__Host-hufu_browser",
            "__Host-hufu_browse",
            "__Secure-hufu_browser",
            "__Host-hufu_session_acme",
            "__Host-hufu_session_acm",
            "__Host-hufu_session_acme2",
            "__Host-hufu_session",
            "%5F_Host-hufu_browser",
            "\"__Host-hufu_browser\"",
            "$Version",
            "",
            "=",
            "__Host-hufu_browser=__Host-hufu_browser",
        ];
        prop_oneof![
            (prop::sample::select(names.to_vec()), "[ -~]{0,12}")
                .prop_map(|(name, value)| format!("{name}={value}").into_bytes()),
            prop::sample::select(vec![OURS, "__Host-hufu_browser;", "; ;", "=;=", "__Host-hufu_browser,"])
                .prop_map(|text| text.as_bytes().to_vec()),
            (prop::sample::select(vec!["", " ", "\t"]), "[!-:<-~]{0,12}")
                .prop_map(|(space, value)| format!("{space}{OURS}{space}={space}{value}{space}").into_bytes()),
            prop::collection::vec(
                any::<u8>().prop_filter("a header's", |b| *b >= 32 && *b != 127 || *b == 9),
                0..24
            ),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is in the header, the value that is read stood behind the name itself, and is the first that did.
        #[test]
        fn only_what_stands_behind_the_name_is_read(lines in prop::collection::vec(prop::collection::vec(pair(), 0..6), 0..4)) {
            let mut headers = HeaderMap::new();
            let mut first = None;
            for line in &lines {
                let line = line.join(&b"; "[..]);
                if let Ok(text) = std::str::from_utf8(&line) && text.bytes().all(|b| (b' '..127).contains(&b) || b == b'\t') {
                    let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
                    let mut named = pairs.filter(|(name, _)| name.trim() == OURS);
                    first = first.or_else(|| named.next().map(|(_, value)| value.trim().to_owned()));
                }
                headers.append(header::COOKIE, HeaderValue::from_bytes(&line).unwrap());
            }
            prop_assert_eq!(BrowserCookie::new(true).read(&headers), first, "{:?}", headers);
        }

        /// A tenant's cookie is found among those of tenants with names that begin or end alike.
        #[test]
        fn the_cookie_of_a_tenant_is_never_anothers(codes in prop::collection::btree_set("[a-c]{1,2}(-?[a-c0-1]{1,2}){0,2}", 2..6), noise in pair()) {
            let mut headers = HeaderMap::new();
            let named = |code: &String| format!("__Host-hufu_session_{code}=of {code}");
            let all: Vec<_> = codes.iter().skip(1).map(named).collect();
            headers.append(header::COOKIE, all.join("; ").parse().unwrap());
            headers.append(header::COOKIE, HeaderValue::from_bytes(&noise).unwrap());
            for (at, code) in codes.iter().enumerate() {
                prop_assume!(!String::from_utf8_lossy(&noise).contains("hufu_session"));
                let tenant: TenantCode = code.parse().unwrap();
                let read = SessionCookie::new(true, &tenant).read(&headers);
                prop_assert_eq!(read, (at > 0).then(|| format!("of {code}")));
            }
        }
    }
}
