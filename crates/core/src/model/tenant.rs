//! Tenants.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::HostName;
use crate::clock::Timestamp;
use crate::ids::{AgencyId, TenantId};
use crate::text::Locale;

/// Whether something may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In use.
    #[default]
    Active,
    /// Switched off by an operator; everything that needs it is refused with a clear answer.
    Disabled,
    /// Being set up: not yet live, open to test logins alone.
    Draft,
}

impl Status {
    /// Whether it is [`Status::Active`].
    #[must_use]
    pub fn is_active(self) -> bool {
        self == Self::Active
    }
}

/// The text is no tenant code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant's code has 1 to 40 characters of a-z, 0-9 and single hyphens inside")]
pub struct CodeError;

/// The short name of a tenant in URLs, `/t/{code}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantCode(String);

impl TenantCode {
    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantCode {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let plain = text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let hyphens = text.starts_with('-') || text.ends_with('-') || text.contains("--");
        if plain && !hyphens && (1..=40).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CodeError)
        }
    }
}

impl fmt::Display for TenantCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a tenant's end-user pages look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    /// Name on the pages; `None`: the tenant's name.
    pub name: Option<String>,
    /// Accent colour, `#rrggbb` in lower case.
    pub colour: Option<String>,
    /// Picture.
    pub logo: Option<Logo>,
}

/// A small picture, never SVG: that could hold scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// `image/png`, `image/jpeg` or `image/webp`.
    pub media_type: String,
    /// Its bytes in base64 (RFC 4648, section 4), at most [`Logo::LIMIT`] bytes before encoding.
    pub base64: String,
}

impl Logo {
    /// Bytes of a picture at most: it stands in every page as a `data:` URL.
    pub const LIMIT: usize = 24 * 1024;
}

/// A client of an agency: its own issuer, login URL, keys, connectors, clients and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tenant {
    /// Identifier.
    pub id: TenantId,
    /// Short name in URLs; unique.
    pub code: TenantCode,
    /// Name for people; any text up to 100 characters.
    pub name: String,
    /// Whether logins are served.
    pub status: Status,
    /// Language of pages when the browser names none that Hufu has.
    pub locale: Locale,
    /// Who looks after it; `None`: the platform itself.
    pub agency_id: Option<AgencyId>,
    /// How its end-user pages look.
    pub branding: Branding,
    /// Days that audit events are kept; `None`: for ever.
    pub audit_days: Option<u32>,
    /// Its own host name, where it is an issuer beside the one by path; `None`: it has the path alone.
    pub host: Option<HostName>,
    /// Secret of its pairwise subjects (OpenID Connect Core, section 8.1); empty until the first client wants them. Never
    /// serialized.
    #[serde(skip)]
    pub pairwise_salt: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// Counts saves, from 1: a save of an older version is a conflict.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for good in ["a", "acme", "acme-2", &"a".repeat(40)] {
            assert!(good.parse::<TenantCode>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "a--b",
            "Acme",
            "a_b",
            "a/b",
            "..",
            "張",
            &"a".repeat(41),
        ] {
            assert_eq!(bad.parse::<TenantCode>(), Err(CodeError), "{bad}");
        }
    }
}
