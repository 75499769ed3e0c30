//! `wechat-mini-program`: login of mini programs, which get a code on the phone themselves (小程序登录).

mod login;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::model::Connector;
use hufu_core::provider::{
    CheckResult, CodeLogin, Description, Diagnose, FormSchema, Provider, ProviderError, ProviderHost, ProviderKind,
};
use hufu_core::text::Text;

use crate::api::OfficialAccountApi;
use crate::app_settings::AppSettings;
use crate::official_account::WechatOfficialAccount;
use crate::{form, probe};

/// The kind. Shares the HTTP client of the others.
#[derive(Debug, Clone)]
pub struct WechatMiniProgram(WechatOfficialAccount);

impl WechatMiniProgram {
    /// Beside the kind whose HTTP client it shares.
    #[must_use]
    pub fn beside(kind: &WechatOfficialAccount) -> Self {
        Self(kind.clone())
    }
}

impl ProviderKind for WechatMiniProgram {
    fn kind(&self) -> &'static str {
        "wechat-mini-program"
    }

    fn describe(&self) -> Description {
        Description {
            name: Text::new("微信小程序", "WeChat mini program"),
            summary: Text::new(
                "小程序用 wx.login 得到的 code 换取令牌，没有登录页面。",
                "A mini program exchanges the code of wx.login for tokens; there is no login page.",
            ),
            claims: &["wechat_openid", "wechat_unionid", "wechat_appid", "wechat_snapshot"],
            elsewhere: None,
        }
    }

    fn form(&self) -> FormSchema {
        form::mini_program()
    }

    fn open(&self, connector: &Connector, host: &ProviderHost) -> Result<Arc<dyn Provider>, ProviderError> {
        let settings = AppSettings::read(connector, form::mini_program)?;
        Ok(Arc::new(MiniProgram {
            api: self.0.api_of(connector, host, &settings.app_id, &settings.secret),
            settings,
            limit: self.0.limit(),
        }))
    }
}

/// One tenant's mini program, opened.
#[derive(Debug)]
struct MiniProgram {
    api: OfficialAccountApi,
    settings: AppSettings,
    /// For all calls of one login together.
    limit: Duration,
}

impl Provider for MiniProgram {
    fn code_login(&self) -> Option<&dyn CodeLogin> {
        Some(self)
    }

    fn diagnose(&self) -> Option<&dyn Diagnose> {
        Some(self)
    }

    fn union_group(&self) -> Option<&str> {
        self.settings.open_platform.as_deref()
    }
}

#[async_trait]
impl Diagnose for MiniProgram {
    async fn check(&self) -> Vec<CheckResult> {
        let answer = self.api.within(self.limit).exchange_js_code(probe::NO_CODE).await;
        probe::checks(answer.map(drop).map_err(Into::into))
    }
}
