//! The discovery document (OpenID Connect Discovery 1.0, section 3; RFC 8414).

use serde::Serialize;

use super::{Scopes, SigningAlgorithm, TenantUrls};

/// Grant type of an app that brings the code of a provider, such as a mini program (RFC 6749, section 4.5: an absolute
/// URI of its own).
pub const APP_CODE_GRANT: &str = "urn:hufu:params:oauth:grant-type:wechat-mini-program";

/// What a tenant's issuer says about itself. Only what is really served is listed.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the fields are the specification's own")]
pub struct DiscoveryDocument {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    pub response_types_supported: [&'static str; 1],
    pub response_modes_supported: [&'static str; 1],
    pub grant_types_supported: [&'static str; 2],
    pub subject_types_supported: [&'static str; 1],
    pub id_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub token_endpoint_auth_methods_supported: [&'static str; 3],
    pub code_challenge_methods_supported: [&'static str; 1],
    pub scopes_supported: [&'static str; 2],
    pub claims_supported: Vec<String>,
    pub claim_types_supported: [&'static str; 1],
    pub ui_locales_supported: [&'static str; 2],
    pub authorization_response_iss_parameter_supported: bool,
    pub claims_parameter_supported: bool,
    pub request_parameter_supported: bool,
    /// Its default is true (Discovery, section 3), so it must be said.
    pub request_uri_parameter_supported: bool,
}

impl DiscoveryDocument {
    /// The document of the issuer; `provider_claims` are the claims the installed providers add under their own names.
    #[must_use]
    pub fn new(urls: &TenantUrls, provider_claims: &[&str]) -> Self {
        let standard = [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "at_hash",
            "name",
            "picture",
            "locale",
        ];
        Self {
            issuer: urls.issuer().to_owned(),
            authorization_endpoint: urls.authorize(),
            token_endpoint: urls.token(),
            userinfo_endpoint: urls.userinfo(),
            jwks_uri: urls.jwks(),
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: ["authorization_code", APP_CODE_GRANT],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: vec![SigningAlgorithm::Rs256, SigningAlgorithm::Es256],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
            code_challenge_methods_supported: ["S256"],
            scopes_supported: Scopes::KNOWN,
            claims_supported: standard
                .iter()
                .chain(provider_claims)
                .map(|claim| (*claim).to_owned())
                .collect(),
            claim_types_supported: ["normal"],
            ui_locales_supported: ["zh-CN", "en"],
            authorization_response_iss_parameter_supported: true,
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
        }
    }
}
