//! Userinfo (OpenID Connect Core, section 5.3), what may be done with an access token at all, and the tenant's public
//! documents.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::claims::{Told, claims};
use super::token::{Proof, signed, signer_of};
use super::{Engine, Visit};
use crate::model::{AccessToken, Client, Tenant};
use crate::oidc::{DiscoveryDocument, JwtType, OAuthError, OAuthErrorCode, Offered, SigningAlgorithm, TenantUrls};
use crate::secret::{Digest256, constant_time_eq};

/// By which scheme an access token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenScheme {
    /// Whoever has it may use it (RFC 6750).
    Bearer,
    /// With a proof that the sender holds its key (RFC 9449, section 7.1).
    Dpop,
}

/// An access token as it is presented at a resource.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The token.
    pub token: &'a str,
    /// How.
    pub scheme: TokenScheme,
    /// The `DPoP` header.
    pub proof: Option<&'a str>,
    /// The request's method.
    pub method: &'a str,
    /// Where it is presented, from the issuer and never from the request's own headers.
    pub url: &'a str,
}

impl std::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presented")
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}

/// Why an access token is not taken, and by which scheme the sender should try.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{error}")]
pub struct TokenRefused {
    /// Why.
    pub error: OAuthError,
    /// The challenge's scheme.
    pub scheme: TokenScheme,
}

/// What userinfo answers.
#[derive(Debug, Clone)]
pub enum UserInfo {
    /// Claims as JSON.
    Claims(Map<String, Value>),
    /// Claims as a signed JWT, for a client that wants it so (Core, section 5.3.2).
    Signed(String),
}

fn invalid(debug: &str) -> OAuthError {
    OAuthError::new(
        OAuthErrorCode::InvalidToken,
        "the access token is unknown, expired or revoked",
    )
    .with_debug(debug)
}

impl Engine {
    /// The claims that an access token allows.
    ///
    /// # Errors
    /// [`OAuthErrorCode::InvalidToken`], whatever is wrong with the token; [`OAuthErrorCode::InvalidDpopProof`];
    /// temporarily unavailable in an outage.
    pub async fn userinfo(
        &self,
        tenant: &Tenant,
        presented: &Presented<'_>,
        visit: &Visit,
    ) -> Result<UserInfo, TokenRefused> {
        let (token, client) = self.accepted(tenant, presented).await?;
        let told = self.told(tenant, &token, &client, visit).await;
        told.map_err(|error| TokenRefused {
            error,
            scheme: presented.scheme,
        })
    }

    async fn told(
        &self,
        tenant: &Tenant,
        token: &AccessToken,
        client: &Client,
        visit: &Visit,
    ) -> Result<UserInfo, OAuthError> {
        let Some(person) = &token.person else {
            return Err(invalid("it speaks for the client itself"));
        };
        let told = Told {
            client,
            scopes: &token.scopes,
            named: token.claims.as_ref().map_or(&[], |claims| &claims.userinfo),
        };
        let mut claims = claims(&person.identity, told, &self.previous_for(tenant, client, person));
        let subject = self.subject_for(tenant, client, person.subject_id);
        claims.insert("sub".to_owned(), subject.into());
        let Some(algorithm) = client.protocol.userinfo_signed_response_alg else {
            return Ok(UserInfo::Claims(claims));
        };
        claims.insert("iss".to_owned(), visit.urls.issuer().into());
        claims.insert("aud".to_owned(), client.id.to_string().into());
        let store = self.parts.store.begin(tenant.id);
        let signer = signer_of(&*store, algorithm).await?;
        let jwt = signed(&signer, JwtType::Jwt, Value::Object(claims)).await?;
        Ok(UserInfo::Signed(jwt))
    }

    /// A token of this tenant that may be used where it is presented, and the client that has it.
    ///
    /// # Errors
    /// As [`Engine::userinfo`].
    pub(super) async fn accepted(
        &self,
        tenant: &Tenant,
        presented: &Presented<'_>,
    ) -> Result<(Arc<AccessToken>, Arc<Client>), TokenRefused> {
        let as_sent = |error| TokenRefused {
            error,
            scheme: presented.scheme,
        };
        let bound = |error| TokenRefused {
            error,
            scheme: TokenScheme::Dpop,
        };
        if !tenant.status.is_active() {
            return Err(as_sent(invalid("the tenant is disabled")));
        }
        let live = self.live_token(tenant, presented.token).await.map_err(as_sent)?;
        let unknown = || as_sent(invalid("unknown, revoked, expired, or the client is disabled"));
        let (token, client) = live.ok_or_else(unknown)?;
        match (&token.dpop_jkt, presented.scheme) {
            (None, TokenScheme::Bearer) => {}
            (None, TokenScheme::Dpop) => return Err(as_sent(invalid("it is bound to no key"))),
            // RFC 9449, section 7.2: else whoever steals it would only have to leave the proof out.
            (Some(_), TokenScheme::Bearer) => return Err(bound(invalid("it is bound to a key, and has no proof"))),
            (Some(jkt), TokenScheme::Dpop) => {
                let wanted = Proof::with_token(presented.method, presented.url, presented.token);
                let proved = self.proved_key(tenant, presented.proof, &wanted).await;
                let missing = || OAuthError::new(OAuthErrorCode::InvalidDpopProof, "the DPoP proof is missing");
                let proved = proved.and_then(|proved| proved.ok_or_else(missing)).map_err(bound)?;
                if !constant_time_eq(&proved, jkt) {
                    return Err(bound(invalid("it is bound to another key")));
                }
            }
        }
        Ok((token, client))
    }

    /// A token of this tenant that was neither revoked nor is over, of a client that is in use.
    pub(super) async fn live_token(
        &self,
        tenant: &Tenant,
        text: &str,
    ) -> Result<Option<(Arc<AccessToken>, Arc<Client>)>, OAuthError> {
        let store = self.parts.store.begin(tenant.id);
        let found = store.lookup_access_token(&Digest256::of(text)).await;
        let Some(token) = found
            .map_err(OAuthError::unavailable)?
            .filter(|token| self.now() < token.expires_at)
        else {
            return Ok(None);
        };
        let client = store
            .lookup_client(token.client_id)
            .await
            .map_err(OAuthError::unavailable)?;
        let client = client.filter(|client| client.status.is_active());
        Ok(client.map(|client| (token, client)))
    }

    /// The tenant's public keys (RFC 7517, section 5).
    ///
    /// # Errors
    /// In an outage.
    pub async fn jwks(&self, tenant: &Tenant) -> Result<Value, OAuthError> {
        let keys = self
            .parts
            .store
            .begin(tenant.id)
            .lookup_keys()
            .await
            .map_err(OAuthError::unavailable)?;
        Ok(json!({"keys": keys.public}))
    }

    /// The tenant's discovery document.
    ///
    /// # Errors
    /// In an outage.
    pub async fn discovery(&self, tenant: &Tenant, urls: &TenantUrls) -> Result<DiscoveryDocument, OAuthError> {
        let store = self.parts.store.begin(tenant.id);
        let keys = store.lookup_keys().await.map_err(OAuthError::unavailable)?;
        let algorithms: Vec<_> = SigningAlgorithm::ALL
            .into_iter()
            .filter(|algorithm| keys.signer(*algorithm).is_some())
            .collect();
        let offered = Offered {
            scopes: &self.parts.providers.scopes(),
            claims: &self.parts.providers.claims(),
            algorithms: &algorithms,
        };
        Ok(DiscoveryDocument::new(urls, offered))
    }
}
