//! Things that go wrong, on request.

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Effect {
    /// The answer comes late; joins with any other effect.
    Latency {
        /// By how much.
        millis: u64,
    },
    /// `-1 system error`, nothing done.
    SystemBusy,
    /// This error instead of the work; on a page, this error page.
    Errcode {
        /// The `errcode`, or the page's 错误码.
        code: i64,
        /// The `errmsg` without its rid.
        message: String,
    },
    /// This HTTP status instead of the work, as from a proxy in between.
    HttpStatus {
        /// 400–599.
        status: u16,
    },
    /// Does the work and sends half of the answer, then breaks the connection.
    Truncated,
    /// HTML instead of JSON, nothing done.
    Garbage,
    /// Does the work (a code is consumed) and breaks the connection without an answer.
    LostResponse,
    /// Never answers, nothing done.
    Hang,
    /// On `/connect/oauth2/authorize`: the callback URL is fetched once more, without cookies and from another address.
    DuplicateCallback {
        /// How long after the user's browser was sent there.
        delay_millis: u64,
    },
}

/// An effect, where it strikes and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A path such as `/sns/oauth2/access_token`, or `*` for all calls (not for the pages).
    pub endpoint: String,
    /// What happens.
    pub effect: Effect,
    /// How many requests it strikes; `None`: until cleared.
    #[serde(default)]
    pub times: Option<u32>,
}

/// The faults in force, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

/// What strikes one request.
#[derive(Debug, Default)]
pub(crate) struct Strike {
    pub(crate) latency_millis: u64,
    pub(crate) effect: Option<Effect>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    /// For a request that begins: every latency and the first other effect, each used up by one.
    pub(crate) fn strike(&mut self, endpoint: &str) -> Strike {
        let mut strike = Strike::default();
        if self.0.is_empty() {
            return strike;
        }
        let is_page = endpoint.starts_with("/connect/");
        for fault in &mut self.0 {
            if fault.endpoint != endpoint && (is_page || fault.endpoint != "*") {
                continue;
            }
            match &fault.effect {
                Effect::DuplicateCallback { .. } => continue,
                Effect::Latency { millis } => strike.latency_millis = strike.latency_millis.saturating_add(*millis),
                _ if strike.effect.is_some() => continue,
                effect => strike.effect = Some(effect.clone()),
            }
            use_up(fault);
        }
        self.0.retain(|fault| fault.times != Some(0));
        strike
    }

    /// For a callback that is about to be sent: the delay of its duplicate.
    pub(crate) fn duplicate(&mut self, endpoint: &str) -> Option<u64> {
        let mut found = None;
        for fault in &mut self.0 {
            if let Effect::DuplicateCallback { delay_millis } = fault.effect
                && fault.endpoint == endpoint
            {
                found = Some(delay_millis);
                use_up(fault);
                break;
            }
        }
        self.0.retain(|fault| fault.times != Some(0));
        found
    }
}

fn use_up(fault: &mut Fault) {
    if let Some(times) = &mut fault.times {
        *times = times.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_joins_and_times_run_out() {
        let mut faults = Faults::default();
        faults.add(Fault {
            endpoint: "*".into(),
            effect: Effect::Latency { millis: 5 },
            times: None,
        });
        faults.add(Fault {
            endpoint: "/sns/auth".into(),
            effect: Effect::Hang,
            times: Some(1),
        });
        faults.add(Fault {
            endpoint: "/sns/auth".into(),
            effect: Effect::SystemBusy,
            times: Some(1),
        });
        let first = faults.strike("/sns/auth");
        assert_eq!((first.latency_millis, first.effect), (5, Some(Effect::Hang)));
        assert_eq!(faults.strike("/sns/auth").effect, Some(Effect::SystemBusy));
        assert_eq!(faults.strike("/sns/auth").effect, None);
        assert_eq!(
            faults.strike("/connect/oauth2/authorize").latency_millis,
            0,
            "* means the calls only"
        );
    }
}
