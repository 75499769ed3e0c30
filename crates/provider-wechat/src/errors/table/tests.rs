use std::collections::{BTreeMap, BTreeSet};

use hufu_core::error::Class::{self, Operator, Retry, StartAgain, TenantAdmin};
use hufu_core::provider::ProviderErrorCode as Code;

use super::*;
use crate::errors::is_dead_token;

fn rows() -> impl Iterator<Item = &'static Row> {
    TOPICS.iter().copied().flatten()
}

/// A call of each kind.
const PERSON: Endpoint = Endpoint::AccessToken;
const SECRET: Endpoint = Endpoint::StableToken;
const SERVER_TOKEN: Endpoint = Endpoint::CreateMenu;

/// Every number that the pages of the calls, and reports about them, name: number, call, class, code, when again.
#[rustfmt::skip]
const NAMED: &[(i64, Endpoint, Class, Code, Repeat)] = &[
    (-1, PERSON, Retry, Code::Busy, Repeat::Soon),
    (-1, SECRET, Retry, Code::Busy, Repeat::Soon),
    (-1, SERVER_TOKEN, Retry, Code::Busy, Repeat::Soon),
    (40001, PERSON, StartAgain, Code::TokenInvalid, Repeat::Never),
    (40001, SECRET, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40001, SERVER_TOKEN, Retry, Code::TokenInvalid, Repeat::NewToken),
    (40002, SECRET, Operator, Code::Unknown, Repeat::Never),
    (40003, PERSON, StartAgain, Code::TokenInvalid, Repeat::Never),
    (40003, Endpoint::Follower, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40013, PERSON, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40013, SECRET, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40013, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40014, PERSON, StartAgain, Code::TokenInvalid, Repeat::Never),
    (40014, SERVER_TOKEN, Retry, Code::TokenInvalid, Repeat::NewToken),
    (40016, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40017, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40018, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40019, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40020, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40021, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40022, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40023, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40024, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40025, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40026, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40027, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40029, PERSON, StartAgain, Code::CodeInvalid, Repeat::Never),
    (40029, Endpoint::JsCode2Session, StartAgain, Code::CodeInvalid, Repeat::Never),
    (40030, Endpoint::RefreshToken, StartAgain, Code::TokenInvalid, Repeat::Never),
    (40033, SERVER_TOKEN, Operator, Code::Unknown, Repeat::Never),
    (40053, Endpoint::CreateQrCode, Operator, Code::Unknown, Repeat::Never),
    (40054, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40055, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40097, SERVER_TOKEN, Operator, Code::Unknown, Repeat::Never),
    (40125, PERSON, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40125, SECRET, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (40163, PERSON, StartAgain, Code::CodeUsed, Repeat::Never),
    (40163, Endpoint::JsCode2Session, StartAgain, Code::CodeUsed, Repeat::Never),
    (40164, SECRET, TenantAdmin, Code::NotAllowed, Repeat::Never),
    (40226, PERSON, StartAgain, Code::PersonBlocked, Repeat::Never),
    (40226, Endpoint::JsCode2Session, StartAgain, Code::PersonBlocked, Repeat::Never),
    (40243, SECRET, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (41001, Endpoint::UserInfo, StartAgain, Code::TokenInvalid, Repeat::Never),
    (41001, SERVER_TOKEN, Operator, Code::Unknown, Repeat::Never),
    (41002, PERSON, Operator, Code::Unknown, Repeat::Never),
    (41002, SECRET, Operator, Code::Unknown, Repeat::Never),
    (41003, Endpoint::RefreshToken, StartAgain, Code::TokenInvalid, Repeat::Never),
    (41004, PERSON, Operator, Code::Unknown, Repeat::Never),
    (41004, SECRET, Operator, Code::Unknown, Repeat::Never),
    (41008, PERSON, StartAgain, Code::CodeInvalid, Repeat::Never),
    (41009, Endpoint::UserInfo, StartAgain, Code::TokenInvalid, Repeat::Never),
    (41009, Endpoint::Follower, Operator, Code::Unknown, Repeat::Never),
    (42001, Endpoint::UserInfo, StartAgain, Code::TokenInvalid, Repeat::Never),
    (42001, SERVER_TOKEN, Retry, Code::TokenInvalid, Repeat::NewToken),
    (42002, Endpoint::RefreshToken, StartAgain, Code::TokenInvalid, Repeat::Never),
    (42003, PERSON, StartAgain, Code::CodeInvalid, Repeat::Never),
    (42007, PERSON, StartAgain, Code::TokenInvalid, Repeat::Never),
    (45009, SECRET, TenantAdmin, Code::QuotaExceeded, Repeat::NextDay),
    (45009, SERVER_TOKEN, TenantAdmin, Code::QuotaExceeded, Repeat::NextDay),
    (45010, SERVER_TOKEN, TenantAdmin, Code::QuotaExceeded, Repeat::NextDay),
    (45011, PERSON, Retry, Code::QuotaExceeded, Repeat::NextMinute),
    (45011, Endpoint::JsCode2Session, Retry, Code::QuotaExceeded, Repeat::NextMinute),
    (45011, SECRET, Retry, Code::QuotaExceeded, Repeat::NextMinute),
    (46003, Endpoint::Menu, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (47001, SERVER_TOKEN, Operator, Code::Unknown, Repeat::Never),
    (48001, Endpoint::UserInfo, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (48001, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (48006, Endpoint::ClearQuota, TenantAdmin, Code::QuotaExceeded, Repeat::Never),
    (50002, PERSON, StartAgain, Code::PersonBlocked, Repeat::Never),
    (50004, SECRET, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (50007, SECRET, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (61007, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (65316, SERVER_TOKEN, TenantAdmin, Code::Misconfigured, Repeat::Never),
    (89501, SECRET, TenantAdmin, Code::NotAllowed, Repeat::Never),
    (89503, SECRET, TenantAdmin, Code::NotAllowed, Repeat::Never),
    (89506, SECRET, TenantAdmin, Code::NotAllowed, Repeat::Never),
    (89507, SECRET, TenantAdmin, Code::NotAllowed, Repeat::Never),
];

#[test]
fn every_number_wechat_names_has_its_meaning() {
    for (errcode, endpoint, class, code, repeat) in NAMED {
        let row = find(*errcode, *endpoint).unwrap_or_else(|| panic!("{errcode} of {endpoint}"));
        assert_eq!(
            (row.class, row.code, row.repeat),
            (*class, *code, *repeat),
            "{errcode} of {endpoint}"
        );
    }
}

#[test]
fn every_row_is_named_above() {
    let used: BTreeSet<_> = NAMED
        .iter()
        .filter_map(|(errcode, endpoint, ..)| find(*errcode, *endpoint))
        .map(|row| row.name)
        .collect();
    for row in rows() {
        assert!(used.contains(row.name), "{} {} is not tested", row.errcode, row.name);
    }
}

#[test]
fn every_row_speaks_both_languages_and_helps_who_can_act() {
    for row in rows() {
        for (zh, en) in [Some(row.message), row.remedy].into_iter().flatten() {
            assert!(!zh.is_ascii(), "{}: {zh}", row.errcode);
            assert!(
                en.starts_with(|c: char| c.is_ascii_uppercase()),
                "{}: {en}",
                row.errcode
            );
            assert!(!en.contains("  ") && !zh.contains("  "), "{}: {en}", row.errcode);
        }
        if matches!(row.class, TenantAdmin | Operator) {
            assert!(row.remedy.is_some(), "{} needs a remedy", row.errcode);
        }
    }
}

#[test]
fn rows_are_told_apart() {
    let mut places = BTreeSet::new();
    let mut names = BTreeMap::new();
    for row in rows() {
        let place = format!("{} {:?}", row.errcode, row.at);
        assert!(places.insert(place.clone()), "{place} stands twice");
        assert_eq!(names.insert(row.name, row.errcode), None, "{} stands twice", row.name);
        let is_slug = row.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(is_slug && !row.name.is_empty(), "{}", row.name);
    }
}

#[test]
fn a_row_for_one_kind_of_call_goes_first() {
    let names = |errcode| [PERSON, SECRET, SERVER_TOKEN].map(|endpoint| find(errcode, endpoint).map(|row| row.name));
    assert_eq!(
        names(40001),
        [
            Some("person_token_replaced"),
            Some("secret_of_another_account"),
            Some("server_token_replaced")
        ]
    );
    assert_eq!(
        names(48001),
        [
            Some("login_not_authorized"),
            Some("call_not_authorized"),
            Some("call_not_authorized")
        ]
    );
    assert_eq!(names(12_345), [None; 3]);
}

/// A dead token is exactly what a call with the account's token is repeated for.
#[test]
fn dead_tokens() {
    for row in rows() {
        assert_eq!(
            is_dead_token(row.errcode),
            find(row.errcode, SERVER_TOKEN).is_some_and(|row| row.repeat == Repeat::NewToken),
            "{}",
            row.errcode
        );
    }
    assert!(is_dead_token(40001) && is_dead_token(40014) && is_dead_token(42001));
    assert!(!is_dead_token(0) && !is_dead_token(48001) && !is_dead_token(-40001));
}

/// What may be made again at once, or with another token, nobody has to act on; what somebody must act on, waits.
#[test]
fn the_class_agrees_with_when() {
    for row in rows() {
        match row.repeat {
            Repeat::Soon | Repeat::NewToken | Repeat::NextMinute => assert_eq!(row.class, Retry, "{}", row.name),
            Repeat::NextDay => assert_eq!(row.class, TenantAdmin, "{}", row.name),
            Repeat::Never => assert_ne!(row.class, Retry, "{}", row.name),
        }
    }
}
