//! An account's own tokens, by way of the host's token cache: whoever needs one asks here, and nobody fetches by
//! themself.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::error::{Class, StoreError};
use hufu_core::model::Connector;
use hufu_core::provider::{
    FetchedToken, HeldToken, ProviderError, ProviderErrorCode, ProviderHost, TokenKey, TokenSource,
};
use hufu_core::secret::{Digest256, ExposeSecret as _, SecretString};
use hufu_core::text::Text;

use crate::api::{CallError, OfficialAccountApi, TicketKind, once_more};
use crate::errors::is_dead_token;

/// The account's token for all calls.
pub(crate) const ACCESS_TOKEN: &str = "access_token";
/// The ticket that pages are signed with.
pub(crate) const JSAPI_TICKET: &str = "jsapi_ticket";
/// The ticket of cards and coupons.
pub(crate) const WX_CARD_TICKET: &str = "wx_card_ticket";

/// All of them.
pub(crate) const NAMES: [&str; 3] = [ACCESS_TOKEN, JSAPI_TICKET, WX_CARD_TICKET];

/// Life of a token when WeChat does not say.
const LIFE: u64 = 7200;
/// `stable_token` gives the same token until the last five minutes of its life, and tickets are everybody's too; asking
/// earlier is of no use. Ten seconds later, as the end is known here a little late.
const SHARED_AHEAD: Duration = Duration::from_secs(290);

/// One account's tokens.
#[derive(Clone)]
pub(crate) struct ServerTokens(Arc<Account>);

struct Account {
    api: OfficialAccountApi,
    host: ProviderHost,
    key: TokenKey,
    classic: bool,
    /// For all calls of one fetch together.
    limit: Duration,
}

impl fmt::Debug for ServerTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerTokens({})", self.0.api.app_id())
    }
}

impl ServerTokens {
    /// The tokens of `connector`, which `api` is the account of; with `classic` they come from `/cgi-bin/token`.
    pub(crate) fn new(
        api: OfficialAccountApi,
        secret: &SecretString,
        connector: &Connector,
        host: &ProviderHost,
        classic: bool,
        limit: Duration,
    ) -> Self {
        let call = if classic { "token" } else { "stable_token" };
        let credentials = format!("{} {call} {}", api.app_id(), secret.expose_secret());
        let key = TokenKey {
            tenant_id: connector.tenant_id,
            connector_id: connector.id,
            name: ACCESS_TOKEN,
            credentials: Digest256::of(&credentials),
        };
        Self(Arc::new(Account {
            api,
            host: host.clone(),
            key,
            classic,
            limit,
        }))
    }

    /// The token of a name of [`NAMES`].
    pub(crate) async fn current(&self, name: &str) -> Result<HeldToken, ProviderError> {
        let (key, source) = self.of(name)?;
        self.0.host.tokens.current(&key, source).await
    }

    /// Another one than `failing`.
    pub(crate) async fn replace(&self, name: &str, failing: &SecretString) -> Result<HeldToken, ProviderError> {
        let (key, source) = self.of(name)?;
        self.0.host.tokens.replace(&key, failing, source).await
    }

    /// The one that is held.
    pub(crate) async fn peek(&self, name: &str) -> Result<Option<HeldToken>, ProviderError> {
        let (key, _) = self.of(name)?;
        self.0.host.tokens.peek(&key).await.map_err(|error| unreadable(&error))
    }

    /// Makes a call with the account's token; when WeChat says that it is dead, once more with another one.
    pub(crate) async fn with_token<T, F>(&self, call: impl Fn(SecretString) -> F) -> Result<T, ProviderError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let token = self.current(ACCESS_TOKEN).await?.value;
        match call(token.clone()).await {
            Err(error) if error.errcode().is_some_and(is_dead_token) => {
                tracing::info!(%error, "the account's token is dead: another one is asked for");
                let other = self.replace(ACCESS_TOKEN, &token).await?;
                Ok(call(other.value).await?)
            }
            result => Ok(result?),
        }
    }

    /// Where a token stands, and how it is fetched.
    fn of(&self, name: &str) -> Result<(TokenKey, Arc<dyn TokenSource>), ProviderError> {
        let name = NAMES
            .into_iter()
            .find(|known| *known == name)
            .ok_or_else(|| unknown(name))?;
        let source: Arc<dyn TokenSource> = match name {
            JSAPI_TICKET => Arc::new(TicketSource(self.clone(), TicketKind::JsApi)),
            WX_CARD_TICKET => Arc::new(TicketSource(self.clone(), TicketKind::WxCard)),
            _ if self.0.classic => Arc::new(ClassicSource(self.clone())),
            _ => Arc::new(StableSource(self.clone())),
        };
        Ok((TokenKey { name, ..self.0.key }, source))
    }

    fn api(&self) -> OfficialAccountApi {
        self.0.api.within(self.0.limit)
    }
}

/// `/cgi-bin/stable_token`.
struct StableSource(ServerTokens);

#[async_trait]
impl TokenSource for StableSource {
    async fn fetch(&self, forced: bool) -> Result<FetchedToken, ProviderError> {
        let api = self.0.api();
        let token = if forced {
            api.force_stable_token().await?
        } else {
            once_more(|| api.stable_token(), CallError::leaves_code_unused).await?
        };
        Ok(fetched(token.access_token, token.expires_in))
    }

    fn ahead(&self, lifetime: Duration) -> Duration {
        SHARED_AHEAD.min(lifetime / 2)
    }
}

/// `/cgi-bin/token`, which gives another one each time.
struct ClassicSource(ServerTokens);

#[async_trait]
impl TokenSource for ClassicSource {
    async fn fetch(&self, _: bool) -> Result<FetchedToken, ProviderError> {
        let api = self.0.api();
        let token = once_more(|| api.classic_token(), CallError::leaves_code_unused).await?;
        Ok(fetched(token.access_token, token.expires_in))
    }
}

/// `/cgi-bin/ticket/getticket`, with the account's token. Tickets cannot be forced.
struct TicketSource(ServerTokens, TicketKind);

#[async_trait]
impl TokenSource for TicketSource {
    async fn fetch(&self, _: bool) -> Result<FetchedToken, ProviderError> {
        let (api, kind) = (self.0.api(), self.1);
        let ticket = self.0.with_token(|token| {
            let api = api.clone();
            async move { api.ticket(&token, kind).await }
        });
        let ticket = ticket.await?;
        Ok(fetched(ticket.ticket, ticket.expires_in))
    }

    fn ahead(&self, lifetime: Duration) -> Duration {
        SHARED_AHEAD.min(lifetime / 2)
    }
}

fn fetched(value: SecretString, expires_in: Option<u64>) -> FetchedToken {
    FetchedToken {
        value,
        lifetime: Duration::from_secs(expires_in.unwrap_or(LIFE)),
    }
}

fn unknown(name: &str) -> ProviderError {
    ProviderError {
        class: Class::Developer,
        code: ProviderErrorCode::NotOffered,
        errcode: None,
        message: Text::new("没有这种凭据", "There is no such token"),
        remedy: Some(Text::new(
            "可用：access_token、jsapi_ticket、wx_card_ticket。",
            "There are access_token, jsapi_ticket and wx_card_ticket.",
        )),
        debug: format!("no token of {} characters", name.len()),
    }
}

fn unreadable(error: &StoreError) -> ProviderError {
    ProviderError {
        class: Class::Retry,
        code: ProviderErrorCode::Unreachable,
        errcode: None,
        message: Text::new(
            "暂时无法读取凭据，请稍后再试",
            "The token cannot be read right now; try again in a moment",
        ),
        remedy: None,
        debug: format!("token: {error}"),
    }
}
