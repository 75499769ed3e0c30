//! Token revocation (RFC 7009).

use super::{field, required};
use crate::flow::{BasicCredentials, Engine, Visit, seen_by};
use crate::ids::EventId;
use crate::model::{AccessToken, Action, AuditEvent, Client, Outcome, RefreshGrant, Tenant};
use crate::oidc::{Form, OAuthError};
use crate::store::{Change, UnitOfWork};

impl Engine {
    /// Revokes a token of the client's. Of a refresh token the family ends, with the access tokens it gave; an access
    /// token goes with those of the same login. A token that is unknown, over or another client's is revoked as far as
    /// the client can see (section 2.2); the hint is not needed to find it (section 2.1).
    ///
    /// # Errors
    /// What is wrong with the request or the client; temporarily unavailable in an outage: then the client asks again.
    pub async fn revoke(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        form: &Form,
        visit: &Visit,
    ) -> Result<(), OAuthError> {
        let client = self.authenticate_active(tenant, basic, form, visit).await?;
        let token = required(form, "token")?;
        field(form, "token_type_hint")?;
        if let Some((grant, _)) = self.family_of(tenant, token).await? {
            if grant.client_id == client.id {
                return self.revoke_family(&grant, visit).await;
            }
            return Ok(());
        }
        match self.live_token(tenant, token).await? {
            Some((token, _)) if token.client_id == client.id => self.revoke_access(&token, &client, visit).await,
            _ => Ok(()),
        }
    }

    async fn revoke_family(&self, grant: &RefreshGrant, visit: &Visit) -> Result<(), OAuthError> {
        let mut event = self.grant_event(grant, visit, Outcome::Succeeded);
        event.detail.insert("revoked".to_owned(), "refresh_token".into());
        let unit = UnitOfWork::new(grant.tenant_id).with(Change::Event(Box::new(event)));
        self.save_revocation(ending(unit, grant)).await
    }

    async fn revoke_access(&self, token: &AccessToken, client: &Client, visit: &Visit) -> Result<(), OAuthError> {
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, token.tenant_id, self.now(), Action::Token, Outcome::Succeeded);
        event.client_id = Some(client.id);
        event.scope = Some(token.scopes.to_string());
        if let Some(person) = &token.person {
            event.attempt_id = Some(token.attempt_id);
            event.connector_id = Some(person.connector_id);
            event.subject_id = Some(person.subject_id);
            event.external_id = Some(person.identity.external_id.clone());
        }
        event.detail.insert("revoked".to_owned(), "access_token".into());
        seen_by(&mut event, &visit.browser);
        let unit = UnitOfWork::new(token.tenant_id)
            .with(Change::RevokeAccessTokens(token.attempt_id))
            .with(Change::Event(Box::new(event)));
        self.save_revocation(unit).await
    }

    async fn save_revocation(&self, unit: UnitOfWork) -> Result<(), OAuthError> {
        let store = self.parts.store.begin(unit.tenant_id());
        store.save(unit).await.map(drop).map_err(OAuthError::unavailable)
    }
}

/// The family ends, and its access tokens are revoked.
pub(super) fn ending(unit: UnitOfWork, grant: &RefreshGrant) -> UnitOfWork {
    unit.with(Change::delete_record::<RefreshGrant>(grant.attempt_id.to_string()))
        .with(Change::RevokeAccessTokens(grant.attempt_id))
}
