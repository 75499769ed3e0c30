//! Refresh tokens (RFC 6749, section 6; RFC 9700, section 4.14.2; OpenID Connect Core, section 12).
//!
//! A token is `{login}.{generation}.{secret}`; the secret is derived from the two, so that a client whose answer was
//! lost gets the same token again though only its digest is kept. Each use makes the next generation. The generation
//! before is taken for [`RefreshGrant::GRACE`] more and gives the present one again; the use of any older one, or of that
//! one later, means that two hold the family: it ends, with all it gave.

use std::time::Duration;

use super::issue::{Mint, Minted};
use super::revoke::ending;
use super::{TokenResponse, field, invalid_grant, required};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::flow::{Engine, Visit, seen_by};
use crate::ids::{AttemptId, EventId};
use crate::model::{Action, AuditEvent, Client, Outcome, RefreshGrant, Tenant};
use crate::oidc::{Form, OAuthError, OAuthErrorCode, Scopes};
use crate::secret::{Digest256, constant_time_eq};
use crate::store::{Change, Find, Records as _, TenantStore, UnitOfWork};

/// The scope that asks for a refresh token (OpenID Connect Core, section 11).
pub(super) const SCOPE: &str = "offline_access";

/// How often a refresh that somebody else got ahead of is looked at again.
const TRIES: usize = 4;

/// The same for every token that is of no use: nothing helps guessing.
const SAYS_NOTHING: &str = "the refresh token is unknown, expired, revoked or was used";

/// A refresh token taken apart.
struct Parsed<'a> {
    attempt_id: AttemptId,
    generation: u32,
    digest: Digest256,
    text: &'a str,
}

fn parse(text: &str) -> Option<Parsed<'_>> {
    let mut parts = text.split('.');
    let (attempt_id, generation, _secret) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some(Parsed {
        attempt_id: attempt_id.parse().ok()?,
        generation: generation.parse().ok()?,
        digest: Digest256::of(text),
        text,
    })
}

/// What a token is to its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The present one.
    Current,
    /// The one before, in time.
    Previous,
    /// An older one, or the one before after its time.
    Spent,
    /// None of the family's.
    Nothing,
}

/// A use of a family.
struct Use<'a> {
    store: &'a dyn TenantStore,
    tenant: &'a Tenant,
    client: &'a Client,
    /// What the client asks of what was granted; `None`: all.
    scopes: Option<Scopes>,
    jkt: Option<&'a str>,
    visit: &'a Visit,
}

impl Engine {
    /// The client brings a refresh token.
    pub(super) async fn refresh(
        &self,
        tenant: &Tenant,
        client: &Client,
        form: &Form,
        visit: &Visit,
        jkt: Option<&str>,
    ) -> Result<TokenResponse, OAuthError> {
        let token = parse(required(form, "refresh_token")?).ok_or_else(|| invalid_grant(SAYS_NOTHING))?;
        let store = self.parts.store.begin(tenant.id);
        let mut used = Use {
            store: &*store,
            tenant,
            client,
            scopes: field(form, "scope")?.map(Scopes::parse),
            jkt,
            visit,
        };
        // Two tabs of one app come at the same moment: the second finds what the first has made.
        let _flight = self.flights.enter(token.attempt_id.into()).await;
        for _ in 0..TRIES {
            let grant = self.family(tenant, token.attempt_id).await?;
            // What one issuer of the tenant gave is nothing at the other (RFC 9700, 4.4).
            let grant = grant.filter(|grant| grant.own_issuer.as_deref() == visit.urls.own_issuer());
            let grant = grant.ok_or_else(|| invalid_grant(SAYS_NOTHING))?;
            if let Some(answer) = self.use_family(&mut used, &grant, &token).await? {
                return Ok(answer);
            }
        }
        Err(OAuthError::unavailable("always outrun"))
    }

    /// A family of this tenant, past every cache.
    pub(super) async fn family(&self, tenant: &Tenant, id: AttemptId) -> Result<Option<RefreshGrant>, OAuthError> {
        let found = self.parts.records.find::<RefreshGrant>(Find::Id(&id.to_string())).await;
        let found = found.map_err(OAuthError::unavailable)?;
        Ok(found.filter(|grant| grant.tenant_id == tenant.id))
    }

    /// The family of a token's text when the token is, or was, one of it; whether it still works.
    pub(super) async fn family_of(
        &self,
        tenant: &Tenant,
        token: &str,
    ) -> Result<Option<(RefreshGrant, bool)>, OAuthError> {
        let Some(token) = parse(token) else {
            return Ok(None);
        };
        let Some(grant) = self.family(tenant, token.attempt_id).await? else {
            return Ok(None);
        };
        let held = self.standing(&grant, &token);
        let works = matches!(held, Standing::Current | Standing::Previous) && self.now() < grant.expires_at;
        Ok((held != Standing::Nothing).then_some((grant, works)))
    }

    /// One try; `None`: somebody else was ahead.
    async fn use_family(
        &self,
        used: &mut Use<'_>,
        grant: &RefreshGrant,
        token: &Parsed<'_>,
    ) -> Result<Option<TokenResponse>, OAuthError> {
        let held = self.standing(grant, token);
        if held == Standing::Nothing {
            return Err(invalid_grant(SAYS_NOTHING).with_debug("no token of its family"));
        }
        if grant.client_id != used.client.id {
            return Err(self.refused_refresh(used, grant, "client_mismatch", false).await);
        }
        if held == Standing::Spent {
            return Err(self.refused_refresh(used, grant, "refresh_reused", true).await);
        }
        if self.now() >= grant.expires_at {
            return Err(self.refused_refresh(used, grant, "refresh_expired", true).await);
        }
        let bound = grant.dpop_jkt.as_deref();
        if bound.is_some_and(|bound| !used.jkt.is_some_and(|jkt| constant_time_eq(jkt, bound))) {
            return Err(self.refused_refresh(used, grant, "dpop_key_mismatch", false).await);
        }
        // What the client was allowed may have become less since.
        let granted = grant.scopes.within(&used.client.scopes);
        if !granted.has(SCOPE) {
            return Err(self
                .refused_refresh(used, grant, "offline_access_withdrawn", false)
                .await);
        }
        let scopes = match &used.scopes {
            Some(asked) if asked.is_empty() || asked.within(&granted) != *asked => {
                return Err(OAuthError::new(
                    OAuthErrorCode::InvalidScope,
                    "scope names more than was granted",
                ));
            }
            Some(asked) => asked.clone(),
            None => granted,
        };
        let mint = Mint {
            store: used.store,
            tenant: used.tenant,
            client: used.client,
            attempt_id: grant.attempt_id,
            person: Some(&grant.person),
            by_session: grant.by_session,
            nonce: None,
            scopes: &scopes,
            claims: grant.claims.as_ref(),
            jkt: used.jkt,
            visit: used.visit,
        };
        let minted = self.mint(&mint).await?;
        let current = self.refresh_token(grant.attempt_id, grant.version);
        let can_repeat = Digest256::of(&current) == grant.current;
        if held == Standing::Previous && can_repeat {
            return self.repeat(used, grant, minted, current).await;
        }
        self.rotate(used, grant, minted).await
    }

    /// The next generation, in one unit with the access token and the event.
    async fn rotate(
        &self,
        used: &Use<'_>,
        grant: &RefreshGrant,
        minted: Minted,
    ) -> Result<Option<TokenResponse>, OAuthError> {
        let now = self.now();
        let Minted { kept, mut answer } = minted;
        let version = grant.version.saturating_add(1);
        let token = self.refresh_token(grant.attempt_id, version);
        let next = RefreshGrant {
            current: Digest256::of(&token),
            previous: Some(grant.current),
            rotated_at: now,
            expires_at: self
                .refresh_end(used.client, now)
                .min(grant.created_at.plus(RefreshGrant::LONGEST)),
            version,
            ..grant.clone()
        };
        answer.refresh_token = Some(token);
        let event = self.refresh_event(used, grant, Outcome::Succeeded);
        let unit = UnitOfWork::new(grant.tenant_id)
            .with(Change::record(&next).map_err(OAuthError::unavailable)?)
            .with(Change::AccessToken(Box::new(kept)))
            .with(Change::Event(Box::new(event)));
        match used.store.save(unit).await {
            Ok(_) => Ok(Some(answer)),
            Err(StoreError::Conflict { .. }) => Ok(None),
            Err(StoreError::Blocked) => Err(invalid_grant(SAYS_NOTHING).with_debug("the person is disabled")),
            Err(error) => Err(OAuthError::unavailable(error)),
        }
    }

    /// The same refresh token again, with a new access token.
    async fn repeat(
        &self,
        used: &Use<'_>,
        grant: &RefreshGrant,
        minted: Minted,
        current: String,
    ) -> Result<Option<TokenResponse>, OAuthError> {
        let Minted { kept, mut answer } = minted;
        answer.refresh_token = Some(current);
        let mut event = self.refresh_event(used, grant, Outcome::Succeeded);
        event.detail.insert("repeated".to_owned(), true.into());
        let unit = UnitOfWork::new(grant.tenant_id)
            .with(Change::AccessToken(Box::new(kept)))
            .with(Change::Event(Box::new(event)));
        match used.store.save(unit).await {
            Ok(_) => {}
            Err(StoreError::Blocked) => {
                return Err(invalid_grant(SAYS_NOTHING).with_debug("the person is disabled"));
            }
            Err(error) => return Err(OAuthError::unavailable(error)),
        }
        // Nothing in this unit depends on the family. Whoever ended it before the unit was written could not end what
        // the unit gave.
        if self.family(used.tenant, grant.attempt_id).await?.is_some() {
            return Ok(Some(answer));
        }
        let revoked = UnitOfWork::new(grant.tenant_id).with(Change::RevokeAccessTokens(grant.attempt_id));
        used.store.save(revoked).await.map_err(OAuthError::unavailable)?;
        Err(invalid_grant(SAYS_NOTHING).with_debug("the family ended meanwhile"))
    }

    /// Refuses with an event. What is over, or in two hands, ends with all it gave.
    async fn refused_refresh(&self, used: &Use<'_>, grant: &RefreshGrant, why: &str, ends: bool) -> OAuthError {
        let mut event = self.refresh_event(used, grant, Outcome::Rejected);
        event.error = Some(why.to_owned());
        let unit = UnitOfWork::new(grant.tenant_id).with(Change::Event(Box::new(event)));
        let unit = if ends { ending(unit, grant) } else { unit };
        match used.store.save(unit).await {
            Ok(_) => invalid_grant(SAYS_NOTHING).with_debug(why),
            Err(error) => OAuthError::unavailable(error),
        }
    }

    fn refresh_event(&self, used: &Use<'_>, grant: &RefreshGrant, outcome: Outcome) -> AuditEvent {
        let mut event = self.grant_event(grant, used.visit, outcome);
        // Who came, which is another client when it is refused for that.
        event.client_id = Some(used.client.id);
        event.detail.insert("grant".to_owned(), "refresh_token".into());
        event
    }

    /// An event about a family.
    pub(super) fn grant_event(&self, grant: &RefreshGrant, visit: &Visit, outcome: Outcome) -> AuditEvent {
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, grant.tenant_id, self.now(), Action::Token, outcome);
        event.attempt_id = Some(grant.attempt_id);
        event.client_id = Some(grant.client_id);
        event.connector_id = Some(grant.person.connector_id);
        event.subject_id = Some(grant.person.subject_id);
        event.external_id = Some(grant.person.identity.external_id.clone());
        event.scope = Some(grant.scopes.to_string());
        seen_by(&mut event, &visit.browser);
        event
    }

    fn standing(&self, grant: &RefreshGrant, token: &Parsed<'_>) -> Standing {
        if token.digest == grant.current {
            return Standing::Current;
        }
        let in_time = self.now() < grant.rotated_at.plus(RefreshGrant::GRACE);
        if grant.previous == Some(token.digest) {
            return if in_time { Standing::Previous } else { Standing::Spent };
        }
        let is_ours = constant_time_eq(token.text, &self.refresh_token(grant.attempt_id, token.generation));
        // A generation that is still to come is of a database that was since set back: it says nothing of a theft.
        if is_ours && token.generation < grant.version {
            Standing::Spent
        } else {
            Standing::Nothing
        }
    }

    /// The token of a generation.
    pub(super) fn refresh_token(&self, attempt: AttemptId, generation: u32) -> String {
        let key = &self.parts.settings.code_key;
        let secret = key.derive("refresh token", &format!("{attempt}:{generation}"));
        format!("{attempt}.{generation}.{secret}")
    }

    /// When a family that is used now is over if it is not used again.
    pub(super) fn refresh_end(&self, client: &Client, now: Timestamp) -> Timestamp {
        let days = client.protocol.refresh_days;
        let own = days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
        now.plus(own.unwrap_or(self.parts.settings.refresh_lifetime))
    }
}
