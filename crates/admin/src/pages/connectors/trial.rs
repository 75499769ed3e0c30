//! Test logins as pages show them: the QR code, and what came of it.

use askama::Template;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use hufu_core::clock::Timestamp;
use hufu_core::model::{Identity, StepTime, Trial, TrialState};
use hufu_web::page::page;
use serde_json::Value;

use super::checks::Check;
use crate::http::{SignedIn, Visitor};
use crate::ui::{Frame, Moment, Tone};

/// What came of a test login so far.
#[derive(Debug, Clone)]
pub(in crate::pages) struct TrialView {
    /// Where its newest state is: also the page for whoever has no script.
    pub(in crate::pages) url: String,
    /// It may still change.
    pub(in crate::pages) waits: bool,
    pub(in crate::pages) tone: Tone,
    pub(in crate::pages) headline: String,
    pub(in crate::pages) moments: Vec<Moment>,
    /// What the account told about the person.
    pub(in crate::pages) claims: Vec<(String, String)>,
    pub(in crate::pages) warnings: Vec<String>,
    pub(in crate::pages) problem: Option<Check>,
    /// Where it goes on once it ended well, for who came here on the way to somewhere.
    pub(in crate::pages) onward: Option<String>,
}

impl TrialView {
    pub(in crate::pages) fn of(visitor: &Visitor, trial: &Trial, url: String, now: Timestamp) -> Self {
        let (tone, key) = standing(trial, now);
        let result = match &trial.state {
            TrialState::Done { result } => Some(result),
            _ => None,
        };
        Self {
            url,
            waits: result.is_none() && !trial.is_over(now),
            tone,
            headline: visitor.text(key),
            moments: moments(visitor, &trial.steps),
            claims: result
                .and_then(|result| result.identity.as_ref())
                .map(|identity| claims(visitor, identity))
                .unwrap_or_default(),
            warnings: result
                .map(|result| result.warnings.iter().map(|name| warning(visitor, name)).collect())
                .unwrap_or_default(),
            problem: result
                .and_then(|result| result.problem.as_ref())
                .map(|problem| Check::of(visitor, problem)),
            onward: None,
        }
    }
}

/// Whether a test login ended well.
pub(in crate::pages) fn succeeded(trial: &Trial) -> bool {
    matches!(&trial.state, TrialState::Done { result } if result.identity.is_some())
}

fn standing(trial: &Trial, now: Timestamp) -> (Tone, &'static str) {
    match &trial.state {
        TrialState::Done { result } if result.identity.is_none() => (Tone::Bad, "connectors.trial_failed"),
        TrialState::Done { result } if !result.warnings.is_empty() => (Tone::Warn, "connectors.trial_odd"),
        TrialState::Done { .. } => (Tone::Good, "connectors.trial_good"),
        _ if trial.is_over(now) => (Tone::Neutral, "connectors.trial_expired"),
        TrialState::Opened { .. } => (Tone::Info, "connectors.trial_opened"),
        TrialState::Waiting => (Tone::Info, "connectors.trial_waiting"),
    }
}

fn moments(visitor: &Visitor, steps: &[StepTime]) -> Vec<Moment> {
    let first = steps.first().map_or(0, |step| step.at.as_millis());
    let moment = |step: &StepTime| {
        let (tone, key) = match step.step.as_str() {
            "begun" => (Tone::Info, "connectors.trial_step_begun"),
            "opened" => (Tone::Info, "connectors.trial_step_opened"),
            "returned" => (Tone::Info, "connectors.trial_step_returned"),
            "identified" => (Tone::Good, "connectors.trial_step_identified"),
            "denied" => (Tone::Warn, "connectors.trial_step_denied"),
            "failed" => (Tone::Bad, "connectors.trial_step_failed"),
            _ => (Tone::Neutral, ""),
        };
        Moment {
            title: if key.is_empty() {
                step.step.clone()
            } else {
                visitor.text(key)
            },
            detail: String::new(),
            at: step.at,
            offset: format!("+{} ms", step.at.as_millis() - first),
            tone,
        }
    };
    steps.iter().map(moment).collect()
}

fn claims(visitor: &Visitor, identity: &Identity) -> Vec<(String, String)> {
    let none = visitor.text("ui.none");
    let profile = identity.profile.clone().unwrap_or_default();
    let mut claims = vec![
        (visitor.text("connectors.claim_id"), identity.external_id.clone()),
        (
            visitor.text("connectors.claim_union_id"),
            identity.union_id.clone().unwrap_or_else(|| none.clone()),
        ),
        (
            visitor.text("connectors.claim_name"),
            profile.name.unwrap_or_else(|| none.clone()),
        ),
        (
            visitor.text("connectors.claim_picture"),
            profile.picture.unwrap_or(none),
        ),
    ];
    claims.extend(identity.claims.iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name.clone(), value)
    }));
    claims
}

/// An odd thing in words; one that this version has no words for by its name.
fn warning(visitor: &Visitor, name: &str) -> String {
    match name {
        "snapshot_visitor" => visitor.text("connectors.warning_snapshot_visitor"),
        "no_union_id" => visitor.text("connectors.warning_no_union_id"),
        "no_profile" => visitor.text("connectors.warning_no_profile"),
        "slow" => visitor.text("connectors.warning_slow"),
        other => other.to_owned(),
    }
}

#[derive(Template)]
#[template(path = "pages/connectors/trial_part.html")]
struct Part {
    frame: Frame,
    trial: TrialView,
}

/// The changing part alone, for the script that asks for it.
pub(in crate::pages) fn part(signed_in: &SignedIn, trial: TrialView) -> Response {
    let waits = trial.waits;
    let frame = signed_in.visitor.frame("ui.brand");
    let mut response = page(StatusCode::OK, &Part { frame, trial });
    if !waits {
        response.headers_mut().insert("x-done", HeaderValue::from_static("1"));
    }
    response
}

#[cfg(test)]
mod tests {
    use hufu_core::clock::{SystemClock, SystemRandom};
    use hufu_core::ids::{ConnectorId, TenantId, TrialId};
    use hufu_core::model::{NewTrial, TrialResult};
    use hufu_core::secret::Digest256;

    use super::*;

    const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn trial() -> Trial {
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

    fn ended(identity: Option<Identity>, warnings: &[&str]) -> Trial {
        let result = TrialResult {
            identity,
            problem: None,
            warnings: warnings.iter().map(|&name| name.to_owned()).collect(),
            upstream_ms: 12,
        };
        trial().done(result, "identified", T0).unwrap()
    }

    fn somebody() -> Identity {
        Identity {
            external_id: "o1".to_owned(),
            union_id: None,
            profile: None,
            transient: false,
            claims: serde_json::Map::new(),
        }
    }

    #[test]
    fn every_standing_has_its_words() {
        assert_eq!(standing(&trial(), T0).1, "connectors.trial_waiting");
        let late = T0.plus(Trial::LIFETIME);
        assert_eq!(standing(&trial(), late).1, "connectors.trial_expired");
        assert_eq!(standing(&ended(None, &[]), late).1, "connectors.trial_failed");
        assert_eq!(standing(&ended(Some(somebody()), &[]), late).1, "connectors.trial_good");
        let odd = ended(Some(somebody()), &["no_union_id"]);
        assert_eq!(standing(&odd, late), (Tone::Warn, "connectors.trial_odd"));
        assert!(succeeded(&odd) && !succeeded(&ended(None, &[])) && !succeeded(&trial()));
    }
}
