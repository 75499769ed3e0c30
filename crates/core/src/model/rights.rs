//! What a client may do beside logging people in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::CallRule;
use crate::network::Network;

words! {
    /// One right. Its text is also the name of a scope.
    #[derive(PartialOrd, Ord)]
    pub enum Right {
        /// Read the account's server token and tickets.
        Token = "wechat.token",
        /// Have page URLs signed for JS-SDK.
        SignPages = "wechat.jssdk",
        /// Refresh a person's profile without the person.
        RefreshProfiles = "wechat.profile",
        /// Make other calls in the account's name, as its list of calls says.
        Relay = "wechat.relay",
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
    /// Whether requests from this address may use them. An address that is none is nowhere.
    #[must_use]
    pub fn work_from(&self, address: &str) -> bool {
        if self.networks.is_empty() {
            return true;
        }
        let Ok(address) = address.parse() else { return false };
        // What is no network lets nobody in.
        let mut networks = self.networks.iter().filter_map(|text| text.parse::<Network>().ok());
        networks.any(|network| network.contains(address))
    }

    /// Whether this call may be relayed.
    #[must_use]
    pub fn may_call(&self, method: &str, path: &str) -> bool {
        let mut rules = self.calls.iter().filter_map(|text| text.parse::<CallRule>().ok());
        self.has(Right::Relay) && rules.any(|rule| rule.allows(method, path))
    }

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
    fn rights_work_from_their_networks() {
        let mut rights = Rights::default();
        assert!(rights.work_from("203.0.113.9") && rights.work_from("unknown"));
        rights.networks = vec!["10.0.0.0/8".to_owned(), "2001:db8::7".to_owned()];
        assert!(rights.work_from("10.1.2.3") && rights.work_from("::ffff:10.1.2.3") && rights.work_from("2001:db8::7"));
        assert!(!rights.work_from("203.0.113.9") && !rights.work_from("unknown"));
        rights.networks = vec!["nonsense".to_owned()];
        assert!(!rights.work_from("10.1.2.3"));
    }

    #[test]
    fn calls_need_the_right_and_a_rule() {
        let mut rights = Rights {
            calls: vec!["GET /cgi-bin/user/*".to_owned()],
            ..Rights::default()
        };
        assert!(!rights.may_call("GET", "/cgi-bin/user/info"));
        rights.granted.insert(Right::Relay);
        assert!(rights.may_call("GET", "/cgi-bin/user/info"));
        assert!(!rights.may_call("POST", "/cgi-bin/user/info"));
    }

    #[test]
    fn a_right_is_its_text() {
        for right in Right::ALL {
            assert_eq!(Right::of(right.as_str()), Some(right));
            assert_eq!(serde_json::to_value(right).unwrap(), right.as_str());
        }
        assert_eq!(serde_json::to_string(&Rights::default()).unwrap(), "{}");
    }
}
