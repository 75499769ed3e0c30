//! What operators change: tenants, connectors, clients. Command line, console and admin API call this and nothing
//! else, so each change is validated the same way and leaves an audit event in the same unit of work.

mod clients;
mod connectors;
mod diff;
mod error;
mod health;
mod keys;
mod menus;
mod onboardings;
mod operators;
mod people;
mod protocols;
mod pushes;
mod quotas;
mod rotation;
mod server_tokens;
mod tenants;
mod trials;
mod unions;
mod verify_files;

use std::sync::Arc;

use crate::clock::{Clock, Random};
use crate::flow::ProviderRegistry;
use crate::ids::{EventId, TenantId};
use crate::model::{Action, AuditEvent, Browser, Outcome, Tenant, TenantCode};
use crate::probe::Probe;
use crate::store::{Change, ConsoleStore, UnitOfWork};
pub use clients::{ClientEdit, ClientExtras, NewClient, SecretOverlap};
pub use connectors::{ConnectorEdit, NewConnector};
pub use error::ManageError;
pub use health::{connector_health, host_health, verify_file_health};
pub use menus::{
    CheckedMenu, MenuAtProvider, MenuChange, MenuChangeKind, MenuFieldChange, MenuLogin, MenuLoginStyle, MenuState,
    MenuUrls, menu_place,
};
pub use onboardings::OnboardingEdit;
pub use operators::{
    By, Enrolment, NewOperator, OperatorEdit, OperatorError, OperatorResult, Operators, SignInSettings, SignedIn,
};
pub use pushes::{PushRules, PushSecrets, TargetEdit};
pub use quotas::QuotaWarning;
pub use rotation::{KeyStep, RotationPolicy, due as due_key_steps, due_at as key_due_at};
pub use server_tokens::TokenTimes;
pub use tenants::{NewTenant, TenantEdit};
pub use unions::SamePerson;

/// Answers of a manager.
pub type Result<T> = std::result::Result<T, ManageError>;

/// Makes changes on behalf of one operator.
#[derive(Clone)]
pub struct Manager {
    /// The database.
    pub store: Arc<dyn ConsoleStore>,
    /// The installed plug-ins: they validate connectors.
    pub providers: Arc<ProviderRegistry>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Looks at public URLs from outside.
    pub probe: Arc<dyn Probe>,
    /// Hosts that can be no tenant's own, without port: the installation's, and those by which programs know the provider.
    pub reserved_hosts: Arc<[String]>,
    /// Who, for the audit log: `cli:name`, `operator:name`, `api-key:name`.
    pub actor: String,
    /// The request in which they do it, when it is one.
    pub from: Option<Browser>,
}

impl std::fmt::Debug for Manager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manager")
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

impl Manager {
    /// The tenant of a code.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn tenant(&self, code: &TenantCode) -> Result<Arc<Tenant>> {
        self.store
            .lookup_tenant(code)
            .await?
            .ok_or(ManageError::NotFound { what: "tenant" })
    }

    /// An event of this operator.
    #[must_use]
    pub fn event(&self, tenant: TenantId, action: Action) -> AuditEvent {
        let id = EventId::generate(&*self.clock, &*self.random);
        let mut event = AuditEvent::new(id, tenant, self.clock.now(), action, Outcome::Succeeded);
        event.actor = Some(self.actor.clone());
        if let Some(from) = &self.from {
            event.ip = Some(from.ip.clone());
            event.user_agent = Some(from.user_agent.clone());
            event.request_id = Some(from.request_id);
        }
        event
    }

    /// Saves changes and the event that reports them, together.
    async fn save(&self, event: AuditEvent, changes: Vec<Change>) -> Result<()> {
        let tenant = event.tenant_id;
        let unit = changes.into_iter().fold(UnitOfWork::new(tenant), UnitOfWork::with);
        self.store
            .begin(tenant)
            .save(unit.with(Change::Event(Box::new(event))))
            .await?;
        Ok(())
    }
}

/// What an operator looked at must still be what is stored, when they say what they looked at.
fn expect_version(expected: Option<u32>, stored: u32, what: &'static str) -> Result<()> {
    if expected.is_some_and(|expected| expected != stored) {
        return Err(ManageError::Conflict { what });
    }
    Ok(())
}

/// Checks a name for people: 1 to 100 characters, no control characters; white space around it goes.
///
/// # Errors
/// [`ManageError::Name`].
pub fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(ManageError::Name)
    }
}
