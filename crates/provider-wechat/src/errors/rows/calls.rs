//! Calls with the account's own token, and limits on calls.

use hufu_core::error::Class::{Operator, Retry, TenantAdmin};
use hufu_core::provider::ProviderErrorCode as Code;

use super::credentials::PARAMETER_REMEDY;
use crate::api::Credential::{Person, ServerToken};
use crate::errors::table::{Repeat, Row, Words, row};

const SERVER_TOKEN_DEAD: Words = (
    "公众号的 access_token 已失效，将重新获取",
    "The account's access token is no longer good; it is fetched again",
);

pub(super) const ROWS: &[Row] = &[
    row(
        -1,
        "busy",
        Retry,
        Code::Busy,
        ("微信系统繁忙，请稍后再试", "WeChat is busy; try again in a moment"),
    )
    .repeat(Repeat::Soon),
    row(40001, "server_token_replaced", Retry, Code::TokenInvalid, SERVER_TOKEN_DEAD)
        .at(ServerToken)
        .repeat(Repeat::NewToken),
    row(40014, "server_token_invalid", Retry, Code::TokenInvalid, SERVER_TOKEN_DEAD).repeat(Repeat::NewToken),
    row(42001, "server_token_expired", Retry, Code::TokenInvalid, SERVER_TOKEN_DEAD).repeat(Repeat::NewToken),
    row(
        41001,
        "server_token_missing",
        Operator,
        Code::Unknown,
        ("微信没有收到 access_token", "WeChat did not get the access token"),
    )
    .remedy(PARAMETER_REMEDY),
    row(
        40003,
        "openid_of_another_account",
        TenantAdmin,
        Code::Misconfigured,
        (
            "该 OpenID 不属于这个公众号",
            "The OpenID is not one of this account's",
        ),
    )
    .remedy((
        "OpenID 只在产生它的公众号下有效：核对连接器的 AppID 是否换过，或该 OpenID 是否来自另一个公众号。",
        "An OpenID is good at the account that gave it out: see whether the connector's AppID was changed, or the OpenID \
         came from another account.",
    )),
    row(
        41009,
        "openid_missing",
        Operator,
        Code::Unknown,
        ("微信没有收到 OpenID", "WeChat did not get the OpenID"),
    )
    .remedy(PARAMETER_REMEDY),
    row(
        40053,
        "qr_code_invalid",
        Operator,
        Code::Unknown,
        (
            "微信不接受二维码的参数（场景值或有效期）",
            "WeChat does not take the QR code's scene or lifetime",
        ),
    )
    .remedy(PARAMETER_REMEDY),
    row(
        40097,
        "arguments_invalid",
        Operator,
        Code::Unknown,
        ("微信不接受请求的参数", "WeChat does not take the request's parameters"),
    )
    .remedy(PARAMETER_REMEDY),
    row(
        40033,
        "charset_invalid",
        Operator,
        Code::Unknown,
        (
            "微信不接受请求的字符：中文须为 UTF-8 原文，不能写成 \\uXXXX",
            "WeChat does not take the request's characters: they must stand as UTF-8, not as \\uXXXX",
        ),
    )
    .remedy(PARAMETER_REMEDY),
    row(
        47001,
        "body_invalid",
        Operator,
        Code::Unknown,
        ("微信无法解析请求的内容", "WeChat cannot read the request's body"),
    )
    .remedy(PARAMETER_REMEDY),
    row(
        45009,
        "daily_quota",
        TenantAdmin,
        Code::QuotaExceeded,
        (
            "公众号今天的接口调用次数已用完",
            "The account's calls for today are used up",
        ),
    )
    .repeat(Repeat::NextDay)
    .remedy((
        "等到次日零点（北京时间），或在微信公众平台清零调用次数（每月 10 次）；检查是否有其他系统反复获取 access_token。",
        "Wait until midnight in Beijing, or clear the counters in WeChat's console (10 times a month); see whether \
         another system keeps fetching access tokens.",
    )),
    row(
        45011,
        "too_many_logins",
        Retry,
        Code::QuotaExceeded,
        (
            "登录的人太多，请一分钟后再试",
            "Too many logins right now; try again in a minute",
        ),
    )
    .at(Person)
    .repeat(Repeat::NextMinute),
    row(
        45011,
        "minute_quota",
        Retry,
        Code::QuotaExceeded,
        (
            "接口调用太频繁，请一分钟后再试",
            "Too many calls right now; try again in a minute",
        ),
    )
    .repeat(Repeat::NextMinute),
    row(
        48006,
        "quota_cleared_too_often",
        TenantAdmin,
        Code::QuotaExceeded,
        (
            "本月清零调用次数的机会已用完（每月 10 次）",
            "The counters have been cleared ten times this month, which is all WeChat allows",
        ),
    )
    .remedy((
        "等到次日零点（北京时间）调用次数自动恢复；下个月才能再次手动清零。",
        "The counters begin anew at midnight in Beijing; they can be cleared by hand again next month.",
    )),
];
