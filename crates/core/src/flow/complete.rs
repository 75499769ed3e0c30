//! Complete: the provider sent the browser back.
//!
//! Idempotent for each (attempt, provider's code): the first callback exchanges, copies of it share the result,
//! whether they come at the same time, after a while, or at another instance. A callback from a browser that did not
//! begin the login learns nothing and changes nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::answer::{answer_step, error_step};
use super::begin::is_live;
use super::device::shown_for;
use super::dispatch::{self, Identified, Returned, identified, returned};
use super::ending::Ended;
use super::{Engine, Problem, ProblemCode, Step, Visit};
use crate::error::StoreError;
use crate::ids::{AttemptId, ConnectorId, SubjectId};
use crate::model::{
    Action, Attempt, AttemptState, AuditEvent, Authenticated, BrowserSession, Client, Connector, Face, Identity,
    IllegalTransition, Outcome, Proved, Tenant, UserGrant,
};
use crate::oidc::{Form, OAuthError, OAuthErrorCode};
use crate::provider::{
    AuthorizationUrl, Callback, ProfilePlan, Provider, ProviderError, ProviderErrorCode, RedirectLogin,
};
use crate::secret::Digest256;
use crate::store::{Change, IdentitySeen, TenantStore, UnionSeen, UnitOfWork};

/// A profile older than this is asked for again under [`ProfilePlan::WhenUnknown`].
const PROFILE_FRESH: Duration = Duration::from_secs(30 * 86_400);

/// How long a copy waits for the result when another instance exchanged the code: a little more than a provider may
/// take.
pub(super) const ELSEWHERE_WAIT: Duration = Duration::from_secs(6);

/// One callback being worked on.
pub(super) struct Arrival<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) store: Box<dyn TenantStore>,
    pub(super) visit: &'a Visit,
    pub(super) state: String,
    pub(super) parameters: Vec<(String, String)>,
    upstream_code: Option<Digest256>,
}

impl<'a> Arrival<'a> {
    /// One that brings no answer of the provider: what it proved comes from elsewhere.
    pub(super) fn bare(tenant: &'a Tenant, store: Box<dyn TenantStore>, visit: &'a Visit) -> Self {
        Self {
            tenant,
            store,
            visit,
            state: String::new(),
            parameters: Vec::new(),
            upstream_code: None,
        }
    }
}

/// What the provider proved, and how long that took.
pub(super) struct Proof {
    pub(super) identity: Identity,
    pub(super) grant: Option<UserGrant>,
    pub(super) union_group: Option<String>,
    pub(super) upstream_ms: u32,
}

/// A login that succeeded, not yet written.
pub(super) struct Succeeded {
    pub(super) attempt: Attempt,
    seen: IdentitySeen,
    event: AuditEvent,
    session: Option<BrowserSession>,
}

impl Succeeded {
    /// Transition, identity, session, audit event: together or not at all.
    pub(super) fn unit(self) -> UnitOfWork {
        let unit = UnitOfWork::new(self.attempt.tenant_id)
            .with(Change::Attempt(Box::new(self.attempt)))
            .with(Change::Identity(Box::new(self.seen)))
            .with(Change::Event(Box::new(self.event)));
        match self.session {
            Some(session) => unit.with(Change::Session(Box::new(session))),
            None => unit,
        }
    }

    fn proof(&mut self) -> Option<&mut Authenticated> {
        match &mut self.attempt.state {
            AttemptState::Authenticated(proof) => Some(proof),
            _ => None,
        }
    }
}

/// What an attempt needs to go on: all active.
pub(super) struct Opened {
    pub(super) client: Arc<Client>,
    pub(super) connector: Arc<Connector>,
    pub(super) provider: Arc<dyn Provider>,
}

impl Engine {
    /// The callback endpoint. Runs to its end even when the browser hangs up: the provider's code is spent by then,
    /// and the browser's next try must find the result.
    pub async fn complete(
        self: &Arc<Self>,
        tenant: Arc<Tenant>,
        connector: ConnectorId,
        form: Form,
        visit: Visit,
    ) -> Step {
        let engine = Arc::clone(self);
        let task = tokio::spawn(async move {
            engine
                .try_complete(&tenant, connector, &form, &visit)
                .await
                .unwrap_or_else(Step::from)
        });
        task.await
            .unwrap_or_else(|error| Problem::new(ProblemCode::Internal).debug(error.to_string()).into())
    }

    async fn try_complete(
        &self,
        tenant: &Tenant,
        connector: ConnectorId,
        form: &Form,
        visit: &Visit,
    ) -> Result<Step, Problem> {
        let malformed =
            |error: crate::oidc::FormError| Problem::new(ProblemCode::RequestMalformed).debug(error.to_string());
        let code = form.get("code").map_err(malformed)?;
        let state = form
            .get("state")
            .map_err(malformed)?
            .ok_or_else(|| Problem::new(ProblemCode::CallbackIncomplete))?;
        let arrival = Arrival {
            tenant,
            store: self.parts.store.begin(tenant.id),
            visit,
            state: state.to_owned(),
            parameters: form
                .pairs()
                .iter()
                .filter(|(name, _)| name != "state")
                .cloned()
                .collect(),
            upstream_code: code.map(Digest256::of),
        };
        let Some(attempt) = self.find_attempt(&arrival, connector).await? else {
            return self.complete_trial(&arrival, connector).await;
        };
        self.check_browser(&arrival, &attempt).await?;
        // Copies of one callback queue here; the second finds what the first has stored.
        let _flight = self.flights.enter(attempt.id.into()).await;
        let attempt = self.find_attempt(&arrival, connector).await?;
        let attempt = attempt.ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))?;
        self.proceed(&arrival, &attempt).await
    }

    async fn find_attempt(
        &self,
        arrival: &Arrival<'_>,
        connector: ConnectorId,
    ) -> Result<Option<Arc<Attempt>>, Problem> {
        let attempt = arrival
            .store
            .lookup_attempt_by_state(&Digest256::of(&arrival.state))
            .await?;
        Ok(attempt.filter(|attempt| attempt.connector_id == connector))
    }

    /// Login CSRF and session fixation stop here: whoever brings the answer must be who asked. Nor is a login finished at
    /// another issuer of the tenant than it was asked of: the answer would name the wrong one (RFC 9207).
    pub(super) async fn check_browser(&self, arrival: &Arrival<'_>, attempt: &Attempt) -> Result<(), Problem> {
        let brought = arrival.visit.cookie.as_deref().map(Digest256::of);
        let is_here = attempt.request.was_asked_at(&arrival.visit.urls);
        if is_here && brought.is_some() && brought == attempt.browser_digest {
            return Ok(());
        }
        let mut event = self.event(attempt, Some(arrival.visit), Action::Callback, Outcome::Rejected);
        event.error = Some(ProblemCode::ForeignBrowser.as_str().to_owned());
        let unit = UnitOfWork::new(attempt.tenant_id).with(Change::Event(Box::new(event)));
        arrival.store.save(unit).await?;
        let mut problem = Problem::new(ProblemCode::ForeignBrowser);
        // A login link speaks OpenID Connect, which not every app understands.
        let is_oidc = attempt.request.face == Face::Oidc;
        problem.again =
            is_oidc.then(|| format!("{}?client_id={}", arrival.visit.urls.login(), attempt.request.client_id));
        Err(problem)
    }

    /// Dispatches on what is stored.
    async fn proceed(&self, arrival: &Arrival<'_>, attempt: &Attempt) -> Result<Step, Problem> {
        match returned(attempt, arrival.upstream_code.as_ref(), self.now()) {
            Returned::Exchange => self.exchange(arrival, attempt).await,
            Returned::SecondLeg => {
                let opened = self.reopen(arrival, attempt).await?;
                self.second_leg(arrival, &opened)
            }
            Returned::Share => self.share(arrival, attempt).await,
            Returned::Finished => Err(self.page(arrival, attempt, ProblemCode::AlreadyFinished)),
            Returned::Overdue => {
                self.end(arrival, attempt, Ended::Expired).await?;
                Err(self.page(arrival, attempt, ProblemCode::AttemptExpired))
            }
            Returned::Ended => Err(self.page(
                arrival,
                attempt,
                match &attempt.state {
                    AttemptState::Expired => ProblemCode::AttemptExpired,
                    AttemptState::Rejected { code } if code == ProblemCode::SnapshotVisitor.as_str() => {
                        ProblemCode::SnapshotVisitor
                    }
                    AttemptState::Rejected { code } if code == ProblemCode::PersonBlocked.as_str() => {
                        ProblemCode::PersonBlocked
                    }
                    _ => ProblemCode::AlreadyEnded,
                },
            )),
        }
    }

    async fn exchange(&self, arrival: &Arrival<'_>, attempt: &Attempt) -> Result<Step, Problem> {
        let opened = match self.reopen(arrival, attempt).await {
            Ok(opened) => opened,
            Err(problem) => {
                self.end(arrival, attempt, Ended::Rejected(problem.code)).await?;
                return Err(problem);
            }
        };
        let login = login_of(&*opened.provider)?;
        let Callback::Code(code) = login.read_callback(&arrival.parameters) else {
            let refusal = self.refusal_of_device(attempt).await?;
            let is_for_device = refusal.is_some();
            self.end_with(arrival, attempt, Ended::Denied, refusal).await?;
            if is_for_device {
                return Ok(Step::DeviceAnswered { allowed: false });
            }
            let error = OAuthError::new(OAuthErrorCode::AccessDenied, "the person refused at the provider");
            return Ok(error_step(&arrival.visit.urls, &attempt.request, &error));
        };
        let plan = login.profile_plan(attempt.request.wanted().has("profile"));
        let ask_profile = plan == ProfilePlan::AtOnce || attempt.first_leg_code.is_some();
        let returned_at = self.now();
        let started = Instant::now();
        let proof = login.exchange(&code, ask_profile).await;
        let upstream_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let attempt = attempt.clone().noted("returned", returned_at);
        match proof {
            Ok(Proved { identity, grant }) => {
                let proof = Proof {
                    identity,
                    grant,
                    union_group: opened.provider.union_group().map(str::to_owned),
                    upstream_ms,
                };
                self.identified(arrival, attempt, &opened, proof, plan).await
            }
            Err(error) => self.exchange_failed(arrival, &attempt, error, upstream_ms).await,
        }
    }

    async fn identified(
        &self,
        arrival: &Arrival<'_>,
        attempt: Attempt,
        opened: &Opened,
        mut proof: Proof,
        plan: ProfilePlan,
    ) -> Result<Step, Problem> {
        let profile_known = self
            .fill_known_profile(arrival, &attempt, plan, &mut proof.identity)
            .await?;
        let facts = dispatch::Proof {
            identity: &proof.identity,
            snapshot: opened.client.snapshot_policy,
            plan,
            profile_known,
        };
        match identified(&attempt, facts) {
            Identified::Finish => self.finish(arrival, &opened.client, attempt, proof).await,
            Identified::RefuseSnapshot => {
                let upstream_ms = proof.upstream_ms;
                self.end(arrival, &attempt, Ended::Snapshot { upstream_ms }).await?;
                Err(self.page(arrival, &attempt, ProblemCode::SnapshotVisitor))
            }
            Identified::SecondLeg => {
                let code = arrival.upstream_code.unwrap_or_else(|| Digest256::of(""));
                let again = attempt.sent_again(code, self.now()).map_err(internal)?;
                arrival
                    .store
                    .save(UnitOfWork::new(again.tenant_id).with(Change::Attempt(Box::new(again))))
                    .await?;
                self.second_leg(arrival, opened)
            }
        }
    }

    /// Under [`ProfilePlan::WhenUnknown`] a fresh profile of an earlier login serves instead of asking again.
    pub(super) async fn fill_known_profile(
        &self,
        arrival: &Arrival<'_>,
        attempt: &Attempt,
        plan: ProfilePlan,
        identity: &mut Identity,
    ) -> Result<bool, Problem> {
        if plan != ProfilePlan::WhenUnknown || identity.profile.is_some() || identity.transient {
            return Ok(false);
        }
        let known = arrival
            .store
            .lookup_identity(attempt.connector_id, &identity.external_id)
            .await?;
        let oldest = self.now().minus(PROFILE_FRESH);
        let fresh = known.filter(|known| known.profile_at.is_some_and(|at| at >= oldest));
        identity.profile = fresh.and_then(|known| known.identity.profile);
        Ok(identity.profile.is_some())
    }

    /// One unit: transition, identity, session, audit event. Only when it is durable does the code leave.
    pub(super) async fn finish(
        &self,
        arrival: &Arrival<'_>,
        client: &Client,
        attempt: Attempt,
        proof: Proof,
    ) -> Result<Step, Problem> {
        let upstream_ms = proof.upstream_ms;
        let external_id = proof.identity.external_id.clone();
        let upstream_code = arrival.upstream_code.unwrap_or_else(|| Digest256::of(""));
        let before = attempt.clone();
        let approval = match self.approval(&attempt).await {
            Ok(approval) => approval,
            Err(problem) => {
                self.end(arrival, &attempt, Ended::Rejected(problem.code)).await?;
                return Err(problem);
            }
        };
        let asks = self
            .asks_whoever(&*arrival.store, client, &attempt, &external_id)
            .await?;
        let mut succeeded = self
            .succeeded(attempt, proof, upstream_code, arrival.visit)
            .map_err(internal)?;
        let mut session = succeeded
            .proof()
            .and_then(|proof| self.new_session(&before, proof, arrival.visit));
        let superseded = match &mut session {
            Some(session) => {
                let expected = before.request.expected_sub.as_deref();
                self.supersede(arrival, client, expected, session).await?
            }
            None => Vec::new(),
        };
        let is_superseding = !superseded.is_empty();
        let patience = self.now().plus(self.parts.settings.attempt_lifetime);
        if let Some(proof) = succeeded.proof() {
            proof.session_id = session.as_ref().map(|session| session.id);
            if asks {
                proof.awaits_consent = true;
                proof.code_expires_at = patience;
            }
        }
        succeeded.session = session;
        let mut done = succeeded.attempt.clone();
        let more = approval.into_iter().chain(superseded);
        let unit = more.fold(succeeded.unit(), UnitOfWork::with);
        match arrival.store.save(unit).await {
            Ok(saved) => {
                if is_superseding {
                    self.forwarding.notify_one();
                }
                self.tell_of_merge(arrival.tenant, before.connector_id, &external_id, &saved)
                    .await;
                if let AttemptState::Authenticated(proof) = &mut done.state {
                    proof.subject_id = saved.subject_id;
                    proof.previous_subjects = saved.previous_subjects;
                }
                self.answer_first(arrival, client, &done).await
            }
            Err(StoreError::Conflict { .. }) => self.follow(arrival, &before).await,
            Err(StoreError::Blocked) => {
                let blocked = Ended::Blocked {
                    external_id: &external_id,
                    upstream_ms,
                };
                self.end(arrival, &before, blocked).await?;
                Err(self.page(arrival, &before, ProblemCode::PersonBlocked))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What is written of a login that succeeded, through whichever door.
    pub(super) fn succeeded(
        &self,
        attempt: Attempt,
        proof: Proof,
        upstream_code: Digest256,
        visit: &Visit,
    ) -> Result<Succeeded, IllegalTransition> {
        let Proof {
            identity,
            grant,
            union_group,
            upstream_ms,
        } = proof;
        let now = self.now();
        let code_expires_at = now.plus(self.code_lifetime(attempt.request.face));
        let seen = IdentitySeen {
            connector_id: attempt.connector_id,
            identity: identity.clone(),
            grant,
            union: self.union_seen(visit, &attempt, union_group),
            proposed_subject: SubjectId::generate(&*self.parts.clock, &*self.parts.random),
            at: now,
        };
        let proof = Authenticated {
            identity,
            upstream_code,
            subject_id: None,
            previous_subjects: Vec::new(),
            at: now,
            auth_time: None,
            session_id: None,
            awaits_consent: false,
            code_expires_at,
        };
        let code = Digest256::of(&self.code_of(attempt.id));
        let external_id = proof.identity.external_id.clone();
        let attempt = attempt.authenticated(code, proof)?;
        let mut event = self.event(&attempt, Some(visit), Action::Login, Outcome::Succeeded);
        event.external_id = Some(external_id);
        event.upstream_ms = Some(upstream_ms);
        Ok(Succeeded {
            attempt,
            seen,
            event,
            session: None,
        })
    }

    /// The event stands by for the case that the union id shows two subjects to be one.
    fn union_seen(&self, visit: &Visit, attempt: &Attempt, group: Option<String>) -> Option<UnionSeen> {
        group.map(|group| UnionSeen {
            group,
            event: Box::new(self.event(attempt, Some(visit), Action::PersonMerge, Outcome::Succeeded)),
        })
    }

    async fn exchange_failed(
        &self,
        arrival: &Arrival<'_>,
        attempt: &Attempt,
        error: ProviderError,
        upstream_ms: u32,
    ) -> Result<Step, Problem> {
        // "Used" (sometimes told as "invalid") can mean that another instance exchanges a copy of this callback just
        // now: then its result is ours.
        let patience = match error.code {
            ProviderErrorCode::CodeUsed => Some(ELSEWHERE_WAIT),
            ProviderErrorCode::CodeInvalid => Some(Duration::ZERO),
            _ => None,
        };
        if let Some(patience) = patience
            && let Some(done) = self.await_other_instance(arrival, attempt, patience).await?
        {
            return self.share(arrival, &done).await;
        }
        self.end(
            arrival,
            attempt,
            Ended::Failed {
                error: &error,
                upstream_ms,
            },
        )
        .await?;
        let answer = match error.class {
            crate::error::Class::Retry => OAuthError::new(
                OAuthErrorCode::TemporarilyUnavailable,
                "the provider did not answer; try again later",
            ),
            _ => OAuthError::new(
                OAuthErrorCode::ServerError,
                format!("the provider refused: {}", error.code.as_str()),
            ),
        };
        Err(Problem::from(error).ways(&arrival.visit.urls, &attempt.request, Some(&answer)))
    }

    async fn await_other_instance(
        &self,
        arrival: &Arrival<'_>,
        attempt: &Attempt,
        patience: Duration,
    ) -> Result<Option<Arc<Attempt>>, Problem> {
        let deadline = Instant::now() + patience;
        let mut pause = Duration::from_millis(50);
        loop {
            let Some(now) = arrival.store.reload_attempt(attempt).await? else {
                return Ok(None);
            };
            match returned(&now, arrival.upstream_code.as_ref(), self.now()) {
                Returned::Share => return Ok(Some(now)),
                // Waiting makes sense only while somebody may be at it; an attempt nobody else touched shows nothing.
                Returned::Exchange if Instant::now() < deadline => sleep(pause).await,
                _ => return Ok(None),
            }
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    /// Somebody else moved the attempt: do what its state says now.
    async fn follow(&self, arrival: &Arrival<'_>, attempt: &Attempt) -> Result<Step, Problem> {
        let now = arrival.store.reload_attempt(attempt).await?;
        let now = now.ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))?;
        match returned(&now, arrival.upstream_code.as_ref(), self.now()) {
            Returned::Share => self.share(arrival, &now).await,
            Returned::Finished => Err(self.page(arrival, &now, ProblemCode::AlreadyFinished)),
            _ => Err(self.page(arrival, &now, ProblemCode::AlreadyEnded)),
        }
    }

    /// The answer to a login just written.
    async fn answer_first(&self, arrival: &Arrival<'_>, client: &Client, attempt: &Attempt) -> Result<Step, Problem> {
        if !self.is_as_expected(arrival.tenant, client, attempt) {
            let mut event = self.event(attempt, Some(arrival.visit), Action::Callback, Outcome::Rejected);
            event.error = Some(OAuthErrorCode::LoginRequired.as_str().to_owned());
            let unit = UnitOfWork::new(attempt.tenant_id).with(Change::Event(Box::new(event)));
            arrival.store.save(unit).await?;
        }
        Ok(self.answer(arrival, client, attempt))
    }

    /// A login that is done is answered again as it was before.
    pub(super) async fn share(&self, arrival: &Arrival<'_>, attempt: &Attempt) -> Result<Step, Problem> {
        let client = arrival.store.lookup_client(attempt.request.client_id).await?;
        let client = client.ok_or_else(|| Problem::new(ProblemCode::ClientUnknown))?;
        Ok(match self.answer(arrival, &client, attempt) {
            // Its session may have been superseded: the browser keeps the cookie it has.
            Step::SignedIn { then, .. } if arrival.visit.session.is_some() => *then,
            step => step,
        })
    }

    /// What follows when the person is known: the code, or first the question whether the app may have it. Of another
    /// person than the app wants neither, and their session is not begun.
    fn answer(&self, arrival: &Arrival<'_>, client: &Client, attempt: &Attempt) -> Step {
        let (urls, request) = (&arrival.visit.urls, &attempt.request);
        if !self.is_as_expected(arrival.tenant, client, attempt) {
            let error = OAuthError::new(OAuthErrorCode::LoginRequired, "another person logged in");
            return error_step(urls, request, &error);
        }
        if let Some(shown) = shown_for(request) {
            return self.signed_in(attempt, shown);
        }
        let awaits_consent = matches!(&attempt.state, AttemptState::Authenticated(proof) if proof.awaits_consent);
        let then = if awaits_consent {
            Step::AskConsent {
                url: urls.consent(attempt.id),
                cookie: arrival.visit.cookie.clone().unwrap_or_default(),
            }
        } else {
            answer_step(urls, request, &[("code", &self.code_of(attempt.id))])
        };
        self.signed_in(attempt, then)
    }

    /// Whether it is the person for whom the client asked, if it asked for one.
    fn is_as_expected(&self, tenant: &Tenant, client: &Client, attempt: &Attempt) -> bool {
        let (Some(expected), AttemptState::Authenticated(proof)) = (&attempt.request.expected_sub, &attempt.state)
        else {
            return true;
        };
        let mut subjects = proof.subject_id.iter().chain(&proof.previous_subjects);
        subjects.any(|subject| self.subject_for(tenant, client, *subject) == *expected)
    }

    /// How long the code may be redeemed.
    pub(super) fn code_lifetime(&self, face: Face) -> Duration {
        match face {
            Face::Oidc => self.parts.settings.code_lifetime,
            // As long as the device may ask for it.
            Face::Device => self.parts.settings.attempt_lifetime,
            Face::DropIn => super::dropin::CODE_LIFETIME,
        }
    }

    /// Hufu's code: derived, so that it can be given again though only its digest is stored.
    pub(super) fn code_of(&self, attempt: AttemptId) -> String {
        self.parts
            .settings
            .code_key
            .derive("authorization code", &attempt.to_string())
    }

    pub(super) fn page(&self, arrival: &Arrival<'_>, attempt: &Attempt, code: ProblemCode) -> Problem {
        let error = OAuthError::new(OAuthErrorCode::AccessDenied, code.as_str());
        // After a finished login there is nothing to tell the app: it has its result.
        let back = (code != ProblemCode::AlreadyFinished).then_some(&error);
        Problem::new(code).ways(&arrival.visit.urls, &attempt.request, back)
    }

    /// The client, the connector and its provider, all still active.
    pub(super) async fn reopen(&self, arrival: &Arrival<'_>, attempt: &Attempt) -> Result<Opened, Problem> {
        if !arrival.tenant.status.is_active() {
            return Err(Problem::new(ProblemCode::TenantDisabled));
        }
        let client = arrival.store.lookup_client(attempt.request.client_id).await?;
        let client = client.ok_or_else(|| Problem::new(ProblemCode::ClientUnknown))?;
        if !client.status.is_active() {
            return Err(Problem::new(ProblemCode::ClientDisabled));
        }
        let connector = arrival.store.lookup_connector(attempt.connector_id).await?;
        let connector = connector
            .filter(|connector| is_live(connector))
            .ok_or_else(|| Problem::new(ProblemCode::ConnectorMissing))?;
        if !connector.status.is_active() {
            return Err(Problem::new(ProblemCode::ConnectorDisabled));
        }
        let provider = self.parts.providers.open(&connector)?;
        Ok(Opened {
            client,
            connector,
            provider,
        })
    }

    fn second_leg(&self, arrival: &Arrival<'_>, opened: &Opened) -> Result<Step, Problem> {
        let callback = arrival.visit.urls.callback(opened.connector.id);
        let request = AuthorizationUrl {
            callback: &callback,
            state: &arrival.state,
            profile: true,
        };
        let url = login_of(&*opened.provider)?.authorization_url(&request)?;
        Ok(Step::Upstream {
            url,
            cookie: arrival.visit.cookie.clone().unwrap_or_default(),
        })
    }

    /// Ends the attempt with its one outcome event. That somebody else ended it first is no error here.
    pub(super) async fn end(&self, arrival: &Arrival<'_>, attempt: &Attempt, ended: Ended<'_>) -> Result<(), Problem> {
        self.end_with(arrival, attempt, ended, None).await
    }

    /// The same with one more change.
    async fn end_with(
        &self,
        arrival: &Arrival<'_>,
        attempt: &Attempt,
        ended: Ended<'_>,
        more: Option<Change>,
    ) -> Result<(), Problem> {
        let (ended_attempt, event) = self.ended(attempt, Some(arrival.visit), ended).map_err(internal)?;
        let unit = UnitOfWork::new(attempt.tenant_id)
            .with(Change::Attempt(Box::new(ended_attempt)))
            .with(Change::Event(Box::new(event)));
        let unit = more.into_iter().fold(unit, UnitOfWork::with);
        match arrival.store.save(unit).await {
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) fn login_of(provider: &dyn Provider) -> Result<&dyn RedirectLogin, Problem> {
    provider
        .redirect_login()
        .ok_or_else(|| Problem::new(ProblemCode::ConnectorMissing))
}

pub(super) fn internal(error: IllegalTransition) -> Problem {
    Problem::new(ProblemCode::Internal).debug(error.to_string())
}
