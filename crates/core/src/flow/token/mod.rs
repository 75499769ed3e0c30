//! The token endpoint (RFC 6749, section 3.2; OpenID Connect Core, section 3.1.3).
//!
//! Here a request is dispatched by its `grant_type`. What every grant has in common is done first: the tenant is in use,
//! the client proved itself, and the key that a DPoP proof shows is known. All tokens are made in [`issue`].

mod assertion;
mod client_credentials;
mod code;
mod dpop;
mod introspect;
mod issue;
mod refresh;
mod revoke;

use serde::Serialize;

use super::{BasicCredentials, Engine, Visit};
use crate::model::Tenant;
use crate::oidc::{APP_CODE_GRANT, DEVICE_CODE_GRANT, Form, OAuthError, OAuthErrorCode};
pub(in crate::flow) use assertion::{ASSERTION_TYPE, named as named_by_assertion};
pub(in crate::flow) use code::Refusal;
pub(in crate::flow) use dpop::Proof;
pub(in crate::flow) use issue::{Issue, signed, signer_of};

/// The answer of the token endpoint (RFC 6749, section 5.1).
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    /// Opaque, or a JWT (RFC 9068) when the client wants it so.
    pub access_token: String,
    /// `Bearer`, or `DPoP` when it is bound to a key.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: u64,
    /// What was granted.
    pub scope: String,
    /// When the scope has `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// When the scope has `offline_access`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

fn invalid_grant(why: &str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidGrant, why)
}

/// A field of a request, which may stand there once.
pub(super) fn field<'a>(form: &'a Form, name: &'static str) -> Result<Option<&'a str>, OAuthError> {
    form.get(name)
        .map_err(|error| OAuthError::invalid_request(error.to_string()))
}

/// A field that must be there.
fn required<'a>(form: &'a Form, name: &'static str) -> Result<&'a str, OAuthError> {
    field(form, name)?.ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
}

impl Engine {
    /// The token endpoint. `dpop` is the request's `DPoP` header.
    ///
    /// # Errors
    /// As RFC 6749, section 5.2 and RFC 9449, section 5 have them; [`OAuthErrorCode::TemporarilyUnavailable`] in an
    /// outage.
    pub async fn redeem(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        dpop: Option<&str>,
        form: &Form,
        visit: &Visit,
    ) -> Result<TokenResponse, OAuthError> {
        let client = self.authenticate_active(tenant, basic, form, visit).await?;
        let grant = field(form, "grant_type")?;
        let jkt = self.proved_key(tenant, dpop, &Proof::post(&visit.urls.token())).await?;
        if jkt.is_none() && client.protocol.dpop_bound_access_tokens {
            return Err(OAuthError::new(
                OAuthErrorCode::InvalidDpopProof,
                "this client's tokens are bound to a key: a DPoP proof is missing",
            ));
        }
        match grant {
            Some("authorization_code") => self.redeem_code(tenant, &client, form, visit, jkt.as_deref()).await,
            Some("refresh_token") => self.refresh(tenant, &client, form, visit, jkt.as_deref()).await,
            Some("client_credentials") => {
                self.speak_for_itself(tenant, &client, form, visit, jkt.as_deref())
                    .await
            }
            Some(APP_CODE_GRANT) => self.log_in_by_code(tenant, &client, form, visit, jkt.as_deref()).await,
            Some(DEVICE_CODE_GRANT) => self.redeem_device(tenant, &client, form, visit, jkt.as_deref()).await,
            None => Err(OAuthError::invalid_request("grant_type is missing")),
            Some(_) => Err(unsupported()),
        }
    }
}

fn unsupported() -> OAuthError {
    OAuthError::new(
        OAuthErrorCode::UnsupportedGrantType,
        "grant_type must be one that the discovery document lists",
    )
}
