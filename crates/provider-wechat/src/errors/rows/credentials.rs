//! The account's AppID, AppSecret, rights and addresses.

use hufu_core::error::Class::{Operator, TenantAdmin};
use hufu_core::provider::ProviderErrorCode as Code;

use crate::api::Credential::{Person, Secret};
use crate::errors::table::{Row, Words, row};

const SECRET_WRONG: Words = ("AppSecret 不正确", "The AppSecret is wrong");
const SECRET_REMEDY: Words = (
    "在微信公众平台「设置与开发 → 开发接口管理」核对 AppID，重置 AppSecret 后填入新值。",
    "Compare the AppID in WeChat's console (mp.weixin.qq.com, Settings and Development), reset the AppSecret there and \
     enter the new one.",
);
pub(super) const PARAMETER_REMEDY: Words = (
    "请求在到达微信前被改动，或这是程序缺陷：检查到 calls_url 之间的代理，并带上日志中的 rid 报告。",
    "The request was changed on its way, or this is a defect: check what stands between Hufu and calls_url, and report \
     it with the rid from the log.",
);
pub(super) const LIMITED_REMEDY: Words = (
    "在微信公众平台查看站内通知和违规记录，按提示申诉或解除限制。",
    "Read the notices and violations in WeChat's console, and appeal or lift the limit as they say.",
);
const CONFIRMATION: Words = (
    "公众号管理员尚未确认本服务器的 IP",
    "The account's admin has not confirmed this server's address",
);
const CONFIRMATION_REMEDY: Words = (
    "请公众号管理员在微信收到的「IP 调用确认」消息中点击同意；若被拒绝，须等待微信规定的时间后再试。",
    "The account's admin has to agree in the message WeChat sent about this address; after a refusal, wait as long as \
     WeChat says.",
);

pub(super) const ROWS: &[Row] = &[
    row(40001, "secret_of_another_account", TenantAdmin, Code::Misconfigured, SECRET_WRONG)
        .at(Secret)
        .remedy(SECRET_REMEDY),
    row(40125, "secret_wrong", TenantAdmin, Code::Misconfigured, SECRET_WRONG).remedy(SECRET_REMEDY),
    row(
        40243,
        "secret_frozen",
        TenantAdmin,
        Code::Misconfigured,
        ("AppSecret 已被冻结", "The AppSecret is frozen"),
    )
    .remedy((
        "在微信公众平台「设置与开发 → 开发接口管理」解冻 AppSecret，或重置后填入新值。",
        "Unfreeze the AppSecret in WeChat's console, or reset it there and enter the new one.",
    )),
    row(
        40013,
        "appid_wrong",
        TenantAdmin,
        Code::Misconfigured,
        ("AppID 不正确", "The AppID is wrong"),
    )
    .remedy((
        "在微信公众平台「设置与开发 → 开发接口管理」复制公众号的 AppID，注意大小写；gh_ 开头的原始 ID 不是 AppID。",
        "Copy the AppID from WeChat's console (mp.weixin.qq.com, Settings and Development), letter case and all; what \
         begins with gh_ is not the AppID.",
    )),
    row(
        40164,
        "address_not_listed",
        TenantAdmin,
        Code::NotAllowed,
        (
            "本服务器的 IP 不在公众号的 IP 白名单中",
            "This server's address is not on the account's IP whitelist",
        ),
    )
    .remedy((
        "在微信公众平台「设置与开发 → 开发接口管理 → IP 白名单」中加入本服务器的出口 IP。网页授权登录本身不需要白名单。",
        "Add this server's outgoing address to the IP whitelist in WeChat's console. Logins themselves do not need it.",
    )),
    row(89501, "address_awaits_confirmation", TenantAdmin, Code::NotAllowed, CONFIRMATION).remedy(CONFIRMATION_REMEDY),
    row(89503, "address_needs_confirmation", TenantAdmin, Code::NotAllowed, CONFIRMATION).remedy(CONFIRMATION_REMEDY),
    row(
        89506,
        "address_refused_for_a_day",
        TenantAdmin,
        Code::NotAllowed,
        (
            "公众号管理员两次拒绝了本服务器的 IP，24 小时内不能再试",
            "The account's admin refused this server's address twice; it is blocked for 24 hours",
        ),
    )
    .remedy(CONFIRMATION_REMEDY),
    row(
        89507,
        "address_refused_for_an_hour",
        TenantAdmin,
        Code::NotAllowed,
        (
            "公众号管理员拒绝了本服务器的 IP，1 小时内不能再试",
            "The account's admin refused this server's address; it is blocked for one hour",
        ),
    )
    .remedy(CONFIRMATION_REMEDY),
    row(
        50004,
        "token_forbidden",
        TenantAdmin,
        Code::Misconfigured,
        (
            "公众号被禁止获取 access_token",
            "The account may not fetch access tokens",
        ),
    )
    .remedy(LIMITED_REMEDY),
    row(
        50007,
        "account_frozen",
        TenantAdmin,
        Code::Misconfigured,
        ("公众号已被冻结", "The account is frozen"),
    )
    .remedy(LIMITED_REMEDY),
    row(
        48001,
        "login_not_authorized",
        TenantAdmin,
        Code::Misconfigured,
        ("公众号没有该接口的权限", "The account has no right to this call"),
    )
    .at(Person)
    .remedy((
        "确认公众号是认证服务号且认证未过期，并已获得「网页授权获取用户基本信息」权限；若用户打开的是快照页，请其点击「使用完整服务」。",
        "The account must be a verified service account whose verification has not run out, with the right to web \
         authorization. A person who sees a snapshot page has to tap 使用完整服务.",
    )),
    row(
        48001,
        "call_not_authorized",
        TenantAdmin,
        Code::Misconfigured,
        ("公众号没有该接口的权限", "The account has no right to this call"),
    )
    .remedy((
        "在微信公众平台「设置与开发 → 接口权限」查看该接口；多数接口需要认证服务号，且认证未过期。",
        "Look the call up in WeChat's console under 接口权限; most need a verified service account whose verification has \
         not run out.",
    )),
    row(
        61007,
        "not_granted_to_platform",
        TenantAdmin,
        Code::Misconfigured,
        (
            "公众号没有把该权限授予第三方平台",
            "The account has not given this right to the third-party platform",
        ),
    )
    .remedy((
        "由公众号管理员重新授权第三方平台，并勾选所需的权限。",
        "The account's admin has to authorize the third-party platform again, with the rights that are needed.",
    )),
    // What Hufu always sends.
    row(
        40002,
        "grant_type_wrong",
        Operator,
        Code::Unknown,
        (
            "微信没有收到正确的 grant_type",
            "WeChat did not get the right grant_type",
        ),
    )
    .remedy(PARAMETER_REMEDY),
    row(
        41002,
        "appid_missing",
        Operator,
        Code::Unknown,
        ("微信没有收到 AppID", "WeChat did not get the AppID"),
    )
    .remedy(PARAMETER_REMEDY),
    row(
        41004,
        "secret_missing",
        Operator,
        Code::Unknown,
        ("微信没有收到 AppSecret", "WeChat did not get the AppSecret"),
    )
    .remedy(PARAMETER_REMEDY),
];
