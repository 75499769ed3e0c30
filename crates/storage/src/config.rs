//! Where the database is and how patient Hufu is with it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Configuration of the database.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `sqlite://path/to/file?mode=rwc`, or `postgres://user:password@host/name`.
    pub url: String,
    /// Connections at most. On SQLite those that read; one more writes.
    pub max_connections: u32,
    /// Seconds after which a statement, or the wait for a connection, is given up.
    pub timeout_seconds: u64,
    /// Seconds between two writes of what was counted, such as calls to providers.
    pub count_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: "sqlite://hufu.db?mode=rwc".to_owned(),
            max_connections: 8,
            timeout_seconds: 5,
            count_seconds: 5,
        }
    }
}

impl Config {
    /// The defaults with another URL.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.max(1))
    }

    pub(crate) fn count_every(&self) -> Duration {
        Duration::from_secs(self.count_seconds.max(1))
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }
}

/// Without the URL's user and password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        f.debug_struct("Config")
            .field("url", &format_args!("{scheme}://{place}"))
            .field("max_connections", &self.max_connections)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("count_seconds", &self.count_seconds)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_password() {
        let shown = format!("{:?}", Config::at("postgres://hufu:s3cret@db.internal/hufu"));
        assert!(
            shown.contains("postgres://db.internal/hufu") && !shown.contains("s3cret"),
            "{shown}"
        );
    }
}
