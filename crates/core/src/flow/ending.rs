//! How an attempt ends without a result: one transition, one outcome event.

use super::{Engine, ProblemCode, Visit};
use crate::model::{Action, Attempt, AttemptState, AuditEvent, Browser, IllegalTransition, Outcome};
use crate::provider::ProviderError;

/// How an attempt ends without a result.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ended<'a> {
    /// Time ran out.
    Expired,
    /// The person refused.
    Denied,
    /// A rule refused.
    Rejected(ProblemCode),
    /// A snapshot visitor was refused.
    Snapshot { upstream_ms: u32 },
    /// The person is one whom the tenant's admin has disabled.
    Blocked { external_id: &'a str, upstream_ms: u32 },
    /// Nobody scanned the QR code in time, or answered.
    ScanExpired,
    /// Whoever scanned the QR code refused.
    ScanRefused { external_id: &'a str, phone: &'a Browser },
    /// The provider failed.
    Failed { error: &'a ProviderError, upstream_ms: u32 },
}

impl Engine {
    /// The ended attempt and its outcome event.
    pub(super) fn ended(
        &self,
        attempt: &Attempt,
        visit: Option<&Visit>,
        ended: Ended<'_>,
    ) -> Result<(Attempt, AuditEvent), IllegalTransition> {
        let (now, attempt) = (self.now(), attempt.clone());
        let (attempt, outcome) = match &ended {
            Ended::Expired | Ended::ScanExpired => (attempt.expired(now)?, Outcome::Expired),
            Ended::Denied | Ended::ScanRefused { .. } => (attempt.denied(now)?, Outcome::Denied),
            Ended::Rejected(code) => (attempt.rejected(now, code.as_str())?, Outcome::Rejected),
            Ended::Snapshot { .. } => (
                attempt.rejected(now, ProblemCode::SnapshotVisitor.as_str())?,
                Outcome::Rejected,
            ),
            Ended::Blocked { .. } => (
                attempt.rejected(now, ProblemCode::PersonBlocked.as_str())?,
                Outcome::Rejected,
            ),
            Ended::Failed { error, .. } => (attempt.failed(now, error.code.as_str())?, Outcome::Failed),
        };
        let mut event = self.event(&attempt, visit, Action::Login, outcome);
        if let AttemptState::Failed { code } | AttemptState::Rejected { code } = &attempt.state {
            event.error = Some(code.clone());
        }
        if let Ended::Snapshot { upstream_ms }
        | Ended::Blocked { upstream_ms, .. }
        | Ended::Failed { upstream_ms, .. } = ended
        {
            event.upstream_ms = Some(upstream_ms);
        }
        match ended {
            Ended::ScanExpired => event.error = Some(ProblemCode::ScanExpired.as_str().to_owned()),
            Ended::ScanRefused { phone, .. } => {
                event.error = Some(ProblemCode::ScanRefused.as_str().to_owned());
                event.detail.insert("phone_ip".to_owned(), phone.ip.clone().into());
            }
            _ => {}
        }
        if let Ended::Blocked { external_id, .. } | Ended::ScanRefused { external_id, .. } = ended {
            event.external_id = Some(external_id.to_owned());
        }
        if let Ended::Failed { error, .. } = ended {
            event.errcode = error.errcode;
            event.detail.insert("upstream".to_owned(), error.debug.clone().into());
        }
        Ok((attempt, event))
    }
}
