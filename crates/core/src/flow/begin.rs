//! Begin: an app sent a browser. Everything it asked is validated here, once.
//!
//! Until the redirect URI is known to be the client's own, every failure is a page; afterwards it is an RFC 6749
//! error at that URI. Nothing is sent to the provider before all checks are done. A browser that is signed in already
//! is not sent there at all (see `session`).

use std::sync::Arc;

use super::answer::error_step;
use super::complete::internal;
use super::dispatch::{First, Way, first};
use super::doors::Doors;
use super::request::{Asked, once};
use super::step::spoken;
use super::{Engine, Problem, ProblemCode, Step, Visit};
use crate::clock::{random_alphanumeric, random_token};
use crate::ids::{AttemptId, ClientId, ConnectorId, TenantId};
use crate::model::{Attempt, AuthorizationRequest, Client, Connector, NewAttempt, Status, Tenant};
use crate::oidc::{Form, FormError, OAuthError, OAuthErrorCode};
use crate::provider::AuthorizationUrl;
use crate::secret::Digest256;
use crate::store::{Change, TenantStore, UnitOfWork};

/// What stops a request before the provider.
pub(super) enum Stop {
    /// A page: the redirect URI cannot be trusted, or nothing can be said to the client.
    Page(Problem),
    /// An error for the client, at its registered URI.
    Client(Box<AuthorizationRequest>, OAuthError),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Page(problem)
    }
}

impl From<FormError> for Stop {
    fn from(error: FormError) -> Self {
        Self::Page(malformed(&error))
    }
}

impl From<crate::error::StoreError> for Stop {
    fn from(error: crate::error::StoreError) -> Self {
        Self::Page(error.into())
    }
}

pub(super) fn malformed(error: &FormError) -> Problem {
    Problem::new(ProblemCode::RequestMalformed).debug(error.to_string())
}

impl Engine {
    /// The authorization endpoint (RFC 6749, 4.1.1; OpenID Connect Core, 3.1.2).
    pub async fn begin(&self, tenant: &Tenant, form: &Form, visit: &Visit) -> Step {
        match self.try_begin(tenant, form, visit).await {
            Ok(step) => step,
            Err(stop) => self.stop(tenant, form, visit, stop).await,
        }
    }

    /// The answer to a request that goes no further, once it is in the log.
    pub(super) async fn stop(&self, tenant: &Tenant, form: &Form, visit: &Visit, stop: Stop) -> Step {
        let recorded = match &stop {
            Stop::Page(problem) => self.record_page(tenant, form, visit, problem).await,
            Stop::Client(_, error) => self.record_error(tenant, form, visit, error).await,
        };
        match (recorded, stop) {
            (Err(problem), _) | (Ok(()), Stop::Page(problem)) => problem.into(),
            (Ok(()), Stop::Client(request, error)) => error_step(&visit.urls, &request, &error),
        }
    }

    /// The login link: fills in the client's defaults, then is the authorization endpoint.
    pub async fn login(&self, tenant: &Tenant, mut form: Form, visit: &Visit) -> Step {
        if let Err(problem) = self.fill_defaults(tenant, &mut form).await {
            return self.stop(tenant, &form, visit, problem.into()).await;
        }
        self.begin(tenant, &form, visit).await
    }

    async fn fill_defaults(&self, tenant: &Tenant, form: &mut Form) -> Result<(), Problem> {
        let store = self.parts.store.begin(tenant.id);
        let client = find_client(&*store, form.get("client_id").map_err(|error| malformed(&error))?).await?;
        let Some(redirect_uri) = client.redirect_uris.first() else {
            return Err(Problem::new(ProblemCode::RedirectUriMissing));
        };
        let defaults = [
            ("redirect_uri", redirect_uri.clone()),
            ("response_type", "code".to_owned()),
            ("scope", client.scopes.to_string()),
        ];
        for (name, value) in defaults {
            if !form.has(name) {
                form.push(name, &value);
            }
        }
        Ok(())
    }

    async fn try_begin(&self, tenant: &Tenant, form: &Form, visit: &Visit) -> Result<Step, Stop> {
        if !tenant.status.is_active() {
            return Err(Problem::new(ProblemCode::TenantDisabled).into());
        }
        once(form)?;
        let store = self.parts.store.begin(tenant.id);
        let client = find_client(&*store, form.get("client_id")?).await?;
        let asked = self.read_request(tenant, &*store, &client, form, visit).await?;
        if let Some(step) = self.by_session(tenant, &*store, &client, &asked, visit).await? {
            return Ok(step);
        }
        if asked.silent {
            let error = OAuthError::new(
                OAuthErrorCode::LoginRequired,
                "nobody is signed in here as the request wants it",
            );
            return Err(Stop::Client(Box::new(asked.request), error));
        }
        self.go(tenant, store, &client, asked, visit).await
    }

    /// A request that is in order, whichever face took it, goes its way to the provider.
    pub(super) async fn go(
        &self,
        tenant: &Tenant,
        store: Box<dyn TenantStore>,
        client: &Client,
        asked: Asked,
        visit: &Visit,
    ) -> Result<Step, Stop> {
        let Asked { request, pushed, .. } = asked;
        let (locale, connection) = (request.locale, asked.connection.as_deref());
        let doors = self.doors(&*store, client, connection, visit).await;
        let doors = doors.map_err(|problem| {
            let error = OAuthError::new(OAuthErrorCode::ServerError, "the login is not set up correctly");
            problem.ways(&visit.urls, &request, Some(&error))
        })?;
        let step = match doors {
            Doors::Open(door) => {
                let visit = self.claimed(&*store, pushed, visit).await?;
                match door.way {
                    Way::Redirect => self.send(tenant, store, request, &door.connector, &visit).await?,
                    Way::Scan => self.show_scan(store, client, request, &door, &visit).await?,
                }
            }
            Doors::Several(doors) => Step::Choose {
                choices: doors.iter().map(|door| self.choice(door)).collect(),
            },
            Doors::Elsewhere(connector) => self.elsewhere(&connector),
        };
        Ok(spoken(locale, step))
    }

    async fn send(
        &self,
        tenant: &Tenant,
        store: Box<dyn TenantStore>,
        request: AuthorizationRequest,
        connector: &Connector,
        visit: &Visit,
    ) -> Result<Step, Stop> {
        let upstream_failed = |error| {
            let answer = OAuthError::new(OAuthErrorCode::ServerError, "the login is not set up correctly");
            Problem::from(error).ways(&visit.urls, &request, Some(&answer))
        };
        let provider = self.parts.providers.open(connector).map_err(upstream_failed)?;
        let Some(login) = provider.redirect_login() else {
            return Err(Problem::new(ProblemCode::ConnectorMissing)
                .debug("the connector cannot log in by redirect")
                .into());
        };
        let plan = login.profile_plan(request.wanted().has("profile"));
        let profile = match first(login.accepts(&visit.browser.user_agent), plan) {
            First::Redirect { profile } => profile,
            First::Elsewhere => return Ok(self.elsewhere(connector)),
        };
        let state = random_alphanumeric(&*self.parts.random, 32);
        let callback = visit.urls.callback(connector.id);
        let url = login.authorization_url(&AuthorizationUrl {
            callback: &callback,
            state: &state,
            profile,
        });
        let url = url.map_err(upstream_failed)?;
        let cookie = self.cookie(visit);
        let attempt = self
            .started(tenant.id, connector.id, request, visit)
            .sent(Digest256::of(&state), Digest256::of(&cookie))
            .map_err(internal)?;
        store
            .save(UnitOfWork::new(tenant.id).with(Change::Attempt(Box::new(attempt))))
            .await?;
        Ok(Step::Upstream { url, cookie })
    }

    /// A new attempt, seen through the request that begins it.
    pub(super) fn started(
        &self,
        tenant_id: TenantId,
        connector_id: ConnectorId,
        mut request: AuthorizationRequest,
        visit: &Visit,
    ) -> Attempt {
        request.own_issuer = visit.urls.own_issuer().map(str::to_owned);
        Attempt::start(NewAttempt {
            id: AttemptId::generate(&*self.parts.clock, &*self.parts.random),
            tenant_id,
            connector_id,
            request,
            browser: visit.browser.clone(),
            at: self.now(),
            lifetime: self.parts.settings.attempt_lifetime,
        })
    }

    /// The cookie the browser sent, when it has the form of one of ours: then its other logins stay bound too.
    /// Otherwise a new one.
    pub(super) fn cookie(&self, visit: &Visit) -> String {
        let form = |cookie: &&String| {
            cookie.len() == 22 && cookie.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        let known = visit.cookie.as_ref().filter(form).cloned();
        known.unwrap_or_else(|| random_token::<16>(&*self.parts.random))
    }

    pub(super) fn elsewhere(&self, connector: &Connector) -> Step {
        let described = self.parts.providers.kind(&connector.kind).map(|kind| kind.describe());
        let how = described.map_or_else(|| crate::text::Text::new("", ""), |d| d.elsewhere.unwrap_or(d.name));
        Step::Elsewhere {
            how,
            account: connector.name.clone(),
        }
    }
}

pub(super) async fn find_client(store: &dyn TenantStore, id: Option<&str>) -> Result<Arc<Client>, Problem> {
    let id = id
        .and_then(|id| id.parse::<ClientId>().ok())
        .ok_or_else(|| Problem::new(ProblemCode::ClientUnknown))?;
    let client = store
        .lookup_client(id)
        .await?
        .ok_or_else(|| Problem::new(ProblemCode::ClientUnknown))?;
    if client.status.is_active() {
        Ok(client)
    } else {
        Err(Problem::new(ProblemCode::ClientDisabled))
    }
}

/// Whether ordinary logins know the connector at all: one that is still being set up does not exist for them.
pub(super) fn is_live(connector: &Connector) -> bool {
    connector.status != Status::Draft
}
