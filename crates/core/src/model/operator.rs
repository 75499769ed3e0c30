//! Operators, the agencies they belong to, and how they are signed in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Seat, Status};
use crate::clock::Timestamp;
use crate::ids::{AgencyId, OperatorId, SessionId, ViewId};
use crate::secret::{Digest256, StoredSecret};

/// Who looks after tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Identifier.
    pub id: AgencyId,
    /// Name for people.
    pub name: String,
    /// Disabled: its operators cannot sign in; its tenants' logins go on.
    pub status: Status,
    /// When it was added.
    pub created_at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}

/// The text is no login name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a login name has 3 to 64 characters of a-z, 0-9 and . _ - + @")]
pub struct LoginNameError;

/// The name by which an operator signs in, e.g. a mail address. Lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LoginName(String);

impl LoginName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LoginName {
    type Err = LoginNameError;
    fn from_str(text: &str) -> Result<Self, LoginNameError> {
        let name = text.trim().to_ascii_lowercase();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-+@".contains(&b);
        if (3..=64).contains(&name.len()) && name.bytes().all(plain) {
            Ok(Self(name))
        } else {
            Err(LoginNameError)
        }
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A second factor: time-based one-time passwords (RFC 6238; SHA-1, 30 seconds, 6 digits, as every app reads them).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Totp {
    /// The shared secret in base32.
    pub secret: StoredSecret,
    /// The time step of the last code taken: no code works twice (RFC 6238, 5.2).
    pub last_step: u64,
}

/// A person in the console.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Operator {
    /// Identifier.
    pub id: OperatorId,
    /// By which they sign in; unique.
    pub login: LoginName,
    /// Name for people.
    pub name: String,
    /// What they may do, and where.
    pub seat: Seat,
    /// The agency they belong to; `None`: the platform.
    pub agency_id: Option<AgencyId>,
    /// Whether they may sign in.
    pub status: Status,
    /// Hash of the password in PHC form (argon2id).
    pub password: StoredSecret,
    /// The second factor; `None` until it is enrolled at the first sign-in.
    pub totp: Option<Totp>,
    /// Digests of the recovery codes that are left.
    pub recovery: Vec<Digest256>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
    /// Counts saves, from 1.
    pub version: u32,
}

/// How far a sign-in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The password was right; the second factor is asked for.
    SecondFactor,
    /// The password was right; a second factor must be enrolled first.
    Enrol,
    /// Signed in.
    Full,
}

/// An operator's signed-in browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Identifier, as the list of sessions names it.
    pub id: SessionId,
    /// Digest of the cookie's value.
    pub digest: Digest256,
    /// Whose.
    pub operator_id: OperatorId,
    /// How far.
    pub stage: Stage,
    /// A second factor being enrolled: its secret in base32.
    pub enrolling: Option<StoredSecret>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When the password was last given: what touches secrets asks again after a while.
    pub confirmed_at: Timestamp,
    /// When it ends, whether used or not.
    pub ends_at: Timestamp,
    /// When it ends if it is not used until then.
    pub idle_at: Timestamp,
    /// Where it began.
    pub ip: String,
    /// In which browser.
    pub user_agent: String,
    /// Counts saves, from 1.
    pub version: u32,
}

/// Failed sign-ins of one login name or one address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Throttle {
    /// `login:{name}` or `ip:{address}`.
    pub subject: String,
    /// How many in a row.
    pub failures: u32,
    /// When the last was.
    pub last_at: Timestamp,
    /// Until when the next try is refused unseen.
    pub blocked_until: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}

/// A filter of the login history that an operator keeps under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Identifier.
    pub id: ViewId,
    /// Whose.
    pub operator_id: OperatorId,
    /// Its name.
    pub name: String,
    /// The page's query, as the filter form writes it.
    pub query: String,
    /// Counts saves, from 1.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_names_have_one_spelling() {
        assert_eq!(
            " Ops@Example.COM ".parse::<LoginName>().unwrap().as_str(),
            "ops@example.com"
        );
        for bad in ["", "ab", "a b c", "张三张三", "a\u{0}bc", &"a".repeat(65)] {
            assert_eq!(bad.parse::<LoginName>(), Err(LoginNameError), "{bad}");
        }
    }
}
