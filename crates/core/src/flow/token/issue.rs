//! The one place where tokens are made: access token (opaque, or RFC 9068), ID token, refresh token.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Refusal, TokenResponse, refresh};
use crate::clock::random_token;
use crate::error::StoreError;
use crate::flow::claims::{Told, claims};
use crate::flow::{Engine, Visit};
use crate::ids::{AttemptId, SubjectId};
use crate::model::{
    AccessToken, AccessTokenFormat, Action, Attempt, Authenticated, Client, ClientKind, IllegalTransition, Outcome,
    Person, RefreshGrant, Tenant,
};
use crate::oidc::{
    ACR_PROVIDER, ACR_SESSION, ClaimsRequest, IdTokenClaims, JwtType, OAuthError, OAuthErrorCode, Scopes, Signer,
    SigningAlgorithm,
};
use crate::secret::Digest256;
use crate::store::{Change, TenantStore, UnitOfWork};

/// A login whose code, or whatever stands for one, becomes tokens.
pub(in crate::flow) struct Issue<'a> {
    /// The tenant's rows.
    pub(in crate::flow) store: &'a dyn TenantStore,
    /// Whose.
    pub(in crate::flow) tenant: &'a Tenant,
    /// To whom.
    pub(in crate::flow) client: &'a Client,
    /// The login, authenticated: it is consumed.
    pub(in crate::flow) attempt: &'a Attempt,
    /// What it proved.
    pub(in crate::flow) proof: &'a Authenticated,
    /// The person.
    pub(in crate::flow) subject: SubjectId,
    /// By which grant, as the log names it; the code's is not named.
    pub(in crate::flow) grant: Option<&'static str>,
    /// Thumbprint of the key to which the tokens are bound, when the request proved one.
    pub(in crate::flow) jkt: Option<&'a str>,
    /// What belongs to the same unit of work.
    pub(in crate::flow) more: Vec<Change>,
    /// The request.
    pub(in crate::flow) visit: &'a Visit,
}

/// What an access token and an ID token are made from.
pub(super) struct Mint<'a> {
    pub(super) store: &'a dyn TenantStore,
    pub(super) tenant: &'a Tenant,
    pub(super) client: &'a Client,
    /// The login; for a client itself a number of its own.
    pub(super) attempt_id: AttemptId,
    /// For whom it speaks; `None`: for the client itself.
    pub(super) person: Option<&'a Person>,
    /// Whether a session stood in for the provider.
    pub(super) by_session: bool,
    pub(super) nonce: Option<&'a str>,
    pub(super) scopes: &'a Scopes,
    pub(super) claims: Option<&'a ClaimsRequest>,
    pub(super) jkt: Option<&'a str>,
    pub(super) visit: &'a Visit,
}

/// Made, and not yet saved.
pub(super) struct Minted {
    /// What is kept of the access token.
    pub(super) kept: AccessToken,
    /// What the client is told.
    pub(super) answer: TokenResponse,
}

impl Engine {
    /// One unit: the code is spent, the tokens exist, the event says so. A login that somebody redeemed meanwhile is
    /// refused as a replay.
    pub(in crate::flow) async fn issue(&self, issue: Issue<'_>) -> Result<TokenResponse, OAuthError> {
        let Issue {
            store,
            tenant,
            client,
            attempt,
            proof,
            subject,
            grant,
            jkt,
            more,
            visit,
        } = issue;
        let now = self.now();
        let person = proof.person(subject, attempt.connector_id);
        let mint = Mint {
            store,
            tenant,
            client,
            attempt_id: attempt.id,
            person: Some(&person),
            by_session: proof.is_from_session(),
            nonce: attempt.request.nonce.as_deref(),
            scopes: &attempt.request.scopes,
            claims: attempt.request.claims.as_ref(),
            jkt,
            visit,
        };
        let Minted { kept, mut answer } = self.mint(&mint).await?;
        let consumed = attempt.clone().consumed(now).map_err(illegal)?;
        let mut event = self.event(&consumed, Some(visit), Action::Token, Outcome::Succeeded);
        event.subject_id = Some(subject);
        event.external_id = Some(proof.identity.external_id.clone());
        if let Some(grant) = grant {
            event.detail.insert("grant".to_owned(), grant.into());
        }
        let mut unit = UnitOfWork::new(attempt.tenant_id)
            .with(Change::Attempt(Box::new(consumed)))
            .with(Change::AccessToken(Box::new(kept)))
            .with(Change::Event(Box::new(event)));
        let wants_refresh = attempt.request.scopes.has(refresh::SCOPE) && client.scopes.has(refresh::SCOPE);
        if wants_refresh {
            let token = self.refresh_token(attempt.id, 1);
            let grant = RefreshGrant {
                attempt_id: attempt.id,
                tenant_id: attempt.tenant_id,
                client_id: client.id,
                person,
                scopes: attempt.request.scopes.clone(),
                claims: attempt.request.claims.clone(),
                by_session: proof.is_from_session(),
                own_issuer: visit.urls.own_issuer().map(str::to_owned),
                // RFC 9449, section 5: a client that proves itself binds its refresh tokens by that.
                dpop_jkt: jkt.filter(|_| client.kind == ClientKind::Public).map(str::to_owned),
                current: Digest256::of(&token),
                previous: None,
                rotated_at: now,
                expires_at: self.refresh_end(client, now),
                created_at: now,
                version: 1,
            };
            unit = unit.with(Change::record(&grant).map_err(OAuthError::unavailable)?);
            answer.refresh_token = Some(token);
        }
        unit = more.into_iter().fold(unit, UnitOfWork::with);
        match store.save(unit).await {
            Ok(_) => Ok(answer),
            // Somebody redeemed the same code at the same moment: that is a replay too.
            Err(StoreError::Conflict { .. }) => self.refuse(store, attempt, Refusal::replay(), visit).await,
            Err(StoreError::Blocked) => {
                let blocked = Refusal::new("person_blocked", "the person is disabled");
                self.refuse(store, attempt, blocked, visit).await
            }
            Err(error) => Err(OAuthError::unavailable(error)),
        }
    }

    /// Makes the access token, and the ID token when the scopes have `openid`.
    pub(super) async fn mint(&self, mint: &Mint<'_>) -> Result<Minted, OAuthError> {
        let (client, now) = (mint.client, self.now());
        let lifetime = self.token_lifetime(client);
        let wants_id_token = mint.person.is_some() && mint.scopes.has("openid");
        let is_jwt = client.protocol.access_token == AccessTokenFormat::Jwt;
        let signer = if wants_id_token || is_jwt {
            Some(signer_of(mint.store, client.id_token_alg).await?)
        } else {
            None
        };
        let access_token = match &signer {
            Some(signer) if is_jwt => {
                let claims = self.access_token_claims(mint, lifetime);
                signed(signer, JwtType::AccessToken, claims).await?
            }
            _ => random_token::<32>(&*self.parts.random),
        };
        let id_token = match (&signer, mint.person) {
            (Some(signer), Some(person)) if wants_id_token => Some(
                self.sign_id_token(mint, person, signer, &access_token, lifetime)
                    .await?,
            ),
            _ => None,
        };
        let kept = AccessToken {
            digest: Digest256::of(&access_token),
            tenant_id: mint.tenant.id,
            client_id: client.id,
            person: mint.person.cloned(),
            attempt_id: mint.attempt_id,
            scopes: mint.scopes.clone(),
            claims: mint.claims.cloned(),
            dpop_jkt: mint.jkt.map(str::to_owned),
            issued_at: now,
            expires_at: now.plus(lifetime),
        };
        let answer = TokenResponse {
            access_token,
            token_type: if mint.jkt.is_some() { "DPoP" } else { "Bearer" },
            expires_in: lifetime.as_secs(),
            scope: mint.scopes.to_string(),
            id_token,
            refresh_token: None,
        };
        Ok(Minted { kept, answer })
    }

    /// Claims of an access token that is a JWT (RFC 9068, section 2.2).
    fn access_token_claims(&self, mint: &Mint<'_>, lifetime: Duration) -> Value {
        let now = self.now();
        let (issuer, client_id) = (mint.visit.urls.issuer(), mint.client.id.to_string());
        let mut claims = json!({
            "iss": issuer,
            "aud": issuer,
            "exp": now.plus(lifetime).as_secs(),
            "iat": now.as_secs(),
            "jti": random_token::<16>(&*self.parts.random),
            "client_id": client_id,
            "sub": client_id,
            "scope": mint.scopes.to_string(),
        });
        if let Some(person) = mint.person {
            claims["sub"] = self.subject_for(mint.tenant, mint.client, person.subject_id).into();
            claims["auth_time"] = person.auth_time.as_secs().into();
            claims["acr"] = acr(mint.by_session).into();
        }
        if let Some(jkt) = mint.jkt {
            claims["cnf"] = json!({"jkt": jkt});
        }
        claims
    }

    async fn sign_id_token(
        &self,
        mint: &Mint<'_>,
        person: &Person,
        signer: &Arc<Signer>,
        access_token: &str,
        lifetime: Duration,
    ) -> Result<String, OAuthError> {
        let (client, now) = (mint.client, self.now());
        let connector = mint.store.lookup_connector(person.connector_id).await;
        let connector = connector.map_err(OAuthError::unavailable)?;
        let amr = connector.as_ref().map_or("unknown", |connector| &*connector.kind);
        let told = Told {
            client,
            scopes: mint.scopes,
            named: mint.claims.map_or(&[], |claims| &claims.id_token),
        };
        let previous = self.previous_for(mint.tenant, client, person);
        let more: Map<String, Value> = claims(&person.identity, told, &previous);
        let claims = IdTokenClaims {
            iss: mint.visit.urls.issuer(),
            sub: self.subject_for(mint.tenant, client, person.subject_id),
            aud: client.id.to_string(),
            exp: now.plus(lifetime).as_secs(),
            iat: now.as_secs(),
            auth_time: person.auth_time.as_secs(),
            nonce: mint.nonce,
            at_hash: signer.algorithm().half_hash(access_token),
            acr: acr(mint.by_session),
            amr: vec![amr],
            sid: person.session_id.map(|id| id.to_string()),
            more: &more,
        };
        let claims = serde_json::to_value(claims).map_err(|error| no_key(error.to_string()))?;
        signed(signer, JwtType::Jwt, claims).await
    }

    /// Life of the client's ID and access tokens.
    fn token_lifetime(&self, client: &Client) -> Duration {
        let own = client.token_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        own.unwrap_or(self.parts.settings.token_lifetime)
    }
}

const fn acr(by_session: bool) -> &'static str {
    if by_session { ACR_SESSION } else { ACR_PROVIDER }
}

fn no_key(debug: String) -> OAuthError {
    OAuthError::new(OAuthErrorCode::ServerError, "no signing key").with_debug(debug)
}

pub(super) fn illegal(error: IllegalTransition) -> OAuthError {
    OAuthError::new(OAuthErrorCode::ServerError, "internal error").with_debug(error.to_string())
}

/// The tenant's active key of an algorithm.
pub(in crate::flow) async fn signer_of(
    store: &dyn TenantStore,
    algorithm: SigningAlgorithm,
) -> Result<Arc<Signer>, OAuthError> {
    let keys = store.lookup_keys().await.map_err(OAuthError::unavailable)?;
    let signer = keys.signer(algorithm).map(Arc::clone);
    signer.ok_or_else(|| no_key(format!("no active {algorithm:?} key")))
}

/// Signs. RSA takes so long that a few logins at once would hold up everybody else's request on the same thread; what
/// signs faster than a task changes threads signs where it is (`docs/adr/0004-signing.md`).
pub(in crate::flow) async fn signed(signer: &Arc<Signer>, kind: JwtType, claims: Value) -> Result<String, OAuthError> {
    let signed = match signer.algorithm() {
        SigningAlgorithm::Rs256 => {
            let signer = Arc::clone(signer);
            let task = tokio::task::spawn_blocking(move || signer.sign_as(kind, &claims));
            task.await.map_err(|error| no_key(error.to_string()))?
        }
        SigningAlgorithm::Es256 | SigningAlgorithm::EdDsa => signer.sign_as(kind, &claims),
    };
    signed.map_err(|error| no_key(error.to_string()))
}
