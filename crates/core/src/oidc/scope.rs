//! Scope values (RFC 6749, section 3.3).

use serde::{Deserialize, Serialize};

/// A list of scope tokens in the order asked for, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// The scope values of OpenID Connect that Hufu knows. Providers add their own: a provider's claim `x_y` is given
    /// when the scope has `x`.
    pub const STANDARD: [&'static str; 3] = ["openid", "profile", "offline_access"];

    /// Reads a space-separated list.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut scopes = Vec::new();
        for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        Self(scopes)
    }

    /// Whether `scope` is in the list.
    #[must_use]
    pub fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|known| known == scope)
    }

    /// Those of `self` that `allowed` has too; unknown ones are ignored, as OpenID Connect Core 3.1.2.1 wants it.
    #[must_use]
    pub fn within(&self, allowed: &Self) -> Self {
        Self(self.0.iter().filter(|scope| allowed.has(scope)).cloned().collect())
    }

    /// These and more.
    #[must_use]
    pub fn and<'a>(&self, more: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = self.clone();
        for scope in more {
            if !all.has(scope) {
                all.0.push(scope.to_owned());
            }
        }
        all
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tokens.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}
