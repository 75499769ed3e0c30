//! What a query asks for, as it was typed.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::kind::Kind;

/// Filters, in the order of their chips.
pub(super) const FILTERS: [&str; 16] = [
    "q",
    "tenant",
    "client",
    "connector",
    "outcome",
    "error",
    "errcode",
    "ip",
    "openid",
    "subject",
    "request",
    "attempt",
    "actor",
    "action",
    "from",
    "until",
];

/// Besides the filters: how far back, whether every step is shown, and the key of the page.
const MORE: [&str; 4] = ["range", "all", "before", "after"];

/// Characters of a value that are read: no filter is longer.
const LONGEST: usize = 200;

/// A query of the log's pages: known names with values, white space around them gone. What else it holds is dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked(BTreeMap<&'static str, String>);

impl Asked {
    /// Reads a query; of a name that comes twice the last value counts.
    pub(super) fn read(query: &str) -> Self {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if let Some(known) = FILTERS.into_iter().chain(MORE).find(|known| *known == name) {
                asked.set(known, &value);
            }
        }
        asked
    }

    fn set(&mut self, name: &'static str, value: &str) {
        let value: String = value.trim().chars().take(LONGEST).collect();
        if value.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name, value);
        }
    }

    /// The value of a name; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The same with another value.
    pub(super) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut asked = self.clone();
        asked.set(name, value);
        asked
    }

    /// The same without a name.
    pub(super) fn without(&self, name: &str) -> Self {
        let mut asked = self.clone();
        asked.0.remove(name);
        asked
    }

    /// The same from its first page.
    pub(super) fn first_page(&self) -> Self {
        self.without("before").without("after")
    }

    /// The same with nothing that the list does not have.
    pub(super) fn of(&self, kind: Kind) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| kind.has(name))
                .map(|(name, value)| (*name, value.clone()))
                .collect(),
        )
    }

    /// The query again, as the form writes it.
    pub(super) fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            query.append_pair(name, value);
        }
        query.finish()
    }

    /// A path with the query.
    pub(super) fn url(&self, path: &str) -> String {
        if self.0.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", self.query())
        }
    }

    /// The filters that are set, with what they say.
    pub(super) fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        FILTERS
            .into_iter()
            .filter(|name| self.has(name))
            .map(|name| (name, self.get(name)))
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_written_again() {
        let asked = Asked::read("tenant=acme&q=+40029+&evil=1&outcome=&ip=%3A%3A1&error=a%26b%3D%F0%9F%90%AF");
        assert_eq!(asked.get("q"), "40029");
        assert_eq!(asked.get("ip"), "::1");
        assert_eq!(asked.get("error"), "a&b=🐯");
        assert!(!asked.has("outcome") && !asked.has("evil"));
        assert_eq!(Asked::read(&asked.query()), asked);
        assert_eq!(Asked::read("tenant=a&tenant=b").get("tenant"), "b");
        assert_eq!(Asked::read("%FF%00=%&&=&q").query(), "");
    }

    #[test]
    fn links_change_one_thing() {
        let asked = Asked::read("tenant=acme&before=X&range=24h");
        assert_eq!(
            asked.first_page().with("ip", "::1").query(),
            "ip=%3A%3A1&range=24h&tenant=acme"
        );
        assert_eq!(asked.without("tenant").first_page().url("/a"), "/a?range=24h");
        assert_eq!(Asked::default().url("/a"), "/a");
        assert_eq!(asked.with("q", &"x".repeat(900)).get("q").len(), LONGEST);
    }

    #[test]
    fn a_list_has_its_own_filters_only() {
        let asked = Asked::read("tenant=a&ip=1.1.1.1&actor=cli:x&action=key.rotate&range=7d");
        assert_eq!(
            asked.of(Kind::Changes).query(),
            "action=key.rotate&actor=cli%3Ax&range=7d&tenant=a"
        );
        assert_eq!(asked.of(Kind::Logins).query(), "ip=1.1.1.1&range=7d&tenant=a");
    }
}
