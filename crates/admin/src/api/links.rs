//! Links that work once, as the resources show them that make some.

use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::model;
use hufu_core::secret::{ExposeSecret as _, SecretString};
use serde::Serialize;
use utoipa::ToSchema;

use super::names::Time;
use crate::console::Console;

/// A link that works once. Its address is answered when it is made, and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Link {
    /// Identifier.
    id: String,
    /// How it stands.
    state: LinkState,
    /// Whom it is for, in the words of who made it.
    note: String,
    /// Who made it, as the audit log names them.
    created_by: String,
    /// When it was made.
    created_at: Time,
    /// Until when it works.
    expires_at: Time,
    /// When it was used.
    used_at: Option<Time>,
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum LinkState {
    /// It works.
    Open,
    /// It was used.
    Used,
    /// It was taken back.
    Revoked,
    /// Nobody used it in time.
    Expired,
}

/// A link that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinkWithUrl {
    /// The link.
    link: Link,
    /// Its address, answered this once.
    url: String,
}

/// A lifetime; whether one can live so long is said by what makes it.
pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn shown(link: &model::Link, now: Timestamp) -> Link {
    Link {
        id: link.id.to_string(),
        state: state(link, now),
        note: link.note.clone(),
        created_by: link.created_by.clone(),
        created_at: link.created_at.into(),
        expires_at: link.expires_at.into(),
        used_at: link.used_at.map(Time),
    }
}

/// With its address: `page` is the path of the page that takes the token.
pub(super) fn with_url(console: &Console, page: &str, link: &model::Link, token: &SecretString) -> LinkWithUrl {
    let path = format!("{page}/{}", token.expose_secret());
    LinkWithUrl {
        link: shown(link, console.manager.clock.now()),
        url: console.site.public_url.at(&path),
    }
}

fn state(link: &model::Link, now: Timestamp) -> LinkState {
    if link.used_at.is_some() {
        LinkState::Used
    } else if link.revoked_at.is_some() {
        LinkState::Revoked
    } else if link.is_open(now) {
        LinkState::Open
    } else {
        LinkState::Expired
    }
}
