//! Pages of the log, by key.

use hufu_core::ids::EventId;
use hufu_core::model::{AuditEvent, AuditFilter};

use super::asked::Asked;
use crate::access::Overview;
use crate::http::Refusal;
use crate::ui::Pager;

/// Rows of a page.
pub(super) const PAGE: usize = 50;

/// One page, newest first, with the keys of its neighbours.
#[derive(Debug, Default)]
pub(super) struct Paged {
    pub(super) events: Vec<AuditEvent>,
    newer: Option<EventId>,
    older: Option<EventId>,
}

impl Paged {
    /// Reads the page that the filter's `before` or `after` says.
    pub(super) async fn read(overview: &Overview, filter: &AuditFilter) -> Result<Self, Refusal> {
        let mut filter = filter.clone();
        filter.oldest_first = filter.after.is_some();
        if filter.oldest_first {
            filter.before = None;
        }
        // One more than is shown: so it is known whether there is a further page.
        let events = overview.events(&filter, PAGE as u64 + 1).await?;
        Ok(Self::of(events, &filter))
    }

    fn of(mut events: Vec<AuditEvent>, filter: &AuditFilter) -> Self {
        let has_more = events.len() > PAGE;
        events.truncate(PAGE);
        if filter.oldest_first {
            events.reverse();
        }
        let (first, last) = (events.first().map(|e| e.id), events.last().map(|e| e.id));
        Self {
            newer: first.filter(|_| {
                if filter.oldest_first {
                    has_more
                } else {
                    filter.before.is_some()
                }
            }),
            older: last.filter(|_| filter.oldest_first || has_more),
            events,
        }
    }

    /// The links to its neighbours.
    pub(super) fn pager(&self, asked: &Asked, base: &str, note: String) -> Pager {
        let link = |name: &'static str, key: Option<EventId>| {
            key.map(|key| asked.first_page().with(name, &key.to_string()).url(base))
        };
        Pager {
            newer: link("after", self.newer),
            older: link("before", self.older),
            note,
        }
    }
}

#[cfg(test)]
mod tests {
    use hufu_core::clock::Timestamp;
    use hufu_core::ids::TenantId;
    use hufu_core::model::{Action, Outcome};

    use super::*;

    fn events(numbers: impl Iterator<Item = u64>) -> Vec<AuditEvent> {
        let event = |n| {
            let at = Timestamp::from_millis(1);
            AuditEvent::new(
                EventId::floor(n),
                TenantId::floor(1),
                at,
                Action::Login,
                Outcome::Succeeded,
            )
        };
        numbers.map(event).collect()
    }

    #[test]
    fn neighbours_are_known_on_both_sides() {
        let none = AuditFilter::default;
        let first = Paged::of(events((0..51).rev()), &none());
        assert_eq!(first.events.len(), PAGE);
        assert_eq!((first.newer, first.older), (None, Some(EventId::floor(1))));
        let before = AuditFilter {
            before: Some(EventId::floor(9)),
            ..none()
        };
        let last = Paged::of(events((0..9).rev()), &before);
        assert_eq!((last.newer, last.older), (Some(EventId::floor(8)), None));
        let after = AuditFilter {
            after: Some(EventId::floor(9)),
            oldest_first: true,
            ..none()
        };
        let newest = Paged::of(events(10..12), &after);
        assert_eq!(newest.events[0].id, EventId::floor(11));
        assert_eq!((newest.newer, newest.older), (None, Some(EventId::floor(10))));
        let middle = Paged::of(events(10..61), &after);
        assert_eq!(
            (middle.newer, middle.older),
            (Some(EventId::floor(59)), Some(EventId::floor(10)))
        );
        let only = Paged::of(Vec::new(), &none());
        assert_eq!((only.newer, only.older), (None, None));
    }
}
