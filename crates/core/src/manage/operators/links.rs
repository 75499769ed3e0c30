//! Links that work once: setup, invitation, recovery, hand-over.

use std::time::Duration;

use serde_json::json;

use super::accounts::without_factor;
use super::{
    By, Operators, Result, SignedIn, about, as_event, changed, cleaned, detail, is_crossed, log_of, name_of, throttle,
};
use crate::clock::random_token;
use crate::ids::{AgencyId, ConnectorId, LinkId, OnboardingId, OperatorId, TenantId};
use crate::manage::OperatorError;
use crate::model::{Action, AuditEvent, Browser, Link, Operator, Outcome, Purpose, Seat};
use crate::secret::{Digest256, SecretString};
use crate::store::{Change, Find, Record as _, RecordFilter, Records as _};

const SETUP_LIFE: Duration = Duration::from_secs(30 * 60);
const RECOVERY_LIFE: Duration = Duration::from_secs(86_400);
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

impl Operators {
    /// The link with which the first operator is made; it works for half an hour and takes the place of older ones.
    /// `None`: there is an operator.
    ///
    /// An installation has one setup link under one id. So an older one ends where a newer one is written, and of two
    /// who open the same at once the store lets one through.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_link(&self) -> Result<Option<SecretString>> {
        let by = By {
            actor: "setup".to_owned(),
            from: None,
        };
        loop {
            if self.has_operators().await? {
                return Ok(None);
            }
            let (mut link, token) = self.new_link(&by, Purpose::Setup, "", SETUP_LIFE);
            link.id = LinkId::floor(0);
            link.version = self.by_id::<Link>(link.id).await?.map_or(1, |older| older.version + 1);
            let event = self.link_event(&link, Action::LinkAdd, &by).await?;
            match self
                .save(event.tenant_id, vec![Change::record(&link)?, as_event(event)])
                .await
            {
                Ok(()) => return Ok(Some(token)),
                Err(error) if is_crossed(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A link with which somebody becomes an operator.
    ///
    /// # Errors
    /// [`OperatorError::Lifetime`] unless it lives a minute to 30 days; [`OperatorError::Seat`].
    pub async fn invite(
        &self,
        by: &By,
        seat: Seat,
        agency_id: Option<AgencyId>,
        note: &str,
        lifetime: Duration,
    ) -> Result<(Link, SecretString)> {
        self.check_seat(&seat, agency_id).await?;
        self.add_link(by, Purpose::Invitation { seat, agency_id }, note, lifetime)
            .await
    }

    /// A link with which an operator chooses a new password and second factor, for a day. Older ones end.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn recovery_link(&self, by: &By, operator: OperatorId) -> Result<(Link, SecretString)> {
        let operator = self.known(operator).await?;
        let purpose = Purpose::Recovery {
            operator_id: operator.id,
        };
        let now = self.clock.now();
        let older = self.list_links("recovery", None).await?;
        let older = older
            .into_iter()
            .filter(|link| link.purpose == purpose && link.is_open(now));
        let (link, token) = self.new_link(by, purpose.clone(), operator.login.as_str(), RECOVERY_LIFE);
        let event = self.link_event(&link, Action::LinkAdd, by).await?;
        let log = event.tenant_id;
        let mut changes = vec![Change::record(&link)?, as_event(event)];
        for older in older {
            changes.push(Change::record(&Link {
                revoked_at: Some(now),
                version: older.version + 1,
                ..older
            })?);
        }
        self.save(log, changes).await?;
        Ok((link, token))
    }

    /// A link with which an account's owner enters its secrets.
    ///
    /// # Errors
    /// [`OperatorError::Lifetime`] unless it lives a minute to 30 days; [`OperatorError::NotFound`].
    pub async fn hand_over_link(
        &self,
        by: &By,
        tenant: TenantId,
        connector: Option<ConnectorId>,
        onboarding: Option<OnboardingId>,
        note: &str,
        lifetime: Duration,
    ) -> Result<(Link, SecretString)> {
        if self.store.lookup_tenant_by_id(tenant).await?.is_none() {
            return Err(OperatorError::NotFound { what: "tenant" });
        }
        let purpose = Purpose::HandOver {
            tenant_id: tenant,
            connector_id: connector,
            onboarding_id: onboarding,
        };
        self.add_link(by, purpose, note, lifetime).await
    }

    /// The link of a token, if it still works.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_link(&self, token: &str) -> Result<Option<Link>> {
        let digest = Digest256::of(token).encode();
        let link = self.store.find::<Link>(Find::Key(&digest)).await?;
        let Some(link) = link.filter(|link| link.is_open(self.clock.now())) else {
            return Ok(None);
        };
        let still = match &link.purpose {
            Purpose::Setup => !self.has_operators().await?,
            Purpose::Invitation { agency_id, .. } => self.is_open(*agency_id).await?,
            Purpose::Recovery { operator_id } => match self.operator(*operator_id).await? {
                Some(operator) => self.may_come_in(&operator).await?,
                None => false,
            },
            Purpose::HandOver { .. } => true,
        };
        Ok(still.then_some(link))
    }

    /// The link used up, to be saved with what it does: of two uses at once the store refuses one.
    ///
    /// # Errors
    /// [`OperatorError::LinkOver`].
    pub fn spend(&self, link: &Link) -> Result<Change> {
        let now = self.clock.now();
        if !link.is_open(now) {
            return Err(OperatorError::LinkOver);
        }
        Ok(Change::record(&Link {
            used_at: Some(now),
            version: link.version + 1,
            ..link.clone()
        })?)
    }

    /// Takes a link back.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`]; [`OperatorError::LinkOver`] when it was used or taken back before.
    pub async fn revoke_link(&self, by: &By, id: LinkId) -> Result<()> {
        let link = self.by_id::<Link>(id).await?;
        let link = link.ok_or(OperatorError::NotFound { what: "link" })?;
        if link.used_at.is_some() || link.revoked_at.is_some() {
            return Err(OperatorError::LinkOver);
        }
        let mut event = self.link_event(&link, Action::LinkUse, by).await?;
        event.outcome = Outcome::Denied;
        event.error = Some("revoked".to_owned());
        let link = Link {
            revoked_at: Some(self.clock.now()),
            version: link.version + 1,
            ..link
        };
        let log = event.tenant_id;
        Ok(self.save(log, vec![Change::record(&link)?, as_event(event)]).await?)
    }

    /// Links of a group (`setup`, `invitation`, `recovery`, `hand_over`), newest first, those that are over too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_links(&self, group: &str, tenant: Option<TenantId>) -> Result<Vec<Link>> {
        self.all(RecordFilter {
            tenants: tenant.map(|tenant| vec![tenant]),
            group: Some(group.to_owned()),
            newest_first: true,
            ..RecordFilter::default()
        })
        .await
    }

    /// Makes an operator of whoever holds a setup link or an invitation, and begins their session.
    ///
    /// # Errors
    /// [`OperatorError::LinkOver`], or what is wrong with the new operator.
    pub async fn become_operator(
        &self,
        token: &str,
        login: &str,
        name: &str,
        password: SecretString,
        from: &Browser,
    ) -> Result<SignedIn> {
        let link = self.open_link(token).await?.ok_or(OperatorError::LinkOver)?;
        let (seat, agency_id) = match &link.purpose {
            Purpose::Setup => (Seat::OWNER, None),
            Purpose::Invitation { seat, agency_id } => (seat.clone(), *agency_id),
            _ => return Err(OperatorError::LinkOver),
        };
        let login = self.new_login(login).await?;
        let name = name_of(name)?;
        let password = self.new_password(password, &login).await?;
        let operator = self.made(login, name, seat, agency_id, password);
        let signed_in = self.begin_session(&operator, from);
        let by = match link.purpose {
            Purpose::Setup => By {
                actor: "setup".to_owned(),
                from: Some(from.clone()),
            },
            _ => By::operator(&operator.login, from),
        };
        let mut added = self.added(&operator, &by);
        detail(&mut added, "invited_by", json!(link.created_by));
        let log = added.tenant_id;
        let used = self.link_event(&link, Action::LinkUse, &by).await?;
        let changes = vec![
            self.spend(&link)?,
            Change::record(&operator)?,
            Change::record(&signed_in.session)?,
            as_event(used),
            as_event(added),
        ];
        self.save(log, changes).await?;
        Ok(signed_in)
    }

    /// Gives whoever holds a recovery link a new password, takes their second factor away, ends their sessions and
    /// begins a new one, which enrols.
    ///
    /// # Errors
    /// [`OperatorError::LinkOver`], [`OperatorError::PasswordRule`].
    pub async fn recover(&self, token: &str, password: SecretString, from: &Browser) -> Result<SignedIn> {
        let link = self.open_link(token).await?.ok_or(OperatorError::LinkOver)?;
        let Purpose::Recovery { operator_id } = link.purpose else {
            return Err(OperatorError::LinkOver);
        };
        let before = self.known(operator_id).await?;
        let password = self.new_password(password, &before.login).await?;
        let by = By::operator(&before.login, from);
        let mut event = self.change_of(&before, &by);
        changed(&mut event, "password", json!("set"), json!("replaced"));
        without_factor(&mut event, &before);
        let operator = Operator {
            password,
            totp: None,
            recovery: Vec::new(),
            version: before.version + 1,
            ..before
        };
        let signed_in = self.begin_session(&operator, from);
        let used = self.link_event(&link, Action::LinkUse, &by).await?;
        let changes = vec![
            self.spend(&link)?,
            Change::record(&operator)?,
            Change::record(&signed_in.session)?,
            throttle::forget(&operator.login),
            as_event(used),
        ];
        self.save_and_end(operator.id, Some(signed_in.session.id), changes, event)
            .await?;
        Ok(signed_in)
    }

    async fn add_link(
        &self,
        by: &By,
        purpose: Purpose,
        note: &str,
        lifetime: Duration,
    ) -> Result<(Link, SecretString)> {
        if !(SHORTEST..=LONGEST).contains(&lifetime) {
            return Err(OperatorError::Lifetime);
        }
        let (link, token) = self.new_link(by, purpose, note, lifetime);
        let event = self.link_event(&link, Action::LinkAdd, by).await?;
        let log = event.tenant_id;
        self.save(log, vec![Change::record(&link)?, as_event(event)]).await?;
        Ok((link, token))
    }

    fn new_link(&self, by: &By, purpose: Purpose, note: &str, lifetime: Duration) -> (Link, SecretString) {
        let now = self.clock.now();
        let token = random_token::<32>(&*self.random);
        let link = Link {
            id: LinkId::generate(&*self.clock, &*self.random),
            digest: Digest256::of(&token),
            purpose,
            note: cleaned(note.trim(), 200),
            created_by: by.actor.clone(),
            created_at: now,
            expires_at: now.plus(lifetime),
            used_at: None,
            revoked_at: None,
            version: 1,
        };
        (link, SecretString::from(token))
    }

    /// An event about a link, in the log of those whom it concerns.
    async fn link_event(&self, link: &Link, action: Action, by: &By) -> Result<AuditEvent> {
        let mut of = None;
        let log = match &link.purpose {
            Purpose::Setup => TenantId::PLATFORM,
            Purpose::Invitation { agency_id, .. } => log_of(*agency_id),
            Purpose::Recovery { operator_id } => {
                of = self.operator(*operator_id).await?;
                log_of(of.as_ref().and_then(|operator| operator.agency_id))
            }
            Purpose::HandOver { tenant_id, .. } => *tenant_id,
        };
        let mut event = self.event(log, action, by);
        let about_link = json!({"id": link.id, "purpose": link.group(), "note": link.note});
        detail(&mut event, "link", about_link);
        if let Some(operator) = of {
            about(&mut event, &operator);
        }
        match &link.purpose {
            Purpose::Invitation { seat, .. } => detail(&mut event, "seat", json!(seat)),
            Purpose::HandOver { connector_id, .. } => event.connector_id = *connector_id,
            _ => {}
        }
        Ok(event)
    }
}
