//! Vocabulary of OAuth 2.0 and OpenID Connect: parameters, errors, keys, tokens. No state, no ports.

mod claims_request;
mod discovery;
mod error;
mod form;
mod jws;
mod jwt;
mod pkce;
mod redirect_uri;
mod scope;
mod urls;

pub use claims_request::{ClaimsRequest, ClaimsRequestError, claim_scope};
pub use discovery::{
    ACR_PROVIDER, ACR_SESSION, APP_CODE_GRANT, CLIENT_ALGORITHMS, DEVICE_CODE_GRANT, DiscoveryDocument, Offered,
};
pub use error::{OAuthError, OAuthErrorCode};
pub use form::{Form, FormError};
pub use jws::{VerifiedJwt, is_public_jwk, verify_jwt};
pub use jwt::{IdTokenClaims, JwtError, JwtType, PrivateKey, Signer, SigningAlgorithm};
pub use pkce::{CodeChallenge, PkceError};
pub use redirect_uri::{
    RedirectUriError, is_registered, is_registered_for, validate_backchannel_logout_uri, validate_redirect_uri,
    with_query,
};
pub use scope::Scopes;
pub use urls::TenantUrls;
