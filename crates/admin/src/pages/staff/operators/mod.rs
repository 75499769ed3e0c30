//! `/admin/operators`.

pub(super) mod edit;
pub(super) mod invitation;
pub(super) mod invite;
pub(super) mod list;
pub(super) mod recovery;
pub(super) mod sessions;
pub(super) mod show;
pub(super) mod status;

use hufu_core::ids::OperatorId;
use hufu_core::model::Operator;

use crate::access::Staff;
use crate::http::{Refusal, SignedIn};
use crate::ui::{Crumb, Tone};

/// A badge.
pub(super) struct Badge {
    pub(super) tone: Tone,
    pub(super) text: String,
}

impl Badge {
    fn new(signed_in: &SignedIn, tone: Tone, key: &str) -> Self {
        Self {
            tone,
            text: signed_in.visitor.text(key),
        }
    }
}

fn status_badge(signed_in: &SignedIn, operator: &Operator) -> Badge {
    if operator.status.is_active() {
        Badge::new(signed_in, Tone::Good, "staff.active")
    } else {
        Badge::new(signed_in, Tone::Neutral, "staff.disabled")
    }
}

fn factor_badge(signed_in: &SignedIn, operator: &Operator) -> Badge {
    if operator.totp.is_some() {
        Badge::new(signed_in, Tone::Good, "staff.factor_on")
    } else {
        Badge::new(signed_in, Tone::Warn, "staff.factor_off")
    }
}

/// The operator of an id in a URL.
async fn find(staff: &Staff, id: &str) -> Result<Operator, Refusal> {
    let id: OperatorId = id.parse().map_err(|_| Refusal::NotFound)?;
    staff.operator(id).await
}

fn list_crumb(signed_in: &SignedIn) -> Crumb {
    Crumb {
        label: signed_in.visitor.text("staff.title"),
        url: Some("/admin/operators".to_owned()),
    }
}

fn crumbs(signed_in: &SignedIn, own: &str) -> Vec<Crumb> {
    let own = Crumb {
        label: own.to_owned(),
        url: None,
    };
    vec![list_crumb(signed_in), own]
}
