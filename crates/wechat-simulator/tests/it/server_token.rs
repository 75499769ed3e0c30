use axum::http::header;
use serde_json::json;
use wechat_simulator::{Quotas, Simulator};

use crate::kit::{APP, Got, SECRET, demo, get, get_with, post_json, text};

fn classic_url() -> String {
    format!("/cgi-bin/token?grant_type=client_credential&appid={APP}&secret={SECRET}")
}

async fn classic(simulator: &Simulator) -> String {
    text(&get(simulator, &classic_url()).await.json(), "access_token")
}

async fn stable(simulator: &Simulator, force: bool) -> Got {
    let body = json!({"grant_type": "client_credential", "appid": APP, "secret": SECRET, "force_refresh": force});
    post_json(simulator, "/cgi-bin/stable_token", &body).await
}

async fn works(simulator: &Simulator, token: &str) -> i64 {
    get(simulator, &format!("/cgi-bin/getcallbackip?access_token={token}"))
        .await
        .errcode()
}

#[tokio::test]
async fn classic_rotates_and_stable_stays() {
    let simulator = demo();
    let got = get(&simulator, &classic_url()).await;
    assert_eq!(got.header(header::CONTENT_TYPE), "application/json; encoding=utf-8");
    let first = text(&got.json(), "access_token");
    assert_eq!(got.body, format!(r#"{{"access_token":"{first}","expires_in":7200}}"#));
    let steady = text(&stable(&simulator, false).await.json(), "access_token");
    let second = classic(&simulator).await;
    assert_ne!(first, second);
    assert_eq!(works(&simulator, &first).await, 0, "grace");
    simulator.control().advance(300);
    assert_eq!(works(&simulator, &first).await, 40001);
    assert_eq!(works(&simulator, &second).await, 0);
    assert_eq!(text(&stable(&simulator, false).await.json(), "access_token"), steady);
    assert!(simulator.control().server_token_valid(APP, &steady));
    let forced = text(&stable(&simulator, true).await.json(), "access_token");
    assert_ne!(forced, steady);
    assert_eq!(works(&simulator, &steady).await, 40001, "forced: dead at once");
    assert_eq!(
        text(&stable(&simulator, true).await.json(), "access_token"),
        forced,
        "too soon"
    );
    assert_eq!(works(&simulator, &second).await, 0, "the other slot is untouched");
    simulator.control().advance(7200);
    assert_eq!(works(&simulator, &second).await, 42001);
}

#[tokio::test]
async fn errors_in_order() {
    let simulator = demo();
    let cases = [
        ("", 40002),
        ("grant_type=client_credential", 41002),
        ("grant_type=client_credential&appid=wx1", 40013),
        (&format!("grant_type=client_credential&appid={APP}"), 41004),
        (&format!("grant_type=client_credential&appid={APP}&secret=x"), 40125),
    ];
    for (query, code) in cases {
        let got = get(&simulator, &format!("/cgi-bin/token?{query}")).await;
        assert_eq!(got.errcode(), code, "{}", got.body);
        let message = text(&got.json(), "errmsg");
        assert!(message.contains(" rid: ") && !message.contains(", rid"), "{message}");
    }
    simulator
        .control()
        .update_account(APP, |account| account.frozen_secret = true);
    assert_eq!(get(&simulator, &classic_url()).await.errcode(), 40243);
    assert_eq!(stable(&simulator, false).await.errcode(), 40243);
    assert_eq!(get(&simulator, "/cgi-bin/stable_token").await.errcode(), 43002);
}

#[tokio::test]
async fn the_whitelist_names_the_caller() {
    let simulator = demo();
    simulator
        .control()
        .update_account(APP, |account| account.ip_whitelist = Some(vec!["10.0.0.1".into()]));
    let got = get_with(&simulator, &classic_url(), &[("x-forwarded-for", "116.25.45.231")]).await;
    let start =
        r#"{"errcode":40164,"errmsg":"invalid ip 116.25.45.231 ipv6 ::ffff:116.25.45.231, not in whitelist rid: "#;
    assert!(got.body.starts_with(start), "{}", got.body);
    let allowed = get_with(&simulator, &classic_url(), &[("x-forwarded-for", "10.0.0.1")]).await;
    assert_eq!(allowed.errcode(), 0);
}

#[tokio::test]
async fn a_day_has_a_quota() {
    let simulator = demo();
    let control = simulator.control();
    control.set_quotas(Quotas {
        token_per_day: 2,
        ..control.quotas()
    });
    classic(&simulator).await;
    classic(&simulator).await;
    let got = get(&simulator, &classic_url()).await;
    assert!(
        got.body
            .starts_with(r#"{"errcode":45009,"errmsg":"reach max api daily quota limit rid: "#),
        "{}",
        got.body
    );
    assert_eq!(stable(&simulator, false).await.errcode(), 0, "another quota");
    control.advance(86_400);
    assert_eq!(get(&simulator, &classic_url()).await.errcode(), 0);
}

#[tokio::test]
async fn a_server_token_is_no_web_token() {
    let simulator = demo();
    let token = classic(&simulator).await;
    let url = format!("/sns/userinfo?access_token={token}&openid=o");
    assert_eq!(get(&simulator, &url).await.errcode(), 40001);
}

#[tokio::test]
async fn an_account_can_be_refused_its_token() {
    let simulator = demo();
    for code in [50004, 50007, 89501, 89503, 89506, 89507] {
        simulator
            .control()
            .update_account(APP, |account| account.token_refusal = Some(code));
        assert_eq!(get(&simulator, &classic_url()).await.errcode(), code);
        assert_eq!(stable(&simulator, false).await.errcode(), code);
    }
    simulator
        .control()
        .update_account(APP, |account| account.token_refusal = None);
    assert_eq!(stable(&simulator, false).await.errcode(), 0);
}

#[tokio::test]
async fn a_minute_has_a_quota_for_stable_tokens() {
    let simulator = demo();
    let control = simulator.control();
    control.set_quotas(Quotas {
        stable_per_minute: 1,
        ..control.quotas()
    });
    // The clock runs on: both calls belong into one minute.
    control.advance(60 - control.now() % 60);
    stable(&simulator, false).await;
    assert_eq!(stable(&simulator, false).await.errcode(), 45011);
    control.advance(60);
    assert_eq!(stable(&simulator, false).await.errcode(), 0);
    assert_eq!(control.count("/cgi-bin/stable_token"), 3);
}
