//! What an operator gets when a change is refused.

use crate::error::StoreError;
use crate::model::{HostNameError, VerifyFileError};
use crate::oidc::RedirectUriError;
use crate::provider::{CheckResult, FieldProblem, MenuViolation, ProviderError};
use crate::text::Text;

/// A change that was refused. Nothing was written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ManageError {
    /// There is no such thing in this tenant.
    #[error("there is no such {what}")]
    NotFound {
        /// `tenant`, `client`, `connector`.
        what: &'static str,
    },
    /// The name is empty, too long or has control characters.
    #[error("a name has 1 to 100 characters and no control characters")]
    Name,
    /// No plug-in of that kind is installed.
    #[error("there is no connector kind {kind:?}; installed: {installed}")]
    Kind {
        /// What was asked for.
        kind: String,
        /// The installed kinds, comma-separated.
        installed: String,
    },
    /// Fields of the connector's form are wrong.
    #[error("{}", .0.iter().map(|p| format!("{}: {}", p.field, p.message.en)).collect::<Vec<_>>().join("; "))]
    Fields(Vec<FieldProblem>),
    /// A client without redirect URIs.
    #[error("a client needs at least one redirect URI")]
    NoRedirectUri,
    /// A redirect URI that may not be registered.
    #[error("redirect URI {uri:?}: {reason}")]
    RedirectUri {
        /// The URI.
        uri: String,
        /// Why.
        reason: RedirectUriError,
    },
    /// A scope Hufu does not know.
    #[error("unknown scope {scope:?}; known: {known}")]
    Scope {
        /// The scope.
        scope: String,
        /// The known scopes, comma-separated.
        known: String,
    },
    /// A public client has no secret to replace.
    #[error("a public client has no secret")]
    PublicClient,
    /// An ownership file that is not what WeChat's console gives.
    #[error(transparent)]
    VerifyFile(#[from] VerifyFileError),
    /// Something with this value exists.
    #[error("{what} exists already")]
    Duplicate {
        /// Which value.
        what: &'static str,
    },
    /// Somebody else changed it meanwhile.
    #[error("{what} was changed meanwhile; look again and repeat")]
    Conflict {
        /// What.
        what: &'static str,
    },
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// A signing key cannot be made.
    #[error("a signing key cannot be made")]
    Key,
    /// The key is not in the stage that this needs, or is the last one that signs.
    #[error("this key is not in a stage in which that is possible")]
    KeyState,
    /// A setting of the protocol that cannot work.
    #[error("{setting}: {}", .why.en)]
    Protocol {
        /// Its name in [`ClientProtocol`](crate::model::ClientProtocol).
        setting: &'static str,
        /// What it must be.
        why: Text,
    },
    /// A colour that is none.
    #[error("a colour is written as #rrggbb")]
    Colour,
    /// A picture that cannot be shown.
    #[error("a logo is a PNG, JPEG or WebP picture of at most 24 KiB")]
    Logo,
    /// A retention that is too short or too long.
    #[error("audit events are kept 30 to 3650 days, or for ever")]
    AuditDays,
    /// A host that is no host name.
    #[error(transparent)]
    HostName(#[from] HostNameError),
    /// A host that all tenants share, or the provider's own.
    #[error("this host cannot be a tenant's: it is the installation's own, or the provider's")]
    HostReserved,
    /// Somebody's host. Whose is not said: tenants of several agencies share an installation.
    #[error("this host name is in use already")]
    HostTaken,
    /// A life of tokens that is too short or too long.
    #[error("tokens live 60 seconds to 24 hours")]
    TokenSeconds,
    /// The provider refused what was to be saved.
    #[error("the provider refused: {}", .0.iter().filter_map(|c| c.problem.as_ref()).map(|p| p.message.en.as_ref()).collect::<Vec<_>>().join("; "))]
    Checks(Vec<CheckResult>),
    /// A secret that was told twice would not be known to be the last.
    #[error("a client has at most {limit} secrets that work; end one first")]
    TooManySecrets {
        /// How many.
        limit: usize,
    },
    /// A public client proves nothing, so it is given nothing of an account.
    #[error("a public client can be given no rights: it has no secret to prove itself with")]
    PublicRights,
    /// A network that is none.
    #[error("{text:?} is no address or network such as 10.0.0.0/8")]
    Network {
        /// What was written.
        text: String,
    },
    /// A call that cannot be allowed.
    #[error(
        "{text:?} is no call such as `POST /cgi-bin/message/template/send` or `GET /cgi-bin/user/*`; calls that give tokens cannot be allowed"
    )]
    Call {
        /// What was written.
        text: String,
    },
    /// More networks or calls than a client may have.
    #[error("a client has at most {limit} networks and {limit} calls")]
    TooManyRules {
        /// How many.
        limit: usize,
    },
    /// A menu that is not written as one.
    #[error("a menu is written as {{\"button\": [{{…}}]}}, each button as an object, and has at most 64 KiB")]
    MenuShape,
    /// A note that is too long, or has line breaks.
    #[error("a note has at most 200 characters and no control characters")]
    MenuNote,
    /// A menu that the provider would refuse; warnings stand among the violations too.
    #[error("the menu cannot be published: {}", of_violations(.0).map(|v| format!("{}: {}", v.path, v.message.en)).collect::<Vec<_>>().join("; "))]
    Menu(Vec<MenuViolation>),
    /// The provider refused, or did not answer.
    #[error("{}", told(.0).en)]
    Provider(Box<ProviderError>),
}

/// What stands in the way.
fn of_violations(all: &[MenuViolation]) -> impl Iterator<Item = &MenuViolation> {
    all.iter().filter(|violation| !violation.is_warning)
}

/// What happened, the provider's number, and what to do.
fn told(error: &ProviderError) -> Text {
    let number = error.errcode.map(|errcode| errcode.to_string());
    let number = |open: &str, close: &str| {
        let number = number.as_deref();
        number
            .map(|number| format!("{open}{number}{close}"))
            .unwrap_or_default()
    };
    let remedy = error.remedy.as_ref();
    Text::owned(
        format!(
            "{}{}{}",
            error.message.zh,
            number("（", "）"),
            remedy.map(|remedy| format!("。{}", remedy.zh)).unwrap_or_default()
        ),
        format!(
            "{}{}{}",
            error.message.en,
            number(" (", ")"),
            remedy.map(|remedy| format!(". {}", remedy.en)).unwrap_or_default()
        ),
    )
}

impl From<ProviderError> for ManageError {
    fn from(error: ProviderError) -> Self {
        Self::Provider(Box::new(error))
    }
}

impl From<StoreError> for ManageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { what } => Self::Duplicate { what },
            StoreError::Conflict { what } => Self::Conflict { what },
            other => Self::Store(other),
        }
    }
}

impl ManageError {
    /// The stable code, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Name => "invalid_name",
            Self::Kind { .. } => "unknown_kind",
            Self::Fields(_) => "invalid_fields",
            Self::NoRedirectUri => "no_redirect_uri",
            Self::RedirectUri { .. } => "invalid_redirect_uri",
            Self::Scope { .. } => "unknown_scope",
            Self::PublicClient => "public_client",
            Self::VerifyFile(_) => "invalid_verify_file",
            Self::Duplicate { .. } => "duplicate",
            Self::Conflict { .. } => "conflict",
            Self::Store(_) => "database",
            Self::Key => "key",
            Self::KeyState => "key_state",
            Self::Colour => "invalid_colour",
            Self::Logo => "invalid_logo",
            Self::AuditDays => "invalid_audit_days",
            Self::HostName(_) => "invalid_host",
            Self::HostReserved => "host_reserved",
            Self::HostTaken => "host_taken",
            Self::Protocol { .. } => "invalid_protocol",
            Self::TokenSeconds => "invalid_token_seconds",
            Self::Checks(_) => "provider_refused",
            Self::TooManySecrets { .. } => "too_many_secrets",
            Self::PublicRights => "public_client_rights",
            Self::Network { .. } => "invalid_network",
            Self::Call { .. } => "invalid_call",
            Self::TooManyRules { .. } => "too_many_rules",
            Self::MenuShape => "invalid_menu",
            Self::MenuNote => "invalid_note",
            Self::Menu(_) => "menu_violations",
            Self::Provider(_) => "provider_refused",
        }
    }

    /// The message in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::NotFound { what } => format!("没有这个{}", noun(what)),
            Self::Name => "名称须为 1 至 100 个字符，且不含控制字符".to_owned(),
            Self::Kind { kind, installed } => format!("没有连接类型“{kind}”；已安装：{installed}"),
            Self::Fields(problems) => problems
                .iter()
                .map(|p| format!("{}：{}", p.field, p.message.zh))
                .collect::<Vec<_>>()
                .join("；"),
            Self::NoRedirectUri => "应用至少需要一个回调地址（redirect URI）".to_owned(),
            Self::RedirectUri { uri, reason } => format!("回调地址“{uri}”不可用：{}", redirect_uri_reason(*reason)),
            Self::Scope { scope, known } => format!("未知的 scope“{scope}”；可用：{known}"),
            Self::PublicClient => "公开应用没有密钥".to_owned(),
            Self::VerifyFile(VerifyFileError::Name) => {
                "文件名须为 MP_verify_ 加 16 位字母或数字再加 .txt，与微信后台给出的一致".to_owned()
            }
            Self::VerifyFile(VerifyFileError::Content) => "文件内容须为文件名中的 16 个字符".to_owned(),
            Self::VerifyFile(VerifyFileError::Host) => "主机名不能带协议、端口或路径".to_owned(),
            Self::Duplicate { what } => format!("{} 已存在", noun(what)),
            Self::Conflict { what } => format!("{} 刚被他人修改，请查看后重试", noun(what)),
            Self::Store(_) => "数据库暂时不可用或数据不一致，请查看日志".to_owned(),
            Self::Key => "无法生成签名密钥".to_owned(),
            Self::KeyState => "该签名密钥所处的阶段不允许这样做".to_owned(),
            Self::Colour => "颜色须写成 #rrggbb".to_owned(),
            Self::Logo => "徽标须为 PNG、JPEG 或 WebP 图片，不超过 24 KiB".to_owned(),
            Self::AuditDays => "审计日志保留 30 至 3650 天，或永久保留".to_owned(),
            Self::HostName(_) => "须为单纯的域名，如 login.example.com；仅在不是默认端口时带端口".to_owned(),
            Self::HostReserved => "该域名属于本系统或登录服务方，不能作为租户自有域名".to_owned(),
            Self::HostTaken => "该域名已被使用".to_owned(),
            Self::Protocol { setting, why } => format!("{setting}：{}", why.zh),
            Self::TokenSeconds => "令牌有效期为 60 秒至 24 小时".to_owned(),
            Self::Checks(checks) => format!(
                "登录服务方拒绝了：{}",
                checks
                    .iter()
                    .filter_map(|check| check.problem.as_ref())
                    .map(|problem| problem.message.zh.as_ref())
                    .collect::<Vec<_>>()
                    .join("；")
            ),
            Self::TooManySecrets { limit } => format!("一个应用最多有 {limit} 个有效密钥，请先停用一个"),
            Self::PublicRights => "公开应用没有密钥，无法证明身份，不能开通微信能力".to_owned(),
            Self::Network { text } => format!("“{text}”不是 IP 地址或网段，例如 10.0.0.0/8"),
            Self::Call { text } => format!(
                "“{text}”不是可以放行的接口，例如 POST /cgi-bin/message/template/send 或 GET /cgi-bin/user/*；获取令牌的接口不能放行"
            ),
            Self::TooManyRules { limit } => format!("一个应用最多有 {limit} 个网段和 {limit} 个接口"),
            Self::MenuShape => "菜单须写成 {\"button\": [{…}]}，每个按钮是一个对象，总长不超过 64 KiB".to_owned(),
            Self::MenuNote => "备注最多 200 个字符，且不含换行等控制字符".to_owned(),
            Self::Menu(violations) => format!(
                "菜单还不能发布：{}",
                of_violations(violations)
                    .map(|violation| format!("{}：{}", violation.path, violation.message.zh))
                    .collect::<Vec<_>>()
                    .join("；")
            ),
            Self::Provider(error) => told(error).zh.into_owned(),
        };
        Text::owned(zh, self.to_string())
    }
}

fn noun(what: &str) -> &str {
    match what {
        "tenant" => "租户",
        "client" => "应用",
        "connector" => "连接",
        "signing_key" => "签名密钥",
        "person" => "用户",
        "onboarding" => "接入流程",
        "verify_file" => "域名验证文件",
        "host" => "自有域名",
        "push_settings" => "消息推送设置",
        "push_target" => "转发地址",
        "delivery" => "投递记录",
        "menu" => "菜单",
        "menu_draft" => "菜单草稿",
        "menu_version" => "菜单版本",
        "server_token" => "令牌",
        other => other,
    }
}

const fn redirect_uri_reason(reason: RedirectUriError) -> &'static str {
    match reason {
        RedirectUriError::Malformed => "不是完整的地址，或超过 2000 个字符，或含有可打印 ASCII 以外的字符",
        RedirectUriError::Fragment => "不能带片段（#…）",
        RedirectUriError::Scheme => "只能是 https、本机回环地址的 http，或应用自己的协议（如 com.example.app:/cb）",
        RedirectUriError::Credentials => "不能带用户名或密码",
        RedirectUriError::Wildcard => "必须是一个确切的地址，不能有 *",
    }
}
