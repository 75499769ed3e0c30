//! Why an app does not get what it asks for.

use crate::error::StoreError;
use crate::flow::{TokenRefused, TokenScheme};
use crate::model::Right;
use crate::oidc::{OAuthError, OAuthErrorCode};
use crate::provider::{ProviderError, ProviderErrorCode};
use crate::text::Text;

/// Which rule, or whose failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeclinedCode {
    /// A parameter is missing, repeated or malformed.
    RequestInvalid,
    /// The client is unknown, disabled, or did not prove itself.
    InvalidClient,
    /// The access token is worth nothing; the scheme is by which it should have come.
    InvalidToken(TokenScheme),
    /// The DPoP proof that came with the access token does not hold.
    InvalidProof,
    /// The client has no secret, so it proves nothing.
    PublicClient,
    /// The client is not given this right.
    RightMissing(Right),
    /// The client's rights do not work from this address.
    AddressRefused,
    /// The client may not use this connector.
    ConnectorRefused,
    /// There is no such connector in this tenant.
    ConnectorUnknown,
    /// The connector is not in use.
    ConnectorDisabled,
    /// The connector cannot do that.
    NotOffered,
    /// A page of another host than those on the account's list, or than the browser's own.
    UrlRefused,
    /// There is no such person at this connector.
    SubjectUnknown,
    /// The tenant's admin has disabled the person.
    PersonBlocked,
    /// What the person granted is over, or was never given: they must log in again.
    LoginAgain,
    /// The provider failed; the class of [`Declined::upstream`] says who can act.
    Upstream,
    /// Hufu's database cannot be reached.
    Unavailable,
    /// Something in Hufu is broken.
    Internal,
}

impl DeclinedCode {
    /// The stable text for apps, `error` in the answer. Where RFC 6749 or RFC 6750 has a word, it is that.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestInvalid => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidToken(_) => "invalid_token",
            Self::InvalidProof => "invalid_dpop_proof",
            Self::PublicClient | Self::AddressRefused | Self::ConnectorRefused => "unauthorized_client",
            Self::RightMissing(_) => "insufficient_scope",
            Self::ConnectorUnknown => "connector_unknown",
            Self::ConnectorDisabled => "connector_disabled",
            Self::NotOffered => "not_offered",
            Self::UrlRefused => "url_not_allowed",
            Self::SubjectUnknown => "subject_unknown",
            Self::PersonBlocked => "person_blocked",
            Self::LoginAgain => "login_again",
            Self::Upstream => "upstream",
            Self::Unavailable => "temporarily_unavailable",
            Self::Internal => "server_error",
        }
    }

    /// The name under which refusals are counted: `refused:{reason}:{client}`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::InvalidClient => "secret",
            Self::PublicClient => "public",
            Self::RightMissing(right) => right.as_str(),
            Self::AddressRefused => "address",
            Self::ConnectorRefused => "connector",
            other => other.as_str(),
        }
    }

    /// What happened and what to do, for the app's developer.
    pub(super) fn message(self) -> Text {
        match self {
            Self::RequestInvalid => Text::new("请求参数不正确", "the request is malformed"),
            Self::InvalidClient => Text::new(
                "应用认证失败：client_id 或密钥不正确，或应用已停用",
                "client authentication failed: wrong client_id or secret, or the client is disabled",
            ),
            Self::InvalidToken(_) => Text::new(
                "访问令牌不正确、已过期或已被撤销",
                "the access token is unknown, expired or revoked, or did not come with a proof of its key",
            ),
            Self::InvalidProof => Text::new("DPoP 证明缺失或不正确", "the DPoP proof is missing or does not hold"),
            Self::PublicClient => Text::new(
                "公开应用没有密钥，不能使用微信能力",
                "a public client has no secret and cannot use what belongs to the account",
            ),
            Self::RightMissing(right) => Text::owned(
                format!("该应用没有权限 {}，请租户管理员在控制台为它开通", right.as_str()),
                format!(
                    "this client does not have the right {}; the tenant's admin can grant it in the console",
                    right.as_str()
                ),
            ),
            Self::AddressRefused => Text::new(
                "该应用的微信能力不能从此 IP 地址使用，请检查应用的来源网络",
                "this client's rights do not work from this address; see the client's networks",
            ),
            Self::ConnectorRefused => Text::new("该应用不能使用此连接", "this client may not use this connector"),
            Self::ConnectorUnknown => Text::new("没有这个连接", "there is no such connector"),
            Self::ConnectorDisabled => Text::new("此连接未启用", "this connector is not in use"),
            Self::NotOffered => Text::new("此连接不提供这项能力", "this connector does not offer that"),
            Self::UrlRefused => Text::new(
                "页面的域名不在此连接的 JS 接口安全域名中，或与发起请求的网页不同",
                "the page's host is not on the connector's list of JS hosts, or is not the host of the page that asks",
            ),
            Self::SubjectUnknown => Text::new("没有这个用户", "there is no such person at this connector"),
            Self::PersonBlocked => Text::new("该用户已被停用", "this person is disabled"),
            Self::LoginAgain => Text::new(
                "用户的授权已过期（微信最长 30 天）或没有授权资料，请让用户重新登录",
                "the person's consent is over (WeChat: 30 days at most) or was never given; let them log in again",
            ),
            Self::Upstream => Text::new("登录服务方出错", "the provider failed"),
            Self::Unavailable => Text::new("暂时不可用，请稍后重试", "try again later"),
            Self::Internal => Text::new("服务器内部错误", "something is broken here"),
        }
    }
}

/// A refusal or a failure, for the app's developer.
#[derive(Debug, Clone)]
pub struct Declined {
    /// Which.
    pub code: DeclinedCode,
    /// What happened.
    pub message: Text,
    /// The provider's failure, when it is one.
    pub upstream: Option<ProviderError>,
    /// For the log alone.
    pub debug: String,
}

impl Declined {
    /// With the code's own message.
    #[must_use]
    pub fn new(code: DeclinedCode) -> Self {
        Self {
            code,
            message: code.message(),
            upstream: None,
            debug: String::new(),
        }
    }

    /// A parameter that is wrong.
    #[must_use]
    pub fn invalid(message: Text) -> Self {
        Self {
            message,
            ..Self::new(DeclinedCode::RequestInvalid)
        }
    }

    /// The same with a text for the log.
    #[must_use]
    pub fn debug(mut self, debug: impl Into<String>) -> Self {
        self.debug = debug.into();
        self
    }

    /// The stable text for apps: the provider's own when it failed.
    #[must_use]
    pub fn error(&self) -> &'static str {
        self.upstream
            .as_ref()
            .map_or(self.code.as_str(), |upstream| upstream.code.as_str())
    }
}

impl From<OAuthError> for Declined {
    fn from(error: OAuthError) -> Self {
        let debug = error.debug.clone().unwrap_or_default();
        let declined = match error.code {
            OAuthErrorCode::InvalidClient => Self::new(DeclinedCode::InvalidClient),
            OAuthErrorCode::TemporarilyUnavailable => Self::new(DeclinedCode::Unavailable),
            OAuthErrorCode::ServerError => Self::new(DeclinedCode::Internal),
            _ => Self::invalid(Text::owned(
                format!("请求参数不正确：{}", error.description),
                error.description,
            )),
        };
        declined.debug(debug)
    }
}

impl From<TokenRefused> for Declined {
    fn from(refused: TokenRefused) -> Self {
        let TokenRefused { error, scheme } = refused;
        let debug = error.debug.clone().unwrap_or_default();
        match error.code {
            OAuthErrorCode::InvalidToken => Self::new(DeclinedCode::InvalidToken(scheme)).debug(debug),
            OAuthErrorCode::InvalidDpopProof => Self::new(DeclinedCode::InvalidProof).debug(debug),
            _ => error.into(),
        }
    }
}

impl From<StoreError> for Declined {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Unavailable { .. } => DeclinedCode::Unavailable,
            StoreError::Blocked => DeclinedCode::PersonBlocked,
            _ => DeclinedCode::Internal,
        };
        Self::new(code).debug(error.to_string())
    }
}

impl From<ProviderError> for Declined {
    fn from(error: ProviderError) -> Self {
        let code = match error.code {
            ProviderErrorCode::UrlNotAllowed => DeclinedCode::UrlRefused,
            ProviderErrorCode::NotOffered => DeclinedCode::NotOffered,
            _ => DeclinedCode::Upstream,
        };
        Self {
            code,
            message: error.message.clone(),
            debug: error.to_string(),
            upstream: Some(error),
        }
    }
}
