//! A provider that says little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::error::Class;
use hufu_core::model::{Connector, Identity, Profile, Proved, UserGrant};
use hufu_core::provider::{
    AuthorizationUrl, Callback, Description, FetchedToken, FormSchema, HeldToken, PageSigner, ProfilePlan,
    ProfileRefresh, Provider, ProviderError, ProviderErrorCode, ProviderHost, ProviderKind, RedirectLogin, Relay,
    RelayedAnswer, RelayedCall, ServerToken, TokenCache, TokenKey, TokenSource,
};
use hufu_core::secret::{SecretString, StoredSecret};
use hufu_core::text::Text;
use serde_json::{Map, Value};

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

/// Accepts every browser but one called `Desktop`, and every code but `bad` and `used`.
pub(super) struct Quiet;

impl ProviderKind for Quiet {
    fn kind(&self) -> &'static str {
        "quiet"
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
    fn open(&self, connector: &Connector, host: &ProviderHost) -> Result<Arc<dyn Provider>, ProviderError> {
        Ok(Arc::new(Account {
            tokens: Arc::clone(&host.tokens),
            key: TokenKey {
                tenant_id: connector.tenant_id,
                connector_id: connector.id,
                name: "access_token",
            },
            source: Arc::new(Numbered::default()),
        }))
    }
}

/// An account whose tokens are `token-1`, `token-2` …, which signs pages of `shop.example`, and whose people are
/// called 李四 since they logged in.
struct Account {
    tokens: Arc<dyn TokenCache>,
    key: TokenKey,
    source: Arc<Numbered>,
}

/// Gives three tokens; the fourth is refused.
#[derive(Default)]
struct Numbered(AtomicUsize);

#[async_trait]
impl TokenSource for Numbered {
    async fn fetch(&self, _: bool) -> Result<FetchedToken, ProviderError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        if number > 3 {
            return Err(wrong_secret());
        }
        Ok(FetchedToken {
            value: format!("token-{number}").into(),
            lifetime: Duration::from_secs(7200),
        })
    }
}

impl Provider for Account {
    fn redirect_login(&self) -> Option<&dyn RedirectLogin> {
        Some(&Quiet)
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
}

#[async_trait]
impl ServerToken for Account {
    fn names(&self) -> &'static [&'static str] {
        &["access_token"]
    }
    async fn current(&self, _: &str) -> Result<HeldToken, ProviderError> {
        self.tokens.current(&self.key, Arc::clone(&self.source) as _).await
    }
    async fn replace(&self, _: &str, failing: &SecretString) -> Result<HeldToken, ProviderError> {
        self.tokens
            .replace(&self.key, failing, Arc::clone(&self.source) as _)
            .await
    }
    async fn peek(&self, _: &str) -> Result<Option<HeldToken>, ProviderError> {
        self.tokens.peek(&self.key).await.map_err(|_| wrong_secret())
    }
}

/// Answers with what it was asked.
#[async_trait]
impl Relay for Account {
    async fn relay(&self, call: &RelayedCall<'_>) -> Result<RelayedAnswer, ProviderError> {
        let query: Vec<_> = call
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let (method, path, body) = (call.method, call.path, String::from_utf8_lossy(call.body));
        let content_type = call.content_type.unwrap_or("-");
        Ok(RelayedAnswer {
            status: 200,
            content_type: "text/plain; of=wechat".to_owned(),
            body: format!("{method} {path} {} {content_type} {body}", query.join("&")).into_bytes(),
        })
    }
}

#[async_trait]
impl PageSigner for Account {
    fn allows(&self, host: &str) -> bool {
        host == "shop.example"
    }
    async fn sign(&self, url: &str) -> Result<Map<String, Value>, ProviderError> {
        Ok(Map::from_iter([("signature".to_owned(), format!("of {url}").into())]))
    }
}

#[async_trait]
impl ProfileRefresh for Account {
    async fn refresh(&self, external_id: &str, grant: &UserGrant) -> Result<(Identity, UserGrant), ProviderError> {
        if grant.scope == "over" {
            return Err(ProviderError {
                class: Class::StartAgain,
                code: ProviderErrorCode::TokenInvalid,
                errcode: Some(42002),
                ..wrong_secret()
            });
        }
        let identity = Identity {
            external_id: if grant.scope == "another" { "o2" } else { external_id }.to_owned(),
            profile: Some(Profile {
                name: Some("李四🙂".to_owned()),
                ..Profile::default()
            }),
            ..token().identity
        };
        let grant = UserGrant {
            access_token: StoredSecret::new("fresh".to_owned()),
            ..grant.clone()
        };
        Ok((identity, grant))
    }
}

#[async_trait]
impl RedirectLogin for Quiet {
    fn accepts(&self, user_agent: &str) -> bool {
        user_agent != "Desktop"
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
