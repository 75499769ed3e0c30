//! Finds what a token stands for, while everything it hangs on is alive.

use std::sync::Arc;

use super::{ACCESS_LIFETIME, CODE_LIFETIME, DropInError, DropInRefused, REFRESH_LIFETIME, values};
use crate::flow::Engine;
use crate::ids::{AttemptId, ClientId, TenantId};
use crate::model::{AccessToken, Client, DropInGrant, Person, Tenant};
use crate::oidc::{Form, Scopes};
use crate::secret::Digest256;
use crate::store::{Find, Records as _};

/// A living grant.
pub(super) struct Held {
    pub(super) grant: DropInGrant,
    pub(super) client: Arc<Client>,
    /// The token that stands for all of its tokens.
    holder: Arc<AccessToken>,
    /// Who it speaks for.
    pub(super) person: Person,
}

impl Held {
    /// What it allows.
    pub(super) fn scopes(&self) -> &Scopes {
        &self.holder.scopes
    }
}

/// A parameter.
pub(super) fn get<'a>(form: &'a Form, name: &'static str) -> Result<Option<&'a str>, DropInRefused> {
    form.get(name).map_err(|error| DropInRefused::malformed(&error))
}

impl Engine {
    /// The client of an `appid`, and its tenant; both active.
    ///
    /// `within` is the tenant whose own host is asked, and which knows no other's clients; `None`: all are known.
    pub(super) async fn dropin_client(
        &self,
        app_id: &str,
        within: Option<TenantId>,
    ) -> Result<(Arc<Tenant>, Arc<Client>), DropInRefused> {
        let unknown = |debug: &str| DropInRefused::from(DropInError::ClientUnknown).debug(debug);
        let id: ClientId = app_id.parse().map_err(|_| unknown("the appid has no form of ours"))?;
        let found = self.dropin_client_of(id).await?;
        found
            .filter(|(tenant, _)| within.is_none_or(|within| tenant.id == within))
            .ok_or_else(|| unknown("unknown here, or it or its tenant is disabled"))
    }

    async fn dropin_client_of(&self, id: ClientId) -> Result<Option<(Arc<Tenant>, Arc<Client>)>, DropInRefused> {
        let tenant = self.parts.store.lookup_tenant_of_client(id).await?;
        let Some(tenant) = tenant.filter(|tenant| tenant.status.is_active()) else {
            return Ok(None);
        };
        let client = self.parts.store.begin(tenant.id).lookup_client(id).await?;
        let client = client.filter(|client| client.status.is_active());
        Ok(client.map(|client| (tenant, client)))
    }

    /// The grant of a login; `None` when it, or anything it hangs on, is gone.
    pub(super) async fn held(&self, login: AttemptId) -> Result<Option<Held>, DropInRefused> {
        let found = self
            .parts
            .records
            .find::<DropInGrant>(Find::Id(&login.to_string()))
            .await?;
        let Some(grant) = found else {
            return Ok(None);
        };
        let Some((tenant, client)) = self.dropin_client_of(grant.client_id).await? else {
            return Ok(None);
        };
        if tenant.id != grant.tenant_id {
            return Ok(None);
        }
        let digest = Digest256::of(&values::holder(&self.parts.settings.code_key, login));
        let store = self.parts.store.begin(grant.tenant_id);
        let holder = store.lookup_access_token(&digest).await?;
        let Some((holder, person)) = holder.and_then(|holder| Some((Arc::clone(&holder), holder.person.clone()?)))
        else {
            return Ok(None);
        };
        Ok(Some(Held {
            grant,
            client,
            holder,
            person,
        }))
    }

    /// Whether the tokens of a login have had their time, though nothing of it may be kept any more: its id says when it
    /// began.
    pub(super) fn is_long_over(&self, login: AttemptId) -> bool {
        let last = self.now().minus(REFRESH_LIFETIME).minus(ACCESS_LIFETIME);
        let last = last.minus(self.parts.settings.attempt_lifetime).minus(CODE_LIFETIME);
        login < AttemptId::floor(u64::try_from(last.as_millis()).unwrap_or(0))
    }

    /// What an access token stands for.
    pub(super) async fn held_by_access_token(
        &self,
        form: &Form,
        within: Option<TenantId>,
    ) -> Result<Held, DropInRefused> {
        let text = get(form, "access_token")?.ok_or(DropInError::TokenMissing)?;
        let invalid = |debug: &str| DropInRefused::from(DropInError::TokenInvalid).debug(debug);
        let (login, generation) = values::read_access_token(&self.parts.settings.code_key, text)
            .ok_or_else(|| invalid("not a token of this face"))?;
        let held = match self.held(login).await? {
            Some(held) if within.is_some_and(|within| held.grant.tenant_id != within) => {
                return Err(invalid("another tenant's"));
            }
            Some(held) => held,
            None if self.is_long_over(login) => return Err(DropInError::TokenExpired.into()),
            None => return Err(invalid("revoked")),
        };
        if generation != held.grant.generation || self.now() >= held.grant.access_expires_at {
            return Err(DropInRefused::from(DropInError::TokenExpired).to(&held.client));
        }
        let person =
            get(form, "openid")?.ok_or_else(|| DropInRefused::from(DropInError::PersonMissing).to(&held.client))?;
        if person != held.person.identity.external_id {
            return Err(DropInRefused::from(DropInError::PersonMismatch).to(&held.client));
        }
        Ok(held)
    }
}
