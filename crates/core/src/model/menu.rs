//! The menu of an account as Hufu keeps it: a draft, what was published, and what people have.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::ids::{ConnectorId, TenantId};

/// The menu of one connector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MenuBook {
    /// Whose account.
    pub connector_id: ConnectorId,
    /// Whose connector.
    pub tenant_id: TenantId,
    /// What is being written.
    pub draft: Option<MenuDraft>,
    /// Counts changes of the draft, from 0: who edits says which one they have seen.
    pub edits: u32,
    /// What was published, oldest first; at most [`MenuBook::KEPT`].
    pub versions: Vec<MenuVersion>,
    /// The version that people have as far as Hufu knows; `None`: Hufu published none, or took it away.
    pub live: Option<u32>,
    /// Somebody is publishing at this moment.
    pub claim: Option<MenuClaim>,
    /// Counts saves, from 1.
    pub version: u32,
}

/// A menu that nobody sees yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MenuDraft {
    /// The menu; buttons may have a `login` in place of their URL.
    pub menu: Value,
    /// Who wrote it: an actor of the audit log.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A menu that was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MenuVersion {
    /// Counts publications, from 1.
    pub number: u32,
    /// As the provider got it.
    pub menu: Value,
    /// As it was written, where that is something else: with logins in place of their URLs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Value>,
    /// Who published it: an actor of the audit log.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What for; may be empty.
    pub note: String,
    /// The version that it brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
}

/// Keeps others from publishing while the provider is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuClaim {
    /// Who: an actor of the audit log.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
}

impl MenuBook {
    /// How many versions are kept.
    pub const KEPT: usize = 50;

    /// A book with nothing in it, not yet saved.
    #[must_use]
    pub fn empty(tenant_id: TenantId, connector_id: ConnectorId) -> Self {
        Self {
            connector_id,
            tenant_id,
            draft: None,
            edits: 0,
            versions: Vec::new(),
            live: None,
            claim: None,
            version: 0,
        }
    }

    /// A version that is kept.
    #[must_use]
    pub fn published(&self, number: u32) -> Option<&MenuVersion> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The version that people have as far as Hufu knows.
    #[must_use]
    pub fn live(&self) -> Option<&MenuVersion> {
        self.published(self.live?)
    }

    /// The number of the version that comes next.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        self.versions
            .last()
            .map_or(1, |version| version.number.saturating_add(1))
    }

    /// Adds a version that people have now. What is too old goes.
    pub fn add(&mut self, version: MenuVersion) {
        self.live = Some(version.number);
        self.versions.push(version);
        let over = self.versions.len().saturating_sub(Self::KEPT);
        self.versions.drain(..over);
    }
}

impl MenuVersion {
    /// As it was written.
    #[must_use]
    pub fn written(&self) -> &Value {
        self.source.as_ref().unwrap_or(&self.menu)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    #[test]
    fn the_newest_versions_are_kept_and_numbers_go_on() {
        let (clock, random) = (SystemClock, SystemRandom);
        let mut book = MenuBook::empty(
            TenantId::generate(&clock, &random),
            ConnectorId::generate(&clock, &random),
        );
        for _ in 0..60 {
            let number = book.next_number();
            book.add(MenuVersion {
                number,
                menu: json!({"button": []}),
                source: None,
                by: "cli:a".to_owned(),
                at: Timestamp::from_millis(1),
                note: String::new(),
                of: None,
            });
        }
        assert_eq!(book.versions.len(), MenuBook::KEPT);
        assert_eq!((book.versions[0].number, book.next_number()), (11, 61));
        assert_eq!(book.live().unwrap().number, 60);
        assert!(book.published(10).is_none());
        let stored = serde_json::to_string(&book).unwrap();
        assert_eq!(serde_json::from_str::<MenuBook>(&stored).unwrap(), book);
    }
}
