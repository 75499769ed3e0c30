//! Test logins: an operator tries a connector out, live or not, with a phone.
//!
//! ```text
//! QR code ── open_trial ─▶ Step::Upstream ─▶ provider's page ── complete ── exchange ─▶ Step::Trial
//! ```
//!
//! The way of an ordinary login without its ends: no client asks, nobody becomes a subject, no code leaves. What the
//! connector proved is kept for the operator, who watches at another screen; the phone is told no more than whether it
//! worked.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::complete::{Arrival, ELSEWHERE_WAIT, internal, login_of};
use super::dispatch::{First, first};
use super::{Engine, Problem, ProblemCode, Step, Visit};
use crate::clock::random_alphanumeric;
use crate::error::{Class, StoreError};
use crate::ids::{ConnectorId, EventId};
use crate::model::{
    Action, AuditEvent, CheckNote, Connector, Identity, Outcome, Status, Tenant, Trial, TrialResult, TrialState,
};
use crate::provider::{
    AuthorizationUrl, Callback, ProfilePlan, Provider, ProviderError, ProviderErrorCode, RedirectLogin,
};
use crate::secret::Digest256;
use crate::store::{Change, Find, Records as _, TenantStore, UnitOfWork};
use crate::text::Text;

/// Milliseconds from which people begin to wonder whether anything happens.
const SLOW: u32 = 3000;

/// Between two looks at what another instance saved.
const PAUSE: Duration = Duration::from_millis(250);

/// How a test login went.
enum Tried {
    /// The provider proved somebody; whether it was asked for the profile.
    Proved { identity: Identity, profile: bool },
    /// The person refused.
    Denied,
    /// The provider failed.
    Failed(ProviderError),
}

impl Engine {
    /// The QR code of a test login, opened by a phone.
    pub async fn open_trial(&self, tenant: &Tenant, ticket: &str, visit: &Visit) -> Step {
        self.try_open_trial(tenant, ticket, visit)
            .await
            .unwrap_or_else(Step::from)
    }

    async fn try_open_trial(&self, tenant: &Tenant, ticket: &str, visit: &Visit) -> Result<Step, Problem> {
        not_disabled(tenant)?;
        let trial = self.find_trial(tenant, &Digest256::of(ticket)).await?;
        let trial = trial.ok_or_else(|| Problem::new(ProblemCode::TrialUsed))?;
        let store = self.parts.store.begin(tenant.id);
        let connector = known_connector(&*store, trial.connector_id).await?;
        match &trial.state {
            TrialState::Done { result } => Ok(shown(&connector, result)),
            // Found by the provider's state, which is no ticket.
            TrialState::Opened { .. } => Err(Problem::new(ProblemCode::TrialUsed)),
            TrialState::Waiting if trial.is_over(self.now()) => Err(Problem::new(ProblemCode::TrialExpired)),
            TrialState::Waiting => match self.parts.providers.open(&connector) {
                Ok(provider) => self.send_trial(&*store, trial, &connector, &*provider, visit).await,
                Err(error) => {
                    let tried = Tried::Failed(error);
                    self.end_trial(&*store, trial, &connector, visit, tried, 0).await
                }
            },
        }
    }

    async fn send_trial(
        &self,
        store: &dyn TenantStore,
        trial: Trial,
        connector: &Connector,
        provider: &dyn Provider,
        visit: &Visit,
    ) -> Result<Step, Problem> {
        let login = login_of(provider)?;
        if first(login.accepts(&visit.browser.user_agent), plan(login)) == First::Elsewhere {
            return Ok(self.elsewhere(connector));
        }
        let state = random_alphanumeric(&*self.parts.random, 32);
        let url = login.authorization_url(&AuthorizationUrl {
            callback: &visit.urls.callback(connector.id),
            state: &state,
            profile: asks_profile(login),
        });
        let url = match url {
            Ok(url) => url,
            Err(error) => {
                let tried = Tried::Failed(error);
                return self.end_trial(store, trial, connector, visit, tried, 0).await;
            }
        };
        let cookie = self.cookie(visit);
        let opened = trial
            .opened(Digest256::of(&state), Digest256::of(&cookie), self.now())
            .map_err(internal)?;
        let unit = UnitOfWork::new(opened.tenant_id).with(Change::record(&opened)?);
        match store.save(unit).await {
            Ok(_) => Ok(Step::Upstream { url, cookie }),
            Err(StoreError::Conflict { .. }) => Err(Problem::new(ProblemCode::TrialUsed)),
            Err(error) => Err(error.into()),
        }
    }

    /// A callback whose state no attempt has.
    pub(super) async fn complete_trial(&self, arrival: &Arrival<'_>, connector: ConnectorId) -> Result<Step, Problem> {
        let trial = self.returned_trial(arrival, connector).await?;
        self.check_phone(arrival, &trial).await?;
        // As for attempts: a copy of the callback waits, then finds the result.
        let _flight = self.flights.enter(trial.id.into()).await;
        let trial = self.returned_trial(arrival, connector).await?;
        not_disabled(arrival.tenant)?;
        let connector = known_connector(&*arrival.store, connector).await?;
        match &trial.state {
            TrialState::Done { result } => Ok(shown(&connector, result)),
            _ if trial.is_over(self.now()) => Err(Problem::new(ProblemCode::TrialExpired)),
            _ => {
                let trial = trial.noted("returned", self.now());
                let (tried, upstream_ms) = self.try_out(arrival, &connector).await?;
                if tried.is_spent()
                    && let Some(result) = self.await_other_instance_of(&trial).await?
                {
                    return Ok(shown(&connector, &result));
                }
                let (store, visit) = (&*arrival.store, arrival.visit);
                self.end_trial(store, trial, &connector, visit, tried, upstream_ms)
                    .await
            }
        }
    }

    async fn returned_trial(&self, arrival: &Arrival<'_>, connector: ConnectorId) -> Result<Trial, Problem> {
        let trial = self.find_trial(arrival.tenant, &Digest256::of(&arrival.state)).await?;
        // One that waits was found by its ticket, which is no state.
        let fits = |trial: &Trial| trial.connector_id == connector && trial.state != TrialState::Waiting;
        trial
            .filter(fits)
            .ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))
    }

    async fn find_trial(&self, tenant: &Tenant, key: &Digest256) -> Result<Option<Trial>, StoreError> {
        let key = key.encode();
        let trial = self.parts.records.find::<Trial>(Find::Key(&key)).await?;
        Ok(trial.filter(|trial| trial.tenant_id == tenant.id))
    }

    /// Whoever brings the answer must be who opened the QR code. One that has ended has forgotten its browser; what
    /// its page says is about the account and nobody's secret.
    async fn check_phone(&self, arrival: &Arrival<'_>, trial: &Trial) -> Result<(), Problem> {
        let TrialState::Opened { browser } = &trial.state else {
            return Ok(());
        };
        if arrival.visit.cookie.as_deref().map(Digest256::of) == Some(*browser) {
            return Ok(());
        }
        let mut event = self.trial_event(trial, arrival.visit, Action::Callback, Outcome::Rejected);
        event.error = Some(ProblemCode::ForeignBrowser.as_str().to_owned());
        let unit = UnitOfWork::new(trial.tenant_id).with(Change::Event(Box::new(event)));
        arrival.store.save(unit).await?;
        Err(Problem::new(ProblemCode::ForeignBrowser))
    }

    /// Asks the provider; how it went, and the milliseconds it took.
    async fn try_out(&self, arrival: &Arrival<'_>, connector: &Connector) -> Result<(Tried, u32), Problem> {
        let provider = match self.parts.providers.open(connector) {
            Ok(provider) => provider,
            Err(error) => return Ok((Tried::Failed(error), 0)),
        };
        let login = login_of(&*provider)?;
        let Callback::Code(code) = login.read_callback(&arrival.parameters) else {
            return Ok((Tried::Denied, 0));
        };
        let profile = asks_profile(login);
        let started = Instant::now();
        let proof = login.exchange(&code, profile).await;
        let upstream_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let tried = proof.map_or_else(Tried::Failed, |proved| Tried::Proved {
            identity: proved.identity,
            profile,
        });
        Ok((tried, upstream_ms))
    }

    /// What another instance saves that exchanges a copy of this callback just now.
    async fn await_other_instance_of(&self, trial: &Trial) -> Result<Option<Box<TrialResult>>, Problem> {
        let deadline = Instant::now() + ELSEWHERE_WAIT;
        while Instant::now() < deadline {
            if let Some(result) = self.saved_result(trial).await? {
                return Ok(Some(result));
            }
            sleep(PAUSE).await;
        }
        Ok(None)
    }

    async fn saved_result(&self, trial: &Trial) -> Result<Option<Box<TrialResult>>, StoreError> {
        let id = trial.id.to_string();
        let saved = self.parts.records.find::<Trial>(Find::Id(&id)).await?;
        Ok(saved.and_then(|trial| match trial.state {
            TrialState::Done { result } => Some(result),
            _ => None,
        }))
    }

    /// One unit: the result and its audit event.
    async fn end_trial(
        &self,
        store: &dyn TenantStore,
        trial: Trial,
        connector: &Connector,
        visit: &Visit,
        tried: Tried,
        upstream_ms: u32,
    ) -> Result<Step, Problem> {
        let (outcome, step) = tried.ending();
        let debug = tried.debug();
        let result = tried.result(upstream_ms);
        let done = trial.done(result.clone(), step, self.now()).map_err(internal)?;
        let mut event = self.trial_event(&done, visit, Action::ConnectorTrial, outcome);
        event.upstream_ms = Some(upstream_ms);
        event.error = result.problem.as_ref().and_then(|problem| problem.error.clone());
        event.errcode = result.problem.as_ref().and_then(|problem| problem.errcode);
        if let Some(debug) = debug {
            event.detail.insert("upstream".to_owned(), debug.into());
        }
        let unit = UnitOfWork::new(done.tenant_id)
            .with(Change::record(&done)?)
            .with(Change::Event(Box::new(event)));
        match store.save(unit).await {
            Ok(_) => Ok(shown(connector, &result)),
            // Another instance took a copy of the callback: what it saved is the result.
            Err(StoreError::Conflict { .. }) => {
                let saved = self.saved_result(&done).await?;
                let saved = saved.ok_or_else(|| Problem::new(ProblemCode::TrialUsed))?;
                Ok(shown(connector, &saved))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// An event about a test login, seen through the phone's request. Whoever the phone belongs to is not named.
    fn trial_event(&self, trial: &Trial, visit: &Visit, action: Action, outcome: Outcome) -> AuditEvent {
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, trial.tenant_id, self.now(), action, outcome);
        event.connector_id = Some(trial.connector_id);
        event.actor = Some(trial.created_by.clone());
        event.ip = Some(visit.browser.ip.clone());
        event.user_agent = Some(visit.browser.user_agent.clone());
        event.request_id = Some(visit.browser.request_id);
        event.steps.clone_from(&trial.steps);
        event.detail.insert("trial".to_owned(), trial.id.to_string().into());
        event
    }
}

impl Tried {
    /// The outcome in the log, and the name of the last step.
    const fn ending(&self) -> (Outcome, &'static str) {
        match self {
            Self::Proved { .. } => (Outcome::Succeeded, "identified"),
            Self::Denied => (Outcome::Denied, "denied"),
            Self::Failed(_) => (Outcome::Failed, "failed"),
        }
    }

    /// Whether somebody has exchanged the code before: maybe another instance, for a copy of the callback.
    fn is_spent(&self) -> bool {
        matches!(self, Self::Failed(error) if error.code == ProviderErrorCode::CodeUsed)
    }

    /// What the provider said, for the log.
    fn debug(&self) -> Option<String> {
        match self {
            Self::Failed(error) => Some(error.debug.clone()),
            _ => None,
        }
    }

    fn result(self, upstream_ms: u32) -> TrialResult {
        let (identity, problem, mut warnings) = match self {
            Self::Proved { identity, profile } => {
                let warnings = oddities(&identity, profile);
                (Some(identity), None, warnings)
            }
            Self::Denied => (None, Some(denied()), Vec::new()),
            Self::Failed(error) => (None, Some(failed(error)), Vec::new()),
        };
        if upstream_ms > SLOW {
            warnings.push("slow".to_owned());
        }
        TrialResult {
            identity,
            problem,
            warnings,
            upstream_ms,
        }
    }
}

/// What is odd about an identity, by stable names.
fn oddities(identity: &Identity, profile_asked: bool) -> Vec<String> {
    let found = [
        (identity.transient, "snapshot_visitor"),
        (identity.union_id.is_none(), "no_union_id"),
        (profile_asked && identity.profile.is_none(), "no_profile"),
    ];
    let found = found.into_iter().filter(|(is, _)| *is);
    found.map(|(_, name)| name.to_owned()).collect()
}

fn note(class: Class, error: &str) -> CheckNote {
    CheckNote {
        name: "login".to_owned(),
        title: Text::new("测试登录", "Test login"),
        class: Some(class),
        error: Some(error.to_owned()),
        errcode: None,
        message: None,
        remedy: None,
    }
}

fn denied() -> CheckNote {
    CheckNote {
        message: Some(Text::new(
            "在授权页上选择了拒绝。",
            "The person refused at the provider’s page.",
        )),
        remedy: Some(Text::new(
            "请重新生成二维码，扫码后选择允许。",
            "Make a new QR code, scan it and allow the login.",
        )),
        ..note(Class::StartAgain, "denied")
    }
}

fn failed(error: ProviderError) -> CheckNote {
    CheckNote {
        errcode: error.errcode,
        message: Some(error.message),
        remedy: error.remedy,
        ..note(error.class, error.code.as_str())
    }
}

fn shown(connector: &Connector, result: &TrialResult) -> Step {
    Step::Trial {
        account: connector.name.clone(),
        result: Box::new(result.clone()),
    }
}

/// Whatever its status.
async fn known_connector(store: &dyn TenantStore, id: ConnectorId) -> Result<Arc<Connector>, Problem> {
    let connector = store.lookup_connector(id).await?;
    connector.ok_or_else(|| Problem::new(ProblemCode::ConnectorMissing))
}

/// A tenant that is being set up may try things out.
fn not_disabled(tenant: &Tenant) -> Result<(), Problem> {
    if tenant.status == Status::Disabled {
        return Err(Problem::new(ProblemCode::TenantDisabled));
    }
    Ok(())
}

fn plan(login: &dyn RedirectLogin) -> ProfilePlan {
    login.profile_plan(true)
}

/// The profile is asked for unless the connector never does, so that the operator sees all claims there will be.
fn asks_profile(login: &dyn RedirectLogin) -> bool {
    plan(login) != ProfilePlan::Never
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Profile;

    fn identity() -> Identity {
        Identity {
            external_id: "o1".to_owned(),
            union_id: Some("u1".to_owned()),
            profile: Some(Profile::default()),
            transient: false,
            claims: serde_json::Map::new(),
        }
    }

    fn proved(identity: Identity, profile: bool, upstream_ms: u32) -> TrialResult {
        Tried::Proved { identity, profile }.result(upstream_ms)
    }

    #[test]
    fn oddities_are_named() {
        let result = proved(identity(), true, 3000);
        assert!(result.warnings.is_empty() && result.problem.is_none() && result.identity.is_some());
        let bare = Identity {
            union_id: None,
            profile: None,
            transient: true,
            ..identity()
        };
        assert_eq!(
            proved(bare.clone(), true, 3001).warnings,
            ["snapshot_visitor", "no_union_id", "no_profile", "slow"]
        );
        assert_eq!(
            proved(bare, false, 1).warnings,
            ["snapshot_visitor", "no_union_id"],
            "a profile that nobody asked for is not missed"
        );
    }

    #[test]
    fn a_failure_keeps_class_number_and_remedy() {
        let error = ProviderError {
            class: Class::TenantAdmin,
            code: ProviderErrorCode::Misconfigured,
            errcode: Some(40125),
            message: Text::new("错", "Wrong"),
            remedy: Some(Text::new("改", "Mend it")),
            debug: "rid 1".to_owned(),
        };
        let tried = Tried::Failed(error);
        assert_eq!(tried.ending(), (Outcome::Failed, "failed"));
        assert_eq!(tried.debug().as_deref(), Some("rid 1"));
        let problem = tried.result(5).problem.unwrap();
        assert_eq!(problem.class, Some(Class::TenantAdmin));
        assert_eq!(problem.error.as_deref(), Some("connector_misconfigured"));
        assert_eq!(problem.errcode, Some(40125));
        assert_eq!(problem.remedy.unwrap().en, "Mend it");
        assert_eq!(
            Tried::Denied.result(0).problem.unwrap().error.as_deref(),
            Some("denied")
        );
    }
}
