//! A code becomes tokens (Tencent's documentation, 网页授权, second step).

use super::authorize::scope_of;
use super::grant::get;
use super::{ACCESS_LIFETIME, DropInError, DropInRefused, REFRESH_LIFETIME, values};
use crate::error::StoreError;
use crate::flow::Engine;
use crate::flow::token::Refusal;
use crate::ids::{SubjectId, TenantId};
use crate::model::{
    AccessToken, Action, Attempt, Authenticated, Browser, Client, DropInGrant, Face, Identity, Outcome,
};
use crate::oidc::{Form, Scopes};
use crate::secret::{Digest256, SecretString};
use crate::store::{Change, TenantStore, UnitOfWork};

/// What an app gets for a code, or for a refresh token.
#[derive(Debug, Clone)]
pub struct DropInTokens {
    /// Opaque.
    pub access_token: SecretString,
    /// Seconds.
    pub expires_in: u64,
    /// Opaque.
    pub refresh_token: SecretString,
    /// The person, by the account's own id.
    pub external_id: String,
    /// What was granted, in WeChat's words.
    pub scope: &'static str,
    /// The person, by the account owner's id; for a code alone, and not for the ids only.
    pub union_id: Option<String>,
    /// A visitor whom WeChat shows a snapshot of the page.
    pub transient: bool,
    /// Whether the client wants `application/json`.
    pub json: bool,
}

impl Engine {
    /// Redeems a code.
    ///
    /// # Errors
    /// See [`DropInError`]; checked in WeChat's order. A wrong secret leaves the code as it is.
    pub async fn dropin_exchange(
        &self,
        form: &Form,
        caller: &Browser,
        within: Option<TenantId>,
    ) -> Result<DropInTokens, DropInRefused> {
        let app_id = get(form, "appid")?.ok_or(DropInError::ClientMissing)?;
        let secret = get(form, "secret")?.ok_or(DropInError::SecretMissing)?;
        let code = get(form, "code")?.ok_or(DropInError::CodeMissing)?;
        let (tenant, client) = self.dropin_client(app_id, within).await?;
        let refused = |error: DropInError| DropInRefused::from(error).to(&client);
        if !client.has_secret(secret, self.now()) {
            return Err(refused(DropInError::SecretWrong));
        }
        // Some programs leave it out.
        if get(form, "grant_type")?.is_some_and(|grant| grant != "authorization_code") {
            return Err(refused(DropInError::GrantType));
        }
        let store = self.parts.store.begin(tenant.id);
        let attempt = store.lookup_attempt_by_code(&Digest256::of(code)).await?;
        let attempt = attempt.ok_or_else(|| refused(DropInError::CodeInvalid))?;
        match self.check_code(&client, &attempt, Face::DropIn) {
            Ok((proof, subject)) => {
                let proof = proof.clone();
                self.give(&*store, &client, &attempt, &proof, subject, caller).await
            }
            Err(refusal) => self.refuse_code(&*store, &client, &attempt, refusal, caller).await,
        }
    }

    /// One unit: the code is spent, the tokens exist, the event says so.
    async fn give(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        attempt: &Attempt,
        proof: &Authenticated,
        subject: SubjectId,
        caller: &Browser,
    ) -> Result<DropInTokens, DropInRefused> {
        let now = self.now();
        let grant = DropInGrant {
            attempt_id: attempt.id,
            tenant_id: attempt.tenant_id,
            client_id: client.id,
            connector_id: attempt.connector_id,
            subject_id: subject,
            generation: 1,
            access_expires_at: now.plus(ACCESS_LIFETIME),
            expires_at: proof.at.plus(REFRESH_LIFETIME),
            version: 1,
        };
        let holder = AccessToken {
            digest: Digest256::of(&values::holder(&self.parts.settings.code_key, attempt.id)),
            tenant_id: attempt.tenant_id,
            client_id: client.id,
            person: Some(proof.person(subject, attempt.connector_id)),
            attempt_id: attempt.id,
            scopes: attempt.request.scopes.clone(),
            claims: None,
            dpop_jkt: None,
            issued_at: now,
            // A refresh in the last moment gives one more access token.
            expires_at: grant.expires_at.plus(ACCESS_LIFETIME),
        };
        let consumed = attempt.clone().consumed(now).map_err(|error| {
            DropInRefused::from(DropInError::Internal)
                .to(client)
                .debug(error.to_string())
        })?;
        let mut event = self.event_seen_by(&consumed, Some(caller), Action::Token, Outcome::Succeeded);
        event.subject_id = Some(subject);
        event.external_id = Some(proof.identity.external_id.clone());
        let unit = UnitOfWork::new(attempt.tenant_id)
            .with(Change::Attempt(Box::new(consumed)))
            .with(Change::AccessToken(Box::new(holder)))
            .with(Change::record(&grant)?)
            .with(Change::Event(Box::new(event)));
        match store.save(unit).await {
            Ok(_) => {
                let mut tokens = self.dropin_tokens(&grant, client, &attempt.request.scopes, &proof.identity);
                tokens.union_id = union_id(&attempt.request.scopes, &proof.identity);
                tokens.transient = proof.identity.transient;
                Ok(tokens)
            }
            // Somebody redeemed the same code at the same moment: that is a replay too.
            Err(StoreError::Conflict { .. }) => {
                self.refuse_code(store, client, attempt, Refusal::replay(), caller)
                    .await
            }
            Err(StoreError::Blocked) => {
                let blocked = Refusal::new("person_blocked", "the person is disabled");
                self.refuse_code(store, client, attempt, blocked, caller).await
            }
            Err(error) => Err(DropInRefused::from(error).to(client)),
        }
    }

    /// Refuses with an event; a replay also ends what the first use gave.
    async fn refuse_code(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        attempt: &Attempt,
        refusal: Refusal,
        caller: &Browser,
    ) -> Result<DropInTokens, DropInRefused> {
        let mut unit = self.refused_code(attempt, &refusal, caller);
        let error = if refusal.revokes {
            unit = unit.with(Change::delete_record::<DropInGrant>(attempt.id.to_string()));
            DropInError::CodeUsed
        } else {
            DropInError::CodeInvalid
        };
        store.save(unit).await?;
        Err(DropInRefused::from(error).to(client).debug(refusal.code))
    }

    /// The tokens of a grant as it stands.
    pub(super) fn dropin_tokens(
        &self,
        grant: &DropInGrant,
        client: &Client,
        scopes: &Scopes,
        identity: &Identity,
    ) -> DropInTokens {
        let key = &self.parts.settings.code_key;
        DropInTokens {
            access_token: values::access_token(key, grant.attempt_id, grant.generation).into(),
            expires_in: ACCESS_LIFETIME.as_secs(),
            refresh_token: values::refresh_token(key, grant.attempt_id).into(),
            external_id: identity.external_id.clone(),
            scope: scope_of(scopes),
            union_id: None,
            transient: false,
            json: client.rights.json_answers,
        }
    }
}

/// WeChat gives none with the ids only (a policy of 2017).
fn union_id(scopes: &Scopes, identity: &Identity) -> Option<String> {
    let wide = scope_of(scopes) != "snsapi_base";
    identity.union_id.clone().filter(|_| wide)
}
