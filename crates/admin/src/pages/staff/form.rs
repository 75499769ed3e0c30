//! What the forms of this area share.

use std::time::Duration;

use askama::Template;
use axum::response::Response;

use crate::http::{SignedIn, Visitor};
use crate::pages::enter::Faults;
use crate::ui::Field;

/// 200 for a fresh form, 422 for one that came back.
pub(super) fn respond(signed_in: &SignedIn, faults: &Faults, page: &impl Template) -> Response {
    if faults.is_empty() {
        signed_in.page(page)
    } else {
        signed_in.again(page)
    }
}

/// The field `days`: how long something lives.
pub(super) fn days_field(visitor: &Visitor, value: &str, hint: &str, faults: &Faults) -> Field {
    Field::new("days", visitor.text("staff.days"))
        .hint(hint)
        .kind("number")
        .required()
        .value(value)
        .error(faults.of("days"))
}

/// The time that was typed into it; the limits are those of what lives.
pub(super) fn lifetime(visitor: &Visitor, days: &str) -> Result<Duration, Faults> {
    days_of(days).ok_or_else(|| Faults::at("days", visitor.text("staff.days_number")))
}

fn days_of(days: &str) -> Option<Duration> {
    let days: u32 = days.trim().parse().ok()?;
    Some(Duration::from_secs(u64::from(days) * 86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_numbers() {
        assert_eq!(days_of(" 7 "), Some(Duration::from_secs(604_800)));
        assert_eq!(
            days_of("4294967295").map(|life| life.as_secs()),
            Some(371_085_174_288_000)
        );
        for wrong in ["", "1.5", "-1", "七", "99999999999"] {
            assert_eq!(days_of(wrong), None, "{wrong}");
        }
    }
}
