//! URLs: every absolute URL that Hufu gives out starts with the configured public URL, or with the host that stands in
//! the tenant's row.
//!
//! Never with the `Host` header: whoever can set that header would choose where issuers, callbacks and links point.

use std::fmt;
use std::str::FromStr;

use hufu_core::model::{HostName, TenantCode};
use hufu_core::oidc::TenantUrls;
use serde::{Deserialize, Serialize};
use url::Url;

/// Why a text is no public URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// Not `http(s)://host[:port]`.
    #[error("the public URL must be http(s)://host[:port], such as https://login.example.com")]
    Malformed,
    /// There is more than scheme, host and port, or they are spelled in another way than clients will see them.
    #[error("the public URL has no path, query, user or trailing slash, and is spelled `{canonical}`")]
    Spelling {
        /// As it must be spelled.
        canonical: String,
    },
}

/// Where the world reaches this installation: scheme, host and port, nothing else.
///
/// Issuers start with it and clients compare them byte by byte (OpenID Connect Core, 3.1.3.7), so only one spelling
/// is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl {
    text: String,
    host: String,
    https: bool,
}

impl PublicUrl {
    /// The URL, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host name, without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether browsers reach it by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The issuer of a tenant and the URLs under it.
    #[must_use]
    pub fn tenant(&self, code: &TenantCode) -> TenantUrls {
        TenantUrls::new(format!("{}/t/{code}", self.text))
    }

    /// The issuer of a tenant at a host of its own, and the URLs under it: the scheme is that of the public URL.
    #[must_use]
    pub fn tenant_at(&self, host: &HostName) -> TenantUrls {
        TenantUrls::at_own_host(format!("{}://{host}", self.scheme()))
    }

    fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// What a request calls a host (in lower case), as a tenant's own host is written; `None`: it can be nobody's, since it
    /// is no name or the name of this URL's host, whatever the port.
    #[must_use]
    pub fn name_of(&self, asked: &str) -> Option<HostName> {
        // Root dot and the scheme's own port are ways to write the same host.
        let (name, port) = match asked.rsplit_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (asked, None),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        if name == self.host {
            return None;
        }
        let usual = if self.https { "443" } else { "80" };
        match port.filter(|port| *port != usual) {
            Some(port) => format!("{name}:{port}").parse().ok(),
            None => name.parse().ok(),
        }
    }

    /// The absolute URL of a path (with its query) on this host.
    #[must_use]
    pub fn at(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.text)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let url = Url::parse(text).map_err(|_| PublicUrlError::Malformed)?;
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(PublicUrlError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(PublicUrlError::Malformed);
        }
        let canonical = url.origin().ascii_serialization();
        if canonical != text {
            return Err(PublicUrlError::Spelling { canonical });
        }
        Ok(Self {
            text: canonical,
            host: host.to_owned(),
            https: url.scheme() == "https",
        })
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = PublicUrlError;

    fn try_from(text: String) -> Result<Self, PublicUrlError> {
        text.parse()
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.text
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        for good in [
            "https://login.example.com",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "https://a.b:8443",
        ] {
            assert_eq!(good.parse::<PublicUrl>().unwrap().as_str(), good);
        }
        let canonical = |text: &str| text.parse::<PublicUrl>().unwrap_err();
        let spelled = |text: &str| PublicUrlError::Spelling {
            canonical: text.to_owned(),
        };
        assert_eq!(
            canonical("https://Login.Example.com:443/"),
            spelled("https://login.example.com")
        );
        for bad in [
            "https://a/",
            "https://a/x",
            "https://a?q",
            "https://a#f",
            "https://u:p@a",
        ] {
            assert_eq!(canonical(bad), spelled("https://a"), "{bad}");
        }
        for bad in ["", "a.example", "ftp://a", "data:text/html,a", "https://"] {
            assert_eq!(canonical(bad), PublicUrlError::Malformed, "{bad}");
        }
    }

    #[test]
    fn what_a_request_calls_a_host() {
        let name = |url: &str, asked: &str| {
            let url: PublicUrl = url.parse().unwrap();
            url.name_of(asked).map(|host| host.to_string())
        };
        let https = |asked| name("https://login.example.com", asked);
        for asked in ["a.example", "a.example:443", "a.example."] {
            assert_eq!(https(asked).as_deref(), Some("a.example"), "{asked}");
        }
        assert_eq!(https("a.example:8443").as_deref(), Some("a.example:8443"));
        for nobodys in [
            "login.example.com",
            "login.example.com:443",
            "login.example.com.:8443",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:8080",
            "",
            ":443",
            "a/b",
            "a@b",
            "中国.example",
        ] {
            assert_eq!(https(nobodys), None, "{nobodys}");
        }
        assert_eq!(name("http://127.0.0.1:1", "localhost:80").as_deref(), Some("localhost"));
        assert_eq!(
            name("http://127.0.0.1:1", "localhost:81").as_deref(),
            Some("localhost:81")
        );
    }

    #[test]
    fn an_issuer_has_no_trailing_slash() {
        let url: PublicUrl = "https://login.example.com".parse().unwrap();
        assert_eq!(
            url.tenant(&"acme".parse().unwrap()).issuer(),
            "https://login.example.com/t/acme"
        );
    }
}
