//! Codes and the tokens of web authorization (lifetimes: Tencent doc).

use std::sync::Arc;

use crate::person::Person;

/// An account's code lives for five minutes.
const CODE_SECONDS: i64 = 300;
/// An access token lives for two hours.
pub(crate) const ACCESS_SECONDS: i64 = 7200;
/// A refresh token lives for thirty days and is not renewed.
pub(crate) const REFRESH_SECONDS: i64 = 30 * 86_400;

/// A code of a website app lives for ten.
pub(crate) const WEBSITE_CODE_SECONDS: i64 = 600;

/// The two scopes of web authorization, and that of website apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Base,
    Userinfo,
    Login,
}

impl Scope {
    /// Of an account's authorize page.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "snsapi_base" => Some(Self::Base),
            "snsapi_userinfo" => Some(Self::Userinfo),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Base => "snsapi_base",
            Self::Userinfo => "snsapi_userinfo",
            Self::Login => "snsapi_login",
        }
    }
}

/// What was granted: to which account, for whom, how much.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) app_id: Arc<str>,
    pub(crate) scope: Scope,
    pub(crate) person: Arc<Person>,
}

pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) issued_at: i64,
    pub(crate) used_at: Option<i64>,
}

pub(crate) struct AccessToken {
    pub(crate) grant: Grant,
    pub(crate) expires_at: i64,
}

pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
    pub(crate) access_token: String,
    pub(crate) expires_at: i64,
}

/// Why a code was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeError {
    /// Unknown, expired or another account's.
    Invalid,
    /// Exchanged before, and not yet expired.
    Used,
    /// Risk control holds the user back.
    Blocked,
}

impl Code {
    pub(crate) fn is_expired(&self, now: i64) -> bool {
        let lifetime = match self.grant.scope {
            Scope::Login => WEBSITE_CODE_SECONDS,
            Scope::Base | Scope::Userinfo => CODE_SECONDS,
        };
        now >= self.issued_at + lifetime
    }

    /// Consumes it.
    pub(crate) fn redeem(&mut self, app_id: &str, now: i64) -> Result<Grant, CodeError> {
        if *self.grant.app_id != *app_id || self.is_expired(now) {
            return Err(CodeError::Invalid);
        }
        if self.used_at.is_some() {
            return Err(CodeError::Used);
        }
        if self.grant.person.blocked {
            return Err(CodeError::Blocked);
        }
        self.used_at = Some(now);
        Ok(self.grant.clone())
    }
}
