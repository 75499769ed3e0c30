//! Client authentication at the token endpoint (RFC 6749, section 2.3; OpenID Connect Core, section 9).

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::Engine;
use crate::ids::ClientId;
use crate::model::{Client, ClientKind, Tenant};
use crate::oidc::{Form, OAuthError, OAuthErrorCode};
use crate::secret::{ExposeSecret as _, SecretString};

/// User and password of an `Authorization: Basic` header, still form-encoded as RFC 6749, 2.3.1 wants them.
#[derive(Debug, Clone)]
pub struct BasicCredentials {
    /// User: the client id.
    pub user: String,
    /// Password: the client secret.
    pub password: SecretString,
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

fn refused(debug: &str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidClient, "client authentication failed").with_debug(debug)
}

impl Engine {
    /// The client that asks, proved by secret, or public and merely named.
    pub(super) async fn authenticate(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        form: &Form,
    ) -> Result<Arc<Client>, OAuthError> {
        let get = |name| {
            form.get(name)
                .map_err(|e| OAuthError::new(OAuthErrorCode::InvalidRequest, e.to_string()))
        };
        let (id, secret) = match basic {
            Some(_) if form.has("client_secret") => {
                return Err(OAuthError::new(
                    OAuthErrorCode::InvalidRequest,
                    "use one way of client authentication, not two",
                ));
            }
            Some(basic) => {
                let user = decode(&basic.user).ok_or_else(|| refused("user is not form-encoded UTF-8"))?;
                if get("client_id")?.is_some_and(|named| named != user) {
                    return Err(OAuthError::new(
                        OAuthErrorCode::InvalidRequest,
                        "client_id is not the one of the Authorization header",
                    ));
                }
                let password = decode(basic.password.expose_secret())
                    .ok_or_else(|| refused("password is not form-encoded UTF-8"))?;
                (user, Some(password))
            }
            None => {
                let id = get("client_id")?.ok_or_else(|| refused("no client authentication"))?;
                (id.to_owned(), get("client_secret")?.map(str::to_owned))
            }
        };
        // An unknown client, a disabled one and a wrong secret answer alike: nothing helps guessing.
        let id = id
            .parse::<ClientId>()
            .map_err(|_| refused("the client id has no form of ours"))?;
        let client = self
            .parts
            .store
            .begin(tenant.id)
            .lookup_client(id)
            .await
            .map_err(super::redeem::unavailable)?;
        let client = client
            .filter(|c| c.status.is_active())
            .ok_or_else(|| refused("unknown or disabled client"))?;
        let proved = match (client.kind, secret.filter(|secret| !secret.is_empty())) {
            (ClientKind::Confidential, Some(secret)) => client.has_secret(&secret, self.now()),
            (ClientKind::Public, None) => true,
            (ClientKind::Confidential, None) | (ClientKind::Public, Some(_)) => false,
        };
        if proved {
            Ok(client)
        } else {
            Err(refused("wrong or missing secret"))
        }
    }
}
