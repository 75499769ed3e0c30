//! Consent: the person is asked before an app gets what it wants (OpenID Connect Core, 3.1.2.4).
//!
//! The login is done by then, and its code exists but is worth nothing. Only the browser that logged in may answer, and
//! only on our page: the form brings a token that is derived from the login. Who allowed once is not asked for the same
//! again, unless the app wants that.

use std::sync::Arc;

use super::answer::error_step;
use super::complete::{Arrival, internal};
use super::dispatch::{Returned, returned};
use super::step::{ConsentAsk, spoken};
use super::{Engine, Problem, ProblemCode, Step, Visit};
use crate::error::StoreError;
use crate::ids::{AttemptId, SubjectId};
use crate::model::{
    Action, Attempt, AttemptState, AuditEvent, Authenticated, AuthorizationRequest, Client, Consent, ConsentPolicy,
    Face, Outcome, Tenant,
};
use crate::oidc::{OAuthError, OAuthErrorCode};
use crate::secret::{Digest256, constant_time_eq};
use crate::store::{Change, Find, Records as _, TenantStore, UnitOfWork};

/// A login that waits for an answer.
struct Waiting {
    attempt: Arc<Attempt>,
    proof: Authenticated,
    subject: SubjectId,
}

impl Engine {
    /// Whether this person has to be asked.
    pub(super) async fn asks(
        &self,
        client: &Client,
        request: &AuthorizationRequest,
        subject: SubjectId,
    ) -> Result<bool, StoreError> {
        if !may_ask(client, request) || request.ask_consent {
            return Ok(request.ask_consent && request.face == Face::Oidc);
        }
        let given = self.find_consent(subject, client).await?;
        Ok(given.is_none_or(|given| !given.covers(&request.wanted())))
    }

    /// The same for somebody of whom only the provider's id is known so far.
    pub(super) async fn asks_whoever(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        attempt: &Attempt,
        external_id: &str,
    ) -> Result<bool, StoreError> {
        if !may_ask(client, &attempt.request) {
            return Ok(false);
        }
        match store.lookup_identity(attempt.connector_id, external_id).await? {
            Some(known) => self.asks(client, &attempt.request, known.subject_id).await,
            None => Ok(true),
        }
    }

    async fn find_consent(&self, subject: SubjectId, client: &Client) -> Result<Option<Consent>, StoreError> {
        self.parts
            .records
            .find(Find::Id(&Consent::id_of(subject, client.id)))
            .await
    }

    /// The page that asks. Looking at it changes nothing.
    pub async fn ask_consent(&self, tenant: &Tenant, id: AttemptId, visit: &Visit) -> Step {
        self.try_ask(tenant, id, visit).await.unwrap_or_else(Step::from)
    }

    async fn try_ask(&self, tenant: &Tenant, id: AttemptId, visit: &Visit) -> Result<Step, Problem> {
        let arrival = Arrival::bare(tenant, self.parts.store.begin(tenant.id), visit);
        let waiting = match self.waiting(&arrival, id).await? {
            Ok(waiting) => waiting,
            Err(step) => return Ok(step),
        };
        let opened = self.reopen(&arrival, &waiting.attempt).await?;
        let request = &waiting.attempt.request;
        let profile = waiting.proof.identity.profile.as_ref();
        let page = Step::Consent(Box::new(ConsentAsk {
            token: self.consent_token(id),
            app: opened.client.name.clone(),
            account: opened.connector.name.clone(),
            nickname: profile
                .and_then(|profile| profile.name.clone())
                .filter(|name| !name.is_empty()),
            scopes: request.wanted().iter().map(str::to_owned).collect(),
        }));
        Ok(spoken(request.locale, page))
    }

    /// The person's answer. Runs to its end even when the browser hangs up.
    pub async fn answer_consent(
        self: &Arc<Self>,
        tenant: Arc<Tenant>,
        id: AttemptId,
        token: String,
        allowed: bool,
        visit: Visit,
    ) -> Step {
        let engine = Arc::clone(self);
        let task = tokio::spawn(async move {
            let answered = engine.try_answer(&tenant, id, &token, allowed, &visit).await;
            answered.unwrap_or_else(Step::from)
        });
        task.await
            .unwrap_or_else(|error| Problem::new(ProblemCode::Internal).debug(error.to_string()).into())
    }

    async fn try_answer(
        &self,
        tenant: &Tenant,
        id: AttemptId,
        token: &str,
        allowed: bool,
        visit: &Visit,
    ) -> Result<Step, Problem> {
        let arrival = Arrival::bare(tenant, self.parts.store.begin(tenant.id), visit);
        // Two answers of one browser queue here; the second finds what the first has stored.
        let _flight = self.flights.enter(id.into()).await;
        let waiting = match self.waiting(&arrival, id).await? {
            Ok(waiting) => waiting,
            Err(step) => return Ok(step),
        };
        if !constant_time_eq(token, &self.consent_token(id)) {
            return Err(Problem::new(ProblemCode::RequestMalformed).debug("the form's token is not ours"));
        }
        let opened = self.reopen(&arrival, &waiting.attempt).await?;
        let unit = if allowed {
            self.allowed(&opened.client, &waiting, visit).await?
        } else {
            self.refused_consent(&waiting, visit)?
        };
        match arrival.store.save(unit).await {
            Ok(_) if allowed => self.share(&arrival, &waiting.attempt_allowed()).await,
            Ok(_) => Ok(refusal(&arrival, &waiting.attempt)),
            Err(StoreError::Conflict { .. }) => self.follow_answer(&arrival, &waiting.attempt).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The login when it waits for this browser's answer; otherwise what it has come to.
    async fn waiting(&self, arrival: &Arrival<'_>, id: AttemptId) -> Result<Result<Waiting, Step>, Problem> {
        let code = Digest256::of(&self.code_of(id));
        let attempt = arrival.store.lookup_attempt_by_code(&code).await?;
        let attempt = attempt.ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))?;
        self.check_browser(arrival, &attempt).await?;
        match &attempt.state {
            AttemptState::Authenticated(proof) if proof.awaits_consent => {
                if self.now() >= proof.code_expires_at {
                    return Err(self.page(arrival, &attempt, ProblemCode::AttemptExpired));
                }
                let unknown = || Problem::new(ProblemCode::AttemptUnknown);
                let (proof, subject) = ((**proof).clone(), proof.subject_id.ok_or_else(unknown)?);
                Ok(Ok(Waiting {
                    attempt,
                    proof,
                    subject,
                }))
            }
            _ => self.answered_before(arrival, &attempt).await.map(Err),
        }
    }

    /// What a login came to that waits no more: the back button, or a second press.
    async fn answered_before(&self, arrival: &Arrival<'_>, attempt: &Attempt) -> Result<Step, Problem> {
        match (&attempt.state, returned(attempt, None, self.now())) {
            (_, Returned::Share) => self.share(arrival, attempt).await,
            (_, Returned::Finished) => Err(self.page(arrival, attempt, ProblemCode::AlreadyFinished)),
            (AttemptState::Denied, _) => Ok(refusal(arrival, attempt)),
            _ => Err(self.page(arrival, attempt, ProblemCode::AlreadyEnded)),
        }
    }

    /// Another instance was told something else at the same moment: that counts.
    async fn follow_answer(&self, arrival: &Arrival<'_>, attempt: &Attempt) -> Result<Step, Problem> {
        let now = arrival.store.reload_attempt(attempt).await?;
        let now = now.ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))?;
        match &now.state {
            // The record of another login of theirs was written just now; nothing is lost by asking again.
            AttemptState::Authenticated(proof) if proof.awaits_consent => Ok(Step::AskConsent {
                url: arrival.visit.urls.consent(now.id),
                cookie: arrival.visit.cookie.clone().unwrap_or_default(),
            }),
            _ => self.answered_before(arrival, &now).await,
        }
    }

    async fn allowed(&self, client: &Client, waiting: &Waiting, visit: &Visit) -> Result<UnitOfWork, Problem> {
        let (now, request) = (self.now(), &waiting.attempt.request);
        let expires = now.plus(self.code_lifetime(request.face));
        let next = (*waiting.attempt).clone().consented(now, expires).map_err(internal)?;
        let before = self.find_consent(waiting.subject, client).await?;
        let wanted = request.wanted();
        let scopes = before
            .as_ref()
            .map_or_else(|| wanted.clone(), |before| before.scopes.and(wanted.iter()));
        let consent = Consent {
            tenant_id: next.tenant_id,
            subject_id: waiting.subject,
            client_id: client.id,
            scopes,
            at: now,
            version: before.map_or(0, |before| before.version) + 1,
        };
        let event = self.consent_event(&next, waiting, visit, Outcome::Succeeded);
        Ok(UnitOfWork::new(next.tenant_id)
            .with(Change::Attempt(Box::new(next)))
            .with(Change::record(&consent)?)
            .with(Change::Event(Box::new(event))))
    }

    fn refused_consent(&self, waiting: &Waiting, visit: &Visit) -> Result<UnitOfWork, Problem> {
        let next = (*waiting.attempt)
            .clone()
            .consent_refused(self.now())
            .map_err(internal)?;
        let event = self.consent_event(&next, waiting, visit, Outcome::Denied);
        Ok(UnitOfWork::new(next.tenant_id)
            .with(Change::Attempt(Box::new(next)))
            .with(Change::Event(Box::new(event))))
    }

    fn consent_event(&self, attempt: &Attempt, waiting: &Waiting, visit: &Visit, outcome: Outcome) -> AuditEvent {
        let mut event = self.event(attempt, Some(visit), Action::Consent, outcome);
        event.subject_id = Some(waiting.subject);
        event.external_id = Some(waiting.proof.identity.external_id.clone());
        event
    }

    /// Shows that an answer was given on our page: a form of another site cannot know it.
    fn consent_token(&self, id: AttemptId) -> String {
        self.parts.settings.code_key.derive("consent form", &id.to_string())
    }
}

impl Waiting {
    /// The login as it is now that the person allowed it.
    fn attempt_allowed(&self) -> Attempt {
        let mut attempt = (*self.attempt).clone();
        if let AttemptState::Authenticated(proof) = &mut attempt.state {
            proof.awaits_consent = false;
        }
        attempt
    }
}

/// Whether the client's people are ever asked.
fn may_ask(client: &Client, request: &AuthorizationRequest) -> bool {
    let asks = client.protocol.consent == ConsentPolicy::Ask || request.ask_consent;
    asks && request.face == Face::Oidc
}

fn refusal(arrival: &Arrival<'_>, attempt: &Attempt) -> Step {
    let error = OAuthError::new(OAuthErrorCode::AccessDenied, "the person does not allow it");
    error_step(&arrival.visit.urls, &attempt.request, &error)
}
