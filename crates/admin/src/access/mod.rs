//! What an operator may do, as handles: a page can only call what it was handed.
//!
//! ```text
//! Access ─┬─ overview()          lists and counts within the reach         every role
//!         ├─ changes()           what operators did within the reach       all but developer
//!         ├─ views()             filters kept under a name                 every person, their own
//!         ├─ platform()          agencies, the system                      platform owner
//!         ├─ staff()             operators, invitations, API keys          platform owner, agency admin
//!         ├─ onboarding()        new tenants, import                       platform owner, agency admin
//!         └─ tenant(code) ─┬─ reads of one tenant                          every role that reaches it
//!                          ├─ setup()     connectors, domains, keys        … agency operator, tenant admin
//!                          ├─ clients()   clients                          … and developer
//!                          ├─ people()    people of the tenant             all but developer
//!                          ├─ care()      disable and erase people         as setup
//!                          ├─ members()   seats in this tenant             platform owner, agency admin, tenant admin
//!                          └─ switch()    suspend and resume               platform owner, agency admin, agency operator
//! ```
//! Beside it stands [`HandOver`]: what somebody without an account may do with a link that works once.
//!
//! What is outside of an operator's reach does not exist ([`Refusal::NotFound`]); what is within, but not for their
//! role, is [`Refusal::Forbidden`]. A key that may only read is handed nothing that writes.

mod hand_over;
mod overview;
mod platform;
mod staff;
mod tenant;
mod views;

use std::sync::Arc;

use hufu_core::ids::{AgencyId, OperatorId};
use hufu_core::manage::{By, Manager, MenuUrls, Operators};
use hufu_core::model::{ApiKey, Browser, Operator, Reach, Role, Seat, Tenant, TenantCode};

use crate::console::Console;
use crate::http::Refusal;
pub(crate) use hand_over::{Entered, HandOver};
pub(crate) use overview::Overview;
pub(crate) use platform::{Onboarding, Platform};
pub(crate) use staff::Staff;
pub(crate) use tenant::{Setup, TenantAccess};
pub(crate) use views::Views;

/// Proof that a password was given a moment ago, or that the caller is a key, which is a secret itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Confirmed(());

impl Confirmed {
    pub(crate) const fn by_password() -> Self {
        Self(())
    }

    pub(crate) const fn by_key() -> Self {
        Self(())
    }
}

/// Who acts.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// As the audit log names them.
    name: String,
    seat: Seat,
    agency_id: Option<AgencyId>,
    operator: Option<OperatorId>,
    read_only: bool,
    from: Browser,
}

impl Actor {
    /// An operator in a browser.
    pub(crate) fn operator(operator: &Operator, from: &Browser) -> Self {
        Self {
            name: format!("operator:{}", operator.login),
            seat: operator.seat.clone(),
            agency_id: operator.agency_id,
            operator: Some(operator.id),
            read_only: false,
            from: from.clone(),
        }
    }

    /// A program with a key.
    pub(crate) fn key(key: &ApiKey, from: &Browser) -> Self {
        Self {
            name: format!("api-key:{}", key.name),
            seat: key.seat.clone(),
            agency_id: key.agency_id,
            operator: None,
            read_only: key.read_only,
            from: from.clone(),
        }
    }
}

/// What somebody may do.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    console: Console,
    actor: Arc<Actor>,
}

impl Access {
    pub(crate) fn new(console: &Console, actor: Actor) -> Self {
        Self {
            console: console.clone(),
            actor: Arc::new(actor),
        }
    }

    pub(crate) fn role(&self) -> Role {
        self.actor.seat.role()
    }

    pub(crate) fn reach(&self) -> &Reach {
        self.actor.seat.reach()
    }

    /// The agency they belong to.
    pub(crate) fn agency_id(&self) -> Option<AgencyId> {
        self.actor.agency_id
    }

    /// Who they are, when they are a person.
    pub(crate) fn operator_id(&self) -> Option<OperatorId> {
        self.actor.operator
    }

    /// As the audit log names them.
    pub(crate) fn by(&self) -> By {
        By {
            actor: self.actor.name.clone(),
            from: Some(self.actor.from.clone()),
        }
    }

    /// Where the links in menus lead.
    fn menu_urls(&self, code: &TenantCode) -> MenuUrls {
        let public_url = &self.console.site.public_url;
        MenuUrls {
            login: public_url.tenant(code).login(),
            wechat: public_url.at("/connect/oauth2/authorize"),
        }
    }

    fn manager(&self) -> Manager {
        Manager {
            actor: self.actor.name.clone(),
            from: Some(self.actor.from.clone()),
            ..self.console.manager.clone()
        }
    }

    fn operators(&self) -> &Operators {
        &self.console.operators
    }

    /// Refuses who may not change anything, then who is none of `roles`.
    fn demand(&self, roles: &[Role]) -> Result<(), Refusal> {
        if self.actor.read_only || !roles.contains(&self.role()) {
            return Err(Refusal::Forbidden);
        }
        Ok(())
    }

    /// Lists and counts within the reach.
    pub(crate) fn overview(&self) -> Overview {
        Overview::new(self.manager(), self.reach().clone())
    }

    /// What operators changed within the reach. A developer sees logins alone.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn changes(&self) -> Result<Overview, Refusal> {
        if self.role() == Role::Developer {
            return Err(Refusal::Forbidden);
        }
        Ok(self.overview())
    }

    /// Agencies and the system.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn platform(&self) -> Result<Platform, Refusal> {
        self.demand(&[Role::PlatformOwner])?;
        Ok(Platform::new(self.console.clone(), self.by()))
    }

    /// Operators, invitations and keys of the platform or of one's agency.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn staff(&self) -> Result<Staff, Refusal> {
        self.demand(&[Role::PlatformOwner, Role::AgencyAdmin])?;
        Ok(Staff::new(self.clone()))
    }

    /// New tenants.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn onboarding(&self) -> Result<Onboarding, Refusal> {
        self.demand(&[Role::PlatformOwner, Role::AgencyAdmin])?;
        Ok(Onboarding::new(self.manager(), self.actor.agency_id))
    }

    /// Whether their role suspends tenants at all, before any tenant is named.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn may_switch(&self) -> Result<(), Refusal> {
        self.demand(&[Role::PlatformOwner, Role::AgencyAdmin, Role::AgencyOperator])
    }

    /// One tenant.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is outside of the reach, or not there at all.
    pub(crate) async fn tenant(&self, code: &str) -> Result<TenantAccess, Refusal> {
        let code: TenantCode = code.parse().map_err(|_| Refusal::NotFound)?;
        let tenant = self.console.manager.tenant(&code).await?;
        self.over(tenant)
    }

    fn over(&self, tenant: Arc<Tenant>) -> Result<TenantAccess, Refusal> {
        if !self.reach().covers(&tenant) {
            return Err(Refusal::NotFound);
        }
        Ok(TenantAccess::new(self.clone(), tenant))
    }
}
