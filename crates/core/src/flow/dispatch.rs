//! The one place that decides the next step of a login: pure, from the stored state and named facts.

use crate::clock::Timestamp;
use crate::model::{Attempt, AttemptState, Identity, SnapshotPolicy};
use crate::provider::ProfilePlan;
use crate::secret::Digest256;

/// What happens next with a new login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// To the provider, with or without asking for the profile.
    Redirect {
        /// Whether the profile is asked for.
        profile: bool,
    },
    /// The browser cannot pass the provider's page.
    Elsewhere,
}

/// The first step.
#[must_use]
pub fn first(browser_accepted: bool, plan: ProfilePlan) -> First {
    if browser_accepted {
        First::Redirect {
            profile: plan == ProfilePlan::AtOnce,
        }
    } else {
        First::Elsewhere
    }
}

/// What a callback of the right browser means for the attempt as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// The provider's answer is awaited: exchange the code.
    Exchange,
    /// A copy of the first leg's callback: to the provider again for the second.
    SecondLeg,
    /// The same answer again: to the client with the same code.
    Share,
    /// The client has redeemed the code, or it is too late for it.
    Finished,
    /// Time ran out while it waited.
    Overdue,
    /// It ended before, without a result.
    Ended,
}

/// The step for a callback with a provider's code of this digest (or none).
#[must_use]
pub fn returned(attempt: &Attempt, upstream_code: Option<&Digest256>, now: Timestamp) -> Returned {
    match &attempt.state {
        AttemptState::AwaitingIdentity if attempt.is_over(now) => Returned::Overdue,
        AttemptState::AwaitingIdentity => match (upstream_code, &attempt.first_leg_code) {
            (Some(code), Some(first)) if code == first => Returned::SecondLeg,
            _ => Returned::Exchange,
        },
        AttemptState::Authenticated(proof) => {
            let same = upstream_code.is_none_or(|code| *code == proof.upstream_code);
            if same && now < proof.code_expires_at {
                Returned::Share
            } else {
                Returned::Finished
            }
        }
        AttemptState::Consumed => Returned::Finished,
        AttemptState::Started
        | AttemptState::Denied
        | AttemptState::Expired
        | AttemptState::Failed { .. }
        | AttemptState::Rejected { .. } => Returned::Ended,
    }
}

/// What happens next with an identity the provider proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identified {
    /// The login is done.
    Finish,
    /// The profile is wanted and not known: to the provider again.
    SecondLeg,
    /// A snapshot visitor whom the client does not want.
    RefuseSnapshot,
}

/// Facts about an identity just proved.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// The identity.
    pub identity: &'a Identity,
    /// What the client does with snapshot visitors.
    pub snapshot: SnapshotPolicy,
    /// When the profile is asked for.
    pub plan: ProfilePlan,
    /// Whether a profile of this person is known and fresh.
    pub profile_known: bool,
}

/// The step after an identity.
#[must_use]
pub fn identified(attempt: &Attempt, proof: Proof<'_>) -> Identified {
    if proof.identity.transient {
        return match proof.snapshot {
            SnapshotPolicy::Refuse => Identified::RefuseSnapshot,
            SnapshotPolicy::Allow => Identified::Finish,
        };
    }
    let lacking = proof.identity.profile.is_none() && !proof.profile_known;
    let may_ask = proof.plan == ProfilePlan::WhenUnknown && attempt.first_leg_code.is_none();
    if lacking && may_ask {
        Identified::SecondLeg
    } else {
        Identified::Finish
    }
}
