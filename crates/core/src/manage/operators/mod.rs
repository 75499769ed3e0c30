//! How people get into the console: operators, their sessions and second factors, agencies, links that work once and
//! keys of the admin API.
//!
//! | file | what |
//! | --- | --- |
//! | `sign_in` | password, second factor, enrolment, confirmation |
//! | `throttle` | failed tries, counted across instances |
//! | `sessions` | the signed-in browser: looked up, touched, ended |
//! | `accounts` | operators are added and changed |
//! | `agencies` | those whom operators belong to |
//! | `links` | setup, invitation, recovery, hand-over |
//! | `api_keys` | keys of programs |
//!
//! Who may do what to whom is decided by the caller; here stands what must hold whoever asks. Every change leaves an
//! audit event in the same unit of work: in the agency's log for what is an agency's, in the tenant's for hand-over
//! links, in the platform's for the rest. No password, code, token or secret ever stands in one.

mod error;
mod stubs;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Random};
use crate::model::{Browser, LoginName, Operator, Seat, Session, Status};
use crate::password::Passwords;
use crate::secret::SecretString;
use crate::store::ConsoleStore;
pub use error::OperatorError;

/// Answers of [`Operators`].
pub type OperatorResult<T> = std::result::Result<T, OperatorError>;
use OperatorResult as Result;

/// Lets people in, and keeps who they are.
#[derive(Clone)]
pub struct Operators {
    /// The database.
    pub store: Arc<dyn ConsoleStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// How long things last.
    pub settings: SignInSettings,
}

impl std::fmt::Debug for Operators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operators")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// How long things of a sign-in last.
#[derive(Debug, Clone)]
pub struct SignInSettings {
    /// How long an unused session lives.
    pub idle: Duration,
    /// How long any session lives.
    pub absolute: Duration,
    /// How long a password counts for what touches secrets.
    pub confirm: Duration,
    /// How authenticator apps name the account, e.g. `Hufu`.
    pub issuer_name: String,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 3600),
            confirm: Duration::from_secs(10 * 60),
            issuer_name: "Hufu".to_owned(),
        }
    }
}

/// A browser that was let in, at least as far as its session's stage says.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The cookie's value.
    pub token: SecretString,
    /// The session.
    pub session: Session,
    /// Whose.
    pub operator: Operator,
}

/// A second factor to be put into an authenticator app.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The secret in base32, for typing.
    pub secret: SecretString,
    /// The `otpauth://` address, for a QR code.
    pub url: SecretString,
    /// The session, which remembers it.
    pub session: Session,
}

/// Who makes a change.
#[derive(Debug, Clone)]
pub struct By {
    /// As the audit log names them: `operator:login`, `api-key:name`, `cli:name`, `setup`.
    pub actor: String,
    /// Their browser or program.
    pub from: Option<Browser>,
}

impl By {
    /// An operator in a browser.
    #[must_use]
    pub fn operator(login: &LoginName, from: &Browser) -> Self {
        Self {
            actor: format!("operator:{login}"),
            from: Some(from.clone()),
        }
    }
}

/// An operator to add.
#[derive(Debug, Clone)]
pub struct NewOperator {
    /// Login name.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// What they may do, and where.
    pub seat: Seat,
    /// The agency they belong to; `None`: the platform.
    pub agency_id: Option<crate::ids::AgencyId>,
    /// Their first password.
    pub password: SecretString,
}

/// What of an operator can be changed by others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorEdit {
    /// Name for people.
    pub name: String,
    /// What they may do, and where.
    pub seat: Seat,
    /// Whether they may sign in.
    pub status: Status,
}
