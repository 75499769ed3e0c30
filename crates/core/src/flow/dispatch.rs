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

/// How a connector logs somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// By sending the browser to the provider's page.
    Redirect,
    /// By a QR code that a phone scans.
    Scan,
}

/// How a connector logs somebody in in this browser: whether its page takes the browser, whether its QR code is for
/// it; `None` where it has none. The page goes first, as it needs no second device.
#[must_use]
pub fn way(page: Option<bool>, scan: Option<bool>) -> Option<Way> {
    match (page, scan) {
        (Some(true), _) => Some(Way::Redirect),
        (_, Some(true)) => Some(Way::Scan),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};
    use crate::ids::{AttemptId, ClientId, ConnectorId, RequestId, TenantId};
    use crate::model::{Authenticated, AuthorizationRequest, Browser, NewAttempt, Profile};
    use crate::oidc::Scopes;
    use serde_json::Map;
    use std::time::Duration;

    const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn later(seconds: u64) -> Timestamp {
        T0.plus(Duration::from_secs(seconds))
    }

    fn waiting() -> Attempt {
        let (clock, random) = (SystemClock, SystemRandom);
        Attempt::start(NewAttempt {
            id: AttemptId::generate(&clock, &random),
            tenant_id: TenantId::generate(&clock, &random),
            connector_id: ConnectorId::generate(&clock, &random),
            request: AuthorizationRequest::new(
                ClientId::generate(&clock, &random),
                "https://app.example/cb".to_owned(),
                Scopes::parse("openid profile"),
                crate::model::Face::Oidc,
            ),
            browser: Browser {
                ip: "192.0.2.1".to_owned(),
                user_agent: "x".to_owned(),
                request_id: RequestId::generate(&clock, &random),
            },
            at: T0,
            lifetime: Duration::from_secs(600),
        })
        .sent(Digest256::of("state"), Digest256::of("cookie"))
        .unwrap()
    }

    fn identity() -> Identity {
        Identity {
            external_id: "o1".to_owned(),
            union_id: None,
            profile: None,
            transient: false,
            claims: Map::new(),
        }
    }

    fn authenticated() -> Attempt {
        let proof = Authenticated {
            identity: identity(),
            upstream_code: Digest256::of("code"),
            subject_id: None,
            previous_subjects: Vec::new(),
            at: later(5),
            auth_time: None,
            session_id: None,
            awaits_consent: false,
            code_expires_at: later(65),
        };
        waiting().authenticated(Digest256::of("our code"), proof).unwrap()
    }

    #[test]
    fn a_callback_is_taken_by_what_is_stored() {
        let code = Digest256::of("code");
        let other = Digest256::of("other");
        assert_eq!(returned(&waiting(), Some(&code), later(5)), Returned::Exchange);
        assert_eq!(returned(&waiting(), Some(&code), later(600)), Returned::Overdue);
        assert_eq!(returned(&authenticated(), Some(&code), later(10)), Returned::Share);
        assert_eq!(
            returned(&authenticated(), None, later(10)),
            Returned::Share,
            "a bare callback finishes too"
        );
        assert_eq!(
            returned(&authenticated(), Some(&other), later(10)),
            Returned::Finished,
            "another code is no copy"
        );
        assert_eq!(returned(&authenticated(), Some(&code), later(65)), Returned::Finished);
        assert_eq!(
            returned(&authenticated().consumed(later(9)).unwrap(), Some(&code), later(10)),
            Returned::Finished
        );
        assert_eq!(
            returned(&waiting().denied(later(9)).unwrap(), Some(&code), later(10)),
            Returned::Ended
        );
        let second = waiting().sent_again(code, later(9)).unwrap();
        assert_eq!(
            returned(&second, Some(&code), later(10)),
            Returned::SecondLeg,
            "a copy of the first callback"
        );
        assert_eq!(returned(&second, Some(&other), later(10)), Returned::Exchange);
    }

    #[test]
    fn transitions_only_go_forward_and_count() {
        let attempt = waiting();
        assert_eq!(attempt.version, 1);
        let done = authenticated();
        assert_eq!(done.version, 2);
        assert!(
            done.clone().expired(later(700)).is_err(),
            "a login that succeeded never becomes expired"
        );
        let consumed = done.consumed(later(9)).unwrap();
        assert_eq!(consumed.version, 3);
        assert!(consumed.clone().consumed(later(9)).is_err(), "redeemed once");
        assert!(consumed.denied(later(9)).is_err());
        assert!(
            waiting()
                .sent_again(Digest256::of("a"), T0)
                .unwrap()
                .sent_again(Digest256::of("b"), T0)
                .is_err()
        );
    }

    #[test]
    fn the_profile_is_asked_for_a_second_time_only_when_it_lacks() {
        let attempt = waiting();
        let id = identity();
        let proof = |plan, profile_known| Proof {
            identity: &id,
            snapshot: SnapshotPolicy::Refuse,
            plan,
            profile_known,
        };
        assert_eq!(
            identified(&attempt, proof(ProfilePlan::WhenUnknown, false)),
            Identified::SecondLeg
        );
        assert_eq!(
            identified(&attempt, proof(ProfilePlan::WhenUnknown, true)),
            Identified::Finish
        );
        assert_eq!(
            identified(&attempt, proof(ProfilePlan::Never, false)),
            Identified::Finish
        );
        let second = waiting().sent_again(Digest256::of("a"), T0).unwrap();
        assert_eq!(
            identified(&second, proof(ProfilePlan::WhenUnknown, false)),
            Identified::Finish,
            "at most twice"
        );
        let full = Identity {
            profile: Some(Profile::default()),
            ..identity()
        };
        let proof = Proof {
            identity: &full,
            snapshot: SnapshotPolicy::Refuse,
            plan: ProfilePlan::WhenUnknown,
            profile_known: false,
        };
        assert_eq!(identified(&attempt, proof), Identified::Finish);
    }

    #[test]
    fn a_snapshot_visitor_passes_only_where_the_client_says_so() {
        let visitor = Identity {
            transient: true,
            ..identity()
        };
        let proof = |snapshot| Proof {
            identity: &visitor,
            snapshot,
            plan: ProfilePlan::AtOnce,
            profile_known: false,
        };
        assert_eq!(
            identified(&waiting(), proof(SnapshotPolicy::Refuse)),
            Identified::RefuseSnapshot
        );
        assert_eq!(identified(&waiting(), proof(SnapshotPolicy::Allow)), Identified::Finish);
    }

    #[test]
    fn a_page_goes_before_a_code_and_both_before_nothing() {
        assert_eq!(way(Some(true), Some(true)), Some(Way::Redirect));
        assert_eq!(way(Some(false), Some(true)), Some(Way::Scan));
        assert_eq!(way(None, Some(true)), Some(Way::Scan));
        for closed in [None, Some(false)] {
            assert_eq!(way(closed, closed), None);
        }
    }

    #[test]
    fn the_first_step_depends_on_browser_and_plan() {
        assert_eq!(first(false, ProfilePlan::AtOnce), First::Elsewhere);
        assert_eq!(first(true, ProfilePlan::AtOnce), First::Redirect { profile: true });
        assert_eq!(
            first(true, ProfilePlan::WhenUnknown),
            First::Redirect { profile: false }
        );
    }
}
