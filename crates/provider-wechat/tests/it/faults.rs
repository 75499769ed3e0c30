//! A network and a WeChat that fail, and what is done twice and what never is.

use hufu_core::error::Class;
use hufu_core::provider::{ProviderError, ProviderErrorCode as Code};
use tokio::time::Instant;
use url::Url;
use wechat_simulator::Effect;

use crate::support::{APP_ID, EXCHANGE, IMPATIENT_MILLIS, SECRET, USERINFO, World, kind, open, user};

const LATE: Effect = Effect::Latency {
    millis: IMPATIENT_MILLIS * 2,
};

fn assert_retry(error: &ProviderError, code: Code) {
    assert_eq!((error.class, error.code), (Class::Retry, code), "{error}");
}

#[tokio::test]
async fn a_busy_wechat_is_asked_twice() {
    let world = World::start().await;
    world.break_once(EXCHANGE, Effect::SystemBusy);
    world.break_once(USERINFO, Effect::SystemBusy);
    let identity = world.log_in(true, user("lisi")).await.unwrap();
    assert_eq!(identity.external_id, world.control.openid("lisi", APP_ID));
    assert_eq!((world.control.count(EXCHANGE), world.control.count(USERINFO)), (2, 2));
}

#[tokio::test]
async fn but_not_three_times() {
    let world = World::start().await;
    world.break_always(EXCHANGE, Effect::SystemBusy);
    let error = world.log_in(true, user("lisi")).await.unwrap_err();
    assert_retry(&error, Code::Busy);
    assert_eq!(error.errcode, Some(-1));
    assert_eq!(world.control.count(EXCHANGE), 2);

    world.control.clear_faults();
    world.break_always(USERINFO, Effect::SystemBusy);
    assert_retry(&world.log_in(true, user("lisi")).await.unwrap_err(), Code::Busy);
    assert_eq!((world.control.count(EXCHANGE), world.control.count(USERINFO)), (3, 2));
}

/// After each of these the code may be consumed.
#[tokio::test]
async fn an_exchange_of_unknown_outcome_is_never_made_again() {
    for (effect, code) in [
        (LATE, Code::Unreachable),
        (Effect::Hang, Code::Unreachable),
        (Effect::LostResponse, Code::Unreachable),
        (Effect::Truncated, Code::Nonsense),
        (Effect::Garbage, Code::Nonsense),
        (Effect::HttpStatus { status: 502 }, Code::Nonsense),
    ] {
        let world = World::impatient().await;
        world.break_once(EXCHANGE, effect.clone());
        let error = world.log_in(true, user("lisi")).await.unwrap_err();
        assert_retry(&error, code);
        assert_eq!(world.control.count(EXCHANGE), 1, "{effect:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_has_used_the_code() {
    let world = World::start().await;
    let code = world.code(false, user("lisi")).await;
    world.break_once(EXCHANGE, Effect::LostResponse);
    assert_retry(&world.exchange(&code, false).await.unwrap_err(), Code::Unreachable);
    let error = world.exchange(&code, false).await.unwrap_err();
    assert_eq!((error.class, error.code), (Class::StartAgain, Code::CodeUsed));
}

#[tokio::test]
async fn a_profile_that_does_not_come_is_asked_for_once_more() {
    for effect in [LATE, Effect::LostResponse] {
        let world = World::impatient().await;
        world.break_once(USERINFO, effect.clone());
        let identity = world.log_in(true, user("lisi")).await.unwrap();
        assert_eq!(identity.profile.unwrap().name.as_deref(), Some("李四"), "{effect:?}");
        assert_eq!(
            (world.control.count(EXCHANGE), world.control.count(USERINFO)),
            (1, 2),
            "{effect:?}"
        );
    }
}

#[tokio::test]
async fn a_profile_that_makes_no_sense_fails() {
    for effect in [Effect::Garbage, Effect::Truncated, Effect::HttpStatus { status: 500 }] {
        let world = World::start().await;
        world.break_always(USERINFO, effect);
        assert_retry(&world.log_in(true, user("lisi")).await.unwrap_err(), Code::Nonsense);
        assert_eq!((world.control.count(EXCHANGE), world.control.count(USERINFO)), (1, 1));
    }
}

#[tokio::test]
async fn all_calls_of_a_login_end_within_twice_the_timeout() {
    let world = World::impatient().await;
    world.break_always(
        EXCHANGE,
        Effect::Latency {
            millis: IMPATIENT_MILLIS * 3 / 4,
        },
    );
    world.break_always(USERINFO, Effect::Hang);
    let code = world.code(true, user("lisi")).await;
    let started = Instant::now();
    assert_retry(&world.exchange(&code, true).await.unwrap_err(), Code::Unreachable);
    let took = u64::try_from(started.elapsed().as_millis()).unwrap();
    assert!(took < IMPATIENT_MILLIS * 5 / 2, "{took} ms");
}

#[tokio::test]
async fn without_a_connection_nothing_was_spent() {
    // A port that was free a moment ago.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let provider = open(&kind(&url), SECRET, &[]);
    let error = provider
        .redirect_login()
        .unwrap()
        .exchange("021kz2200LsayS1uXi400me0oP3kz22M", true)
        .await
        .unwrap_err();
    assert_retry(&error, Code::Unreachable);
    assert!(
        error.debug.contains("no connection") && !error.debug.contains("http"),
        "{}",
        error.debug
    );
}
