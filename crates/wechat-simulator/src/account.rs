//! What WeChat knows of one AppID.

use serde::{Deserialize, Serialize};

/// The kinds of account the authorize page tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// A verified service account (认证服务号): the only kind that may use web authorization.
    #[default]
    ServiceAccount,
    /// A subscription account (订阅号): the page answers 10005.
    Subscription,
    /// A service account that is not verified, or whose verification has run out: 10005.
    Unverified,
    /// A test account (测试号): takes IP addresses and `host:port` as callback domain, wants followers (10006).
    Sandbox,
    /// A website app of the Open Platform: its AppID is refused on the authorize page of accounts (10016), and is the
    /// only kind that `/connect/qrconnect` takes.
    WebsiteApp,
    /// A mini program (小程序): logs in through `/sns/jscode2session` and has no page.
    MiniProgram,
}

/// One account with its settings in WeChat's console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// `wx` and 16 lower-case hexadecimal digits.
    pub app_id: String,
    /// 32 lower-case hexadecimal digits.
    pub secret: String,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// The name a user sees on the consent page.
    pub name: String,
    /// 网页授权域名: hosts, each optionally with a path below which callbacks must lie.
    pub callback_domains: Vec<String>,
    /// The Open Platform account it is bound to; accounts with the same one share their unionids.
    pub open_platform: Option<String>,
    /// 强制https校验: callbacks over http are refused with 10039.
    pub force_https: bool,
    /// A banned account: the page answers 10004.
    pub banned: bool,
    /// The secret is frozen: the token calls answer 40243.
    pub frozen_secret: bool,
    /// Callers that may fetch server tokens; `None` lets everyone.
    pub ip_whitelist: Option<Vec<String>>,
    /// What both token calls answer although everything else is right, such as 50004 (forbidden), 50007 (account
    /// frozen), 89501, 89503, 89506 and 89507 (the caller's address waits for, or was refused by, the administrator).
    pub token_refusal: Option<i64>,
    /// JS接口安全域名: hosts whose pages may use the JS-SDK.
    pub js_domains: Vec<String>,
    /// Hosts that WeChat has banned: a menu button must not lead there (40054, 40055).
    pub blocked_hosts: Vec<String>,
    /// 原始ID: `gh_` and 12 hexadecimal digits.
    pub original_id: String,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            app_id: String::new(),
            secret: String::new(),
            kind: AccountKind::ServiceAccount,
            name: "测试服务号".to_owned(),
            callback_domains: Vec::new(),
            open_platform: None,
            force_https: false,
            banned: false,
            frozen_secret: false,
            ip_whitelist: None,
            token_refusal: None,
            js_domains: Vec::new(),
            blocked_hosts: Vec::new(),
            original_id: "gh_0123456789ab".to_owned(),
        }
    }
}

impl Account {
    /// A verified service account, bound to no Open Platform account.
    pub fn service(app_id: &str, secret: &str, callback_domains: &[&str]) -> Self {
        Self {
            app_id: app_id.to_owned(),
            secret: secret.to_owned(),
            callback_domains: callback_domains.iter().map(|domain| (*domain).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// A website app of the Open Platform (网站应用), bound to none by itself.
    pub fn website(app_id: &str, secret: &str, callback_domains: &[&str]) -> Self {
        Self {
            kind: AccountKind::WebsiteApp,
            name: "测试网站应用".to_owned(),
            ..Self::service(app_id, secret, callback_domains)
        }
    }

    /// A mini program, bound to no Open Platform account.
    pub fn mini_program(app_id: &str, secret: &str) -> Self {
        Self {
            kind: AccountKind::MiniProgram,
            name: "测试小程序".to_owned(),
            ..Self::service(app_id, secret, &[])
        }
    }

    /// Whether users can write to it, so that it may have a server configuration.
    pub(crate) fn receives_messages(&self) -> bool {
        !matches!(self.kind, AccountKind::WebsiteApp | AccountKind::MiniProgram)
    }

    /// Whether it has followers, a menu, scene codes and the like.
    pub(crate) fn may_serve(&self) -> bool {
        matches!(self.kind, AccountKind::ServiceAccount | AccountKind::Sandbox)
    }
}
