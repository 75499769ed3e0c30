//! Host names of tenants.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The text is no host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a host is a plain name such as login.example.com, with a port only where it is not the usual one")]
pub struct HostNameError;

/// A host name with its port when that is not the scheme's own, as browsers write it into URLs: lower case, IDNA in
/// ASCII, no trailing dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

impl HostName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From what a person typed: in any case, in their own script, maybe with `https://` before it or a slash behind it.
    ///
    /// # Errors
    /// [`HostNameError`].
    pub fn typed(text: &str) -> Result<Self, HostNameError> {
        let text = text.trim();
        let bare = text.strip_prefix("https://").unwrap_or(text);
        let url = Url::parse(&format!("https://{bare}")).map_err(|_| HostNameError)?;
        let origin = url.origin().ascii_serialization();
        let more = url.username().len() + usize::from(url.password().is_some());
        if more > 0 || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(HostNameError);
        }
        let host = origin.strip_prefix("https://").ok_or(HostNameError)?;
        host.strip_suffix('.').unwrap_or(host).parse()
    }

    /// Without the port.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once(':').map_or(&*self.0, |(name, _)| name)
    }
}

impl FromStr for HostName {
    type Err = HostNameError;

    /// Takes the one spelling that browsers have for it.
    fn from_str(text: &str) -> Result<Self, HostNameError> {
        if text.len() > 253 {
            return Err(HostNameError);
        }
        let url = Url::parse(&format!("https://{text}")).map_err(|_| HostNameError)?;
        if !matches!(url.host(), Some(Host::Domain(_))) {
            return Err(HostNameError);
        }
        let canonical = url.origin().ascii_serialization();
        let spelled = canonical.strip_prefix("https://") == Some(text);
        // URLs take more than DNS has, such as `*`.
        let is_plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b':');
        if spelled && text.bytes().all(is_plain) && !text.ends_with('.') && !text.contains("..") {
            Ok(Self(text.to_owned()))
        } else {
            Err(HostNameError)
        }
    }
}

impl TryFrom<String> for HostName {
    type Error = HostNameError;

    fn try_from(text: String) -> Result<Self, HostNameError> {
        text.parse()
    }
}

impl From<HostName> for String {
    fn from(host: HostName) -> Self {
        host.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type() {
        let typed = |text| HostName::typed(text).map(|host| host.to_string()).ok();
        for text in [
            "login.example.com",
            " Login.Example.com. ",
            "https://login.example.com/",
            "login.example.com:443",
        ] {
            assert_eq!(typed(text).as_deref(), Some("login.example.com"), "{text}");
        }
        assert_eq!(typed("登录.example").as_deref(), Some("xn--w2t382c.example"));
        assert_eq!(typed("a.example:8443").as_deref(), Some("a.example:8443"));
        for bad in [
            "",
            "http://a.example",
            "a.example/x",
            "a.example?x",
            "u@a.example",
            "127.0.0.1",
            "*.a.example",
        ] {
            assert_eq!(typed(bad), None, "{bad}");
        }
    }

    #[test]
    fn one_spelling_of_real_names() {
        for good in ["login.example.com", "localhost:8080", "xn--fiqs8s.example"] {
            assert_eq!(good.parse::<HostName>().unwrap().as_str(), good);
        }
        assert_eq!("localhost:8080".parse::<HostName>().unwrap().name(), "localhost");
        for bad in [
            "",
            "Login.example.com",
            "login.example.com.",
            "a..b",
            "a/b",
            "a?b",
            "a#b",
            "u@a",
            "a:443",
            "a:x",
            "127.0.0.1",
            "[::1]",
            "中国.example",
            " a",
            "a b",
            "*.example.com",
        ] {
            assert_eq!(bad.parse::<HostName>(), Err(HostNameError), "{bad}");
        }
    }
}
