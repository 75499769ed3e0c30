//! A provider that says little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::clock::Timestamp;
use hufu_core::error::Class;
use hufu_core::model::{Connector, Identity, Profile, Proved, UserGrant};
use hufu_core::provider::{
    AppCode, AuthorizationUrl, Callback, CodeLogin, Description, FetchedToken, FormSchema, HeldToken, PageSigner,
    ProfilePlan, ProfileRefresh, Provider, ProviderError, ProviderErrorCode, ProviderHost, ProviderKind, Push,
    PushAnswer, PushEvent, PushRefused, RedirectLogin, Relay, RelayedAnswer, RelayedCall, ScanChallenge, ScanLogin,
    ServerToken, TokenCache, TokenKey, TokenSource, WebhookReceiver,
};
use hufu_core::secret::{Digest256, SecretString, StoredSecret};
use hufu_core::text::Text;
use serde_json::{Map, Value};

use super::store::identity_of_token;

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
    fn open(&self, connector: &Connector, host: &ProviderHost) -> Result<Arc<dyn Provider>, ProviderError> {
        Ok(Arc::new(Account {
            tokens: Arc::clone(&host.tokens),
            key: TokenKey {
                tenant_id: connector.tenant_id,
                connector_id: connector.id,
                name: "access_token",
                credentials: Digest256::of(""),
            },
            source: Arc::new(Numbered::default()),
            quiet: *self,
        }))
    }
}

/// An account whose tokens are `token-1`, `token-2` …, which signs pages of `shop.example`, and whose people are
/// called 李四 since they logged in.
struct Account {
    tokens: Arc<dyn TokenCache>,
    key: TokenKey,
    source: Arc<Numbered>,
    quiet: Quiet,
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
        matches!(self.quiet.0, "quiet" | "desk" | "follow").then_some(&self.quiet as _)
    }
    fn scan_login(&self) -> Option<&dyn ScanLogin> {
        matches!(self.quiet.0, "code" | "follow").then_some(&self.quiet as _)
    }
    fn code_login(&self) -> Option<&dyn CodeLogin> {
        (self.quiet.0 == "app").then_some(&self.quiet as _)
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
    fn webhook(&self) -> Option<&dyn WebhookReceiver> {
        Some(&self.quiet)
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
                ..identity_of_token()
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
            ..identity_of_token()
        };
        let grant = UserGrant {
            access_token: StoredSecret::new("fresh".to_owned()),
            ..grant.clone()
        };
        Ok((identity, grant))
    }
}

fn forged(query: &[(String, String)]) -> Result<(), PushRefused> {
    if query.contains(&("signature".to_owned(), "good".to_owned())) {
        return Ok(());
    }
    Err(PushRefused {
        code: "signature",
        debug: "forged".to_owned(),
    })
}

/// Takes every short push whose signature is `good` as a text message.
impl WebhookReceiver for Quiet {
    fn handshake(&self, query: &[(String, String)], _: Timestamp) -> Result<String, PushRefused> {
        forged(query)?;
        let echo = query.iter().find(|(name, _)| name == "echostr");
        Ok(echo.map(|(_, echo)| echo.clone()).unwrap_or_default())
    }
    fn receive(&self, query: &[(String, String)], body: &[u8], now: Timestamp) -> Result<Push, PushRefused> {
        forged(query)?;
        if body.len() > 1000 {
            return Err(PushRefused {
                code: "too_large",
                debug: body.len().to_string(),
            });
        }
        let content = String::from_utf8_lossy(body).into_owned();
        Ok(Push {
            key: content.clone(),
            from: "o1".to_owned(),
            to: "gh_1".to_owned(),
            at: now,
            body: content.clone(),
            event: PushEvent::Text { content },
            content_type: "text/xml",
            sealed: false,
            by_key_before: false,
        })
    }
    fn accepted(&self) -> PushAnswer {
        PushAnswer {
            content_type: "text/plain",
            body: "success".to_owned(),
        }
    }
    fn reply(&self, _: &Push, text: &str, _: Timestamp) -> Result<PushAnswer, PushRefused> {
        Ok(PushAnswer {
            content_type: "text/xml",
            body: text.to_owned(),
        })
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
        Ok(identity_of_token().into())
    }
}
