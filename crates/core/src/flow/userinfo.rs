//! Userinfo (OpenID Connect Core, section 5.3) and the tenant's public documents.

use serde_json::{Map, Value, json};

use super::Engine;
use super::claims::claims;
use super::redeem::unavailable;
use crate::model::Tenant;
use crate::oidc::{DiscoveryDocument, OAuthError, OAuthErrorCode, Offered, SigningAlgorithm, TenantUrls};
use crate::secret::Digest256;

impl Engine {
    /// The claims that an access token allows.
    ///
    /// # Errors
    /// [`OAuthErrorCode::InvalidToken`], whatever is wrong with the token; temporarily unavailable in an outage.
    pub async fn userinfo(&self, tenant: &Tenant, access_token: &str) -> Result<Map<String, Value>, OAuthError> {
        let invalid = |debug: &str| {
            OAuthError::new(
                OAuthErrorCode::InvalidToken,
                "the access token is unknown, expired or revoked",
            )
            .with_debug(debug)
        };
        if !tenant.status.is_active() {
            return Err(invalid("the tenant is disabled"));
        }
        let store = self.parts.store.begin(tenant.id);
        let token = store
            .lookup_access_token(&Digest256::of(access_token))
            .await
            .map_err(unavailable)?;
        let token = token.ok_or_else(|| invalid("unknown or revoked"))?;
        if self.now() >= token.expires_at {
            return Err(invalid("expired"));
        }
        let client = store.lookup_client(token.client_id).await.map_err(unavailable)?;
        if !client.is_some_and(|client| client.status.is_active()) {
            return Err(invalid("the client is gone or disabled"));
        }
        let Some(person) = &token.person else {
            return Err(invalid("it speaks for the client itself"));
        };
        let mut claims = claims(&person.identity, &token.scopes, &person.previous_subjects);
        claims.insert("sub".to_owned(), person.subject_id.to_string().into());
        Ok(claims)
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
            .map_err(unavailable)?;
        Ok(json!({"keys": keys.public}))
    }

    /// The tenant's discovery document.
    ///
    /// # Errors
    /// In an outage.
    pub async fn discovery(&self, tenant: &Tenant, urls: &TenantUrls) -> Result<DiscoveryDocument, OAuthError> {
        let store = self.parts.store.begin(tenant.id);
        let keys = store.lookup_keys().await.map_err(unavailable)?;
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
