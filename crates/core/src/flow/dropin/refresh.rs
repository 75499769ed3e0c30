//! A refresh token becomes an access token (Tencent's documentation, 网页授权, third step). No secret is asked for, as
//! WeChat asks for none.

use std::time::Duration;

use super::grant::{Held, get};
use super::{ACCESS_LIFETIME, DropInError, DropInRefused, DropInTokens, values};
use crate::error::StoreError;
use crate::flow::{Engine, seen_by};
use crate::ids::{AttemptId, EventId, TenantId};
use crate::model::{Action, AuditEvent, Browser, Client, DropInGrant, Outcome};
use crate::oidc::Form;
use crate::store::{Change, UnitOfWork};

/// How often it is tried when other refreshes of the same grant come first.
const TRIES: usize = 4;

/// Refreshes of the same moment are one.
const JUST_NOW: Duration = Duration::from_secs(10);

impl Engine {
    /// While the access token lives, its life is extended and it is given again; afterwards a new one is given.
    ///
    /// # Errors
    /// See [`DropInError`].
    pub async fn dropin_refresh(
        &self,
        form: &Form,
        caller: &Browser,
        within: Option<TenantId>,
    ) -> Result<DropInTokens, DropInRefused> {
        let app_id = get(form, "appid")?.ok_or(DropInError::ClientMissing)?;
        let text = get(form, "refresh_token")?.ok_or(DropInError::RefreshTokenMissing)?;
        let (_, client) = self.dropin_client(app_id, within).await?;
        let refused = |error: DropInError| DropInRefused::from(error).to(&client);
        if get(form, "grant_type")?.is_some_and(|grant| grant != "refresh_token") {
            return Err(refused(DropInError::GrantType));
        }
        let login = values::read_refresh_token(&self.parts.settings.code_key, text)
            .ok_or_else(|| refused(DropInError::RefreshTokenInvalid).debug("not a token of this face"))?;
        for tried in 0..TRIES {
            match self.try_refresh(login, &client, caller, tried > 0).await {
                Err(Failed::Overtaken) => {}
                Err(Failed::Refused(refused)) => return Err(refused),
                Ok(tokens) => return Ok(tokens),
            }
        }
        Err(refused(DropInError::Unavailable).debug("overtaken by other refreshes"))
    }

    async fn try_refresh(
        &self,
        login: AttemptId,
        client: &Client,
        caller: &Browser,
        overtaken: bool,
    ) -> Result<DropInTokens, Failed> {
        let refused = |error: DropInError| DropInRefused::from(error).to(client);
        let held = self.held(login).await?.filter(|held| held.grant.client_id == client.id);
        let Some(held) = held else {
            let error = if self.is_long_over(login) {
                DropInError::RefreshTokenExpired
            } else {
                DropInError::RefreshTokenInvalid
            };
            return Err(refused(error).debug("revoked, over or another client's").into());
        };
        let now = self.now();
        if now >= held.grant.expires_at {
            self.record_refresh(&held, Outcome::Rejected, caller, None).await?;
            return Err(refused(DropInError::RefreshTokenExpired).into());
        }
        let mut next = held.grant.clone();
        if overtaken && next.access_expires_at >= now.plus(ACCESS_LIFETIME).minus(JUST_NOW) {
            // What is asked for was just done.
            self.record_refresh(&held, Outcome::Succeeded, caller, None).await?;
            return Ok(self.dropin_tokens(&next, client, held.scopes(), &held.person.identity));
        }
        if now >= next.access_expires_at {
            next.generation = next.generation.saturating_add(1);
        }
        next.access_expires_at = now.plus(ACCESS_LIFETIME);
        next.version += 1;
        self.record_refresh(&held, Outcome::Succeeded, caller, Some(&next))
            .await?;
        Ok(self.dropin_tokens(&next, client, held.scopes(), &held.person.identity))
    }

    async fn record_refresh(
        &self,
        held: &Held,
        outcome: Outcome,
        caller: &Browser,
        next: Option<&DropInGrant>,
    ) -> Result<(), Failed> {
        let grant = &held.grant;
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, grant.tenant_id, self.now(), Action::Token, outcome);
        event.client_id = Some(grant.client_id);
        event.connector_id = Some(grant.connector_id);
        event.attempt_id = Some(grant.attempt_id);
        event.subject_id = Some(held.person.subject_id);
        event.external_id = Some(held.person.identity.external_id.clone());
        event.detail.insert("grant".to_owned(), "refresh_token".into());
        if outcome == Outcome::Rejected {
            event.error = Some(DropInError::RefreshTokenExpired.as_str().to_owned());
        }
        seen_by(&mut event, caller);
        let mut unit = UnitOfWork::new(grant.tenant_id).with(Change::Event(Box::new(event)));
        if let Some(next) = next {
            unit = unit.with(Change::record(next).map_err(DropInRefused::from)?);
        }
        match self.parts.store.begin(grant.tenant_id).save(unit).await {
            Ok(_) => Ok(()),
            Err(StoreError::Conflict { .. }) => Err(Failed::Overtaken),
            Err(error) => Err(DropInRefused::from(error).into()),
        }
    }
}

enum Failed {
    /// Another refresh came first: look again.
    Overtaken,
    Refused(DropInRefused),
}

impl From<DropInRefused> for Failed {
    fn from(refused: DropInRefused) -> Self {
        Self::Refused(refused)
    }
}
