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
    /// A mini program's code for its user.
    JsCode2Session,
    /// The account's own token, a new one each time.
    Token,
    /// The account's own token, the same for all who ask.
    StableToken,
    /// The counters of calls, back to zero.
    ClearQuota,
    /// The ticket that page signatures are made with.
    Ticket,
    /// A QR code with a scene.
    CreateQrCode,
    /// A new menu.
    CreateMenu,
    /// The menu that was made by a call.
    Menu,
    /// No menu any more.
    DeleteMenu,
    /// The menu as people see it, however it was made.
    CurrentMenu,
    /// What the account knows of a follower.
    Follower,
    /// The addresses that pushes come from.
    CallbackIp,
    /// The addresses of the calls.
    ApiDomainIp,
    /// Any call of the account, made for another system.
    Relay,
}

/// What a call shows WeChat to be let in; some numbers mean something else in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A person's code or token.
    Person,
    /// AppID and AppSecret, for something of the account's own.
    Secret,
    /// The account's own token.
    ServerToken,
}

impl Endpoint {
    /// All there are.
    pub const ALL: [Self; 18] = [
        Self::AccessToken,
        Self::RefreshToken,
        Self::Auth,
        Self::UserInfo,
        Self::JsCode2Session,
        Self::Token,
        Self::StableToken,
        Self::ClearQuota,
        Self::Ticket,
        Self::CreateQrCode,
        Self::CreateMenu,
        Self::Menu,
        Self::DeleteMenu,
        Self::CurrentMenu,
        Self::Follower,
        Self::CallbackIp,
        Self::ApiDomainIp,
        Self::Relay,
    ];

    /// Its path; a relayed call has its own.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::AccessToken => "/sns/oauth2/access_token",
            Self::RefreshToken => "/sns/oauth2/refresh_token",
            Self::Auth => "/sns/auth",
            Self::UserInfo => "/sns/userinfo",
            Self::JsCode2Session => "/sns/jscode2session",
            Self::Token => "/cgi-bin/token",
            Self::StableToken => "/cgi-bin/stable_token",
            Self::ClearQuota => "/cgi-bin/clear_quota/v2",
            Self::Ticket => "/cgi-bin/ticket/getticket",
            Self::CreateQrCode => "/cgi-bin/qrcode/create",
            Self::CreateMenu => "/cgi-bin/menu/create",
            Self::Menu => "/cgi-bin/menu/get",
            Self::DeleteMenu => "/cgi-bin/menu/delete",
            Self::CurrentMenu => "/cgi-bin/get_current_selfmenu_info",
            Self::Follower => "/cgi-bin/user/info",
            Self::CallbackIp => "/cgi-bin/getcallbackip",
            Self::ApiDomainIp => "/cgi-bin/get_api_domain_ip",
            Self::Relay => "relay",
        }
    }

    /// What it shows WeChat.
    #[must_use]
    pub const fn credential(self) -> Credential {
        match self {
            Self::AccessToken | Self::RefreshToken | Self::Auth | Self::UserInfo | Self::JsCode2Session => {
                Credential::Person
            }
            Self::Token | Self::StableToken | Self::ClearQuota => Credential::Secret,
            _ => Credential::ServerToken,
        }
    }

    /// Whether it changes nothing at WeChat, so that it may be made again when nobody knows whether it arrived.
    #[must_use]
    pub const fn only_reads(self) -> bool {
        matches!(
            self,
            Self::Auth
                | Self::UserInfo
                | Self::Ticket
                | Self::Menu
                | Self::CurrentMenu
                | Self::Follower
                | Self::CallbackIp
                | Self::ApiDomainIp
        )
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}
