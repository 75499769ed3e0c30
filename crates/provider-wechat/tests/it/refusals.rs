//! What WeChat refuses, and who is told.

use hufu_core::error::Class;
use hufu_core::provider::{ProviderError, ProviderErrorCode as Code};
use wechat_simulator::{Account, Effect, NextUser, Quotas};

use crate::support::{APP_ID, EXCHANGE, USERINFO, World, open, user};

fn meaning(error: &ProviderError) -> (i64, Class, Code) {
    (error.errcode.unwrap_or_default(), error.class, error.code)
}

#[tokio::test]
async fn a_code_works_once_and_not_for_long() {
    let world = World::start().await;
    let code = world.code(false, user("lisi")).await;
    world.exchange(&code, false).await.unwrap();
    let used = world.exchange(&code, false).await.unwrap_err();
    assert_eq!(meaning(&used), (40163, Class::StartAgain, Code::CodeUsed));
    assert!(used.debug.contains("rid: "), "{}", used.debug);

    let late = world.code(false, user("lisi")).await;
    world.control.advance(301);
    let expired = world.exchange(&late, false).await.unwrap_err();
    assert_eq!(meaning(&expired), (40029, Class::StartAgain, Code::CodeInvalid));

    let unknown = world
        .exchange("021kz2200LsayS1uXi400me0oP3kz22M", false)
        .await
        .unwrap_err();
    assert_eq!(meaning(&unknown), (40029, Class::StartAgain, Code::CodeInvalid));
    assert_eq!(world.control.count(EXCHANGE), 4, "no refusal is asked for twice");
}

#[tokio::test]
async fn a_wrong_account_is_the_admins_to_fix() {
    let world = World::start().await;
    let code = world.code(false, user("lisi")).await;
    let provider = open(&world.kind, "00000000000000000000000000000000", &[]);
    let error = provider
        .redirect_login()
        .unwrap()
        .exchange(&code, false)
        .await
        .unwrap_err();
    assert_eq!(meaning(&error), (40125, Class::TenantAdmin, Code::Misconfigured));
    assert!(error.remedy.is_some());

    let provider = open(
        &world.kind,
        "00000000000000000000000000000000",
        &[("appid", "wxffffffffffffffff")],
    );
    let error = provider
        .redirect_login()
        .unwrap()
        .exchange(&code, false)
        .await
        .unwrap_err();
    assert_eq!(meaning(&error), (40013, Class::TenantAdmin, Code::Misconfigured));

    world.exchange(&code, false).await.expect("neither consumed the code");
}

#[tokio::test]
async fn another_accounts_code() {
    let world = World::start().await;
    world.control.add_account(Account::service(
        "wxaaaaaaaaaaaaaaaa",
        &"a".repeat(32),
        &["login.example.cn"],
    ));
    let code = world.code(false, user("lisi")).await;
    let provider = open(&world.kind, &"a".repeat(32), &[("appid", "wxaaaaaaaaaaaaaaaa")]);
    let error = provider
        .redirect_login()
        .unwrap()
        .exchange(&code, false)
        .await
        .unwrap_err();
    assert_eq!(meaning(&error), (40029, Class::StartAgain, Code::CodeInvalid));
}

#[tokio::test]
async fn a_minutes_quota() {
    let world = World::start().await;
    world.control.set_quotas(Quotas {
        sns_per_minute: 0,
        ..Quotas::default()
    });
    let error = world.log_in(false, user("lisi")).await.unwrap_err();
    assert_eq!(meaning(&error), (45011, Class::Retry, Code::QuotaExceeded));
}

#[tokio::test]
async fn numbers_the_simulator_sends_on_request() {
    let world = World::start().await;
    for (errcode, class, code) in [
        (40226, Class::StartAgain, Code::PersonBlocked),
        (50002, Class::StartAgain, Code::PersonBlocked),
        (42003, Class::StartAgain, Code::CodeInvalid),
        (42007, Class::StartAgain, Code::TokenInvalid),
        (41002, Class::Operator, Code::Unknown),
        (65432, Class::Operator, Code::Unknown),
    ] {
        world.break_once(
            EXCHANGE,
            Effect::Errcode {
                code: errcode,
                message: "some\u{7} text".to_owned(),
            },
        );
        let error = world
            .exchange("021kz2200LsayS1uXi400me0oP3kz22M", false)
            .await
            .unwrap_err();
        assert_eq!(meaning(&error), (errcode, class, code));
        assert!(
            error.debug.contains("some text") && error.debug.contains("rid: "),
            "{}",
            error.debug
        );
    }
}

#[tokio::test]
async fn the_profile_is_refused_after_a_good_exchange() {
    for (errcode, class, code) in [
        (48001, Class::TenantAdmin, Code::Misconfigured),
        (40001, Class::StartAgain, Code::TokenInvalid),
        (42001, Class::StartAgain, Code::TokenInvalid),
        (40003, Class::StartAgain, Code::TokenInvalid),
    ] {
        let world = World::start().await;
        world.break_once(
            USERINFO,
            Effect::Errcode {
                code: errcode,
                message: "no".to_owned(),
            },
        );
        let error = world.log_in(true, user("lisi")).await.unwrap_err();
        assert_eq!(meaning(&error), (errcode, class, code));
        assert_eq!(
            (world.control.count(EXCHANGE), world.control.count(USERINFO)),
            (1, 1),
            "{errcode}"
        );
    }
}

#[tokio::test]
async fn an_openid_that_is_none_is_nonsense() {
    let world = World::start().await;
    for openid in ["o 1", "张三"] {
        let error = world
            .log_in(
                false,
                NextUser {
                    openid: Some(openid.to_owned()),
                    ..user("lisi")
                },
            )
            .await
            .unwrap_err();
        assert_eq!((error.class, error.code), (Class::Retry, Code::Nonsense), "{openid}");
    }
    assert!(world.control.openid("lisi", APP_ID).starts_with('o'));
}
