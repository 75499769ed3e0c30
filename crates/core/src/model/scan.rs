//! Scans: a QR code on a computer that waits for a phone.
//!
//! ```text
//! Waiting → Scanned → Confirmed
//!    │       ↺ the same person scans again
//!    └──────→└→ Refused
//! ```
//! Whoever scans first is bound to it, and only they are asked whether they want to log in at that computer. Each
//! transition raises the version by one, so that of two phones one is refused.

use serde::{Deserialize, Serialize};

use super::{Attempt, Browser, IllegalTransition, StepTime};
use crate::clock::Timestamp;
use crate::ids::{AttemptId, ConnectorId, TenantId};
use crate::secret::Digest256;

/// Where a scan stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ScanState {
    /// Nobody has scanned it.
    Waiting,
    /// Somebody has, and is asked on the phone.
    Scanned {
        /// The provider's id of the person.
        external_id: String,
        /// Digest of the token of the page that asks.
        ticket: Digest256,
    },
    /// The person wants to log in at that computer.
    Confirmed {
        /// The provider's id of the person.
        external_id: String,
    },
    /// The person does not.
    Refused,
}

/// What a new scan is made from.
#[derive(Debug, Clone)]
pub struct NewScan {
    /// Digest of the scene in the QR code.
    pub scene: Digest256,
    /// What the QR code says.
    pub content: String,
    /// The app's name.
    pub app: String,
    /// The tenant's issuer: the phone's page is below it.
    pub issuer: String,
    /// Until when it can be scanned.
    pub scannable_until: Timestamp,
}

/// A QR code that waits for a phone. Sealed at rest: it says who scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The login; also what it is known by.
    pub attempt_id: AttemptId,
    /// Whose login.
    pub tenant_id: TenantId,
    /// Which account.
    pub connector_id: ConnectorId,
    /// Digest of the scene in the QR code; also the state of the attempt.
    pub scene: Digest256,
    /// Digest of the cookie of the browser that shows the QR code.
    pub browser: Digest256,
    /// What the QR code says.
    pub content: String,
    /// The app's name.
    pub app: String,
    /// The tenant's issuer.
    pub issuer: String,
    /// The browser that shows the QR code.
    pub computer: Browser,
    /// The browser on the phone that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Browser>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: ScanState,
    /// When each step was reached: `scanned`, `confirmed`.
    pub steps: Vec<StepTime>,
    /// When the QR code was shown.
    pub created_at: Timestamp,
    /// Until when it can be scanned.
    pub scannable_until: Timestamp,
    /// Until when whoever scanned it can answer: the attempt's own time.
    pub expires_at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}

impl ScanState {
    /// The state's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Scanned { .. } => "scanned",
            Self::Confirmed { .. } => "confirmed",
            Self::Refused => "refused",
        }
    }
}

impl Scan {
    /// A scan of an attempt that is sent, version 1, that waits for a phone.
    #[must_use]
    pub fn begin(attempt: &Attempt, browser: Digest256, new: NewScan) -> Self {
        Self {
            attempt_id: attempt.id,
            tenant_id: attempt.tenant_id,
            connector_id: attempt.connector_id,
            scene: new.scene,
            browser,
            content: new.content,
            app: new.app,
            issuer: new.issuer,
            computer: attempt.browser.clone(),
            phone: None,
            state: ScanState::Waiting,
            steps: Vec::new(),
            created_at: attempt.created_at,
            scannable_until: new.scannable_until,
            expires_at: attempt.expires_at,
            version: 1,
        }
    }

    /// Whether nobody can scan it or answer it any more at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at || (self.state == ScanState::Waiting && now >= self.scannable_until)
    }

    /// Somebody scans it; the page with this token asks them. The same person may scan again, for a new page; the old
    /// one asks no more.
    ///
    /// # Errors
    /// When somebody else was first, or it was answered.
    pub fn scanned(self, external_id: &str, ticket: Digest256, at: Timestamp) -> Result<Self, IllegalTransition> {
        let free = match &self.state {
            ScanState::Waiting => true,
            ScanState::Scanned { external_id: first, .. } => first == external_id,
            ScanState::Confirmed { .. } | ScanState::Refused => false,
        };
        let external_id = external_id.to_owned();
        self.step(free, ScanState::Scanned { external_id, ticket }, at)
    }

    /// The person wants to log in.
    ///
    /// # Errors
    /// When nobody is asked.
    pub fn confirmed(self, phone: Browser, at: Timestamp) -> Result<Self, IllegalTransition> {
        let ScanState::Scanned { external_id, .. } = &self.state else {
            return Err(self.illegal("confirmed"));
        };
        let to = ScanState::Confirmed {
            external_id: external_id.clone(),
        };
        let next = self.step(true, to, at)?;
        Ok(Self {
            phone: Some(phone),
            ..next
        })
    }

    /// The person does not.
    ///
    /// # Errors
    /// When nobody is asked.
    pub fn refused(self, at: Timestamp) -> Result<Self, IllegalTransition> {
        let asked = matches!(self.state, ScanState::Scanned { .. });
        self.step(asked, ScanState::Refused, at)
    }

    fn step(mut self, allowed: bool, to: ScanState, at: Timestamp) -> Result<Self, IllegalTransition> {
        if !allowed {
            return Err(self.illegal(to.name()));
        }
        self.steps.push(StepTime {
            step: to.name().to_owned(),
            at,
        });
        Ok(Self {
            state: to,
            version: self.version + 1,
            ..self
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
    use crate::ids::RequestId;
    use std::time::Duration;

    const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn later(seconds: u64) -> Timestamp {
        T0.plus(Duration::from_secs(seconds))
    }

    fn browser() -> Browser {
        Browser {
            ip: "192.0.2.1".to_owned(),
            user_agent: "x".to_owned(),
            request_id: RequestId::generate(&SystemClock, &SystemRandom),
        }
    }

    fn waiting() -> Scan {
        let (clock, random) = (SystemClock, SystemRandom);
        Scan {
            attempt_id: AttemptId::generate(&clock, &random),
            tenant_id: TenantId::generate(&clock, &random),
            connector_id: ConnectorId::generate(&clock, &random),
            scene: Digest256::of("scene"),
            browser: Digest256::of("cookie"),
            content: "http://weixin.qq.com/q/x".to_owned(),
            app: "Shop".to_owned(),
            issuer: "https://login.example/t/acme".to_owned(),
            computer: browser(),
            phone: None,
            steps: Vec::new(),
            state: ScanState::Waiting,
            created_at: T0,
            scannable_until: later(300),
            expires_at: later(600),
            version: 1,
        }
    }

    fn scanned(by: &str) -> Scan {
        waiting().scanned(by, Digest256::of("ticket"), later(5)).unwrap()
    }

    #[test]
    fn the_first_who_scans_is_the_one_who_answers() {
        let first = scanned("o1");
        assert_eq!(first.version, 2);
        let other = Digest256::of("other");
        assert!(first.clone().scanned("o2", other, T0).is_err(), "a second person");
        let again = first.clone().scanned("o1", other, T0).unwrap();
        assert_eq!((again.version, again.state.name()), (3, "scanned"));
        let confirmed = first.confirmed(browser(), T0).unwrap();
        assert_eq!(
            confirmed.state,
            ScanState::Confirmed {
                external_id: "o1".to_owned()
            }
        );
        assert!(confirmed.clone().refused(T0).is_err() && confirmed.clone().confirmed(browser(), T0).is_err());
        assert!(confirmed.scanned("o1", other, T0).is_err());
        let refused = again.refused(T0).unwrap();
        assert!(refused.clone().confirmed(browser(), T0).is_err() && refused.scanned("o1", other, T0).is_err());
    }

    #[test]
    fn nobody_is_asked_before_they_scan() {
        assert!(waiting().confirmed(browser(), T0).is_err());
        assert!(waiting().refused(T0).is_err());
    }

    #[test]
    fn a_code_ends_sooner_than_its_answer() {
        assert!(!waiting().is_over(later(299)) && waiting().is_over(later(300)));
        assert!(!scanned("o1").is_over(later(300)) && scanned("o1").is_over(later(600)));
    }

    #[test]
    fn every_state_survives_its_stored_form() {
        let all = [
            waiting(),
            scanned("o1"),
            scanned("o1").confirmed(browser(), T0).unwrap(),
            scanned("o1").refused(T0).unwrap(),
        ];
        for scan in all {
            let stored = serde_json::to_string(&scan).unwrap();
            assert_eq!(serde_json::from_str::<Scan>(&stored).unwrap(), scan);
        }
    }
}
