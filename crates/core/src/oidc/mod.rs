//! Vocabulary of OAuth 2.0 and OpenID Connect: parameters, errors, keys, tokens. No state, no ports.

mod discovery;
mod error;
mod form;
mod jwt;
mod pkce;
mod redirect_uri;
mod scope;
mod urls;

pub use discovery::{APP_CODE_GRANT, DiscoveryDocument};
pub use error::{OAuthError, OAuthErrorCode};
pub use form::{Form, FormError};
pub use jwt::{IdTokenClaims, JwtError, PrivateKey, Signer, SigningAlgorithm};
pub use pkce::{CodeChallenge, PkceError};
pub use redirect_uri::{RedirectUriError, is_registered, validate_redirect_uri, with_query};
pub use scope::Scopes;
pub use urls::TenantUrls;
