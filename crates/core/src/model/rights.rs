//! What a client may do beside logging people in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One right. Its text is also the name of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Right {
    /// Read the account's server token and tickets.
    #[serde(rename = "wechat.token")]
    Token,
    /// Have page URLs signed for JS-SDK.
    #[serde(rename = "wechat.jssdk")]
    SignPages,
    /// Refresh a person's profile without the person.
    #[serde(rename = "wechat.profile")]
    RefreshProfiles,
    /// Make other calls in the account's name, as its list of calls says.
    #[serde(rename = "wechat.relay")]
    Relay,
}

impl Right {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 4] = [Self::Token, Self::SignPages, Self::RefreshProfiles, Self::Relay];

    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "wechat.token",
            Self::SignPages => "wechat.jssdk",
            Self::RefreshProfiles => "wechat.profile",
            Self::Relay => "wechat.relay",
        }
    }

    /// The right of a stable text.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == text)
    }
}

/// What a client may do beside logging people in, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rights {
    /// Which; none by default.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub granted: BTreeSet<Right>,
    /// Addresses or networks (`10.0.0.0/8`) from which they work; empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// Calls that may be relayed, each `METHOD /path`; a path that ends in `/*` stands for all below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
    /// The WeChat-shaped face answers this client's `/sns/…` calls as `application/json` instead of WeChat's own
    /// `text/plain`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub json_answers: bool,
}

impl Rights {
    /// Whether it has the right.
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.granted.contains(&right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_its_text() {
        for right in Right::ALL {
            assert_eq!(Right::of(right.as_str()), Some(right));
            assert_eq!(serde_json::to_value(right).unwrap(), right.as_str());
        }
        assert_eq!(serde_json::to_string(&Rights::default()).unwrap(), "{}");
    }
}
