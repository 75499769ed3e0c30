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
        if spelled && !text.ends_with('.') && !text.contains("..") {
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
