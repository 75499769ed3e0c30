//! A clock that stands still, so that what is told of the past carries the past's dates.

use std::sync::Arc;

use hufu::Hufu;
use hufu_core::clock::{Clock, Timestamp};
use hufu_core::manage::Manager;

/// One moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(pub(super) Timestamp);

impl Clock for Moment {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Makes changes as if it were then.
pub(super) fn manager_at(hufu: &Hufu, actor: &str, at: Timestamp) -> Manager {
    Manager {
        clock: Arc::new(Moment(at)),
        ..hufu.manager(actor)
    }
}
