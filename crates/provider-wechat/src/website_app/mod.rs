//! `wechat-website`: login on websites by WeChat's own QR code page (开放平台 网站应用微信登录).

mod login;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::model::Connector;
use hufu_core::provider::{
    CheckResult, Description, Diagnose, FormSchema, Provider, ProviderError, ProviderHost, ProviderKind, RedirectLogin,
};
use hufu_core::text::Text;
use url::Url;

use crate::api::OfficialAccountApi;
use crate::app_settings::AppSettings;
use crate::official_account::WechatOfficialAccount;
use crate::{form, probe};

/// The kind. Shares the HTTP client of the others.
#[derive(Debug, Clone)]
pub struct WechatWebsite(WechatOfficialAccount);

impl WechatWebsite {
    /// Beside the kind whose HTTP client it shares.
    #[must_use]
    pub fn beside(kind: &WechatOfficialAccount) -> Self {
        Self(kind.clone())
    }
}

impl ProviderKind for WechatWebsite {
    fn kind(&self) -> &'static str {
        "wechat-website"
    }

    fn describe(&self) -> Description {
        Description {
            name: Text::new("微信网站应用", "WeChat website app"),
            summary: Text::new(
                "用户在电脑浏览器中用微信扫码登录，需要微信开放平台的网站应用。",
                "People log in at a computer by scanning WeChat's QR code; needs a website app of WeChat's Open Platform.",
            ),
            claims: &["wechat_openid", "wechat_unionid", "wechat_appid", "wechat_snapshot"],
            elsewhere: Some(Text::new(
                "微信内打不开扫码登录页。请复制链接，在电脑浏览器中打开。",
                "The QR code page does not work inside WeChat. Copy the link and open it in a browser on a computer.",
            )),
        }
    }

    fn form(&self) -> FormSchema {
        form::website_app()
    }

    fn open(&self, connector: &Connector, host: &ProviderHost) -> Result<Arc<dyn Provider>, ProviderError> {
        let settings = AppSettings::read(connector, form::website_app)?;
        Ok(Arc::new(WebsiteApp {
            api: self.0.api_of(connector, host, &settings.app_id, &settings.secret),
            pages_url: self.0.pages_url().clone(),
            settings,
            limit: self.0.limit(),
            host: host.clone(),
        }))
    }
}

/// One tenant's website app, opened.
#[derive(Debug)]
struct WebsiteApp {
    api: OfficialAccountApi,
    pages_url: Url,
    settings: AppSettings,
    /// For all calls of one login together.
    limit: Duration,
    host: ProviderHost,
}

impl Provider for WebsiteApp {
    fn redirect_login(&self) -> Option<&dyn RedirectLogin> {
        Some(self)
    }

    fn diagnose(&self) -> Option<&dyn Diagnose> {
        Some(self)
    }

    fn union_group(&self) -> Option<&str> {
        self.settings.open_platform.as_deref()
    }
}

/// Whether the callback domain is right only a person at WeChat's page can find out: no call tells it.
#[async_trait]
impl Diagnose for WebsiteApp {
    async fn check(&self) -> Vec<CheckResult> {
        let answer = self.api.within(self.limit).exchange_code(probe::NO_CODE).await;
        probe::checks(answer.map(drop).map_err(Into::into))
    }
}
