//! Sessions: a browser that is signed in at a tenant is not sent to the provider again (single sign-on).
//!
//! A login at the provider begins a session ([`Engine::finish`](super::Engine)); the cookie's value is derived from
//! the login, so that a copied callback gives the same cookie from any instance. A session that is over, another
//! tenant's, a disabled person's or nobody's is no session, and nothing says so: the login goes to the provider.

use std::time::Duration;

use super::answer::answer_step;
use super::backchannel::ending;
use super::begin::Stop;
use super::complete::{Arrival, internal};
use super::request::{Asked, unmet};
use super::{Engine, Problem, Step, Visit};
use crate::error::StoreError;
use crate::ids::{AttemptId, BrowserSessionId, SubjectId};
use crate::model::{
    Action, Attempt, AttemptState, Authenticated, AuthorizationRequest, BrowserSession, Client, ClientKind, Face,
    Outcome, SessionLogin, Tenant,
};
use crate::oidc::{ACR_PROVIDER, OAuthError, OAuthErrorCode, is_registered};
use crate::provider::ProfilePlan;
use crate::secret::Digest256;
use crate::store::{Change, FindSession, TenantStore, UnitOfWork};

impl Engine {
    /// The session that a login at the provider begins: none for a visitor who is nobody, none where the app is told of
    /// no session.
    pub(super) fn new_session(
        &self,
        attempt: &Attempt,
        proof: &Authenticated,
        visit: &Visit,
    ) -> Option<BrowserSession> {
        let lifetime = self.parts.settings.session_lifetime;
        let unwanted = lifetime.is_zero() || attempt.request.face == Face::DropIn || proof.identity.transient;
        (!unwanted).then(|| BrowserSession {
            id: BrowserSessionId::generate(&*self.parts.clock, &*self.parts.random),
            tenant_id: attempt.tenant_id,
            digest: Digest256::of(&self.session_cookie(attempt.id)),
            connector_id: attempt.connector_id,
            client_id: attempt.request.client_id,
            attempt_id: attempt.id,
            subject_id: None,
            previous_subjects: Vec::new(),
            issuer: visit.urls.issuer().to_owned(),
            identity: proof.identity.clone(),
            browser: visit.browser.clone(),
            auth_time: proof.at,
            expires_at: proof.at.plus(lifetime),
        })
    }

    /// What becomes of the session that this browser has when a login begins another (OWASP ASVS 5.0.0, 7.2.4): of the
    /// same identity it goes on under its id, with all its logins and a new cookie, and the old cookie is worth nothing;
    /// of another identity it ends, and its apps are told. A login of somebody else than the app expects begins no
    /// session, and touches none.
    pub(super) async fn supersede(
        &self,
        arrival: &Arrival<'_>,
        client: &Client,
        expected: Option<&str>,
        session: &mut BrowserSession,
    ) -> Result<Vec<Change>, Problem> {
        let (store, tenant, visit) = (&*arrival.store, arrival.tenant, arrival.visit);
        let Some(before) = self.session_here(store, visit).await? else {
            return Ok(Vec::new());
        };
        let is_same =
            before.connector_id == session.connector_id && before.identity.external_id == session.identity.external_id;
        if expected.is_some_and(|expected| !is_same || !self.is_of(tenant, client, &before, expected)) {
            return Ok(Vec::new());
        }
        if !is_same {
            let (clock, random) = (&*self.parts.clock, &*self.parts.random);
            let mut changes = ending(store, tenant, std::slice::from_ref(&before), clock, random).await?;
            let mut event = self.session_ended(&before, changes.len() - 1, visit);
            event.detail.insert("by".to_owned(), "another_login".into());
            changes.push(Change::Event(Box::new(event)));
            return Ok(changes);
        }
        session.id = before.id;
        let mut logins = store.list_session_logins(before.id).await?;
        logins.push(SessionLogin {
            session_id: before.id,
            attempt_id: before.attempt_id,
            client_id: before.client_id,
            expires_at: before.expires_at,
        });
        let longer = logins.into_iter().map(|login| SessionLogin {
            expires_at: session.expires_at,
            ..login
        });
        Ok(longer.map(Change::SessionLogin).collect())
    }

    /// The session of this browser, alive.
    pub(super) async fn session_here(
        &self,
        store: &dyn TenantStore,
        visit: &Visit,
    ) -> Result<Option<BrowserSession>, StoreError> {
        let Some(cookie) = &visit.session else {
            return Ok(None);
        };
        let found = store
            .lookup_session(FindSession::Cookie(&Digest256::of(cookie)))
            .await?;
        Ok(found.filter(|session| self.now() < session.expires_at))
    }

    fn session_cookie(&self, attempt: AttemptId) -> String {
        self.parts
            .settings
            .code_key
            .derive("browser session", &attempt.to_string())
    }

    /// The step with the cookie of the session that this login began, if it did.
    pub(super) fn signed_in(&self, attempt: &Attempt, then: Step) -> Step {
        let AttemptState::Authenticated(proof) = &attempt.state else {
            return then;
        };
        if proof.session_id.is_none() || proof.is_from_session() {
            return then;
        }
        let end = proof.at.plus(self.parts.settings.session_lifetime);
        Step::SignedIn {
            cookie: self.session_cookie(attempt.id),
            life: Duration::from_millis(end.millis_since(self.now()).into()),
            then: Box::new(then),
        }
    }

    /// What follows for a browser that is signed in as the request wants it; `None`: it is not.
    pub(super) async fn by_session(
        &self,
        tenant: &Tenant,
        store: &dyn TenantStore,
        client: &Client,
        asked: &Asked,
        visit: &Visit,
    ) -> Result<Option<Step>, Stop> {
        let found = self.find_session(store, client, asked, visit).await?;
        let fitting = found.filter(|(session, _)| self.is_wanted(tenant, client, asked, session));
        let Some((mut session, subject)) = fitting else {
            return no_session(asked).map(|()| None);
        };
        if !self.fill_profile(store, asked, &mut session, visit).await? {
            return no_session(asked).map(|()| None);
        }
        let asks = self.asks(client, &asked.request, subject).await?;
        if asks && asked.silent {
            let error = OAuthError::new(OAuthErrorCode::ConsentRequired, "the person has to be asked");
            return Err(Stop::Client(Box::new(asked.request.clone()), error));
        }
        let visit = self.claimed(store, asked.pushed, visit).await?;
        let step = self
            .log_in_by_session(store, &asked.request, &session, subject, asks, &visit)
            .await?;
        Ok(Some(step))
    }

    /// The browser's session, alive, by a connector that the client may use, and whose it is.
    async fn find_session(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        asked: &Asked,
        visit: &Visit,
    ) -> Result<Option<(BrowserSession, SubjectId)>, Stop> {
        let is_kept = client.protocol.single_sign_on && !self.parts.settings.session_lifetime.is_zero();
        if !is_kept || asked.request.fresh || is_any_program(client, &asked.request.redirect_uri) {
            return Ok(None);
        }
        let found = self.session_here(store, visit).await?;
        let Some((session, subject)) = found.and_then(|session| session.subject_id.map(|id| (session, id))) else {
            return Ok(None);
        };
        let wanted = asked.connection.as_ref().and_then(|id| id.parse().ok());
        if !client.may_use(session.connector_id) || wanted.is_some_and(|wanted| session.connector_id != wanted) {
            return Ok(None);
        }
        let connector = store.lookup_connector(session.connector_id).await?;
        let active = connector.is_some_and(|connector| connector.status.is_active());
        Ok(active.then_some((session, subject)))
    }

    /// Whether the session is recent enough, and of the person whom the client expects.
    fn is_wanted(&self, tenant: &Tenant, client: &Client, asked: &Asked, session: &BrowserSession) -> bool {
        let is_recent = asked
            .max_age
            .is_none_or(|age| self.now() <= session.auth_time.plus(age));
        let expected = asked.request.expected_sub.as_ref();
        is_recent && expected.is_none_or(|expected| self.is_of(tenant, client, session, expected))
    }

    /// Whether the session's person is, or was before a merge, who this client calls `sub`.
    pub(super) fn is_of(&self, tenant: &Tenant, client: &Client, session: &BrowserSession, sub: &str) -> bool {
        let mut subjects = session.subject_id.iter().chain(&session.previous_subjects);
        subjects.any(|known| self.subject_for(tenant, client, *known) == sub)
    }

    /// A profile is wanted and the session's login did not ask for it: one of another login serves. Otherwise it is
    /// asked for at the provider, where that is possible in this browser and allowed.
    async fn fill_profile(
        &self,
        store: &dyn TenantStore,
        asked: &Asked,
        session: &mut BrowserSession,
        visit: &Visit,
    ) -> Result<bool, Stop> {
        if !asked.request.wanted().has("profile") || session.identity.profile.is_some() {
            return Ok(true);
        }
        let known = store
            .lookup_identity(session.connector_id, &session.identity.external_id)
            .await?;
        session.identity.profile = known.and_then(|known| known.identity.profile);
        if session.identity.profile.is_some() || asked.silent {
            return Ok(true);
        }
        let connector = store.lookup_connector(session.connector_id).await?;
        let provider = connector.and_then(|connector| self.parts.providers.open(&connector).ok());
        let gives = provider.as_ref().and_then(|provider| provider.redirect_login());
        let gives = gives.is_some_and(|login| {
            login.accepts(&visit.browser.user_agent) && login.profile_plan(true) != ProfilePlan::Never
        });
        Ok(!gives)
    }

    /// One unit: the login, what it has to do with the session, the event. Only when it is durable does the code leave.
    async fn log_in_by_session(
        &self,
        store: &dyn TenantStore,
        request: &AuthorizationRequest,
        session: &BrowserSession,
        subject: SubjectId,
        asks: bool,
        visit: &Visit,
    ) -> Result<Step, Problem> {
        let (now, cookie) = (self.now(), self.cookie(visit));
        let started = self.started(session.tenant_id, session.connector_id, request.clone(), visit);
        let proof = Authenticated {
            identity: session.identity.clone(),
            upstream_code: Digest256::of(""),
            subject_id: Some(subject),
            previous_subjects: session.previous_subjects.clone(),
            at: now,
            auth_time: Some(session.auth_time),
            session_id: Some(session.id),
            awaits_consent: asks,
            code_expires_at: if asks {
                started.expires_at
            } else {
                now.plus(self.code_lifetime(request.face))
            },
        };
        let code = self.code_of(started.id);
        let attempt = started
            .authenticated_by_session(Digest256::of(&cookie), Digest256::of(&code), proof)
            .map_err(internal)?;
        let mut event = self.event(&attempt, Some(visit), Action::Login, Outcome::Succeeded);
        event.subject_id = Some(subject);
        event.external_id = Some(session.identity.external_id.clone());
        event.detail.insert("by".to_owned(), "session".into());
        let login = SessionLogin {
            session_id: session.id,
            attempt_id: attempt.id,
            client_id: request.client_id,
            expires_at: session.expires_at,
        };
        let id = attempt.id;
        let unit = UnitOfWork::new(session.tenant_id)
            .with(Change::Attempt(Box::new(attempt)))
            .with(Change::SessionLogin(login))
            .with(Change::Event(Box::new(event)));
        store.save(unit).await?;
        Ok(if asks {
            Step::AskConsent {
                url: visit.urls.consent(id),
                cookie,
            }
        } else {
            answer_step(&visit.urls, request, &[("code", &code)])
        })
    }
}

/// Whether the one who asks could be any program of the person's device: it has no secret, and listens at a scheme of its
/// own or at whatever port of the loopback. It is never answered without the person (RFC 8252, section 8.6).
fn is_any_program(client: &Client, redirect_uri: &str) -> bool {
    let is_web = redirect_uri.starts_with("https://") || is_registered(&client.redirect_uris, redirect_uri);
    let has_own_scheme = !redirect_uri.starts_with("https://") && !redirect_uri.starts_with("http://");
    client.kind == ClientKind::Public && (has_own_scheme || !is_web)
}

/// Without a session the login goes to the provider, unless the client insists on a session.
fn no_session(asked: &Asked) -> Result<(), Stop> {
    let insists = asked
        .request
        .claims
        .as_ref()
        .is_some_and(|claims| !claims.acr.is_empty() && !claims.acr.iter().any(|acr| acr == ACR_PROVIDER));
    if insists && !asked.silent {
        return Err(Stop::Client(Box::new(asked.request.clone()), unmet()));
    }
    Ok(())
}
