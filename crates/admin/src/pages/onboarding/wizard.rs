//! What every step is given: the onboarding with all that belongs to it, the stepper, and the ways on and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use hufu_core::manage::{OnboardingEdit, verify_file_health};
use hufu_core::model::{Client, Connector, Health, HealthState, Onboarding, Trial, VerifyFile};
use hufu_core::provider::{ProviderErrorCode, ProviderKind};

use super::steps::{At, Facts};
use crate::access::{Setup, TenantAccess};
use crate::console::Console;
use crate::http::{Refusal, SignedIn, flash_to};
use crate::pages::connectors::trial::succeeded;
use crate::pages::tenant;
use crate::ui::{Frame, Step, StepState, Tone, texts};

/// An onboarding and what belongs to it.
pub(super) struct Wizard {
    pub(super) tenant: TenantAccess,
    pub(super) setup: Setup,
    pub(super) onboarding: Onboarding,
    pub(super) kind: Option<Arc<dyn ProviderKind>>,
    pub(super) connector: Option<Arc<Connector>>,
    pub(super) health: Option<Health>,
    /// Ownership files with their badges.
    pub(super) files: Vec<(VerifyFile, Option<Health>)>,
    pub(super) client: Option<Arc<Client>>,
    pub(super) trial: Option<Trial>,
    pub(super) facts: Facts,
}

/// What surrounds a step.
pub(super) struct Rail {
    pub(super) steps: Vec<Step>,
    pub(super) why: String,
    /// Where in the provider's console; empty when there is nothing to do there.
    pub(super) place: String,
    pub(super) back: String,
    /// The next step, for going on without doing this one.
    pub(super) next: Option<String>,
    pub(super) leave: String,
    /// Where this step's form is posted.
    pub(super) url: String,
    pub(super) is_done: bool,
    /// What the way on is called.
    pub(super) next_label: String,
    /// The way on is the main button: the step is done, and its own form is not what leads on.
    pub(super) next_leads: bool,
    /// The account is live: whoever leaves is done.
    pub(super) is_over: bool,
}

impl Wizard {
    /// # Errors
    /// [`Refusal::NotFound`] for an onboarding of another tenant.
    pub(super) async fn open(signed_in: &SignedIn, code: &str, id: &str) -> Result<Self, Refusal> {
        let tenant = signed_in.access.tenant(code).await?;
        let setup = tenant.setup()?;
        let onboarding = setup.onboarding(id.parse().map_err(|_| Refusal::NotFound)?).await?;
        let (mut connector, mut health) = (None, None);
        if let Some(id) = onboarding.connector_id {
            connector = Some(tenant.connector(id).await?);
            health = tenant.connector_health(id).await?;
        }
        let badges = tenant.health().await?;
        let badge = |file: &VerifyFile| {
            let of = verify_file_health(file);
            badges.iter().find(|badge| badge.of == of).cloned()
        };
        let files = tenant.verify_files().await?.into_iter();
        let files = files.map(|file| (file.clone(), badge(&file))).collect();
        // A client that was removed since, or a test login that was purged, is as if it had not been.
        let client = match onboarding.client_id {
            Some(id) => found(tenant.client(id).await)?,
            None => None,
        };
        let trial = match onboarding.trial_id {
            Some(id) => found(setup.trial(id).await)?,
            None => None,
        };
        let kind = onboarding.kind.as_deref().and_then(|kind| tenant.kind(kind));
        let mut wizard = Self {
            tenant,
            setup,
            onboarding,
            kind,
            connector,
            health,
            files,
            client,
            trial,
            facts: Facts::default(),
        };
        wizard.facts = wizard.judged();
        Ok(wizard)
    }

    /// The same for a step that needs the kind of account; sends to the step that chooses it otherwise.
    ///
    /// # Errors
    /// As [`Wizard::open`].
    pub(super) async fn open_at(
        signed_in: &SignedIn,
        code: &str,
        id: &str,
        step: At,
    ) -> Result<Result<Self, Response>, Refusal> {
        let wizard = Self::open(signed_in, code, id).await?;
        if wizard.facts.is_open(step) {
            return Ok(Ok(wizard));
        }
        let to = wizard.url(At::Account);
        Ok(Err(Redirect::to(&to).into_response()))
    }

    fn judged(&self) -> Facts {
        let confirmed = |step: At| self.onboarding.confirmed.iter().any(|name| name == step.name());
        let proved = self.files.iter().any(|(_, badge)| is_good(badge.as_ref()));
        Facts::new([
            (At::Account, self.kind.is_some()),
            (At::Secret, self.connector.is_some() && !self.is_secret_refused()),
            (At::Ip, is_good(self.health.as_ref()) || confirmed(At::Ip)),
            (At::Verify, proved || confirmed(At::Verify)),
            (At::Domain, confirmed(At::Domain)),
            (At::Policy, confirmed(At::Policy)),
            (At::Client, self.client.is_some()),
            (At::Try, self.trial.as_ref().is_some_and(succeeded)),
            (At::Live, self.onboarding.done_at.is_some()),
        ])
    }

    /// Whether the last check failed for another reason than the allow-list.
    pub(super) fn is_secret_refused(&self) -> bool {
        let address = ProviderErrorCode::NotAllowed.as_str();
        let checks = self.health.iter().flat_map(|health| &health.checks);
        let mut errors = checks.filter_map(|check| check.error.as_deref());
        errors.any(|error| error != address)
    }

    /// Whether the last check failed because this server's address is on no allow-list.
    pub(super) fn is_address_refused(&self) -> bool {
        let address = ProviderErrorCode::NotAllowed.as_str();
        let mut checks = self.health.iter().flat_map(|health| &health.checks);
        checks.any(|check| check.error.as_deref() == Some(address))
    }

    /// Values of the form that are no secret, wherever they are kept by now.
    pub(super) fn values(&self) -> &BTreeMap<String, String> {
        match &self.connector {
            Some(connector) => &connector.settings,
            None => &self.onboarding.values,
        }
    }

    /// The version that the account's form is about.
    pub(super) fn version(&self) -> u32 {
        let connector = self.connector.as_ref();
        connector.map_or(self.onboarding.version, |connector| connector.version)
    }

    pub(super) fn base(&self) -> String {
        format!("/admin/onboarding/{}/{}", self.tenant.tenant().code, self.onboarding.id)
    }

    pub(super) fn url(&self, step: At) -> String {
        format!("{}/{}", self.base(), step.name())
    }

    /// Goes on to the step after this one, and says why.
    pub(super) fn onward(&self, console: &Console, signed_in: &SignedIn, step: At, key: &str) -> Response {
        let next = step.next().unwrap_or(At::Live);
        flash_to(console, Tone::Good, &signed_in.visitor.text(key), &self.url(next))
    }

    /// Comes back to this step, and says why.
    pub(super) fn stay(&self, console: &Console, signed_in: &SignedIn, step: At, tone: Tone, key: &str) -> Response {
        flash_to(console, tone, &signed_in.visitor.text(key), &self.url(step))
    }

    /// Notes that a step was confirmed.
    ///
    /// # Errors
    /// [`Refusal::Conflict`].
    pub(super) async fn confirm(&mut self, step: At) -> Result<(), Refusal> {
        let edit = OnboardingEdit::Confirmed(step.name().to_owned());
        self.edit(edit).await
    }

    /// Goes on with the onboarding as it was read.
    ///
    /// # Errors
    /// What is wrong with the value; [`Refusal::Conflict`].
    pub(super) async fn edit(&mut self, edit: OnboardingEdit) -> Result<(), Refusal> {
        self.onboarding = self.setup.edit_onboarding(&self.onboarding, edit, None).await?;
        Ok(())
    }

    pub(super) fn frame(&self, signed_in: &SignedIn, step: At) -> Frame {
        let mut frame = tenant::frame(signed_in, &self.tenant, "onboarding.title", Vec::new());
        frame.title = title(signed_in, step.name());
        frame
    }

    pub(super) fn rail(&self, signed_in: &SignedIn, step: At) -> Rail {
        let visitor = &signed_in.visitor;
        let one = |at: At| Step {
            label: visitor.text(&format!("onboarding.label.{}", at.name())),
            url: self.facts.is_open(at).then(|| self.url(at)),
            state: if at == step {
                StepState::Current
            } else if self.facts.is_done(at) {
                StepState::Done
            } else {
                StepState::Todo
            },
        };
        let first = Step {
            label: visitor.text("onboarding.label.tenant"),
            url: None,
            state: StepState::Done,
        };
        let home = format!("/admin/tenants/{}", self.tenant.tenant().code);
        Rail {
            steps: std::iter::once(first).chain(At::ALL.map(one)).collect(),
            why: visitor.text(&format!("onboarding.why.{}", step.name())),
            place: self.place(signed_in, step),
            back: step.back().map_or_else(|| home.clone(), |at| self.url(at)),
            next: step.next().filter(|at| self.facts.is_open(*at)).map(|at| self.url(at)),
            leave: home,
            url: self.url(step),
            is_done: self.facts.is_done(step),
            next_label: visitor.text(if self.facts.is_done(step) {
                "onboarding.next"
            } else {
                "onboarding.later"
            }),
            is_over: self.onboarding.done_at.is_some(),
            next_leads: self.facts.is_done(step) && !step.is_form(),
        }
    }

    /// Where in the console of this kind of account; a kind that this version has no words for has its form's hints.
    fn place(&self, signed_in: &SignedIn, step: At) -> String {
        let kind = self.onboarding.kind.as_deref().unwrap_or_default();
        place(signed_in, step, kind)
    }
}

pub(super) fn place(signed_in: &SignedIn, step: At, kind: &str) -> String {
    let key = format!("onboarding.place.{kind}.{}", step.name());
    let text = texts::text(signed_in.visitor.locale, &key);
    if text == key { String::new() } else { text }
}

fn title(signed_in: &SignedIn, step: &str) -> String {
    signed_in.visitor.text(&format!("onboarding.step.{step}"))
}

/// The first step's rail, when there is no tenant yet.
pub(super) fn first_steps(signed_in: &SignedIn) -> Vec<Step> {
    let visitor = &signed_in.visitor;
    let first = Step {
        label: visitor.text("onboarding.label.tenant"),
        url: None,
        state: StepState::Current,
    };
    let later = At::ALL.map(|at| Step {
        label: visitor.text(&format!("onboarding.label.{}", at.name())),
        url: None,
        state: StepState::Todo,
    });
    std::iter::once(first).chain(later).collect()
}

pub(super) fn is_good(health: Option<&Health>) -> bool {
    health.is_some_and(|health| health.state == HealthState::Good)
}

fn found<T>(answer: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Refusal::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}
