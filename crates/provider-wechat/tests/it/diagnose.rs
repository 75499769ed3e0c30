//! The checks an admin runs.

use hufu_core::error::Class;
use hufu_core::provider::{ProviderError, ProviderErrorCode as Code};
use hufu_core::secret::ExposeSecret as _;
use wechat_simulator::{Effect, Quotas};

use crate::support::{APP_ID, World, open};

const STABLE: &str = "/cgi-bin/stable_token";

async fn credentials(world: &World, secret: &str, settings: &[(&str, &str)]) -> Option<ProviderError> {
    let provider = open(&world.kind, secret, settings);
    let results = provider.diagnose().unwrap().check().await;
    let names: Vec<_> = results.iter().map(|result| result.name).collect();
    assert_eq!(names, ["form", "credentials"]);
    assert!(results[0].problem.is_none());
    results.into_iter().nth(1).unwrap().problem
}

#[tokio::test]
async fn good_credentials_disturb_nobody() {
    let world = World::start().await;
    let token = world.api().stable_token().await.unwrap();
    assert!(credentials(&world, crate::support::SECRET, &[]).await.is_none());
    let again = world.api().stable_token().await.unwrap();
    assert_eq!(again.access_token.expose_secret(), token.access_token.expose_secret());
    assert!(
        world
            .control
            .server_token_valid(APP_ID, token.access_token.expose_secret())
    );
    assert_eq!(token.expires_in, Some(7200));
}

#[tokio::test]
async fn problems_are_told_apart() {
    let world = World::start().await;
    let secret = crate::support::SECRET;
    let errcode = |problem: Option<ProviderError>| {
        let problem = problem.expect("a problem");
        assert_eq!(problem.class, Class::TenantAdmin, "{problem}");
        let remedy = problem.remedy.expect("a remedy");
        assert!(!remedy.zh.is_empty() && !remedy.en.is_empty());
        (problem.errcode.unwrap(), problem.code)
    };
    let wrong_id = credentials(&world, secret, &[("appid", "wxffffffffffffffff")]).await;
    assert_eq!(errcode(wrong_id), (40013, Code::Misconfigured));
    let wrong_secret = credentials(&world, "00000000000000000000000000000000", &[]).await;
    assert_eq!(errcode(wrong_secret), (40125, Code::Misconfigured));

    world.control.update_account(APP_ID, |account| {
        account.ip_whitelist = Some(vec!["10.0.0.1".to_owned()]);
    });
    let problem = credentials(&world, secret, &[]).await.unwrap();
    assert_eq!((problem.errcode, problem.code), (Some(40164), Code::NotAllowed));
    let remedy = problem.remedy.unwrap();
    assert!(
        remedy.zh.contains("127.0.0.1") && remedy.en.contains("127.0.0.1"),
        "{remedy:?}"
    );

    world
        .control
        .update_account(APP_ID, |account| account.frozen_secret = true);
    assert_eq!(
        errcode(credentials(&world, secret, &[]).await),
        (40243, Code::Misconfigured)
    );
    world.break_once(
        STABLE,
        Effect::Errcode {
            code: 40001,
            message: "invalid credential".to_owned(),
        },
    );
    assert_eq!(
        errcode(credentials(&world, secret, &[]).await),
        (40001, Code::Misconfigured)
    );

    world.control.update_account(APP_ID, |account| {
        account.frozen_secret = false;
        account.ip_whitelist = None;
    });
    world.control.set_quotas(Quotas {
        stable_per_day: 0,
        ..Quotas::default()
    });
    assert_eq!(
        errcode(credentials(&world, secret, &[]).await),
        (45009, Code::QuotaExceeded)
    );
}

#[tokio::test]
async fn an_unreachable_wechat_is_no_wrong_secret() {
    let world = World::impatient().await;
    world.break_once(STABLE, Effect::Hang);
    let problem = credentials(&world, crate::support::SECRET, &[]).await.unwrap();
    assert_eq!((problem.class, problem.code), (Class::Retry, Code::Unreachable));
}
