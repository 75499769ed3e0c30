//! Operators, invitations and keys: of the platform for its owner, of one agency for its admin.

use std::time::Duration;

use hufu_core::ids::{AgencyId, ApiKeyId, LinkId, OperatorId, SessionId};
use hufu_core::manage::{OperatorEdit, OperatorResult};
use hufu_core::model::{Agency, ApiKey, Link, Operator, Purpose, Reach, Role, Seat, Session};
use hufu_core::secret::SecretString;

use super::{Access, Confirmed};
use crate::http::Refusal;

type Result<T> = std::result::Result<T, Refusal>;

/// The operators of the platform, or of one agency.
#[derive(Debug, Clone)]
pub(crate) struct Staff {
    access: Access,
}

impl Staff {
    pub(super) fn new(access: Access) -> Self {
        Self { access }
    }

    /// `None` for the owner: all of them.
    fn agency(&self) -> Option<AgencyId> {
        match self.access.role() {
            Role::PlatformOwner => None,
            // Never `None`: an agency's admin without an agency must not see everybody.
            _ => Some(self.access.agency_id().unwrap_or_else(|| AgencyId::floor(0))),
        }
    }

    /// Agencies that somebody can be put into: all for the owner, at most a thousand, and one's own else.
    pub(crate) async fn agencies(&self) -> Result<Vec<Agency>> {
        let operators = self.access.operators();
        match self.agency() {
            None => Ok(operators.list_agencies(None, 1000).await?),
            Some(own) => Ok(operators.agency(own).await?.into_iter().collect()),
        }
    }

    /// Whether this is the staff of the whole platform, so that one may choose an agency.
    pub(crate) fn is_platform(&self) -> bool {
        self.agency().is_none()
    }

    /// The agency of those whom one adds; `chosen` counts for the owner only.
    pub(crate) fn agency_or(&self, chosen: Option<AgencyId>) -> Option<AgencyId> {
        self.agency().or(chosen)
    }

    /// Operators, oldest first.
    pub(crate) async fn operators(&self, after: Option<OperatorId>, limit: u64) -> Result<Vec<Operator>> {
        let all = self.access.operators().list_operators(self.agency(), after, limit);
        Ok(all.await?)
    }

    pub(crate) async fn operator(&self, id: OperatorId) -> Result<Operator> {
        let found = self.access.operators().operator(id).await?;
        let mine = |operator: &Operator| self.agency().is_none_or(|agency| operator.agency_id == Some(agency));
        found.filter(mine).ok_or(Refusal::NotFound)
    }

    /// Refuses a seat that reaches further than one's own.
    pub(crate) async fn check_seat(&self, seat: &Seat, agency: Option<AgencyId>) -> Result<()> {
        if self.agency().is_none() {
            return Ok(());
        }
        if agency != self.agency() {
            return Err(Refusal::Forbidden);
        }
        match seat.reach() {
            Reach::Platform => Err(Refusal::Forbidden),
            Reach::Agency { agency } if Some(*agency) == self.agency() => Ok(()),
            Reach::Agency { .. } => Err(Refusal::Forbidden),
            Reach::Tenants { tenants } => {
                let overview = self.access.overview();
                for tenant in tenants {
                    overview.tenant_of(*tenant).await?.ok_or(Refusal::NotFound)?;
                }
                Ok(())
            }
        }
    }

    /// Changes an operator. Nobody changes their own seat.
    pub(crate) async fn change(
        &self,
        _: Confirmed,
        id: OperatorId,
        edit: OperatorEdit,
        expected: Option<u32>,
    ) -> Result<Operator> {
        let before = self.operator(id).await?;
        self.check_seat(&edit.seat, before.agency_id).await?;
        if self.access.operator_id() == Some(id) && (edit.seat != before.seat || edit.status != before.status) {
            return Err(Refusal::Forbidden);
        }
        let by = self.access.by();
        let operators = self.access.operators();
        Ok(operators.change_operator(&by, id, edit, expected).await?)
    }

    /// A link by which somebody becomes an operator.
    pub(crate) async fn invite(
        &self,
        _: Confirmed,
        seat: Seat,
        agency: Option<AgencyId>,
        note: &str,
        lifetime: Duration,
    ) -> Result<OperatorResult<(Link, SecretString)>> {
        let agency = self.agency().or(agency);
        self.check_seat(&seat, agency).await?;
        let by = self.access.by();
        let operators = self.access.operators();
        Ok(operators.invite(&by, seat, agency, note, lifetime).await)
    }

    /// Invitations and recovery links that this staff may see, newest first.
    pub(crate) async fn links(&self) -> Result<Vec<Link>> {
        let mut links = self.access.operators().list_links("invitation", None).await?;
        let agency = self.agency();
        links.retain(|link| match &link.purpose {
            Purpose::Invitation { agency_id, .. } => agency.is_none() || *agency_id == agency,
            _ => false,
        });
        Ok(links)
    }

    pub(crate) async fn revoke_link(&self, id: LinkId) -> Result<()> {
        let mine = self.links().await?.iter().any(|link| link.id == id);
        if !mine {
            return Err(Refusal::NotFound);
        }
        Ok(self.access.operators().revoke_link(&self.access.by(), id).await?)
    }

    /// A link by which an operator chooses a new password and second factor.
    pub(crate) async fn recovery_link(&self, _: Confirmed, id: OperatorId) -> Result<(Link, SecretString)> {
        self.operator(id).await?;
        Ok(self.access.operators().recovery_link(&self.access.by(), id).await?)
    }

    pub(crate) async fn sessions(&self, id: OperatorId) -> Result<Vec<Session>> {
        self.operator(id).await?;
        Ok(self.access.operators().sessions_of(id).await?)
    }

    pub(crate) async fn revoke_session(&self, id: OperatorId, session: SessionId) -> Result<()> {
        let mine = self.sessions(id).await?.iter().any(|known| known.id == session);
        if !mine {
            return Err(Refusal::NotFound);
        }
        Ok(self
            .access
            .operators()
            .revoke_session(&self.access.by(), session)
            .await?)
    }

    pub(crate) async fn revoke_sessions(&self, id: OperatorId) -> Result<u64> {
        self.operator(id).await?;
        let by = self.access.by();
        Ok(self.access.operators().revoke_sessions_of(&by, id, None).await?)
    }

    /// Keys of the API, newest first.
    pub(crate) async fn keys(&self) -> Result<Vec<ApiKey>> {
        Ok(self.access.operators().list_api_keys(self.agency()).await?)
    }

    /// A key, shown once.
    pub(crate) async fn add_key(
        &self,
        _: Confirmed,
        name: &str,
        seat: Seat,
        agency: Option<AgencyId>,
        read_only: bool,
        lifetime: Duration,
    ) -> Result<OperatorResult<(ApiKey, SecretString)>> {
        let agency = self.agency().or(agency);
        self.check_seat(&seat, agency).await?;
        let by = self.access.by();
        let operators = self.access.operators();
        Ok(operators
            .add_api_key(&by, name, seat, agency, read_only, lifetime)
            .await)
    }

    pub(crate) async fn revoke_key(&self, id: ApiKeyId) -> Result<()> {
        let mine = self.keys().await?.iter().any(|key| key.id == id);
        if !mine {
            return Err(Refusal::NotFound);
        }
        Ok(self.access.operators().revoke_api_key(&self.access.by(), id).await?)
    }
}
