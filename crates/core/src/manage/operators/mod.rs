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

mod accounts;
mod agencies;
mod api_keys;
mod error;
mod links;
mod sessions;
mod sign_in;
mod throttle;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::checked_name;
use crate::clock::{Clock, Random};
use crate::error::StoreError;
use crate::ids::{AgencyId, EventId, TenantId};
use crate::model::{Action, Agency, AuditEvent, Browser, LoginName, Operator, Outcome, Reach, Seat, Session, Status};
use crate::password::Passwords;
use crate::secret::SecretString;
use crate::store::{Change, ConsoleStore, Find, Record, RecordFilter, Records as _, UnitOfWork};
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
    /// Whether everybody must enrol a second factor at the first sign-in.
    pub second_factor_required: bool,
    /// How authenticator apps name the account, e.g. `Hufu`.
    pub issuer_name: String,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 3600),
            confirm: Duration::from_secs(10 * 60),
            second_factor_required: true,
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
    pub agency_id: Option<AgencyId>,
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

/// How often a change is tried again that somebody else's crossed.
const TRIES: usize = 5;
/// How many records are read at once.
const PAGE: usize = 500;
/// How exactly it is known when something was last used, in milliseconds.
const TOUCH: u32 = 60_000;

impl Operators {
    /// An event of what somebody did.
    fn event(&self, log: TenantId, action: Action, by: &By) -> AuditEvent {
        let id = EventId::generate(&*self.clock, &*self.random);
        let mut event = AuditEvent::new(id, log, self.clock.now(), action, Outcome::Succeeded);
        event.actor = Some(by.actor.clone());
        if let Some(from) = &by.from {
            came_from(&mut event, from);
        }
        event
    }

    /// Saves changes together. Events among them must be of this log.
    async fn save(&self, log: TenantId, changes: Vec<Change>) -> std::result::Result<(), StoreError> {
        let unit = changes.into_iter().fold(UnitOfWork::new(log), UnitOfWork::with);
        self.store.begin(log).save(unit).await.map(|_| ())
    }

    async fn by_id<T: Record>(&self, id: impl std::fmt::Display) -> Result<Option<T>> {
        Ok(self.store.find(Find::Id(&id.to_string())).await?)
    }

    /// All records that a filter lets through, page by page.
    async fn all<T: Record>(&self, mut filter: RecordFilter) -> Result<Vec<T>> {
        let mut all: Vec<T> = Vec::new();
        loop {
            let page = self.store.list::<T>(&filter, PAGE as u64).await?;
            let is_last = page.len() < PAGE;
            filter.after = page.last().map(Record::id);
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Whether who belongs there may come in: no agency is the platform.
    async fn is_open(&self, agency: Option<AgencyId>) -> Result<bool> {
        match agency {
            None => Ok(true),
            Some(id) => Ok(self.by_id::<Agency>(id).await?.is_some_and(|a| a.status.is_active())),
        }
    }

    /// Checks that a seat reaches no further than the agency of who sits in it.
    async fn check_seat(&self, seat: &Seat, agency: Option<AgencyId>) -> Result<()> {
        let Some(own) = agency else { return Ok(()) };
        if self.by_id::<Agency>(own).await?.is_none() {
            return Err(OperatorError::NotFound { what: "agency" });
        }
        match seat.reach() {
            Reach::Platform => Err(OperatorError::Seat),
            Reach::Agency { agency } if *agency == own => Ok(()),
            Reach::Agency { .. } => Err(OperatorError::Seat),
            Reach::Tenants { tenants } => {
                for id in tenants {
                    let tenant = self.store.lookup_tenant_by_id(*id).await?;
                    if tenant.is_none_or(|tenant| tenant.agency_id != Some(own)) {
                        return Err(OperatorError::Seat);
                    }
                }
                Ok(())
            }
        }
    }
}

/// Whose log holds what is an agency's, or the platform's.
fn log_of(agency: Option<AgencyId>) -> TenantId {
    agency.map_or(TenantId::PLATFORM, AgencyId::log)
}

fn name_of(name: &str) -> Result<String> {
    checked_name(name).map_err(|_| OperatorError::Name)
}

fn came_from(event: &mut AuditEvent, from: &Browser) {
    event.ip = Some(cleaned(&from.ip, 64));
    event.user_agent = Some(cleaned(&from.user_agent, 300));
    event.request_id = Some(from.request_id);
}

/// A text of somebody unknown, fit to be kept: no control characters, not longer than this.
fn cleaned(text: &str, length: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(length).collect()
}

fn detail(event: &mut AuditEvent, name: &str, value: Value) {
    event.detail.insert(name.to_owned(), value);
}

/// Notes what a change changed, if it did.
fn changed(event: &mut AuditEvent, field: &str, before: Value, after: Value) {
    if before != after {
        let both = [("before".to_owned(), before), ("after".to_owned(), after)];
        detail(event, field, Value::Object(both.into_iter().collect()));
    }
}

fn about(event: &mut AuditEvent, operator: &Operator) {
    detail(event, "operator", json!({"id": operator.id, "login": operator.login}));
}

fn as_event(event: AuditEvent) -> Change {
    Change::Event(Box::new(event))
}

/// Whether somebody else was faster: worth another look.
fn is_crossed(error: &StoreError) -> bool {
    matches!(error, StoreError::Conflict { .. } | StoreError::Duplicate { .. })
}
