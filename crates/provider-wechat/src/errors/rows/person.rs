//! Codes and tokens of people.

use hufu_core::error::Class::StartAgain;
use hufu_core::provider::ProviderErrorCode as Code;

use crate::api::Credential::Person;
use crate::errors::table::{Row, Words, row};

pub(in crate::errors) const CODE_INVALID: Words = (
    "微信登录已失效，请重新登录",
    "The WeChat login is no longer valid; log in again",
);
const TOKEN_INVALID: Words = (
    "微信授权已失效，请重新登录",
    "WeChat's permission is no longer valid; log in again",
);
const BLOCKED: Words = ("微信拒绝了该用户的登录", "WeChat refuses to log this person in");

pub(super) const ROWS: &[Row] = &[
    row(40029, "code_invalid", StartAgain, Code::CodeInvalid, CODE_INVALID),
    row(41008, "code_missing", StartAgain, Code::CodeInvalid, CODE_INVALID),
    row(42003, "code_expired", StartAgain, Code::CodeInvalid, CODE_INVALID),
    row(
        40163,
        "code_used",
        StartAgain,
        Code::CodeUsed,
        (
            "这次微信登录已经用过，请重新登录",
            "This WeChat login was used already; log in again",
        ),
    ),
    row(
        40001,
        "person_token_replaced",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    )
    .at(Person),
    row(
        40003,
        "person_openid_invalid",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    )
    .at(Person),
    row(
        40014,
        "person_token_invalid",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    )
    .at(Person),
    row(
        41001,
        "person_token_missing",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    )
    .at(Person),
    row(
        41009,
        "person_openid_missing",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    )
    .at(Person),
    row(
        42001,
        "person_token_expired",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    )
    .at(Person),
    row(
        40030,
        "refresh_token_invalid",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    ),
    row(
        41003,
        "refresh_token_missing",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    ),
    row(
        42002,
        "refresh_token_expired",
        StartAgain,
        Code::TokenInvalid,
        TOKEN_INVALID,
    ),
    row(
        42007,
        "password_changed",
        StartAgain,
        Code::TokenInvalid,
        (
            "您修改过微信密码，原来的授权已失效，请重新登录",
            "The WeChat password was changed, which ended the permission; log in again",
        ),
    ),
    row(40226, "person_blocked", StartAgain, Code::PersonBlocked, BLOCKED),
    row(50002, "user_limited", StartAgain, Code::PersonBlocked, BLOCKED).remedy(super::credentials::LIMITED_REMEDY),
];
