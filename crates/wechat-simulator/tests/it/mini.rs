use axum::http::header;
use serde_json::json;
use sha1::{Digest as _, Sha1};
use wechat_simulator::{Account, ControlError, Effect, Fault, Quotas, Simulator, User};

use crate::kit::{APP, Got, demo, get, post_json, text};

const MINI: &str = "wx00000000000000aa";

fn with_mini() -> Simulator {
    let simulator = demo();
    simulator.control().add_account(Account {
        open_platform: Some("demo-open-platform".into()),
        ..Account::mini_program(MINI, "secret")
    });
    simulator
}

async fn session(simulator: &Simulator, code: &str) -> Got {
    let url = format!("/sns/jscode2session?appid={MINI}&secret=secret&js_code={code}&grant_type=authorization_code");
    get(simulator, &url).await
}

#[tokio::test]
async fn a_code_becomes_a_session() {
    let simulator = with_mini();
    let control = simulator.control();
    let code = control.js_code("lisi", MINI, false).unwrap();
    let got = session(&simulator, &code).await;
    assert_eq!(got.header(header::CONTENT_TYPE), "text/plain");
    let body = got.json();
    assert_eq!(text(&body, "openid"), control.openid("lisi", MINI));
    assert_eq!(
        Some(text(&body, "unionid")),
        control.unionid("lisi", APP),
        "one Open Platform account"
    );
    let key = text(&body, "session_key");
    assert!(key.len() == 24 && key.ends_with("=="));
    let again = control.js_code("lisi", MINI, false).unwrap();
    assert_eq!(text(&session(&simulator, &again).await.json(), "session_key"), key);
    let rotated = control.js_code("lisi", MINI, true).unwrap();
    assert_ne!(text(&session(&simulator, &rotated).await.json(), "session_key"), key);
    let plain = control.js_code("wangxiaoming", MINI, false).unwrap();
    assert!(session(&simulator, &plain).await.json().get("unionid").is_none());
}

#[tokio::test]
async fn errors() {
    let simulator = with_mini();
    let control = simulator.control();
    let code = control.js_code("lisi", MINI, false).unwrap();
    let cases = [
        (format!("secret=secret&js_code={code}"), 41002),
        (format!("appid={MINI}&js_code={code}"), 41004),
        (format!("appid={MINI}&secret=secret"), 41008),
        (format!("appid=wx1&secret=secret&js_code={code}"), 40013),
        (format!("appid={APP}&secret=secret&js_code={code}"), 40013),
        (format!("appid={MINI}&secret=wrong&js_code={code}"), 40125),
        (format!("appid={MINI}&secret=secret&js_code=none"), 40029),
        (format!("appid={MINI}&secret=secret&js_code={code}"), 0),
        (format!("appid={MINI}&secret=secret&js_code={code}"), 40163),
    ];
    for (query, errcode) in cases {
        let got = get(&simulator, &format!("/sns/jscode2session?{query}")).await;
        assert_eq!(got.errcode(), errcode, "{query}");
    }
    let old = control.js_code("lisi", MINI, false).unwrap();
    control.advance(300);
    assert_eq!(session(&simulator, &old).await.errcode(), 40029);
    control.add_user(User {
        blocked: true,
        ..User::new("risky", "R")
    });
    let code = control.js_code("risky", MINI, false).unwrap();
    let got = session(&simulator, &code).await;
    assert_eq!(got.errcode(), 40226);
    assert!(text(&got.json(), "errmsg").starts_with("code blocked, rid: "));
    control.fault(Fault {
        endpoint: "/sns/jscode2session".into(),
        effect: Effect::SystemBusy,
        times: Some(1),
    });
    assert_eq!(session(&simulator, &code).await.errcode(), -1);
    assert_eq!(control.js_code("lisi", APP, false), Err(ControlError::UnknownAccount));
    assert_eq!(control.js_code("nobody", MINI, false), Err(ControlError::UnknownUser));
}

#[tokio::test]
async fn each_user_has_a_minute_quota() {
    let simulator = with_mini();
    let control = simulator.control();
    control.set_quotas(Quotas {
        js_code_per_minute: 2,
        ..control.quotas()
    });
    // The clock runs on: all calls belong into one minute.
    control.advance(60 - control.now() % 60);
    let mut codes = Vec::new();
    for (user, errcode) in [("lisi", 0), ("lisi", 0), ("lisi", 45011), ("alice", 0)] {
        let code = control.js_code(user, MINI, false).unwrap();
        assert_eq!(session(&simulator, &code).await.errcode(), errcode);
        codes.push(code);
    }
    control.advance(60);
    assert_eq!(session(&simulator, &codes[2]).await.errcode(), 0, "was not consumed");
}

#[tokio::test]
async fn the_profile_is_signed_with_the_session_key() {
    let simulator = with_mini();
    let control = simulator.control();
    assert_eq!(control.raw_data("alice", MINI), Err(ControlError::WrongState));
    let who = json!({"user": "alice", "app_id": MINI});
    let code = text(&post_json(&simulator, "/_sim/js-code", &who).await.json(), "js_code");
    let key = text(&session(&simulator, &code).await.json(), "session_key");
    let data = post_json(&simulator, "/_sim/raw-data", &who).await.json();
    let raw_data = text(&data, "raw_data");
    assert!(
        raw_data.starts_with(r#"{"nickName":"Alice Wang","gender":0,"#),
        "{raw_data}"
    );
    let digest = Sha1::digest(format!("{raw_data}{key}"));
    let wanted: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(text(&data, "signature"), wanted);
}
