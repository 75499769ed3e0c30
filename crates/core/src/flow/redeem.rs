//! Redeem: the client brings its code to the token endpoint (RFC 6749, 4.1.3; OpenID Connect Core, 3.1.3).

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::claims::claims;
use super::{BasicCredentials, Engine, Visit};
use crate::clock::random_token;
use crate::error::StoreError;
use crate::ids::SubjectId;
use crate::model::{AccessToken, Action, Attempt, AttemptState, Authenticated, Browser, Client, Face, Outcome, Tenant};
use crate::oidc::{
    ACR_PROVIDER, ACR_SESSION, APP_CODE_GRANT, CodeChallenge, Form, IdTokenClaims, OAuthError, OAuthErrorCode,
};
use crate::secret::Digest256;
use crate::store::{Change, TenantStore, UnitOfWork};

/// The answer of the token endpoint (RFC 6749, section 5.1).
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    /// Opaque.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: u64,
    /// What was granted.
    pub scope: String,
    /// When the scope has `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
pub(super) fn unavailable(error: StoreError) -> OAuthError {
    OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, "try again later").with_debug(error.to_string())
}

fn invalid_grant(why: &str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidGrant, why)
}

impl Engine {
    /// The token endpoint.
    ///
    /// # Errors
    /// As RFC 6749, section 5.2 has them; [`OAuthErrorCode::TemporarilyUnavailable`] in an outage.
    pub async fn redeem(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        form: &Form,
        visit: &Visit,
    ) -> Result<TokenResponse, OAuthError> {
        let get = |name| {
            form.get(name)
                .map_err(|e| OAuthError::new(OAuthErrorCode::InvalidRequest, e.to_string()))
        };
        if !tenant.status.is_active() {
            return Err(
                OAuthError::new(OAuthErrorCode::InvalidClient, "client authentication failed")
                    .with_debug("the tenant is disabled"),
            );
        }
        let client = self.authenticate(tenant, basic, form).await?;
        match get("grant_type")? {
            Some("authorization_code") => {}
            Some(APP_CODE_GRANT) => return self.log_in_by_code(tenant, &client, form, visit).await,
            None => return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, "grant_type is missing")),
            Some(_) => {
                return Err(OAuthError::new(
                    OAuthErrorCode::UnsupportedGrantType,
                    "grant_type must be authorization_code or one that the discovery document lists",
                ));
            }
        }
        let code = get("code")?.ok_or_else(|| OAuthError::new(OAuthErrorCode::InvalidRequest, "code is missing"))?;
        let (redirect_uri, verifier) = (get("redirect_uri")?, get("code_verifier")?);

        let store = self.parts.store.begin(tenant.id);
        let attempt = store
            .lookup_attempt_by_code(&Digest256::of(code))
            .await
            .map_err(unavailable)?;
        let attempt = attempt.ok_or_else(|| invalid_grant("the code is unknown, expired or was redeemed"))?;
        match self.check_grant(&client, &attempt, redirect_uri, verifier, visit) {
            Ok((proof, subject)) => {
                let proof = proof.clone();
                self.issue(&*store, &client, &attempt, &proof, subject, visit).await
            }
            Err(refusal) => self.refuse(&*store, &attempt, refusal, visit).await,
        }
    }

    /// All that must hold between the code and who brings it.
    fn check_grant<'a>(
        &self,
        client: &Client,
        attempt: &'a Attempt,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        visit: &Visit,
    ) -> Result<(&'a Authenticated, SubjectId), Refusal> {
        let (proof, subject) = self.check_code(client, attempt, Face::Oidc)?;
        if !attempt.request.was_asked_at(&visit.urls) {
            return Err(Refusal::new(
                "issuer_mismatch",
                "the code was given by another issuer of this tenant: redeem it at the one that was asked",
            ));
        }
        if redirect_uri != Some(attempt.request.redirect_uri.as_str()) {
            return Err(Refusal::new(
                "redirect_uri_mismatch",
                "redirect_uri is not the one of the authorization request",
            ));
        }
        if let Err(error) = CodeChallenge::verify(attempt.request.challenge.as_ref(), verifier) {
            return Err(Refusal::new("pkce_mismatch", &error.to_string()));
        }
        Ok((proof, subject))
    }

    /// What must hold for a code at every face: it is this client's, given through this face, unused and in time.
    pub(super) fn check_code<'a>(
        &self,
        client: &Client,
        attempt: &'a Attempt,
        face: Face,
    ) -> Result<(&'a Authenticated, SubjectId), Refusal> {
        if attempt.request.client_id != client.id {
            return Err(Refusal::new("client_mismatch", SAYS_NOTHING));
        }
        if attempt.request.face != face {
            return Err(Refusal::new("face_mismatch", SAYS_NOTHING));
        }
        let proof = match &attempt.state {
            AttemptState::Authenticated(proof) => proof,
            AttemptState::Consumed => return Err(Refusal::replay()),
            _ => return Err(Refusal::new("code_expired", SAYS_NOTHING)),
        };
        if self.now() >= proof.code_expires_at {
            return Err(Refusal::new("code_expired", SAYS_NOTHING));
        }
        let subject = proof
            .subject_id
            .ok_or_else(|| Refusal::new("subject_unknown", "the person is no longer known"))?;
        Ok((proof, subject))
    }

    /// One unit: the code is spent, the token exists, the event says so.
    pub(super) async fn issue(
        &self,
        store: &dyn TenantStore,
        client: &Arc<Client>,
        attempt: &Attempt,
        proof: &Authenticated,
        subject: SubjectId,
        visit: &Visit,
    ) -> Result<TokenResponse, OAuthError> {
        let now = self.now();
        let lifetime = self.token_lifetime(client);
        let access_token = random_token::<32>(&*self.parts.random);
        let digest = Digest256::of(&access_token);
        let id_token = if attempt.request.scopes.has("openid") {
            Some(
                self.sign_id_token(store, client, attempt, proof, subject, &access_token, visit)
                    .await?,
            )
        } else {
            None
        };
        let token = AccessToken {
            digest,
            tenant_id: attempt.tenant_id,
            client_id: client.id,
            person: Some(proof.person(subject, attempt.connector_id)),
            attempt_id: attempt.id,
            scopes: attempt.request.scopes.clone(),
            claims: attempt.request.claims.clone(),
            dpop_jkt: None,
            issued_at: now,
            expires_at: now.plus(lifetime),
        };
        let illegal = |e: crate::model::IllegalTransition| {
            OAuthError::new(OAuthErrorCode::ServerError, "internal error").with_debug(e.to_string())
        };
        let consumed = attempt.clone().consumed(now).map_err(illegal)?;
        let mut event = self.event(&consumed, Some(visit), Action::Token, Outcome::Succeeded);
        event.subject_id = Some(subject);
        event.external_id = Some(proof.identity.external_id.clone());
        let unit = UnitOfWork::new(attempt.tenant_id)
            .with(Change::Attempt(Box::new(consumed)))
            .with(Change::AccessToken(Box::new(token)))
            .with(Change::Event(Box::new(event)));
        match store.save(unit).await {
            Ok(_) => Ok(TokenResponse {
                access_token,
                token_type: "Bearer",
                expires_in: lifetime.as_secs(),
                scope: attempt.request.scopes.to_string(),
                id_token,
            }),
            // Somebody redeemed the same code at the same moment: that is a replay too.
            Err(StoreError::Conflict { .. }) => self.refuse(store, attempt, Refusal::replay(), visit).await,
            Err(StoreError::Blocked) => {
                let blocked = Refusal::new("person_blocked", "the person is disabled");
                self.refuse(store, attempt, blocked, visit).await
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Life of the client's ID and access tokens.
    fn token_lifetime(&self, client: &Client) -> Duration {
        let own = client.token_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        own.unwrap_or(self.parts.settings.token_lifetime)
    }

    #[expect(clippy::too_many_arguments, reason = "the claims come from as many places")]
    async fn sign_id_token(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        attempt: &Attempt,
        proof: &Authenticated,
        subject: SubjectId,
        access_token: &str,
        visit: &Visit,
    ) -> Result<String, OAuthError> {
        let broken = |debug: String| OAuthError::new(OAuthErrorCode::ServerError, "no signing key").with_debug(debug);
        let keys = store.lookup_keys().await.map_err(unavailable)?;
        let signer = keys
            .signer(client.id_token_alg)
            .ok_or_else(|| broken(format!("no active {:?} key", client.id_token_alg)))?;
        let connector = store
            .lookup_connector(attempt.connector_id)
            .await
            .map_err(unavailable)?;
        let amr = connector.as_ref().map_or("unknown", |connector| &*connector.kind);
        let now = self.now();
        let claims = IdTokenClaims {
            iss: visit.urls.issuer(),
            sub: subject.to_string(),
            aud: client.id.to_string(),
            exp: now.plus(self.token_lifetime(client)).as_secs(),
            iat: now.as_secs(),
            auth_time: proof.auth_time().as_secs(),
            nonce: attempt.request.nonce.as_deref(),
            at_hash: client.id_token_alg.half_hash(access_token),
            acr: if proof.is_from_session() {
                ACR_SESSION
            } else {
                ACR_PROVIDER
            },
            amr: vec![amr],
            sid: proof.session_id.map(|id| id.to_string()),
            more: &claims(&proof.identity, &attempt.request.scopes, &proof.previous_subjects),
        };
        signer.sign(&claims).map_err(|error| broken(error.to_string()))
    }

    /// Refuses with an event; a replay also revokes what the first use gave (RFC 6749, 4.1.2; RFC 9700, 4.5).
    async fn refuse(
        &self,
        store: &dyn TenantStore,
        attempt: &Attempt,
        refusal: Refusal,
        visit: &Visit,
    ) -> Result<TokenResponse, OAuthError> {
        let unit = self.refused_code(attempt, &refusal, &visit.browser);
        store.save(unit).await.map_err(unavailable)?;
        Err(invalid_grant(&refusal.description).with_debug(refusal.code))
    }

    /// What is written when a code is refused.
    pub(super) fn refused_code(&self, attempt: &Attempt, refusal: &Refusal, browser: &Browser) -> UnitOfWork {
        let mut event = self.event_seen_by(attempt, Some(browser), Action::Token, Outcome::Rejected);
        event.error = Some(refusal.code.to_owned());
        let unit = UnitOfWork::new(attempt.tenant_id).with(Change::Event(Box::new(event)));
        if refusal.revokes {
            unit.with(Change::RevokeAccessTokens(attempt.id))
        } else {
            unit
        }
    }
}

/// The same for every code that is of no use: nothing helps guessing.
const SAYS_NOTHING: &str = "the code is unknown, expired or was redeemed";

/// Why a code is not redeemed.
pub(super) struct Refusal {
    /// Stable code, for the log.
    pub(super) code: &'static str,
    description: String,
    /// Whether it was redeemed before, and what that gave is revoked.
    pub(super) revokes: bool,
}

impl Refusal {
    pub(super) fn new(code: &'static str, description: &str) -> Self {
        Self {
            code,
            description: description.to_owned(),
            revokes: false,
        }
    }

    pub(super) fn replay() -> Self {
        Self {
            revokes: true,
            ..Self::new("code_replayed", SAYS_NOTHING)
        }
    }
}
