//! What operators change: tenants, connectors, clients. Command line, console and admin API call this and nothing
//! else, so each change is validated the same way and leaves an audit event in the same unit of work.

mod clients;
mod connectors;
mod error;
mod tenants;
mod trials;

use std::sync::Arc;

use crate::clock::{Clock, Random};
use crate::flow::ProviderRegistry;
use crate::ids::{EventId, TenantId};
use crate::model::{Action, AuditEvent, Outcome, Tenant, TenantCode};
use crate::store::{Change, Store, UnitOfWork};
pub use clients::{NewClient, SecretOverlap};
pub use connectors::NewConnector;
pub use error::ManageError;

/// Answers of a manager.
pub type Result<T> = std::result::Result<T, ManageError>;

/// Makes changes on behalf of one operator.
#[derive(Clone)]
pub struct Manager {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The installed plug-ins: they validate connectors.
    pub providers: Arc<ProviderRegistry>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Who, for the audit log: `cli:name`.
    pub actor: String,
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

    fn event(&self, tenant: TenantId, action: Action) -> AuditEvent {
        let id = EventId::generate(&*self.clock, &*self.random);
        let mut event = AuditEvent::new(id, tenant, self.clock.now(), action, Outcome::Succeeded);
        event.actor = Some(self.actor.clone());
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

/// Checks a name for people: 1 to 100 characters, no control characters.
fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        Ok(name.to_owned())
    } else {
        Err(ManageError::Name)
    }
}
