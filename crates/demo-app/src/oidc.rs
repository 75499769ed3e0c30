//! The conversation with the provider, by the `openidconnect` library

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthType, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndSessionUrl,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdToken, IdTokenFields, IssuerUrl,
    LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse,
    UserInfoClaims, UserInfoError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::RwLock;
use tokio::time::Instant;
use url::{Host, Url};

use crate::{Config, DemoError};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const LARGEST_ANSWER: usize = 1024 * 1024;
/// How long what discovery found is used before it is asked for again.
const DISCOVERY_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// Every claim that is none of the standard ones.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct OtherClaims {
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

type TokenFields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// An ID token as it came.
type DemoToken = IdToken<OtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

type DemoClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<TokenFields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why a login could not be started or finished; each carries the reason in words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the provider could not be reached or understood: {0}")]
    Provider(String),
    #[error("the provider refused the code: {0}")]
    CodeRefused(String),
    #[error("the ID token was not accepted: {0}")]
    Token(String),
    #[error("the userinfo answer was not accepted: {0}")]
    UserInfo(String),
}

/// A login under way: what its answer has to fit.
pub(crate) struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl Pending {
    pub(crate) fn has_state(&self, state: &str) -> bool {
        self.state.secret() == state
    }
}

/// A person signed in: the verified claims, and what the userinfo endpoint said.
#[derive(Clone)]
pub(crate) struct Person {
    /// What says at the provider who logs out.
    token: DemoToken,
    pub(crate) claims: Map<String, Value>,
    pub(crate) userinfo: Option<Map<String, Value>>,
}

pub(crate) struct Provider {
    http: HttpClient,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    after_logout: PostLogoutRedirectUrl,
    scopes: Vec<Scope>,
    found: RwLock<Option<(Instant, Arc<Found>)>>,
}

/// What discovery found.
struct Found {
    client: DemoClient,
    end_session: Option<EndSessionUrl>,
}

impl Provider {
    pub(crate) fn new(config: &Config, issuer: &Url, app_url: &str) -> Result<Self, DemoError> {
        let loopback = match issuer.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let mut http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        if loopback {
            http = http.no_proxy(); // a proxy's own loopback is another machine's
        }
        Ok(Self {
            http: HttpClient(http.build().map_err(DemoError::Http)?),
            issuer: IssuerUrl::new(config.issuer.clone()).map_err(|_| DemoError::Issuer(config.issuer.clone()))?,
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: config.client_secret.clone().map(ClientSecret::new),
            redirect: RedirectUrl::new(format!("{app_url}/callback"))
                .map_err(|_| DemoError::AppUrl(config.app_url.clone()))?,
            after_logout: PostLogoutRedirectUrl::new(format!("{app_url}/logged-out"))
                .map_err(|_| DemoError::AppUrl(config.app_url.clone()))?,
            // The library asks for this one by itself.
            scopes: config
                .scopes
                .iter()
                .filter(|scope| *scope != "openid")
                .cloned()
                .map(Scope::new)
                .collect(),
            found: RwLock::new(None),
        })
    }

    /// Starts a login: the provider's address to send the browser to, and what to keep until it comes back.
    pub(crate) async fn begin(&self) -> Result<(Url, Pending), Failure> {
        let found = self.found().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = found
            .client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge)
            .url();
        Ok((address, Pending { state, nonce, verifier }))
    }

    /// Finishes a login: redeems the code, verifies the ID token, and asks who the person is.
    pub(crate) async fn complete(&self, code: String, login: Pending) -> Result<Person, Failure> {
        let mut found = self.found().await?;
        let answer = found
            .client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Failure::Provider(reason(&error)))?
            .set_pkce_verifier(login.verifier)
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(refusal) => Failure::CodeRefused(refusal.to_string()),
                other => Failure::Provider(reason(&other)),
            })?;
        let token = answer
            .extra_fields()
            .id_token()
            .ok_or_else(|| Failure::Token("the token endpoint's answer contains none".to_owned()))?;

        let mut verified = token.claims(&found.client.id_token_verifier(), &login.nonce).cloned();
        if matches!(verified, Err(ClaimsVerificationError::SignatureVerification(_))) {
            // The provider may have changed its keys since they were fetched.
            found = self.discover().await?;
            verified = token.claims(&found.client.id_token_verifier(), &login.nonce).cloned();
        }
        let client = &found.client;
        let claims = verified.map_err(|error| Failure::Token(reason(&error)))?;

        if let Some(expected) = claims.access_token_hash() {
            let verifier = client.id_token_verifier();
            let refuse = |error: &dyn Error| Failure::Token(reason(error));
            let algorithm = token.signing_alg().map_err(|error| refuse(&error))?;
            let key = token.signing_key(&verifier).map_err(|error| refuse(&error))?;
            let actual =
                AccessTokenHash::from_token(answer.access_token(), algorithm, key).map_err(|error| refuse(&error))?;
            if actual != *expected {
                return Err(Failure::Token(
                    "it belongs to another access token (at_hash)".to_owned(),
                ));
            }
        }

        let userinfo = if client.user_info_url().is_some() {
            // The library panics over an access token that no header can hold.
            if !answer
                .access_token()
                .secret()
                .bytes()
                .all(|byte| byte.is_ascii_graphic())
            {
                return Err(Failure::UserInfo(
                    "the access token contains characters that none may have".to_owned(),
                ));
            }
            let info: UserInfoClaims<OtherClaims, CoreGenderClaim> = client
                .user_info(answer.access_token().clone(), Some(claims.subject().clone()))
                .map_err(|error| Failure::UserInfo(reason(&error)))?
                .request_async(&self.http)
                .await
                .map_err(|error| match error {
                    UserInfoError::Response(status, _, why) => Failure::UserInfo(format!("{why} ({status})")),
                    UserInfoError::Request(_) => Failure::Provider(reason(&error)),
                    other => Failure::UserInfo(reason(&other)),
                })?;
            Some(object(&info).map_err(Failure::UserInfo)?)
        } else {
            None
        };
        Ok(Person {
            token: token.clone(),
            claims: object(&claims).map_err(Failure::Token)?,
            userinfo,
        })
    }

    /// Where the browser is sent so that the person is logged out at the provider too, and the state it comes back with;
    /// `None` when the provider offers no such thing.
    pub(crate) async fn leave(&self, person: &Person) -> Result<Option<(Url, String)>, Failure> {
        let Some(end_session) = self.found().await?.end_session.clone() else {
            return Ok(None);
        };
        let state = CsrfToken::new_random();
        let request = LogoutRequest::from(end_session)
            .set_id_token_hint(&person.token)
            .set_client_id(self.client_id.clone())
            .set_post_logout_redirect_uri(self.after_logout.clone())
            .set_state(state.clone());
        Ok(Some((request.http_get_url(), state.into_secret())))
    }

    async fn found(&self) -> Result<Arc<Found>, Failure> {
        if let Some((since, found)) = &*self.found.read().await
            && since.elapsed() < DISCOVERY_LIFETIME
        {
            return Ok(Arc::clone(found));
        }
        self.discover().await
    }

    /// Asks the provider for its metadata and keys, and keeps them; a failure is not kept.
    async fn discover(&self) -> Result<Arc<Found>, Failure> {
        let metadata = ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| Failure::Provider(reason(&error)))?;
        let by_body_only = metadata.token_endpoint_auth_methods_supported().is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let end_session = metadata.additional_metadata().end_session_endpoint.clone();
        let mut client: DemoClient =
            Client::from_provider_metadata(metadata, self.client_id.clone(), self.client_secret.clone())
                .set_redirect_uri(self.redirect.clone());
        if by_body_only {
            client = client.set_auth_type(AuthType::RequestBody);
        }
        let found = Arc::new(Found { client, end_session });
        *self.found.write().await = Some((Instant::now(), Arc::clone(&found)));
        Ok(found)
    }
}

/// A new unguessable name for a browser or a session.
pub(crate) fn random_key() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

fn object(claims: &impl Serialize) -> Result<Map<String, Value>, String> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("the claims are no JSON object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// An error and everything that caused it, in one line.
fn reason(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error(transparent)]
    Request(#[from] reqwest::Error),
    #[error("the answer is larger than {LARGEST_ANSWER} bytes")]
    TooLarge,
}

/// Lets the library send its requests with our HTTP client.
struct HttpClient(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut answer = self.0.execute(request.try_into()?).await?;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                if body.len() + chunk.len() > LARGEST_ANSWER {
                    return Err(HttpError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            let mut response = HttpResponse::new(body);
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(response)
        })
    }
}
