//! What somebody gets who is not let in, or whose change is refused.

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::password::{HashError, PasswordProblem};
use crate::store::Record as _;
use crate::text::Text;

/// A sign-in or a change that was refused. Nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OperatorError {
    /// Wrong name, password or code, or an account that may not sign in: one answer for all.
    #[error("the login name, password or code is wrong")]
    Refused,
    /// Too many failed tries; the next is looked at from then on.
    #[error("too many failed tries: try again after {until}")]
    Wait {
        /// When.
        until: Timestamp,
    },
    /// Too many sign-ins at once.
    #[error("too many sign-ins at once: try again in a moment")]
    Busy,
    /// The new password may not be chosen.
    #[error(transparent)]
    PasswordRule(PasswordProblem),
    /// The login name has characters or a length that it must not have.
    #[error("a login name has 3 to 64 characters of a-z, 0-9 and . _ - + @")]
    LoginName,
    /// The name is empty, too long or has control characters.
    #[error("a name has 1 to 100 characters and no control characters")]
    Name,
    /// The seat reaches beyond the agency that the operator or key belongs to.
    #[error("this seat reaches beyond the agency")]
    Seat,
    /// Something with this value exists.
    #[error("{what} exists already")]
    Duplicate {
        /// Which value: `login`.
        what: &'static str,
    },
    /// There is no such thing.
    #[error("there is no such {what}")]
    NotFound {
        /// `operator`, `agency`, `session`, `link`, `api_key`, `second_factor`, `tenant`.
        what: &'static str,
    },
    /// Somebody else changed it meanwhile.
    #[error("{what} was changed meanwhile; look again and repeat")]
    Conflict {
        /// What.
        what: &'static str,
    },
    /// The link was used, taken back or is too old, or never was one.
    #[error("this link no longer works")]
    LinkOver,
    /// The last active owner of the platform can neither be disabled nor lose the seat.
    #[error("the last active owner of the platform stays one")]
    LastOwner,
    /// A link or key cannot live so long, or so short.
    #[error("this lifetime is too short or too long")]
    Lifetime,
    /// The database failed, or what it holds is not what it should be.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for OperatorError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { what: "operator.key" } => Self::Duplicate { what: "login" },
            StoreError::Duplicate { what } => Self::Duplicate { what },
            StoreError::Conflict { what } if what == crate::model::Link::KIND => Self::LinkOver,
            StoreError::Conflict { what } => Self::Conflict { what },
            other => Self::Store(other),
        }
    }
}

impl From<HashError> for OperatorError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Failed => Self::Store(StoreError::Inconsistent {
                debug: error.to_string(),
            }),
        }
    }
}

impl OperatorError {
    /// The stable text, for machines and locale files.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Wait { .. } => "wait",
            Self::Busy => "busy",
            Self::PasswordRule(PasswordProblem::Short) => "password_short",
            Self::PasswordRule(PasswordProblem::Long) => "password_long",
            Self::PasswordRule(PasswordProblem::LoginName) => "password_is_login",
            Self::PasswordRule(PasswordProblem::Common) => "password_common",
            Self::LoginName => "login_name",
            Self::Name => "name",
            Self::Seat => "seat",
            Self::Duplicate { .. } => "duplicate",
            Self::NotFound { .. } => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::LinkOver => "link_over",
            Self::LastOwner => "last_owner",
            Self::Lifetime => "lifetime",
            Self::Store(_) => "store",
        }
    }

    /// The message in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Refused => "登录名、密码或验证码不正确".to_owned(),
            Self::Wait { until } => format!("失败次数过多，请在 {until} 之后再试"),
            Self::Busy => "登录的人太多，请稍后再试".to_owned(),
            Self::PasswordRule(problem) => return problem.text(),
            Self::LoginName => "登录名须为 3 至 64 个字符，只用 a-z、0-9 和 . _ - + @".to_owned(),
            Self::Name => "名称须为 1 至 100 个字符，且不含控制字符".to_owned(),
            Self::Seat => "这个权限超出了所属代理商的范围".to_owned(),
            Self::Duplicate { what } => format!("{}已存在", noun(what)),
            Self::NotFound { what } => format!("没有这个{}", noun(what)),
            Self::Conflict { what } => format!("{}刚被他人修改，请查看后重试", noun(what)),
            Self::LinkOver => "这个链接已失效".to_owned(),
            Self::LastOwner => "最后一位有效的平台所有者不能停用，也不能更换权限".to_owned(),
            Self::Lifetime => "有效期太短或太长".to_owned(),
            Self::Store(_) => {
                return Text::new(
                    "数据库暂时不可用或数据不一致，请查看日志",
                    "the database is unavailable or its data inconsistent: see the log",
                );
            }
        };
        let en = match self {
            Self::Duplicate { what } => format!("{} exists already", what.replace('_', " ")),
            Self::NotFound { what } => format!("there is no such {}", what.replace('_', " ")),
            other => other.to_string(),
        };
        Text::owned(zh, en)
    }
}

fn noun(what: &str) -> &str {
    match what {
        "login" => "登录名",
        "operator" => "操作员",
        "agency" => "代理商",
        "session" => "会话",
        "link" => "链接",
        "api_key" => "API 密钥",
        "second_factor" => "两步验证",
        "tenant" => "租户",
        "throttle" => "失败记录",
        other => other,
    }
}
