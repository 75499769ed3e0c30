//! Pushed authorization requests (RFC 9126): the app's server sends the request beforehand, and the browser carries no
//! more than a name for it.

use std::time::Duration;

use serde::Serialize;

use super::begin::Stop;
use super::request::once;
use super::token::Proof;
use super::{BasicCredentials, Engine, Problem, ProblemCode, Visit};
use crate::clock::random_token;
use crate::error::StoreError;
use crate::model::{Client, PushedRequest, PushedUse, Tenant};
use crate::oidc::{Form, OAuthError, OAuthErrorCode};
use crate::secret::Digest256;
use crate::store::{Change, Find, Records as _, TenantStore, UnitOfWork};

/// What every name of a pushed request begins with (RFC 9126, section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a browser may take to bring it.
const LIFETIME: Duration = Duration::from_secs(90);
/// How the client proves who it is: not kept.
const AUTHENTICATION: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// The answer to a push (RFC 9126, section 2.2).
#[derive(Clone, Serialize)]
pub struct PushedUri {
    /// Names the request, once, for one browser.
    pub request_uri: String,
    /// Seconds.
    pub expires_in: u64,
}

/// Without the name: who has it may begin the login.
impl std::fmt::Debug for PushedUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushedUri").finish_non_exhaustive()
    }
}

impl Engine {
    /// The pushed authorization request endpoint; `dpop` is the request's `DPoP` header. All that can be wrong with the request is said here.
    ///
    /// # Errors
    /// As at the token endpoint for the client, and as at the authorization endpoint for the request.
    pub async fn push_request(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        dpop: Option<&str>,
        form: &Form,
        visit: &Visit,
    ) -> Result<PushedUri, OAuthError> {
        let client = self.authenticate_active(tenant, basic, form, visit).await?;
        let wanted = visit.urls.pushed_authorization_request();
        let jkt = self.proved_key(tenant, dpop, &Proof::post(&wanted)).await?;
        match self.keep_request(tenant, &client, form, jkt, visit).await {
            Ok(pushed) => Ok(pushed),
            Err(error) => {
                let named = Form::from_pairs(vec![("client_id".to_owned(), client.id.to_string())]);
                self.record_error(tenant, &named, visit, &error)
                    .await
                    .map_err(|problem| OAuthError::unavailable(problem.debug))?;
                Err(error)
            }
        }
    }

    async fn keep_request(
        &self,
        tenant: &Tenant,
        client: &Client,
        form: &Form,
        dpop_jkt: Option<String>,
        visit: &Visit,
    ) -> Result<PushedUri, OAuthError> {
        if let (Some(named), Some(proved)) = (form.get("dpop_jkt").ok().flatten(), &dpop_jkt)
            && named != proved
        {
            return Err(OAuthError::invalid_request(
                "dpop_jkt is not the key of the proof (RFC 9449, section 10.1)",
            ));
        }
        once(form).map_err(|error| OAuthError::invalid_request(error.to_string()))?;
        if form.has("request_uri") {
            return Err(OAuthError::invalid_request(
                "request_uri cannot be pushed (RFC 9126, section 2.1)",
            ));
        }
        let store = self.parts.store.begin(tenant.id);
        self.checked(&*store, client, form, &visit.urls, true)
            .await
            .map_err(|stop| match stop {
                Stop::Client(_, error) => error,
                Stop::Page(problem) => of_page(&problem),
            })?;
        let name = random_token::<32>(&*self.parts.random);
        let is_kept = |(name, _): &&(String, String)| !AUTHENTICATION.contains(&name.as_str());
        let pushed = PushedRequest {
            digest: Digest256::of(&name),
            tenant_id: tenant.id,
            client_id: client.id,
            parameters: form.pairs().iter().filter(is_kept).cloned().collect(),
            dpop_jkt,
            expires_at: self.now().plus(LIFETIME),
        };
        let change = Change::record(&pushed).map_err(OAuthError::unavailable)?;
        store
            .save(UnitOfWork::new(tenant.id).with(change))
            .await
            .map_err(OAuthError::unavailable)?;
        Ok(PushedUri {
            request_uri: format!("{PREFIX}{name}"),
            expires_in: LIFETIME.as_secs(),
        })
    }

    /// The pushed request that a form names, if it names one. An unknown one, one that is over and another client's are
    /// told apart by nobody.
    pub(super) async fn find_pushed(
        &self,
        tenant: &Tenant,
        client: &Client,
        form: &Form,
    ) -> Result<Option<PushedRequest>, Stop> {
        let Some(name) = form.get("request_uri")?.and_then(|uri| uri.strip_prefix(PREFIX)) else {
            return Ok(None);
        };
        let digest = Digest256::of(name).encode();
        let found: Option<PushedRequest> = self.parts.records.find(Find::Id(&digest)).await?;
        let found = found.filter(|pushed| {
            pushed.tenant_id == tenant.id && pushed.client_id == client.id && self.now() < pushed.expires_at
        });
        found
            .map(Some)
            .ok_or_else(|| Problem::new(ProblemCode::RequestUriInvalid).into())
    }

    /// The visit of the browser to which the pushed request belongs from now on. Another browser's is no use here.
    pub(super) async fn claimed(
        &self,
        store: &dyn TenantStore,
        pushed: Option<Digest256>,
        visit: &Visit,
    ) -> Result<Visit, Stop> {
        let Some(digest) = pushed else {
            return Ok(visit.clone());
        };
        let cookie = self.cookie(visit);
        let claim = PushedUse {
            digest,
            tenant_id: store.tenant_id(),
            browser: Digest256::of(&cookie),
            // A little longer than the request: it must never be forgotten before it.
            expires_at: self.now().plus(LIFETIME * 2),
        };
        let unit = UnitOfWork::new(claim.tenant_id).with(Change::record(&claim)?);
        match store.save(unit).await {
            Ok(_) => {}
            Err(StoreError::Conflict { .. }) => {
                let first: Option<PushedUse> = self.parts.records.find(Find::Id(&digest.encode())).await?;
                if first.is_none_or(|first| first.browser != claim.browser) {
                    let problem = Problem::new(ProblemCode::RequestUriInvalid);
                    return Err(problem.debug("another browser was first").into());
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Visit {
            cookie: Some(cookie),
            ..visit.clone()
        })
    }
}

/// What would be a page, as a client is told it.
fn of_page(problem: &Problem) -> OAuthError {
    let error = match problem.code {
        ProblemCode::RedirectUriMissing => OAuthError::invalid_request("redirect_uri is missing"),
        ProblemCode::RedirectUriUnregistered => OAuthError::invalid_request("redirect_uri is not registered"),
        ProblemCode::Unavailable => OAuthError::unavailable(&problem.debug),
        ProblemCode::Internal => OAuthError::new(OAuthErrorCode::ServerError, "internal error"),
        code => OAuthError::invalid_request(code.as_str()),
    };
    error.with_debug(problem.debug.clone())
}
