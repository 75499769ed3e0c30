//! What happened lately: changes by operators, onboardings that wait.

use hufu_core::clock::Timestamp;
use hufu_core::model::{AuditEvent, Outcome};

use crate::http::{Refusal, SignedIn};
use crate::ui::Tone;

/// A change in a line.
pub(super) struct Change {
    pub(super) what: String,
    pub(super) tone: Tone,
    pub(super) outcome: String,
    pub(super) who: String,
    /// Name and page.
    pub(super) tenant: Option<(String, String)>,
    pub(super) at: Timestamp,
}

/// `None` for a role that may not see what others did.
pub(super) async fn changes(signed_in: &SignedIn, limit: u64) -> Result<Option<Vec<Change>>, Refusal> {
    let Ok(overview) = signed_in.access.changes() else {
        return Ok(None);
    };
    let mut changes = Vec::new();
    for event in overview.last_changes(limit).await? {
        let tenant = overview.tenant_of(event.tenant_id).await?;
        changes.push(Change {
            what: action(signed_in, &event),
            tone: if event.outcome == Outcome::Succeeded {
                Tone::Good
            } else {
                Tone::Warn
            },
            outcome: outcome(signed_in, event.outcome),
            who: event.actor.as_deref().map(who).unwrap_or_default(),
            tenant: tenant.map(|tenant| (tenant.name.clone(), format!("/admin/tenants/{}", tenant.code))),
            at: event.at,
        });
    }
    Ok(Some(changes))
}

fn action(signed_in: &SignedIn, event: &AuditEvent) -> String {
    let name = event.action.as_str().replace('.', "_");
    signed_in.visitor.text(&format!("home.action_{name}"))
}

fn outcome(signed_in: &SignedIn, outcome: Outcome) -> String {
    let key = if outcome == Outcome::Succeeded {
        "home.done"
    } else {
        "home.refused"
    };
    signed_in.visitor.text(key)
}

/// `operator:lin` is `lin` to people; what is no operator keeps its kind.
fn who(actor: &str) -> String {
    actor.strip_prefix("operator:").unwrap_or(actor).to_owned()
}

#[cfg(test)]
mod tests {
    use hufu_core::model::Action;
    use hufu_core::text::Locale;

    use super::*;
    use crate::ui::texts;

    #[test]
    fn every_change_has_words() {
        for action in Action::ALL.into_iter().filter(|action| !action.is_of_login()) {
            let key = format!("home.action_{}", action.as_str().replace('.', "_"));
            assert_ne!(texts::text(Locale::En, &key), key);
        }
        assert_eq!(
            ["operator:lin", "cli:root", "api-key:ci"].map(who),
            ["lin", "cli:root", "api-key:ci"]
        );
    }
}
