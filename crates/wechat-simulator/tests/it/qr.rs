use axum::http::StatusCode;
use axum::http::header;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use wechat_simulator::{Account, AccountKind, ControlError, PushMode, Quotas, Simulator};

use crate::kit::{APP, demo, get, post_json, server_token, text};
use crate::receiver::{connected, field};

async fn create(simulator: &Simulator, body: &Value) -> Value {
    let token = server_token(simulator, APP).await;
    let url = format!("/cgi-bin/qrcode/create?access_token={token}");
    post_json(simulator, &url, body).await.json()
}

fn scene(action: &str, scene: &Value) -> Value {
    json!({"action_name": action, "action_info": {"scene": scene}})
}

#[tokio::test]
async fn four_kinds_of_code() {
    let simulator = demo();
    let short = create(&simulator, &scene("QR_SCENE", &json!({"scene_id": 4_294_967_295_u32}))).await;
    assert_eq!(short["expire_seconds"], 60, "the default");
    let url = text(&short, "url");
    let key = url.strip_prefix("http://weixin.qq.com/q/").unwrap();
    assert_eq!(key.len(), 20);
    let mut long = scene("QR_STR_SCENE", &json!({"scene_str": "test"}));
    long["expire_seconds"] = json!(604_800);
    assert_eq!(create(&simulator, &long).await["expire_seconds"], 604_800);
    let permanent = scene("QR_LIMIT_STR_SCENE", &json!({"scene_str": "x".repeat(64)}));
    let first = create(&simulator, &permanent).await;
    assert!(first.get("expire_seconds").is_none());
    assert_eq!(create(&simulator, &permanent).await, first);
    let number = create(&simulator, &scene("QR_LIMIT_SCENE", &json!({"scene_id": 100_000}))).await;
    assert!(text(&number, "ticket").starts_with("gQ"));
}

#[tokio::test]
async fn what_is_refused() {
    let simulator = demo();
    let mut too_long = scene("QR_SCENE", &json!({"scene_id": 1}));
    too_long["expire_seconds"] = json!(2_592_001);
    let cases = [
        scene("QR_SCENE", &json!({"scene_id": 0})),
        scene("QR_SCENE", &json!({"scene_id": 4_294_967_296_u64})),
        scene("QR_SCENE", &json!({"scene_str": "a"})),
        scene("QR_LIMIT_SCENE", &json!({"scene_id": 100_001})),
        scene("QR_STR_SCENE", &json!({"scene_str": ""})),
        scene("QR_STR_SCENE", &json!({"scene_str": "x".repeat(65)})),
        scene("QR_OTHER", &json!({"scene_id": 1})),
        json!({}),
        too_long,
    ];
    for body in cases {
        assert_eq!(create(&simulator, &body).await["errcode"], 40053, "{body}");
    }
    let good = scene("QR_SCENE", &json!({"scene_id": 1}));
    let unknown = post_json(&simulator, "/cgi-bin/qrcode/create?access_token=x", &good).await;
    assert_eq!(unknown.errcode(), 40001);
    let control = simulator.control();
    control.set_quotas(Quotas {
        qr_per_day: 1,
        ..control.quotas()
    });
    create(&simulator, &good).await;
    assert_eq!(create(&simulator, &good).await["errcode"], 45009);
    control.update_account(APP, |account| account.kind = AccountKind::Subscription);
    assert_eq!(create(&simulator, &good).await["errcode"], 48001);
}

#[tokio::test]
async fn the_picture_is_for_everybody() {
    let simulator = demo();
    let made = create(&simulator, &scene("QR_SCENE", &json!({"scene_id": 1}))).await;
    let ticket = text(&made, "ticket");
    let encoded = utf8_percent_encode(&ticket, NON_ALPHANUMERIC);
    let got = get(&simulator, &format!("/cgi-bin/showqrcode?ticket={encoded}")).await;
    assert_eq!(got.header(header::CONTENT_TYPE), "image/svg+xml");
    assert!(got.body.contains("<svg"));
    let wrong = get(&simulator, "/cgi-bin/showqrcode?ticket=gQ").await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let listed = get(&simulator, "/_sim/qr-codes").await.json();
    assert_eq!(
        (&listed[0]["ticket"], &listed[0]["scene"]),
        (&json!(ticket), &json!("1"))
    );
}

#[tokio::test]
async fn a_scan_makes_followers_and_greets_them() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    let control = simulator.control();
    let made = create(&simulator, &scene("QR_STR_SCENE", &json!({"scene_str": "login_7f3a"}))).await;
    let ticket = text(&made, "ticket");
    let first = control.scan("lisi", &ticket).await.unwrap();
    assert_eq!(first.event.as_deref(), Some("subscribe"));
    assert_eq!(first.event_key.as_deref(), Some("qrscene_login_7f3a"));
    assert!(control.follows("lisi", APP));
    let again = control.scan("lisi", &text(&made, "url")).await.unwrap();
    assert_eq!(again.event.as_deref(), Some("SCAN"));
    assert_eq!(again.event_key.as_deref(), Some("login_7f3a"));
    let by_scene = control.scan_scene("zhangsan", APP, "login_7f3a").await.unwrap();
    assert_eq!(by_scene.event.as_deref(), Some("SCAN"), "a follower from the start");
    for seen in receiver.seen() {
        assert_eq!(field(&seen.body, "Ticket").as_deref(), Some(ticket.as_str()));
    }
    control.advance(60);
    assert_eq!(control.scan("lisi", &ticket).await, Err(ControlError::ExpiredCode));
    let error = control.scan_scene("lisi", APP, "login_7f3a").await;
    assert_eq!(error, Err(ControlError::UnknownCode));
    assert_eq!(control.scan("lisi", "gQ").await, Err(ControlError::UnknownCode));
    assert_eq!(receiver.seen().len(), 3, "nothing was sent");
}

#[tokio::test]
async fn scans_over_http() {
    let (simulator, _receiver) = connected(PushMode::Plain).await;
    let made = create(&simulator, &scene("QR_SCENE", &json!({"scene_id": 123}))).await;
    let bodies = [
        json!({"user": "lisi", "ticket": made["ticket"]}),
        json!({"user": "lisi", "url": made["url"]}),
        json!({"user": "lisi", "app_id": APP, "scene": "123"}),
    ];
    let mut keys = Vec::new();
    for body in bodies {
        let pushed = post_json(&simulator, "/_sim/scan", &body).await.json();
        keys.push(text(&pushed, "event_key"));
    }
    assert_eq!(keys, ["qrscene_123", "123", "123"]);
    let unknown = json!({"user": "lisi", "ticket": "x"});
    assert_eq!(post_json(&simulator, "/_sim/scan", &unknown).await.status, 422);
}

#[tokio::test]
async fn a_sandbox_has_a_tenth() {
    let simulator = demo();
    let control = simulator.control();
    let sandbox = Account {
        kind: AccountKind::Sandbox,
        ..Account::service("wx00000000000000bb", "s", &[])
    };
    control.add_account(sandbox);
    control.set_quotas(Quotas {
        qr_per_day: 10,
        ..control.quotas()
    });
    let token = server_token(&simulator, "wx00000000000000bb").await;
    let url = format!("/cgi-bin/qrcode/create?access_token={token}");
    let body = scene("QR_SCENE", &json!({"scene_id": 1}));
    assert_eq!(post_json(&simulator, &url, &body).await.errcode(), 0);
    assert_eq!(post_json(&simulator, &url, &body).await.errcode(), 45009);
}
