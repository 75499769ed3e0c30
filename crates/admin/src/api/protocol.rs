//! What a client is allowed of the protocol.

use std::collections::BTreeSet;

use hufu_core::model;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::names::{AccessTokenFormat, Algorithm, ClientAuthMethod, ConsentPolicy, SubjectType};

/// What a client is allowed of the protocol. What is left out is as with a client that is not told anything of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ClientProtocol {
    /// How it proves who it is; not of a public client.
    auth_method: ClientAuthMethod,
    /// Its public keys, a JWK Set (RFC 7517), for `private_key_jwt`; null: none.
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    /// Whether authorization requests must be pushed (RFC 9126).
    require_pushed_authorization_requests: bool,
    /// Whether authorization requests must have a code challenge (PKCE, S256). Those of a public client must anyway.
    require_pkce: bool,
    /// Whether its tokens must be bound to a key of its own (RFC 9449).
    dpop_bound_access_tokens: bool,
    /// Whether people are asked.
    consent: ConsentPolicy,
    /// Whether a browser that is signed in for another of the tenant's clients is signed in for this one too.
    single_sign_on: bool,
    /// What its access tokens look like.
    access_token: AccessTokenFormat,
    /// Which `sub` it sees. Changed later, it takes everybody for somebody new.
    subject_type: SubjectType,
    /// The only claims about a person that it gets beside `sub`; null: all that its scopes allow.
    claims: Option<BTreeSet<String>>,
    /// Userinfo is answered as a JWT signed so; null: as JSON.
    userinfo_signed_response_alg: Option<Algorithm>,
    /// Whether it may have tokens for itself (RFC 6749, section 4.4); not of a public client.
    client_credentials: bool,
    /// Whether it may log people in on devices without a keyboard (RFC 8628).
    device_code: bool,
    /// Whether it may introspect tokens of the tenant's other clients (RFC 7662); not of a public client. A developer may
    /// not grant it.
    resource_server: bool,
    /// Days for which an unused refresh token lives, 1 to 365; null: the installation's.
    refresh_days: Option<u32>,
    /// Where the end of a session is told to it (OpenID Connect Back-Channel Logout); null: nowhere.
    backchannel_logout_uri: Option<String>,
}

impl Default for ClientProtocol {
    fn default() -> Self {
        (&model::ClientProtocol::default()).into()
    }
}

impl From<&model::ClientProtocol> for ClientProtocol {
    fn from(protocol: &model::ClientProtocol) -> Self {
        Self {
            auth_method: protocol.auth_method.into(),
            jwks: protocol.jwks.clone(),
            require_pushed_authorization_requests: protocol.require_pushed_authorization_requests,
            require_pkce: protocol.require_pkce,
            dpop_bound_access_tokens: protocol.dpop_bound_access_tokens,
            consent: protocol.consent.into(),
            single_sign_on: protocol.single_sign_on,
            access_token: protocol.access_token.into(),
            subject_type: protocol.subject_type.into(),
            claims: protocol.claims.clone(),
            userinfo_signed_response_alg: protocol.userinfo_signed_response_alg.map(Algorithm),
            client_credentials: protocol.client_credentials,
            device_code: protocol.device_code,
            resource_server: protocol.resource_server,
            refresh_days: protocol.refresh_days,
            backchannel_logout_uri: protocol.backchannel_logout_uri.clone(),
        }
    }
}

impl From<ClientProtocol> for model::ClientProtocol {
    fn from(protocol: ClientProtocol) -> Self {
        Self {
            auth_method: protocol.auth_method.0,
            jwks: protocol.jwks,
            require_pushed_authorization_requests: protocol.require_pushed_authorization_requests,
            require_pkce: protocol.require_pkce,
            dpop_bound_access_tokens: protocol.dpop_bound_access_tokens,
            consent: protocol.consent.0,
            single_sign_on: protocol.single_sign_on,
            access_token: protocol.access_token.0,
            subject_type: protocol.subject_type.0,
            claims: protocol.claims,
            userinfo_signed_response_alg: protocol.userinfo_signed_response_alg.map(|name| name.0),
            client_credentials: protocol.client_credentials,
            device_code: protocol.device_code,
            resource_server: protocol.resource_server,
            refresh_days: protocol.refresh_days,
            backchannel_logout_uri: protocol.backchannel_logout_uri,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_all_that_core_has() {
        let document = serde_json::to_value(ClientProtocol::default()).unwrap();
        let names: BTreeSet<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(model::ClientProtocol::names()));
        let nothing: ClientProtocol = serde_json::from_str("{}").unwrap();
        assert_eq!(model::ClientProtocol::from(nothing), model::ClientProtocol::default());
    }
}
