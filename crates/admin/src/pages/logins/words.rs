//! The log in words.

use hufu_core::model::{Action, AuditEvent, Outcome};
use hufu_core::text::Locale;

use crate::http::Visitor;
use crate::ui::{Tone, texts};

/// A text that may be missing: then what stands for it.
pub(super) fn text_or(locale: Locale, key: &str, otherwise: &str) -> String {
    let text = texts::text(locale, key);
    if text == key { otherwise.to_owned() } else { text }
}

/// A field of an event's details; what has no words keeps its name.
pub(super) fn field(visitor: &Visitor, name: &str) -> String {
    if let Some(setting) = name.strip_prefix("protocol.") {
        return text_or(visitor.locale, &format!("clients.setting_{setting}"), name);
    }
    text_or(visitor.locale, &format!("logins.field_{name}"), name)
}

pub(super) const fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Succeeded => Tone::Good,
        Outcome::Failed => Tone::Bad,
        Outcome::Rejected => Tone::Warn,
        Outcome::Denied | Outcome::Expired => Tone::Neutral,
    }
}

pub(super) fn outcome(visitor: &Visitor, outcome: Outcome) -> String {
    visitor.text(&format!("logins.outcome_{}", outcome.as_str()))
}

pub(super) fn action_key(action: Action) -> String {
    format!("logins.action_{}", action.as_str().replace('.', "_"))
}

pub(super) fn action(visitor: &Visitor, action: Action) -> String {
    visitor.text(&action_key(action))
}

/// Why it did not succeed, in a line; empty when it did.
pub(super) fn reason(visitor: &Visitor, event: &AuditEvent) -> String {
    let reason = match (&event.error, event.outcome) {
        (Some(code), _) => text_or(visitor.locale, &format!("errors.{code}.title"), code),
        (None, Outcome::Denied) => visitor.text("logins.reason_denied"),
        (None, Outcome::Expired) => visitor.text("logins.reason_expired"),
        (None, _) => String::new(),
    };
    match event.errcode {
        Some(number) => format!("{reason} ({number})").trim_start().to_owned(),
        None => reason,
    }
}

/// What to do about it; empty when there is nothing to say.
pub(super) fn remedy(visitor: &Visitor, event: &AuditEvent) -> String {
    let code = event.error.as_deref().unwrap_or_default();
    text_or(visitor.locale, &format!("errors.{code}.remedy"), "")
}

/// A name of a step; one that a later version wrote stays as it is.
pub(super) fn step(visitor: &Visitor, step: &str) -> String {
    text_or(visitor.locale, &format!("logins.step_{step}"), step)
}

/// Ends of a long identifier: enough to tell two apart in a list.
pub(super) fn short(id: &str) -> String {
    let count = id.chars().count();
    if count <= 14 {
        return id.to_owned();
    }
    let head: String = id.chars().take(6).collect();
    let tail: String = id.chars().skip(count - 4).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_and_outcome_has_its_words() {
        for locale in [Locale::ZhCn, Locale::En] {
            for action in Action::ALL {
                let key = action_key(action);
                assert_ne!(texts::text(locale, &key), key);
            }
            for outcome in Outcome::ALL {
                let key = format!("logins.outcome_{}", outcome.as_str());
                assert_ne!(texts::text(locale, &key), key);
            }
            for step in [
                "begun",
                "second_leg",
                "returned",
                "scanned",
                "confirmed",
                "identified",
                "redeemed",
                "denied",
                "expired",
                "failed",
                "rejected",
            ] {
                assert_ne!(text_or(locale, &format!("logins.step_{step}"), step), step);
            }
            assert_eq!(
                text_or(locale, "errors.no_such_code.title", "no_such_code"),
                "no_such_code"
            );
        }
    }

    #[test]
    fn a_long_id_is_shown_by_its_ends() {
        assert_eq!(short("oLVPpjqs9BhvzwPj5A-vTYAX3GLc"), "oLVPpj…3GLc");
        assert_eq!(short("🐯🐯🐯"), "🐯🐯🐯");
        assert_eq!(short(&"🐯".repeat(20)).chars().count(), 11);
    }
}
