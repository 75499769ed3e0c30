//! How a login goes, and what WeChat says when it goes wrong.

use hufu_core::provider::ProviderError;
use hufu_provider_wechat::api::{CallError, Endpoint, Failure, Refusal};

use super::dice::Dice;

/// How a login goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Story {
    /// The person is known, and the app comes for its token.
    Done(Redeemed),
    /// The person refuses.
    Denied,
    /// The person never comes back.
    Expired,
    /// A visitor on a snapshot page.
    Snapshot,
    /// Another browser brings the answer, and the first one never does.
    Foreign,
    /// WeChat refuses.
    Refused(&'static Trouble),
    /// WeChat does not answer.
    Silent,
}

/// How the app fares at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redeemed {
    Well,
    Never,
    /// Refused for this reason.
    Badly(&'static str),
    /// A second time.
    Twice,
}

/// What WeChat refuses with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    endpoint: Endpoint,
    errcode: i64,
    errmsg: &'static str,
}

const fn trouble(endpoint: Endpoint, errcode: i64, errmsg: &'static str) -> Trouble {
    Trouble {
        endpoint,
        errcode,
        errmsg,
    }
}

static CODE_INVALID: Trouble = trouble(Endpoint::AccessToken, 40029, "invalid code");
static CODE_USED: Trouble = trouble(Endpoint::AccessToken, 40163, "code been used");
static UNAUTHORIZED: Trouble = trouble(Endpoint::UserInfo, 48001, "api unauthorized");
static LIMITED: Trouble = trouble(
    Endpoint::AccessToken,
    45011,
    "api minute-quota reach limit, must slower, retry next minute",
);
static BUSY: Trouble = trouble(Endpoint::AccessToken, -1, "system error");
static APP_ID: Trouble = trouble(Endpoint::AccessToken, 40013, "invalid appid");
static APP_SECRET: Trouble = trouble(Endpoint::AccessToken, 40125, "invalid appsecret");

const USUAL: [(u32, Story); 15] = [
    (845, Story::Done(Redeemed::Well)),
    (13, Story::Done(Redeemed::Never)),
    (7, Story::Done(Redeemed::Badly("redirect_uri_mismatch"))),
    (4, Story::Done(Redeemed::Badly("pkce_mismatch"))),
    (5, Story::Done(Redeemed::Twice)),
    (36, Story::Denied),
    (40, Story::Expired),
    (14, Story::Snapshot),
    (5, Story::Foreign),
    (9, Story::Refused(&CODE_INVALID)),
    (9, Story::Refused(&CODE_USED)),
    (4, Story::Refused(&UNAUTHORIZED)),
    (3, Story::Refused(&LIMITED)),
    (3, Story::Refused(&BUSY)),
    (3, Story::Silent),
];

/// In an hour in which WeChat has trouble of its own.
const BAD_HOUR: [(u32, Story); 4] = [
    (35, Story::Done(Redeemed::Well)),
    (40, Story::Silent),
    (20, Story::Refused(&BUSY)),
    (5, Story::Expired),
];

impl Story {
    /// A usual one.
    pub(super) fn usual(dice: &mut Dice) -> Self {
        dice.weighted(&USUAL).unwrap_or(Self::Denied)
    }

    /// One of a bad hour.
    pub(super) fn of_bad_hour(dice: &mut Dice) -> Self {
        dice.weighted(&BAD_HOUR).unwrap_or(Self::Silent)
    }

    /// One of an account whose AppSecret was reset.
    pub(super) fn of_broken_account(dice: &mut Dice) -> Self {
        match dice.below(8) {
            0 => Self::Expired,
            _ => Self::Refused(&APP_SECRET),
        }
    }

    /// One of an account whose AppID was mistyped at first.
    pub(super) fn of_new_account() -> Self {
        Self::Refused(&APP_ID)
    }
}

impl Trouble {
    /// The error as the plug-in makes it of WeChat's answer.
    pub(super) fn error(&self, dice: &mut Dice) -> ProviderError {
        let rid = format!("{:08x}-{:08x}-{:08x}", half(dice), half(dice), half(dice));
        let refusal = Refusal {
            errcode: self.errcode,
            errmsg: format!("{}, rid: {rid}", self.errmsg),
            rid: Some(rid),
        };
        CallError {
            endpoint: self.endpoint,
            failure: Failure::Refused(refusal),
        }
        .into()
    }
}

/// The error of an answer that never came.
pub(super) fn silence() -> ProviderError {
    CallError {
        endpoint: Endpoint::AccessToken,
        failure: Failure::TimedOut,
    }
    .into()
}

fn half(dice: &mut Dice) -> u64 {
    dice.throw() >> 32
}
