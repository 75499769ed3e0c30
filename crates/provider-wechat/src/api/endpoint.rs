//! The calls by name.

use std::fmt;

/// A call of `api.weixin.qq.com`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Code for tokens.
    AccessToken,
    /// Refresh token for tokens.
    RefreshToken,
    /// Whether a person's token still works.
    Auth,
    /// A person's profile.
    UserInfo,
    /// The account's own token, the same for all who ask.
    StableToken,
}

impl Endpoint {
    /// Its path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::AccessToken => "/sns/oauth2/access_token",
            Self::RefreshToken => "/sns/oauth2/refresh_token",
            Self::Auth => "/sns/auth",
            Self::UserInfo => "/sns/userinfo",
            Self::StableToken => "/cgi-bin/stable_token",
        }
    }

    /// Whether it hands out the account's own token; some numbers mean something else there.
    #[must_use]
    pub const fn gives_server_token(self) -> bool {
        matches!(self, Self::StableToken)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}
