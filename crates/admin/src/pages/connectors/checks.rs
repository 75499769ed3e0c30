//! Results of checks, as pages show them.

use hufu_core::clock::Timestamp;
use hufu_core::error::Class;
use hufu_core::model::{CheckNote, Health, HealthState, Status};

use crate::http::Visitor;
use crate::ui::Tone;

/// How one check went.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Check {
    pub(in crate::pages) tone: Tone,
    pub(in crate::pages) title: String,
    /// What is wrong; empty when nothing is.
    pub(in crate::pages) message: String,
    /// What to do; may be empty.
    pub(in crate::pages) remedy: String,
    /// The provider's number and Hufu's code, for looking them up.
    pub(in crate::pages) code: String,
}

/// A health badge with what stands behind it.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Checks {
    pub(in crate::pages) badge: Badge,
    pub(in crate::pages) rows: Vec<Check>,
    pub(in crate::pages) took_ms: u64,
    pub(in crate::pages) at: Timestamp,
}

/// A tone and the words for it.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Badge {
    pub(in crate::pages) tone: Tone,
    pub(in crate::pages) text: String,
}

impl Check {
    pub(in crate::pages) fn of(visitor: &Visitor, note: &CheckNote) -> Self {
        let say = |text: &Option<_>| text.as_ref().map(|text| visitor.say(text)).unwrap_or_default();
        let number = note.errcode.map(|errcode| errcode.to_string());
        let code = [number, note.error.clone()].into_iter().flatten();
        Self {
            tone: note.class.map_or(Tone::Good, tone_of),
            title: visitor.say(&note.title),
            message: say(&note.message),
            remedy: say(&note.remedy),
            code: code.collect::<Vec<_>>().join(" · "),
        }
    }

    pub(in crate::pages) fn all(visitor: &Visitor, notes: &[CheckNote]) -> Vec<Self> {
        notes.iter().map(|note| Self::of(visitor, note)).collect()
    }
}

impl Checks {
    pub(in crate::pages) fn of(visitor: &Visitor, health: &Health) -> Self {
        Self {
            badge: Badge::of(visitor, Some(health.state)),
            rows: Check::all(visitor, &health.checks),
            took_ms: u64::from(health.took_ms),
            at: health.at,
        }
    }
}

impl Badge {
    fn new(visitor: &Visitor, tone: Tone, key: &str) -> Self {
        Self {
            tone,
            text: visitor.text(key),
        }
    }

    pub(in crate::pages) fn of(visitor: &Visitor, state: Option<HealthState>) -> Self {
        match state {
            None => Self::new(visitor, Tone::Neutral, "connectors.health_unchecked"),
            Some(HealthState::Good) => Self::new(visitor, Tone::Good, "connectors.health_good"),
            Some(HealthState::Uncertain) => Self::new(visitor, Tone::Warn, "connectors.health_uncertain"),
            Some(HealthState::Bad) => Self::new(visitor, Tone::Bad, "connectors.health_bad"),
        }
    }

    pub(in crate::pages) fn of_status(visitor: &Visitor, status: Status) -> Self {
        match status {
            Status::Active => Self::new(visitor, Tone::Good, "connectors.status_active"),
            Status::Disabled => Self::new(visitor, Tone::Neutral, "connectors.status_disabled"),
            Status::Draft => Self::new(visitor, Tone::Info, "connectors.status_draft"),
        }
    }
}

/// What may pass by itself is a warning.
fn tone_of(class: Class) -> Tone {
    match class {
        Class::Retry | Class::StartAgain => Tone::Warn,
        Class::Developer | Class::TenantAdmin | Class::Operator => Tone::Bad,
    }
}
