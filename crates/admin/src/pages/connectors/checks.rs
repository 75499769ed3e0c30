//! Results of checks, as pages show them.

use std::net::IpAddr;

use hufu_core::clock::Timestamp;
use hufu_core::error::Class;
use hufu_core::model::{CheckNote, Health, HealthState, Status};
use hufu_core::provider::ProviderErrorCode;

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
    /// The address that the provider saw and does not let in, for copying.
    pub(in crate::pages) address: Option<String>,
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
        let is_refused = note.error.as_deref() == Some(ProviderErrorCode::NotAllowed.as_str());
        let remedy = say(&note.remedy);
        Self {
            tone: note.class.map_or(Tone::Good, tone_of),
            title: visitor.say(&note.title),
            message: say(&note.message),
            address: address(&remedy).filter(|_| is_refused),
            remedy,
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

/// The first address in a text.
fn address(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '.' && c != ':');
    let mut found = words.filter_map(|word| word.trim_end_matches(['.', ':']).parse::<IpAddr>().ok());
    found.next().map(|address| address.to_string())
}

/// What may pass by itself is a warning.
fn tone_of(class: Class) -> Tone {
    match class {
        Class::Retry | Class::StartAgain => Tone::Warn,
        Class::Developer | Class::TenantAdmin | Class::Operator => Tone::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_stands_somewhere_in_the_remedy() {
        let found = |text| address(text).unwrap_or_default();
        assert_eq!(
            found("在「IP 白名单」中加入 203.0.113.77，几分钟后生效。"),
            "203.0.113.77"
        );
        assert_eq!(found("Add 2001:db8::7 to the list."), "2001:db8::7");
        assert_eq!(found("Add 203.0.113.77."), "203.0.113.77");
        assert_eq!(found("Add this server: see mp.weixin.qq.com."), "");
    }
}
