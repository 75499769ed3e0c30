//! What the authorize page checks, in WeChat's order, before it looks at the user.

use std::sync::Arc;

use super::order::in_order;
use super::redirect_uri::{self, Refusal};
use crate::account::{Account, AccountKind};
use crate::params::Params;
use crate::simulator::Inner;
use crate::sns_token::Scope;

/// Longer ones meet an error page (seen in issue reports).
const LONGEST_STATE: usize = 128;

/// An error page: WeChat's text and, mostly, its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageError {
    pub(super) text: String,
    pub(super) code: Option<i64>,
}

impl PageError {
    pub(super) fn new(code: i64, text: &str) -> Self {
        Self {
            text: text.to_owned(),
            code: Some(code),
        }
    }

    pub(super) fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            code: None,
        }
    }
}

/// An authorize request that has passed.
pub(super) struct Ask {
    pub(super) account: Arc<Account>,
    pub(super) scope: Scope,
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) force_popup: bool,
    pub(super) force_snapshot: bool,
}

pub(super) fn run(inner: &Inner, user_agent: &str, params: &Params) -> Result<Ask, PageError> {
    let strict = inner.settings.strict;
    if strict && !user_agent.contains("MicroMessenger") {
        return Err(PageError::plain("请在微信客户端打开链接"));
    }
    let account = account(inner, params)?;
    if strict && !(in_order(params.names()) && params.get("response_type") == Some("code")) {
        return Err(PageError::plain("无法打开该页面"));
    }
    let scope = scope(&account, params)?;
    let redirect_uri = params
        .filled("redirect_uri")
        .ok_or(PageError::new(10011, "redirect_uri不能为空"))?;
    redirect_uri::check(&account, redirect_uri).map_err(|refusal| match refusal {
        Refusal::Domain => PageError::new(10003, "redirect_uri域名与后台配置不一致"),
        Refusal::Scheme => PageError::new(10039, "redirect_uri协议与后台配置不一致"),
    })?;
    let state = params.get("state").unwrap_or_default();
    if state.len() > LONGEST_STATE {
        return Err(PageError::plain("state 参数过长"));
    }
    // The documented alphabet; other characters seem to survive at WeChat, so only strict mode minds.
    if strict && !state.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(PageError::plain("state 参数错误"));
    }
    if account.banned {
        return Err(PageError::new(10004, "此公众号被封禁"));
    }
    // Platforms that log users in on behalf of accounts are not simulated: none is authorized.
    if params.filled("component_appid").is_some() {
        return Err(PageError::new(10015, "公众号未授权第三方平台，请检查授权状态"));
    }
    Ok(Ask {
        scope,
        redirect_uri: redirect_uri.to_owned(),
        state: state.to_owned(),
        force_popup: params.flag("forcePopup"),
        force_snapshot: params.flag("forceSnapShot"),
        account,
    })
}

fn account(inner: &Inner, params: &Params) -> Result<Arc<Account>, PageError> {
    let app_id = params.filled("appid").ok_or(PageError::new(10012, "appid不能为空"))?;
    let account = inner.world().account(app_id).ok_or(PageError::new(1, "参数错误"))?;
    match account.kind {
        AccountKind::WebsiteApp | AccountKind::MiniProgram => {
            Err(PageError::new(10016, "不支持微信开放平台的Appid，请使用公众号Appid"))
        }
        _ => Ok(account),
    }
}

fn scope(account: &Account, params: &Params) -> Result<Scope, PageError> {
    let text = params.filled("scope").ok_or(PageError::new(10010, "scope不能为空"))?;
    let permitted = matches!(account.kind, AccountKind::ServiceAccount | AccountKind::Sandbox);
    Scope::parse(text)
        .filter(|_| permitted)
        .ok_or(PageError::new(10005, "此公众号并没有这些scope的权限"))
}
