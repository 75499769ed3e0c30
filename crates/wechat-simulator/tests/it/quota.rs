use serde_json::{Value, json};
use wechat_simulator::{Quotas, Simulator};

use crate::kit::{APP, SECRET, demo, get, get_with, post_json, server_token, text};

async fn with_token(simulator: &Simulator, path: &str, body: &Value) -> Value {
    let token = server_token(simulator, APP).await;
    let url = format!("{path}?access_token={token}");
    post_json(simulator, &url, body).await.json()
}

async fn classic(simulator: &Simulator) -> i64 {
    let url = format!("/cgi-bin/token?grant_type=client_credential&appid={APP}&secret={SECRET}");
    get(simulator, &url).await.errcode()
}

fn one_token_a_day() -> Simulator {
    let simulator = demo();
    let control = simulator.control();
    control.set_quotas(Quotas {
        token_per_day: 1,
        clears_per_month: 2,
        ..control.quotas()
    });
    simulator
}

#[tokio::test]
async fn clearing_gives_back_and_is_itself_limited() {
    let simulator = one_token_a_day();
    assert_eq!((classic(&simulator).await, classic(&simulator).await), (0, 45009));
    let cleared = with_token(&simulator, "/cgi-bin/clear_quota", &json!({"appid": APP})).await;
    assert_eq!(cleared, json!({"errcode": 0, "errmsg": "ok"}));
    assert_eq!((classic(&simulator).await, classic(&simulator).await), (0, 45009));
    let body = json!({"appid": APP, "appsecret": SECRET});
    let path = "/cgi-bin/clear_quota/v2";
    assert_eq!(post_json(&simulator, path, &body).await.errcode(), 0);
    assert_eq!(classic(&simulator).await, 0);
    let third = post_json(&simulator, path, &body).await;
    assert!(
        third
            .body
            .starts_with(r#"{"errcode":48006,"errmsg":"forbid to clear quota because of reaching the limit rid: "#),
        "{}",
        third.body
    );
    simulator.control().advance(31 * 86_400);
    assert_eq!(post_json(&simulator, path, &body).await.errcode(), 0, "another month");
    let wrong = json!({"appid": APP, "appsecret": "x"});
    assert_eq!(post_json(&simulator, path, &wrong).await.errcode(), 40125);
    let other = with_token(&simulator, "/cgi-bin/clear_quota", &json!({"appid": "wx1"})).await;
    assert_eq!(other["errcode"], 40013);
}

#[tokio::test]
async fn what_is_left_can_be_asked() {
    let simulator = one_token_a_day();
    classic(&simulator).await;
    let path = json!({"cgi_path": "/cgi-bin/token"});
    let quota = with_token(&simulator, "/cgi-bin/openapi/quota/get", &path).await;
    assert_eq!(quota["quota"], json!({"daily_limit": 1, "used": 1, "remain": 0}));
    assert_eq!(
        with_token(&simulator, "/cgi-bin/openapi/quota/clear", &path).await["errcode"],
        0
    );
    assert_eq!(classic(&simulator).await, 0);
    let unknown = with_token(&simulator, "/cgi-bin/openapi/quota/get", &json!({"cgi_path": "x"})).await;
    assert_eq!(unknown["errcode"], 76021);
}

#[tokio::test]
async fn a_rid_explains_a_failure() {
    let simulator = demo();
    let url = format!("/cgi-bin/token?grant_type=client_credential&appid={APP}&secret=wrong");
    let failed = get_with(&simulator, &url, &[("x-forwarded-for", "9.9.9.9")]).await;
    let message = text(&failed.json(), "errmsg");
    let rid = message.rsplit(' ').next().unwrap();
    let explained = with_token(&simulator, "/cgi-bin/openapi/rid/get", &json!({"rid": rid})).await;
    let request = &explained["request"];
    assert_eq!(request["response_body"], failed.body);
    assert_eq!(request["client_ip"], "9.9.9.9");
    assert!(!text(request, "request_url").contains("wrong"), "the secret is cut off");
    let unknown = with_token(&simulator, "/cgi-bin/openapi/rid/get", &json!({"rid": "x"})).await;
    assert_eq!(unknown["errcode"], 76001);
}
