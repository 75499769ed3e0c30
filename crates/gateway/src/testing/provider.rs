//! A provider that says little.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::error::Class;
use hufu_core::model::{Connector, Identity, Proved};
use hufu_core::provider::{
    AppCode, AuthorizationUrl, Callback, CodeLogin, Description, FormSchema, ProfilePlan, Provider, ProviderError,
    ProviderErrorCode, ProviderHost, ProviderKind, RedirectLogin, ScanChallenge, ScanLogin,
};
use hufu_core::text::Text;

use super::store::token;

pub(crate) fn wrong_secret() -> ProviderError {
    ProviderError {
        class: Class::TenantAdmin,
        code: ProviderErrorCode::Misconfigured,
        errcode: Some(40125),
        message: Text::new("AppSecret 不正确", "The AppSecret is <wrong>"),
        remedy: Some(Text::new("请重新填写", "Enter it again")),
        debug: "invalid appsecret rid: 1".to_owned(),
    }
}

/// The kinds: `quiet` logs in by a page in every browser but those called `Desktop`; `desk` by a page in those alone;
/// `code` by a QR code in those alone; `follow` by the page of `quiet` and the QR code of `code`; `app` by codes that
/// apps bring.
pub(super) fn kinds() -> Vec<Arc<dyn ProviderKind>> {
    let kinds = ["quiet", "desk", "code", "follow", "app"];
    kinds
        .into_iter()
        .map(|kind| Arc::new(Quiet(kind)) as Arc<dyn ProviderKind>)
        .collect()
}

/// Knows every code but `bad` and `used`, and everybody but `stranger`.
#[derive(Clone, Copy)]
struct Quiet(&'static str);

impl ProviderKind for Quiet {
    fn kind(&self) -> &'static str {
        self.0
    }
    fn describe(&self) -> Description {
        Description {
            name: Text::new("安静", "Quiet"),
            summary: Text::new("", ""),
            claims: &["wechat_openid"],
            elsewhere: Some(Text::new(
                "请用微信扫一扫打开此页面",
                "Scan this with WeChat to open the page",
            )),
        }
    }
    fn form(&self) -> FormSchema {
        FormSchema { fields: Vec::new() }
    }
    fn open(&self, _: &Connector, _: &ProviderHost) -> Result<Arc<dyn Provider>, ProviderError> {
        Ok(Arc::new(*self))
    }
}

impl Provider for Quiet {
    fn redirect_login(&self) -> Option<&dyn RedirectLogin> {
        matches!(self.0, "quiet" | "desk" | "follow").then_some(self as _)
    }
    fn scan_login(&self) -> Option<&dyn ScanLogin> {
        matches!(self.0, "code" | "follow").then_some(self as _)
    }
    fn code_login(&self) -> Option<&dyn CodeLogin> {
        (self.0 == "app").then_some(self as _)
    }
}

#[async_trait]
impl ScanLogin for Quiet {
    fn accepts(&self, user_agent: &str) -> bool {
        user_agent == "Desktop"
    }
    async fn challenge(&self, scene: &str, lifetime: Duration) -> Result<ScanChallenge, ProviderError> {
        Ok(ScanChallenge {
            content: format!("https://provider.example/q/{scene}"),
            lifetime,
        })
    }
    async fn identify(&self, external_id: &str) -> Result<Identity, ProviderError> {
        match external_id {
            "stranger" => Err(wrong_secret()),
            "late" => Err(ProviderError {
                class: Class::Retry,
                ..wrong_secret()
            }),
            _ => Ok(Identity {
                external_id: external_id.to_owned(),
                ..token().identity
            }),
        }
    }
}

#[async_trait]
impl CodeLogin for Quiet {
    async fn log_in(&self, app: &AppCode<'_>) -> Result<Identity, ProviderError> {
        if app.signed.is_some_and(|(data, signature)| data != signature) {
            return Err(ProviderError {
                code: ProviderErrorCode::SignatureInvalid,
                ..wrong_secret()
            });
        }
        self.exchange(app.code, false).await.map(|proved| proved.identity)
    }
}

#[async_trait]
impl RedirectLogin for Quiet {
    fn accepts(&self, user_agent: &str) -> bool {
        (user_agent == "Desktop") == (self.0 == "desk")
    }
    fn profile_plan(&self, _: bool) -> ProfilePlan {
        ProfilePlan::Never
    }
    fn authorization_url(&self, request: &AuthorizationUrl<'_>) -> Result<String, ProviderError> {
        Ok(format!("https://provider.example/?state={}", request.state))
    }
    fn read_callback(&self, parameters: &[(String, String)]) -> Callback {
        let code = parameters.iter().find(|(name, _)| name == "code");
        code.map_or(Callback::Denied, |(_, code)| Callback::Code(code.clone()))
    }
    async fn exchange(&self, code: &str, _: bool) -> Result<Proved, ProviderError> {
        if code == "bad" {
            return Err(wrong_secret());
        }
        if code == "used" {
            return Err(ProviderError {
                code: ProviderErrorCode::CodeUsed,
                class: Class::StartAgain,
                ..wrong_secret()
            });
        }
        Ok(token().identity.into())
    }
}
