use serde_json::json;
use wechat_simulator::{Account, JsConfig, JsProblem, Simulator};

use crate::kit::{APP, demo, get, server_token, text};

async fn ticket(simulator: &Simulator, token: &str, kind: &str) -> serde_json::Value {
    let url = format!("/cgi-bin/ticket/getticket?access_token={token}&type={kind}");
    get(simulator, &url).await.json()
}

#[tokio::test]
async fn a_ticket_stays_while_it_lives() {
    let simulator = demo();
    let token = server_token(&simulator, APP).await;
    let first = ticket(&simulator, &token, "jsapi").await;
    let value = text(&first, "ticket");
    assert_eq!(
        first,
        json!({"errcode": 0, "errmsg": "ok", "ticket": value, "expires_in": 7200})
    );
    assert_eq!(value.len(), 86);
    let card = ticket(&simulator, &token, "wx_card").await;
    assert_ne!(text(&card, "ticket"), value);
    simulator.control().advance(100);
    let again = ticket(&simulator, &token, "jsapi").await;
    assert_eq!(
        (text(&again, "ticket"), &again["expires_in"]),
        (value.clone(), &json!(7100))
    );
    assert_eq!(simulator.control().js_ticket(APP), Some(value.clone()));
    simulator.control().advance(7100);
    assert_eq!(simulator.control().js_ticket(APP), None);
    let token = server_token(&simulator, APP).await;
    assert_ne!(text(&ticket(&simulator, &token, "jsapi").await, "ticket"), value);
}

#[tokio::test]
async fn bad_tokens_and_types() {
    let simulator = demo();
    let token = server_token(&simulator, APP).await;
    assert_eq!(ticket(&simulator, &token, "js").await["errcode"], 40097);
    assert_eq!(ticket(&simulator, "86_x", "jsapi").await["errcode"], 40001);
    assert_eq!(ticket(&simulator, "", "jsapi").await["errcode"], 41001);
    simulator.control().advance(7200);
    assert_eq!(ticket(&simulator, &token, "jsapi").await["errcode"], 42001);
    let mini = Account::mini_program("wx00000000000000aa", "s");
    simulator.control().add_account(mini);
    let token = server_token(&simulator, "wx00000000000000aa").await;
    assert_eq!(ticket(&simulator, &token, "jsapi").await["errcode"], 48001);
}

#[tokio::test]
async fn a_page_configuration_is_checked_as_the_phone_does() {
    let simulator = demo();
    let control = simulator.control();
    let config = JsConfig {
        app_id: APP.into(),
        url: "http://shop.test/".into(),
        timestamp: 1,
        nonce: "n".into(),
        signature: "0".repeat(40),
    };
    assert_eq!(control.check_js_config(&config), Err(JsProblem::Domain));
    control.update_account(APP, |account| account.js_domains = vec!["shop.test".into()]);
    assert_eq!(control.check_js_config(&config), Err(JsProblem::Signature));
}
