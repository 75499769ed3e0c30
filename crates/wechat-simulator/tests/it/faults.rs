use std::time::Duration;

use axum::http::header;
use wechat_simulator::{Effect, Fault};

use crate::kit::{authorize_url, code_for, demo, exchange, get, get_with};

fn once(endpoint: &str, effect: Effect) -> Fault {
    Fault {
        endpoint: endpoint.to_owned(),
        effect,
        times: Some(1),
    }
}

const EXCHANGE: &str = "/sns/oauth2/access_token";

#[tokio::test]
async fn busy_and_forced_errors_leave_the_code_alone() {
    let simulator = demo();
    let control = simulator.control();
    let code = code_for(&simulator, "lisi", "snsapi_base").await;
    control.fault(once(EXCHANGE, Effect::SystemBusy));
    assert!(
        exchange(&simulator, &code)
            .await
            .body
            .starts_with(r#"{"errcode":-1,"errmsg":"system error, rid: "#)
    );
    control.fault(once(
        "*",
        Effect::Errcode {
            code: 45011,
            message: "slower".into(),
        },
    ));
    assert_eq!(exchange(&simulator, &code).await.errcode(), 45011);
    control.fault(once(EXCHANGE, Effect::HttpStatus { status: 503 }));
    assert_eq!(exchange(&simulator, &code).await.status, 503);
    control.fault(once(EXCHANGE, Effect::Garbage));
    let garbage = exchange(&simulator, &code).await;
    assert!(garbage.body.starts_with("<html>") && garbage.header(header::CONTENT_TYPE).starts_with("text/html"));
    assert_eq!(exchange(&simulator, &code).await.errcode(), 0);
    assert_eq!(control.count(EXCHANGE), 5);
}

#[tokio::test]
async fn a_lost_response_has_consumed_the_code() {
    let simulator = demo();
    let code = code_for(&simulator, "lisi", "snsapi_base").await;
    simulator.control().fault(once(EXCHANGE, Effect::LostResponse));
    assert_eq!(exchange(&simulator, &code).await.body, "");
    assert_eq!(simulator.control().requests().last().unwrap().status, 0);
    assert_eq!(exchange(&simulator, &code).await.errcode(), 40163);
}

#[tokio::test]
async fn faults_stay_until_cleared() {
    let simulator = demo();
    let control = simulator.control();
    control.fault(Fault {
        endpoint: "/sns/auth".into(),
        effect: Effect::SystemBusy,
        times: None,
    });
    for _ in 0..3 {
        assert_eq!(get(&simulator, "/sns/auth").await.errcode(), -1);
    }
    control.clear_faults();
    assert_eq!(get(&simulator, "/sns/auth").await.errcode(), 41001);
}

#[tokio::test]
async fn the_page_can_fail_too() {
    let simulator = demo();
    let message = "操作太频繁了，请稍后重试".to_owned();
    simulator.control().fault(once(
        "/connect/oauth2/authorize",
        Effect::Errcode { code: 10009, message },
    ));
    let page = get(&simulator, &authorize_url("snsapi_base", "s")).await;
    assert!(page.body.contains("操作太频繁了，请稍后重试，错误码:10009"));
}

#[tokio::test]
async fn a_hang_answers_nobody() {
    let simulator = demo();
    simulator.control().fault(once("/sns/auth", Effect::Hang));
    let answer = tokio::time::timeout(Duration::from_millis(100), get(&simulator, "/sns/auth")).await;
    assert!(answer.is_err());
    assert_eq!(simulator.control().count("/sns/auth"), 1);
}

#[tokio::test]
async fn latency_waits() {
    let simulator = demo();
    simulator
        .control()
        .fault(once("/sns/auth", Effect::Latency { millis: 80 }));
    let before = tokio::time::Instant::now();
    assert_eq!(get_with(&simulator, "/sns/auth", &[]).await.errcode(), 41001);
    assert!(before.elapsed() >= Duration::from_millis(80));
}
