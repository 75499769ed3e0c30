//! Token introspection (RFC 7662).

use serde_json::{Map, Value, json};

use super::{field, required};
use crate::flow::{BasicCredentials, Engine, Visit};
use crate::model::{AccessToken, Client, ClientKind, RefreshGrant, Tenant};
use crate::oidc::{Form, OAuthError, OAuthErrorCode};

impl Engine {
    /// What a token is worth: all that is known of it, or only that it is worth nothing. A client sees its own tokens;
    /// an API that is given tokens of others (`resource_server`) sees the access tokens of its tenant, but no refresh
    /// token: nobody has a reason to send it one.
    ///
    /// # Errors
    /// What is wrong with the request or the client; temporarily unavailable in an outage.
    pub async fn introspect(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        form: &Form,
        visit: &Visit,
    ) -> Result<Map<String, Value>, OAuthError> {
        let asking = self.authenticate_active(tenant, basic, form, visit).await?;
        // RFC 7662, section 2.1: anybody could name a public client, and try tokens.
        if asking.kind == ClientKind::Public {
            return Err(
                OAuthError::new(OAuthErrorCode::InvalidClient, "client authentication failed")
                    .with_debug("a public client may not introspect"),
            );
        }
        let token = required(form, "token")?;
        field(form, "token_type_hint")?;
        if let Some((access, client)) = self.live_token(tenant, token).await? {
            let may_see = access.client_id == asking.id || asking.protocol.resource_server;
            if may_see {
                return Ok(self.of_access_token(tenant, &access, &client, visit));
            }
        } else if let Some((grant, true)) = self.family_of(tenant, token).await?
            && grant.client_id == asking.id
        {
            return Ok(self.of_family(tenant, &grant, &asking, visit));
        }
        Ok(inactive())
    }

    fn of_access_token(
        &self,
        tenant: &Tenant,
        token: &AccessToken,
        client: &Client,
        visit: &Visit,
    ) -> Map<String, Value> {
        let issuer = visit.urls.issuer();
        let client_id = client.id.to_string();
        let mut told = json!({
            "active": true,
            "scope": token.scopes.to_string(),
            "client_id": client_id,
            "token_type": if token.dpop_jkt.is_some() { "DPoP" } else { "Bearer" },
            "exp": token.expires_at.as_secs(),
            "iat": token.issued_at.as_secs(),
            "sub": client_id,
            "aud": issuer,
            "iss": issuer,
        });
        if let Some(person) = &token.person {
            // As the token's own client knows them: so a JWT of the same token has it.
            told["sub"] = self.subject_for(tenant, client, person.subject_id).into();
            told["auth_time"] = person.auth_time.as_secs().into();
        }
        if let Some(jkt) = &token.dpop_jkt {
            told["cnf"] = json!({"jkt": jkt});
        }
        into_map(told)
    }

    fn of_family(&self, tenant: &Tenant, grant: &RefreshGrant, client: &Client, visit: &Visit) -> Map<String, Value> {
        let issuer = visit.urls.issuer();
        let mut told = json!({
            "active": true,
            "scope": grant.scopes.to_string(),
            "client_id": client.id.to_string(),
            "exp": grant.expires_at.as_secs(),
            "iat": grant.rotated_at.as_secs(),
            "sub": self.subject_for(tenant, client, grant.person.subject_id),
            "aud": issuer,
            "iss": issuer,
        });
        if let Some(jkt) = &grant.dpop_jkt {
            told["cnf"] = json!({"jkt": jkt});
        }
        into_map(told)
    }
}

/// Section 2.2: not why.
fn inactive() -> Map<String, Value> {
    into_map(json!({"active": false}))
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
