//! Test logins: a connector tried out before it is live. No subject is made and no client hears of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CheckNote, Identity, IllegalTransition, StepTime};
use crate::clock::Timestamp;
use crate::ids::{ConnectorId, TenantId, TrialId};
use crate::secret::Digest256;

/// Where a test login stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TrialState {
    /// The QR code is shown; nobody has opened it.
    Waiting,
    /// A phone has opened it and is at the provider.
    Opened {
        /// Digest of the cookie that binds it to the phone's browser.
        browser: Digest256,
    },
    /// It ended.
    Done {
        /// How.
        result: Box<TrialResult>,
    },
}

/// How a test login ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialResult {
    /// What the connector proved; `None`: it failed.
    pub identity: Option<Identity>,
    /// Why it failed.
    pub problem: Option<CheckNote>,
    /// What is odd though it succeeded, by stable names such as `snapshot_visitor`, `no_union_id`, `no_profile`.
    pub warnings: Vec<String>,
    /// Milliseconds the provider took.
    pub upstream_ms: u32,
}

/// A test login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Identifier.
    pub id: TrialId,
    /// Whose connector.
    pub tenant_id: TenantId,
    /// Which connector.
    pub connector_id: ConnectorId,
    /// Digest of the ticket in the QR code; once it is opened, of the state the provider carries. So one key finds it
    /// either way, and a ticket works once.
    pub key: Digest256,
    /// Where it stands.
    #[serde(flatten)]
    pub state: TrialState,
    /// When each step was reached.
    pub steps: Vec<StepTime>,
    /// Who began it: an actor of the audit log.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it may end.
    pub expires_at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}

impl TrialState {
    /// The state's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Opened { .. } => "opened",
            Self::Done { .. } => "done",
        }
    }
}

/// What a new test login is made from.
#[derive(Debug, Clone)]
pub struct NewTrial {
    /// Identifier.
    pub id: TrialId,
    /// Whose connector.
    pub tenant_id: TenantId,
    /// Which connector.
    pub connector_id: ConnectorId,
    /// Digest of the ticket in the QR code.
    pub ticket: Digest256,
    /// Who begins it: an actor of the audit log.
    pub created_by: String,
    /// When.
    pub at: Timestamp,
}

impl Trial {
    /// How long it may take from the QR code to its end.
    pub const LIFETIME: Duration = Duration::from_secs(600);

    /// A new test login, version 1, that waits for a phone.
    #[must_use]
    pub fn begin(new: NewTrial) -> Self {
        Self {
            id: new.id,
            tenant_id: new.tenant_id,
            connector_id: new.connector_id,
            key: new.ticket,
            state: TrialState::Waiting,
            steps: vec![StepTime {
                step: "begun".to_owned(),
                at: new.at,
            }],
            created_by: new.created_by,
            created_at: new.at,
            expires_at: new.at.plus(Self::LIFETIME),
            version: 1,
        }
    }

    /// Whether its time is over at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Notes a step that changes no state; kept with the next save.
    #[must_use]
    pub fn noted(mut self, step: &str, at: Timestamp) -> Self {
        self.steps.push(StepTime {
            step: step.to_owned(),
            at,
        });
        self
    }

    /// A phone opens it and goes to the provider with a state and a cookie of these digests. From then on the state
    /// finds it, and the ticket nothing.
    ///
    /// # Errors
    /// When it is not [`TrialState::Waiting`].
    pub fn opened(self, state: Digest256, browser: Digest256, at: Timestamp) -> Result<Self, IllegalTransition> {
        if self.state != TrialState::Waiting {
            return Err(self.illegal("opened"));
        }
        let next = self.noted("opened", at);
        Ok(Self {
            key: state,
            state: TrialState::Opened { browser },
            version: next.version + 1,
            ..next
        })
    }

    /// It ended with `result`, in a step of this name.
    ///
    /// # Errors
    /// When it has ended before.
    pub fn done(self, result: TrialResult, step: &str, at: Timestamp) -> Result<Self, IllegalTransition> {
        if matches!(self.state, TrialState::Done { .. }) {
            return Err(self.illegal("done"));
        }
        let next = self.noted(step, at);
        Ok(Self {
            state: TrialState::Done {
                result: Box::new(result),
            },
            version: next.version + 1,
            ..next
        })
    }

    fn illegal(&self, to: &'static str) -> IllegalTransition {
        IllegalTransition {
            from: self.state.name(),
            to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn waiting() -> Trial {
        let (clock, random) = (SystemClock, SystemRandom);
        Trial::begin(NewTrial {
            id: TrialId::generate(&clock, &random),
            tenant_id: TenantId::generate(&clock, &random),
            connector_id: ConnectorId::generate(&clock, &random),
            ticket: Digest256::of("ticket"),
            created_by: "operator:zhang".to_owned(),
            at: T0,
        })
    }

    fn failed() -> TrialResult {
        TrialResult {
            identity: None,
            problem: None,
            warnings: Vec::new(),
            upstream_ms: 1,
        }
    }

    fn open(trial: Trial) -> Result<Trial, IllegalTransition> {
        trial.opened(Digest256::of("state"), Digest256::of("cookie"), T0)
    }

    #[test]
    fn a_ticket_works_once_and_an_end_is_one() {
        let opened = open(waiting()).unwrap();
        assert_eq!((opened.version, opened.key), (2, Digest256::of("state")));
        assert!(open(opened.clone()).is_err(), "opened twice");
        let done = opened.done(failed(), "failed", T0).unwrap();
        assert_eq!(done.version, 3);
        let steps: Vec<_> = done.steps.iter().map(|step| step.step.as_str()).collect();
        assert_eq!(steps, ["begun", "opened", "failed"]);
        assert!(open(done.clone()).is_err());
        assert!(done.done(failed(), "failed", T0).is_err(), "ended twice");
        assert!(waiting().done(failed(), "failed", T0).is_ok(), "not even opened");
    }

    #[test]
    fn it_lives_ten_minutes() {
        let last = T0.plus(Duration::from_millis(599_999));
        assert!(!waiting().is_over(last));
        assert!(waiting().is_over(T0.plus(Trial::LIFETIME)));
    }

    #[test]
    fn every_state_survives_its_stored_form() {
        let opened = open(waiting()).unwrap();
        let done = opened.clone().done(failed(), "failed", T0).unwrap();
        for trial in [waiting(), opened, done] {
            let stored = serde_json::to_string(&trial).unwrap();
            assert_eq!(serde_json::from_str::<Trial>(&stored).unwrap(), trial);
        }
    }
}
