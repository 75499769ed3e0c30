//! Client authentication (RFC 6749, section 2.3; RFC 7523; OpenID Connect Core, section 9).

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::token::{ASSERTION_TYPE, field, named_by_assertion};
use super::{Engine, Visit};
use crate::ids::ClientId;
use crate::model::{Client, ClientAuthMethod, ClientKind, Tenant};
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

/// By what a client proves itself.
enum Evidence<'a> {
    /// A secret.
    Secret(SecretString),
    /// A signed assertion.
    Assertion(&'a str),
    /// Nothing: it is merely named.
    None,
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

/// Who a request says it is, and by what.
fn read<'a>(basic: Option<&BasicCredentials>, form: &'a Form) -> Result<(String, Evidence<'a>), OAuthError> {
    let has_assertion = form.has("client_assertion") || form.has("client_assertion_type");
    let ways = [basic.is_some(), form.has("client_secret"), has_assertion];
    if ways.into_iter().filter(|used| *used).count() > 1 {
        return Err(OAuthError::invalid_request(
            "use one way of client authentication, not two",
        ));
    }
    let named = field(form, "client_id")?;
    if let Some(basic) = basic {
        let user = decode(&basic.user).ok_or_else(|| refused("user is not form-encoded UTF-8"))?;
        if named.is_some_and(|named| named != user) {
            return Err(OAuthError::invalid_request(
                "client_id is not the one of the Authorization header",
            ));
        }
        let password = decode(basic.password.expose_secret())
            .map(SecretString::from)
            .ok_or_else(|| refused("password is not form-encoded UTF-8"))?;
        return Ok((user, Evidence::Secret(password)));
    }
    if has_assertion {
        let assertion = field(form, "client_assertion")?;
        if field(form, "client_assertion_type")? != Some(ASSERTION_TYPE) {
            return Err(refused("another client_assertion_type"));
        }
        let assertion = assertion.ok_or_else(|| refused("client_assertion is missing"))?;
        let id = named_by_assertion(assertion).ok_or_else(|| refused("the assertion names nobody"))?;
        // RFC 7521, section 4.2.
        if named.is_some_and(|named| named != id) {
            return Err(refused("client_id is not the one of the assertion"));
        }
        return Ok((id, Evidence::Assertion(assertion)));
    }
    let id = named.ok_or_else(|| refused("no client authentication"))?;
    let evidence = match field(form, "client_secret")? {
        Some(secret) => Evidence::Secret(secret.to_owned().into()),
        None => Evidence::None,
    };
    Ok((id.to_owned(), evidence))
}

impl Engine {
    /// The same at a tenant that is in use; of another all clients are unknown.
    pub(super) async fn authenticate_active(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        form: &Form,
        visit: &Visit,
    ) -> Result<Arc<Client>, OAuthError> {
        if !tenant.status.is_active() {
            return Err(refused("the tenant is disabled"));
        }
        self.authenticate(tenant, basic, form, visit).await
    }

    /// The client that asks, proved by secret or assertion, or public and merely named.
    pub(super) async fn authenticate(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        form: &Form,
        visit: &Visit,
    ) -> Result<Arc<Client>, OAuthError> {
        let (id, evidence) = read(basic, form)?;
        // An unknown client, a disabled one and a wrong secret answer alike: nothing helps guessing.
        let id = id
            .parse::<ClientId>()
            .map_err(|_| refused("the client id has no form of ours"))?;
        let store = self.parts.store.begin(tenant.id);
        let client = store.lookup_client(id).await.map_err(OAuthError::unavailable)?;
        let client = client
            .filter(|client| client.status.is_active())
            .ok_or_else(|| refused("unknown or disabled client"))?;
        match (client.kind, client.protocol.auth_method, evidence) {
            (ClientKind::Confidential, ClientAuthMethod::Secret, Evidence::Secret(secret))
                if client.has_secret(secret.expose_secret(), self.now()) =>
            {
                Ok(client)
            }
            (ClientKind::Confidential, ClientAuthMethod::PrivateKeyJwt, Evidence::Assertion(assertion)) => {
                let asserted = self.asserted(tenant, &client, assertion, visit).await?;
                asserted.map(|()| client).map_err(refused)
            }
            (ClientKind::Public, _, Evidence::None) => Ok(client),
            // An empty password is what some libraries send for a client without a secret.
            (ClientKind::Public, _, Evidence::Secret(secret)) if secret.expose_secret().is_empty() => Ok(client),
            _ => Err(refused("wrong or missing proof, or another method than the client's")),
        }
    }
}
