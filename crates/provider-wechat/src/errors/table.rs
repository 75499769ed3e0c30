//! WeChat's error numbers: what each means and who can act. The one place that knows them.
//!
//! From Tencent's documentation (the pages of each call and the list of global return codes) and, where those are
//! silent, from what other integrations have reported.

use hufu_core::error::Class::{self, Operator, Retry, StartAgain, TenantAdmin};
use hufu_core::provider::ProviderErrorCode::{self as Code};
use hufu_core::text::Text;

use crate::api::Endpoint;

/// One number's meaning.
pub(super) struct Row {
    pub(super) errcode: i64,
    /// Holds only where the account's own token is handed out; such a row stands before the general one.
    pub(super) server_token: bool,
    pub(super) class: Class,
    pub(super) code: Code,
    pub(super) message: Text,
    pub(super) remedy: Option<Text>,
}

/// The meaning of `errcode` as an answer of `endpoint`.
pub(super) fn row(errcode: i64, endpoint: Endpoint) -> Option<&'static Row> {
    ROWS.iter()
        .find(|row| row.errcode == errcode && (!row.server_token || endpoint.gives_server_token()))
}

const fn passing(errcode: i64, class: Class, code: Code, message: Text) -> Row {
    Row {
        errcode,
        server_token: false,
        class,
        code,
        message,
        remedy: None,
    }
}

const fn fixable(errcode: i64, class: Class, code: Code, message: Text, remedy: Text) -> Row {
    Row {
        errcode,
        server_token: false,
        class,
        code,
        message,
        remedy: Some(remedy),
    }
}

pub(super) const CODE_INVALID: Text = Text::new(
    "微信登录已失效，请重新登录",
    "The WeChat login is no longer valid; log in again",
);
const CODE_USED: Text = Text::new(
    "这次微信登录已经用过，请重新登录",
    "This WeChat login was used already; log in again",
);
const TOKEN_INVALID: Text = Text::new(
    "微信授权已失效，请重新登录",
    "WeChat's permission is no longer valid; log in again",
);
const BLOCKED: Text = Text::new("微信拒绝了该用户的登录", "WeChat refuses to log this person in");
const CONFIRMATION: Text = Text::new(
    "公众号管理员尚未确认本服务器的 IP",
    "The account's admin has not confirmed this server's address",
);

const SECRET_WRONG: Text = Text::new("AppSecret 不正确", "The AppSecret is wrong");
const SECRET_REMEDY: Text = Text::new(
    "在微信公众平台「设置与开发 → 开发接口管理」核对 AppID，重置 AppSecret 后填入新值。",
    "Compare the AppID in WeChat's console (mp.weixin.qq.com, Settings and Development), reset the AppSecret there and \
     enter the new one.",
);
const PARAMETER_REMEDY: Text = Text::new(
    "请求在到达微信前被改动，或这是程序缺陷：检查到 calls_url 之间的代理，并带上日志中的 rid 报告。",
    "The request was changed on its way, or this is a defect: check what stands between Hufu and calls_url, and report \
     it with the rid from the log.",
);
const LIMITED_REMEDY: Text = Text::new(
    "在微信公众平台查看站内通知和违规记录，按提示申诉或解除限制。",
    "Read the notices and violations in WeChat's console, and appeal or lift the limit as they say.",
);
const CONFIRMATION_REMEDY: Text = Text::new(
    "请公众号管理员在微信收到的「IP 调用确认」消息中点击同意；若被拒绝，须等待微信规定的时间后再试。",
    "The account's admin has to agree in the message WeChat sent about this address; after a refusal, wait as long as \
     WeChat says.",
);

static ROWS: &[Row] = &[
    passing(
        -1,
        Retry,
        Code::Busy,
        Text::new("微信系统繁忙，请稍后再试", "WeChat is busy; try again in a moment"),
    ),
    // Fetching the account's own token.
    Row {
        errcode: 40001,
        server_token: true,
        class: TenantAdmin,
        code: Code::Misconfigured,
        message: SECRET_WRONG,
        remedy: Some(SECRET_REMEDY),
    },
    fixable(
        40164,
        TenantAdmin,
        Code::NotAllowed,
        Text::new(
            "本服务器的 IP 不在公众号的 IP 白名单中",
            "This server's address is not on the account's IP whitelist",
        ),
        Text::new(
            "在微信公众平台「设置与开发 → 开发接口管理 → IP 白名单」中加入本服务器的出口 IP。网页授权登录本身不需要白名单。",
            "Add this server's outgoing address to the IP whitelist in WeChat's console. Logins themselves do not need it.",
        ),
    ),
    fixable(
        40243,
        TenantAdmin,
        Code::Misconfigured,
        Text::new("AppSecret 已被冻结", "The AppSecret is frozen"),
        Text::new(
            "在微信公众平台「设置与开发 → 开发接口管理」解冻 AppSecret，或重置后填入新值。",
            "Unfreeze the AppSecret in WeChat's console, or reset it there and enter the new one.",
        ),
    ),
    fixable(
        45009,
        TenantAdmin,
        Code::QuotaExceeded,
        Text::new(
            "公众号今天的接口调用次数已用完",
            "The account's calls for today are used up",
        ),
        Text::new(
            "等到次日零点（北京时间），或在微信公众平台清零调用次数（每月 10 次）；检查是否有其他系统反复获取 access_token。",
            "Wait until midnight in Beijing, or clear the counters in WeChat's console (10 times a month); see whether \
             another system keeps fetching access tokens.",
        ),
    ),
    fixable(
        50004,
        TenantAdmin,
        Code::Misconfigured,
        Text::new(
            "公众号被禁止获取 access_token",
            "The account may not fetch access tokens",
        ),
        LIMITED_REMEDY,
    ),
    fixable(
        50007,
        TenantAdmin,
        Code::Misconfigured,
        Text::new("公众号已被冻结", "The account is frozen"),
        LIMITED_REMEDY,
    ),
    fixable(89501, TenantAdmin, Code::NotAllowed, CONFIRMATION, CONFIRMATION_REMEDY),
    fixable(89503, TenantAdmin, Code::NotAllowed, CONFIRMATION, CONFIRMATION_REMEDY),
    fixable(
        89506,
        TenantAdmin,
        Code::NotAllowed,
        Text::new(
            "公众号管理员两次拒绝了本服务器的 IP，24 小时内不能再试",
            "The account's admin refused this server's address twice; it is blocked for 24 hours",
        ),
        CONFIRMATION_REMEDY,
    ),
    fixable(
        89507,
        TenantAdmin,
        Code::NotAllowed,
        Text::new(
            "公众号管理员拒绝了本服务器的 IP，1 小时内不能再试",
            "The account's admin refused this server's address; it is blocked for one hour",
        ),
        CONFIRMATION_REMEDY,
    ),
    // The account's settings.
    fixable(
        40013,
        TenantAdmin,
        Code::Misconfigured,
        Text::new("AppID 不正确", "The AppID is wrong"),
        Text::new(
            "在微信公众平台「设置与开发 → 开发接口管理」复制公众号的 AppID，注意大小写；gh_ 开头的原始 ID 不是 AppID。",
            "Copy the AppID from WeChat's console (mp.weixin.qq.com, Settings and Development), letter case and all; what \
             begins with gh_ is not the AppID.",
        ),
    ),
    fixable(40125, TenantAdmin, Code::Misconfigured, SECRET_WRONG, SECRET_REMEDY),
    fixable(
        48001,
        TenantAdmin,
        Code::Misconfigured,
        Text::new("公众号没有该接口的权限", "The account has no right to this call"),
        Text::new(
            "确认公众号是认证服务号且认证未过期，并已获得「网页授权获取用户基本信息」权限；若用户打开的是快照页，请其点击「使用完整服务」。",
            "The account must be a verified service account whose verification has not run out, with the right to web \
             authorization. A person who sees a snapshot page has to tap 使用完整服务.",
        ),
    ),
    fixable(
        61007,
        TenantAdmin,
        Code::Misconfigured,
        Text::new(
            "公众号没有把该权限授予第三方平台",
            "The account has not given this right to the third-party platform",
        ),
        Text::new(
            "由公众号管理员重新授权第三方平台，并勾选网页授权所需的权限。",
            "The account's admin has to authorize the third-party platform again, with the rights web authorization needs.",
        ),
    ),
    // Codes.
    passing(40029, StartAgain, Code::CodeInvalid, CODE_INVALID),
    passing(41008, StartAgain, Code::CodeInvalid, CODE_INVALID),
    passing(42003, StartAgain, Code::CodeInvalid, CODE_INVALID),
    passing(40163, StartAgain, Code::CodeUsed, CODE_USED),
    // Tokens.
    passing(40001, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(40003, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(40014, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(40030, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(41001, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(41003, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(41009, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(42001, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(42002, StartAgain, Code::TokenInvalid, TOKEN_INVALID),
    passing(
        42007,
        StartAgain,
        Code::TokenInvalid,
        Text::new(
            "您修改过微信密码，原来的授权已失效，请重新登录",
            "The WeChat password was changed, which ended the permission; log in again",
        ),
    ),
    // People and limits.
    passing(40226, StartAgain, Code::PersonBlocked, BLOCKED),
    fixable(50002, StartAgain, Code::PersonBlocked, BLOCKED, LIMITED_REMEDY),
    passing(
        45011,
        Retry,
        Code::QuotaExceeded,
        Text::new(
            "登录的人太多，请一分钟后再试",
            "Too many logins right now; try again in a minute",
        ),
    ),
    // What Hufu always sends.
    fixable(
        40002,
        Operator,
        Code::Unknown,
        Text::new(
            "微信没有收到正确的 grant_type",
            "WeChat did not get the right grant_type",
        ),
        PARAMETER_REMEDY,
    ),
    fixable(
        41002,
        Operator,
        Code::Unknown,
        Text::new("微信没有收到 AppID", "WeChat did not get the AppID"),
        PARAMETER_REMEDY,
    ),
    fixable(
        41004,
        Operator,
        Code::Unknown,
        Text::new("微信没有收到 AppSecret", "WeChat did not get the AppSecret"),
        PARAMETER_REMEDY,
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every number that the pages of the calls, and reports about them, name.
    const NAMED: [i64; 34] = [
        -1, 40001, 40002, 40003, 40013, 40014, 40029, 40030, 40125, 40163, 40164, 40226, 40243, 41001, 41002, 41003,
        41004, 41008, 41009, 42001, 42002, 42003, 42007, 45009, 45011, 48001, 50002, 50004, 50007, 61007, 89501, 89503,
        89506, 89507,
    ];

    #[test]
    fn every_number_wechat_names_has_a_row() {
        for errcode in NAMED {
            assert!(row(errcode, Endpoint::AccessToken).is_some(), "{errcode}");
        }
    }

    #[test]
    fn every_row_speaks_both_languages_and_helps_who_can_act() {
        for row in ROWS {
            let texts = [Some(&row.message), row.remedy.as_ref()];
            for text in texts.into_iter().flatten() {
                assert!(!text.zh.is_ascii(), "{}: {}", row.errcode, text.zh);
                assert!(
                    text.en.starts_with(|c: char| c.is_ascii_uppercase()),
                    "{}: {}",
                    row.errcode,
                    text.en
                );
                assert!(!text.en.contains("  "), "{}: {}", row.errcode, text.en);
            }
            if matches!(row.class, TenantAdmin | Operator) {
                assert!(row.remedy.is_some(), "{} needs a remedy", row.errcode);
            }
        }
    }

    #[test]
    fn no_row_hides_another() {
        let mut seen = BTreeSet::new();
        for row in ROWS {
            assert!(
                seen.insert((row.errcode, row.server_token)),
                "{} stands twice",
                row.errcode
            );
            assert!(
                !row.server_token || !seen.contains(&(row.errcode, false)),
                "{} is hidden",
                row.errcode
            );
        }
    }
}
