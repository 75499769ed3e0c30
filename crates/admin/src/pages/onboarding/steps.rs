//! The steps in their order, and where one goes on.

/// A step after the first, which made the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Account,
    Secret,
    Ip,
    Verify,
    Domain,
    Policy,
    Client,
    Try,
    Live,
}

impl At {
    pub(super) const ALL: [Self; 9] = [
        Self::Account,
        Self::Secret,
        Self::Ip,
        Self::Verify,
        Self::Domain,
        Self::Policy,
        Self::Client,
        Self::Try,
        Self::Live,
    ];

    /// The last part of its URL, the part of its texts' keys, and how a confirmation of it is kept.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Secret => "secret",
            Self::Ip => "ip",
            Self::Verify => "verify",
            Self::Domain => "domain",
            Self::Policy => "policy",
            Self::Client => "client",
            Self::Try => "try",
            Self::Live => "live",
        }
    }

    /// Whether its form saves and goes on, however often it is sent.
    pub(super) const fn is_form(self) -> bool {
        matches!(self, Self::Account | Self::Domain | Self::Policy)
    }

    /// Counted from 1; the tenant's step is the first.
    pub(super) fn number(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).map_or(0, |at| at + 2)
    }

    pub(super) fn next(self) -> Option<Self> {
        Self::ALL.get(self.number() - 1).copied()
    }

    pub(super) fn back(self) -> Option<Self> {
        Self::ALL.get(self.number().checked_sub(3)?).copied()
    }
}

/// What is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    done: Vec<&'static str>,
}

impl Facts {
    pub(super) fn new(done: impl IntoIterator<Item = (At, bool)>) -> Self {
        let done = done.into_iter().filter(|(_, is_done)| *is_done);
        Self {
            done: done.map(|(step, _)| step.name()).collect(),
        }
    }

    pub(super) fn is_done(&self, step: At) -> bool {
        self.done.contains(&step.name())
    }

    /// Whether a step can be opened: until it is known what kind of account it is, there is nothing to say about it.
    pub(super) fn is_open(&self, step: At) -> bool {
        step == At::Account || self.is_done(At::Account)
    }

    /// Where one goes on: the first step that is not done. A step that waits for somebody else does not hold up the
    /// others when one comes by the stepper.
    pub(super) fn resume(&self) -> At {
        let open = At::ALL.into_iter().find(|step| !self.is_done(*step));
        open.unwrap_or(At::Live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(steps: &[At]) -> Facts {
        Facts::new(steps.iter().map(|step| (*step, true)))
    }

    #[test]
    fn steps_follow_one_another() {
        assert_eq!(At::Account.number(), 2);
        assert_eq!(At::Live.number(), 10);
        assert_eq!(At::Account.back(), None);
        assert_eq!(At::Live.next(), None);
        for pair in At::ALL.windows(2) {
            assert_eq!(pair[0].next(), Some(pair[1]));
            assert_eq!(pair[1].back(), Some(pair[0]));
        }
    }

    #[test]
    fn one_goes_on_where_something_is_missing() {
        assert_eq!(done(&[]).resume(), At::Account);
        assert_eq!(done(&[At::Account]).resume(), At::Secret);
        assert_eq!(done(&[At::Account, At::Verify, At::Domain]).resume(), At::Secret);
        assert_eq!(done(&[At::Account, At::Secret, At::Ip]).resume(), At::Verify);
        assert_eq!(done(&At::ALL).resume(), At::Live);
        let all_but_live = done(&At::ALL[..8]);
        assert_eq!(all_but_live.resume(), At::Live);
    }

    #[test]
    fn without_a_kind_nothing_else_opens() {
        let none = done(&[]);
        assert!(none.is_open(At::Account) && !none.is_open(At::Secret) && !none.is_open(At::Live));
        assert!(done(&[At::Account]).is_open(At::Live));
        let not = Facts::new([(At::Account, false)]);
        assert_eq!(not, done(&[]));
    }
}
