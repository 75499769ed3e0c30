//! The discovery document (OpenID Connect Discovery 1.0, section 3; RFC 8414).

use serde::Serialize;

use super::{Scopes, SigningAlgorithm, TenantUrls};

/// Grant type of an app that brings the code of a provider, such as a mini program (RFC 6749, section 4.5: an absolute
/// URI of its own).
pub const APP_CODE_GRANT: &str = "urn:hufu:params:oauth:grant-type:wechat-mini-program";

/// Grant type of a device without a keyboard (RFC 8628, section 3.4).
pub const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// `acr` of a login that went to the provider.
pub const ACR_PROVIDER: &str = "urn:hufu:acr:provider";

/// `acr` of a login for which a session stood in.
pub const ACR_SESSION: &str = "urn:hufu:acr:session";

/// What the installed providers and the tenant's keys add to the document.
#[derive(Debug, Clone, Copy)]
pub struct Offered<'a> {
    /// Scopes of the installed providers.
    pub scopes: &'a [&'a str],
    /// Claims that the installed providers add under their own names.
    pub claims: &'a [&'a str],
    /// What the tenant has active keys for.
    pub algorithms: &'a [SigningAlgorithm],
}

/// What a tenant's issuer says about itself. Only what is really served is listed.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the fields are the specification's own")]
pub struct DiscoveryDocument {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    pub revocation_endpoint: String,
    pub introspection_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    pub device_authorization_endpoint: String,
    pub end_session_endpoint: String,
    pub response_types_supported: [&'static str; 1],
    pub response_modes_supported: [&'static str; 2],
    pub grant_types_supported: [&'static str; 5],
    pub subject_types_supported: [&'static str; 2],
    pub id_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub userinfo_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub token_endpoint_auth_methods_supported: [&'static str; 4],
    pub token_endpoint_auth_signing_alg_values_supported: [&'static str; 5],
    pub revocation_endpoint_auth_methods_supported: [&'static str; 4],
    pub revocation_endpoint_auth_signing_alg_values_supported: [&'static str; 5],
    pub introspection_endpoint_auth_methods_supported: [&'static str; 3],
    pub introspection_endpoint_auth_signing_alg_values_supported: [&'static str; 5],
    pub dpop_signing_alg_values_supported: [&'static str; 5],
    pub code_challenge_methods_supported: [&'static str; 1],
    pub prompt_values_supported: [&'static str; 4],
    pub acr_values_supported: [&'static str; 2],
    pub display_values_supported: [&'static str; 1],
    pub scopes_supported: Vec<String>,
    pub claims_supported: Vec<String>,
    pub claim_types_supported: [&'static str; 1],
    pub ui_locales_supported: [&'static str; 2],
    pub authorization_response_iss_parameter_supported: bool,
    pub backchannel_logout_supported: bool,
    pub backchannel_logout_session_supported: bool,
    pub claims_parameter_supported: bool,
    pub request_parameter_supported: bool,
    /// Its default is true (Discovery, section 3), so it must be said.
    pub request_uri_parameter_supported: bool,
    pub require_pushed_authorization_requests: bool,
}

/// Algorithms by which clients sign assertions and proofs.
pub const CLIENT_ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

impl DiscoveryDocument {
    /// The document of the issuer.
    #[must_use]
    pub fn new(urls: &TenantUrls, offered: Offered<'_>) -> Self {
        const ALL: [&str; 4] = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
        const PROVED: [&str; 3] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
        let standard = [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "at_hash",
            "acr",
            "amr",
            "sid",
            "name",
            "picture",
            "locale",
        ];
        let texts = |lists: [&[&str]; 2]| lists.concat().into_iter().map(str::to_owned).collect();
        Self {
            issuer: urls.issuer().to_owned(),
            authorization_endpoint: urls.authorize(),
            token_endpoint: urls.token(),
            userinfo_endpoint: urls.userinfo(),
            jwks_uri: urls.jwks(),
            revocation_endpoint: urls.revoke(),
            introspection_endpoint: urls.introspect(),
            pushed_authorization_request_endpoint: urls.pushed_authorization_request(),
            device_authorization_endpoint: urls.device_authorization(),
            end_session_endpoint: urls.logout(),
            response_types_supported: ["code"],
            response_modes_supported: ["query", "form_post"],
            grant_types_supported: [
                "authorization_code",
                "refresh_token",
                "client_credentials",
                DEVICE_CODE_GRANT,
                APP_CODE_GRANT,
            ],
            subject_types_supported: ["public", "pairwise"],
            id_token_signing_alg_values_supported: offered.algorithms.to_vec(),
            userinfo_signing_alg_values_supported: offered.algorithms.to_vec(),
            token_endpoint_auth_methods_supported: ALL,
            token_endpoint_auth_signing_alg_values_supported: CLIENT_ALGORITHMS,
            revocation_endpoint_auth_methods_supported: ALL,
            revocation_endpoint_auth_signing_alg_values_supported: CLIENT_ALGORITHMS,
            introspection_endpoint_auth_methods_supported: PROVED,
            introspection_endpoint_auth_signing_alg_values_supported: CLIENT_ALGORITHMS,
            dpop_signing_alg_values_supported: CLIENT_ALGORITHMS,
            code_challenge_methods_supported: ["S256"],
            prompt_values_supported: ["none", "login", "consent", "select_account"],
            acr_values_supported: [ACR_PROVIDER, ACR_SESSION],
            display_values_supported: ["page"],
            scopes_supported: texts([&Scopes::STANDARD, offered.scopes]),
            claims_supported: texts([&standard, offered.claims]),
            claim_types_supported: ["normal"],
            ui_locales_supported: ["zh-CN", "en"],
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            claims_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            require_pushed_authorization_requests: false,
        }
    }
}
