//! Which of the two lists of the log.

use hufu_core::model::Family;

use crate::access::Overview;
use crate::http::{Refusal, SignedIn};

/// Which of the two lists of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Logins,
    Changes,
}

impl Kind {
    /// Where its pages are.
    pub(super) const fn base(self) -> &'static str {
        match self {
            Self::Logins => "/admin/logins",
            Self::Changes => "/admin/changes",
        }
    }

    /// In names of files, of the navigation and in details of exports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Logins => "logins",
            Self::Changes => "changes",
        }
    }

    pub(crate) const fn family(self) -> Family {
        match self {
            Self::Logins => Family::Logins,
            Self::Changes => Family::Changes,
        }
    }

    /// Whether the list has this filter.
    pub(super) fn has(self, filter: &str) -> bool {
        match filter {
            "tenant" | "from" | "until" | "range" | "before" | "after" => true,
            "actor" | "action" => self == Self::Changes,
            _ => self == Self::Logins,
        }
    }

    /// All that somebody may see of it.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(super) fn within_reach(self, signed_in: &SignedIn) -> Result<Overview, Refusal> {
        match self {
            Self::Logins => Ok(signed_in.access.overview()),
            Self::Changes => signed_in.access.changes(),
        }
    }
}
