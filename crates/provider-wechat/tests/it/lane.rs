//! A WeChat that fails or hangs for one account, and what that is to others.

use std::sync::Arc;
use std::time::Duration;

use hufu_core::error::Class;
use hufu_core::provider::{Provider, ProviderErrorCode as Code, ProviderHost, ProviderKind as _};
use hufu_provider_wechat::{Config, WechatOfficialAccount};
use hufu_test_kit::fixed::FixedClock;
use hufu_test_kit::provider_contract::host;
use wechat_simulator::Effect;

use crate::support::{EXCHANGE, SECRET, World, config, sample};

async fn world() -> World {
    World::with(|url| {
        WechatOfficialAccount::new(Config {
            breaker_failures: 3,
            calls_at_once: 2,
            ..config(url)
        })
        .unwrap()
    })
    .await
}

/// A connector of its own, at the same account.
fn open(world: &World, clock: &Arc<FixedClock>) -> Arc<dyn Provider> {
    let host = ProviderHost {
        clock: Arc::clone(clock) as Arc<_>,
        ..host()
    };
    let connector = sample(SECRET, &[]).connector("wechat-official-account");
    world.kind.open(&connector, &host).unwrap()
}

async fn exchange(provider: &Arc<dyn Provider>) -> (Class, Code) {
    let login = provider.redirect_login().unwrap();
    let error = login
        .exchange("0123456789abcdef0123456789abcdef", false)
        .await
        .unwrap_err();
    (error.class, error.code)
}

#[tokio::test]
async fn a_wechat_that_fails_for_an_account_is_not_asked_for_a_while() {
    let (world, clock) = (world().await, Arc::new(FixedClock::default()));
    let (account, other) = (open(&world, &clock), open(&world, &clock));
    world.break_always(EXCHANGE, Effect::HttpStatus { status: 502 });
    for _ in 0..3 {
        assert_eq!(exchange(&account).await, (Class::Retry, Code::Nonsense));
    }
    assert_eq!(exchange(&account).await, (Class::Retry, Code::Busy));
    assert_eq!(world.control.count(EXCHANGE), 3, "not asked");
    assert_eq!(exchange(&other).await.1, Code::Nonsense, "the other one is");

    // One call looks, and finds it still down; then it is well again.
    clock.advance(Duration::from_secs(5));
    assert_eq!(exchange(&account).await.1, Code::Nonsense);
    assert_eq!(exchange(&account).await.1, Code::Busy);
    world.control.clear_faults();
    clock.advance(Duration::from_secs(5));
    for _ in 0..3 {
        assert_eq!(exchange(&account).await, (Class::StartAgain, Code::CodeInvalid));
    }
}

#[tokio::test]
async fn a_refusal_is_no_failure() {
    let (world, clock) = (world().await, Arc::new(FixedClock::default()));
    let account = open(&world, &clock);
    for code in [40_013, 40_125, 40_029, 45_011] {
        world.control.clear_faults();
        let message = "made up".to_owned();
        world.break_always(EXCHANGE, Effect::Errcode { code, message });
        for _ in 0..4 {
            assert_ne!(exchange(&account).await.1, Code::Unreachable);
        }
    }
    assert_eq!(world.control.count(EXCHANGE), 16, "asked each time");
    // "Busy" is one, and is asked twice by itself.
    world.control.clear_faults();
    world.break_always(EXCHANGE, Effect::SystemBusy);
    for _ in 0..3 {
        assert_eq!(exchange(&account).await.1, Code::Busy);
    }
    assert_eq!(world.control.count(EXCHANGE), 19);
}

#[tokio::test]
async fn an_account_whose_calls_hang_takes_nothing_from_another() {
    let (world, clock) = (world().await, Arc::new(FixedClock::default()));
    let (slow, other) = (open(&world, &clock), open(&world, &clock));
    world.break_always(EXCHANGE, Effect::Hang);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let slow = Arc::clone(&slow);
        waiting.spawn(async move { exchange(&slow).await });
    }
    while world.control.count(EXCHANGE) < 2 {
        tokio::task::yield_now().await;
    }
    world.control.clear_faults();
    assert_eq!(exchange(&other).await, (Class::StartAgain, Code::CodeInvalid));
    // Two hang until their time is over; who waited for their places was told before that.
    for _ in 0..18 {
        assert_eq!(waiting.join_next().await.unwrap().unwrap(), (Class::Retry, Code::Busy));
    }
    assert_eq!(world.control.count(EXCHANGE), 3);
    waiting.shutdown().await;
}
