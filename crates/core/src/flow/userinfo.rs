//! Userinfo (OpenID Connect Core, section 5.3) and the tenant's public documents.

use serde_json::{Map, Value, json};

use super::Engine;
use super::claims::claims;
use super::redeem::unavailable;
use crate::model::Tenant;
use crate::oidc::{DiscoveryDocument, OAuthError, OAuthErrorCode, TenantUrls};
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
        let mut claims = claims(&token.identity, &token.scopes, &token.previous_subjects);
        claims.insert("sub".to_owned(), token.subject_id.to_string().into());
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
    #[must_use]
    pub fn discovery(&self, urls: &TenantUrls) -> DiscoveryDocument {
        DiscoveryDocument::new(urls, &self.parts.providers.claims())
    }
}
