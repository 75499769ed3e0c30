//! `wechat-official-account`: login through an official account's web authorization (公众号网页授权).

mod diagnose;
mod login;
mod menu;
mod page_signer;
mod profile_refresh;
mod relay;
mod scan;
mod server_token;
mod settings;
mod webhook;

use std::fmt;
use std::sync::Arc;

use hufu_core::model::Connector;
use hufu_core::provider::{
    Description, Diagnose, FormSchema, Menu, PageSigner, ProfileRefresh, Provider, ProviderError, ProviderHost,
    ProviderKind, Quota, RedirectLogin, Relay, ScanLogin, ServerToken, WebhookReceiver,
};
use hufu_core::secret::SecretString;
use hufu_core::text::Text;
use url::Url;

use crate::api::{Counts, Http, OfficialAccountApi};
use crate::config::Config;
use crate::server_tokens::ServerTokens;
use crate::{form, quota};
use settings::{PushMode, Settings};
use webhook::Webhook;

/// Why WeChat cannot be used by this installation.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The calls carry every tenant's AppSecret.
    #[error("calls_url must be https, or http on this machine")]
    PlainHttp,
    /// People's browsers go there.
    #[error("pages_url must be https or http")]
    PagesUrl,
    /// Most likely no certificates to trust were found.
    #[error("no HTTP client: {0}")]
    Client(String),
}

/// The kind: one a process, whose HTTP client all connectors share.
#[derive(Clone)]
pub struct WechatOfficialAccount {
    http: Arc<Http>,
    pages_url: Url,
}

impl fmt::Debug for WechatOfficialAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatOfficialAccount")
            .field("pages_url", &self.pages_url.as_str())
            .finish_non_exhaustive()
    }
}

impl WechatOfficialAccount {
    /// Builds the HTTP client.
    ///
    /// # Errors
    /// When a URL is not fit for its purpose, or the client cannot be built.
    pub fn new(config: Config) -> Result<Self, SetupError> {
        if !matches!(config.pages_url.scheme(), "https" | "http") {
            return Err(SetupError::PagesUrl);
        }
        Ok(Self {
            http: Arc::new(Http::new(&config)?),
            pages_url: config.pages_url,
        })
    }

    /// Where WeChat's pages are.
    pub(crate) const fn pages_url(&self) -> &Url {
        &self.pages_url
    }

    /// WeChat's calls as the account of a connector, counted.
    pub(crate) fn api_of(
        &self,
        connector: &Connector,
        host: &ProviderHost,
        app_id: &str,
        secret: &SecretString,
    ) -> OfficialAccountApi {
        let counts = Counts {
            meter: Arc::clone(&host.meter),
            tenant_id: connector.tenant_id,
            connector_id: connector.id,
        };
        let api = self.api(app_id, secret.clone()).counted(counts);
        api.in_lane(&connector.id.to_string(), &host.clock)
    }

    /// For all calls of one login together.
    pub(crate) fn limit(&self) -> std::time::Duration {
        self.http.timeout() * 2
    }

    /// WeChat's calls as one account, for what is not part of a login.
    #[must_use]
    pub fn api(&self, app_id: &str, secret: SecretString) -> OfficialAccountApi {
        OfficialAccountApi::new(Arc::clone(&self.http), app_id.to_owned(), secret)
    }
}

impl ProviderKind for WechatOfficialAccount {
    fn kind(&self) -> &'static str {
        "wechat-official-account"
    }

    fn describe(&self) -> Description {
        Description {
            name: Text::new("微信公众号", "WeChat Official Account"),
            summary: Text::new(
                "用户在微信内打开页面，通过认证服务号的网页授权登录。",
                "People open a page inside WeChat and log in through a verified service account's web authorization.",
            ),
            claims: &["wechat_openid", "wechat_unionid", "wechat_appid", "wechat_snapshot"],
            elsewhere: Some(Text::new(
                "请用微信「扫一扫」扫描二维码，或复制链接发到微信中打开。",
                "Scan the QR code with WeChat, or copy the link, send it to yourself in WeChat and open it there.",
            )),
        }
    }

    fn form(&self) -> FormSchema {
        form::schema()
    }

    fn open(&self, connector: &Connector, host: &ProviderHost) -> Result<Arc<dyn Provider>, ProviderError> {
        let settings = Settings::read(connector)?;
        let api = self.api_of(connector, host, &settings.app_id, &settings.secret);
        let limit = self.limit();
        let (secret, classic) = (&settings.secret, settings.classic_token);
        let tokens = ServerTokens::new(api.clone(), secret, connector, host, classic, limit);
        Ok(Arc::new(OfficialAccount {
            webhook: Webhook::of(&settings),
            api,
            tokens,
            pages_url: self.pages_url.clone(),
            settings,
            limit,
            host: host.clone(),
        }))
    }
}

/// One tenant's account, opened.
#[derive(Debug)]
struct OfficialAccount {
    api: OfficialAccountApi,
    tokens: ServerTokens,
    pages_url: Url,
    settings: Settings,
    /// For all calls of one login together.
    limit: std::time::Duration,
    host: ProviderHost,
    /// What takes its pushes, when they are set up.
    webhook: Option<Webhook>,
}

impl Provider for OfficialAccount {
    fn redirect_login(&self) -> Option<&dyn RedirectLogin> {
        Some(self)
    }

    fn diagnose(&self) -> Option<&dyn Diagnose> {
        Some(self)
    }

    /// Without pushes nobody would hear who scanned.
    fn scan_login(&self) -> Option<&dyn ScanLogin> {
        let offered = self.settings.scan_login && self.settings.push_mode != PushMode::Off;
        offered.then_some(self as _)
    }

    fn server_token(&self) -> Option<&dyn ServerToken> {
        Some(self)
    }

    fn page_signer(&self) -> Option<&dyn PageSigner> {
        Some(self)
    }

    fn relay(&self) -> Option<&dyn Relay> {
        Some(self)
    }

    fn profile_refresh(&self) -> Option<&dyn ProfileRefresh> {
        Some(self)
    }

    fn quotas(&self) -> &'static [Quota] {
        &quota::QUOTAS
    }

    fn webhook(&self) -> Option<&dyn WebhookReceiver> {
        self.webhook.is_some().then_some(self as &dyn WebhookReceiver)
    }

    fn menu(&self) -> Option<&dyn Menu> {
        Some(self)
    }

    fn union_group(&self) -> Option<&str> {
        self.settings.open_platform.as_deref()
    }
}
