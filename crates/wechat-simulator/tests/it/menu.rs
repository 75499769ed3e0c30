use serde_json::{Value, json};
use wechat_simulator::{ControlError, PushMode, Quotas, Simulator};

use crate::kit::{APP, demo, get, post, post_json, server_token};
use crate::receiver::connected;

async fn create(simulator: &Simulator, menu: &Value) -> Value {
    let token = server_token(simulator, APP).await;
    let url = format!("/cgi-bin/menu/create?access_token={token}");
    post_json(simulator, &url, menu).await.json()
}

async fn call(simulator: &Simulator, path: &str) -> Value {
    let token = server_token(simulator, APP).await;
    get(simulator, &format!("{path}?access_token={token}")).await.json()
}

fn click(name: &str, key: &str) -> Value {
    json!({"type": "click", "name": name, "key": key})
}

fn view(url: &str) -> Value {
    json!({"type": "view", "name": "看", "url": url})
}

fn top(buttons: &[Value]) -> Value {
    json!({ "button": buttons })
}

fn sub(button: &Value) -> Value {
    json!({"button": [{"name": "更多", "sub_button": [button]}]})
}

#[tokio::test]
async fn a_menu_is_made_read_and_deleted() {
    let simulator = demo();
    let none = call(&simulator, "/cgi-bin/menu/get").await;
    assert_eq!(none["errcode"], 46003);
    assert!(none["errmsg"].as_str().unwrap().starts_with("menu no exist rid"));
    assert_eq!(
        call(&simulator, "/cgi-bin/get_current_selfmenu_info").await,
        json!({"is_menu_open": 0})
    );
    let menu = json!({"button": [
        click("今日歌曲", "V1001"),
        {"name": "菜单", "sub_button": [view("http://127.0.0.1/login"), click("赞", "GOOD")]},
    ]});
    let made = create(&simulator, &menu).await;
    assert_eq!(made, json!({"errcode": 0, "errmsg": "ok"}));
    let read = call(&simulator, "/cgi-bin/menu/get").await;
    assert_eq!(
        read["menu"]["button"][0],
        json!({"type": "click", "name": "今日歌曲", "key": "V1001", "sub_button": []})
    );
    assert_eq!(read["menu"]["button"][1]["sub_button"][1]["key"], "GOOD");
    let current = call(&simulator, "/cgi-bin/get_current_selfmenu_info").await;
    assert_eq!(current["is_menu_open"], 1);
    let second = &current["selfmenu_info"]["button"][1];
    assert_eq!(second["sub_button"]["list"][1], click("赞", "GOOD"));
    assert_eq!(call(&simulator, "/cgi-bin/menu/delete").await["errcode"], 0);
    assert_eq!(call(&simulator, "/cgi-bin/menu/get").await["errcode"], 46003);
}

#[tokio::test]
async fn each_limit_has_its_number() {
    let simulator = demo();
    simulator
        .control()
        .update_account(APP, |account| account.blocked_hosts = vec!["bad.test".into()]);
    let five = vec![click("a", "k"); 5];
    let six = vec![click("a", "k"); 6];
    let kind = |kind: &str| json!({"type": kind, "name": "a", "key": "k"});
    let long_url = |length: usize| format!("http://127.0.0.1/{}", "x".repeat(length - 17));
    let mini = json!({"type": "miniprogram", "name": "a", "url": "http://127.0.0.1/", "appid": "wx1", "pagepath": "p"});
    let no_appid = json!({"type": "miniprogram", "name": "a", "url": "http://127.0.0.1/", "pagepath": "p"});
    let deep = json!({"name": "a", "sub_button": [click("a", "k")]});
    let cases = [
        (top(&[]), 40016),
        (top(&vec![click("a", "k"); 3]), 0),
        (top(&vec![click("a", "k"); 4]), 40016),
        (json!({"button": [{"name": "a", "sub_button": five}]}), 0),
        (json!({"button": [{"name": "a", "sub_button": six}]}), 40023),
        (top(&[click("五个中文字", "k")]), 0),
        (top(&[click("六个中文字符", "k")]), 40018),
        (top(&[click("", "k")]), 40018),
        (sub(&click(&"字".repeat(20), "k")), 0),
        (sub(&click(&"字".repeat(21), "k")), 40025),
        (top(&[click("a", &"k".repeat(128))]), 0),
        (top(&[click("a", &"k".repeat(129))]), 40019),
        (top(&[json!({"type": "click", "name": "a"})]), 40019),
        (sub(&click("a", &"k".repeat(129))), 40026),
        (top(&[view(&long_url(1024))]), 0),
        (top(&[view(&long_url(1025))]), 40020),
        (sub(&view(&long_url(1025))), 40027),
        (top(&[kind("tap")]), 40017),
        (sub(&kind("tap")), 40024),
        (top(&[kind("scancode_push")]), 0),
        (top(&[kind("location_select")]), 0),
        (top(&[kind("media_id")]), 40007),
        (top(&[kind("article_id")]), 53600),
        (top(&[mini]), 0),
        (top(&[no_appid]), 40013),
        (sub(&deep), 40022),
        (top(&[view("http://bad.test/")]), 40055),
        (sub(&view("http://bad.test/")), 40054),
        (top(&[view("weixin://x")]), 40055),
    ];
    for (menu, code) in cases {
        assert_eq!(create(&simulator, &menu).await["errcode"], code, "{menu}");
    }
}

#[tokio::test]
async fn at_most_three_hosts_of_others() {
    let simulator = demo();
    let links = |hosts: &[&str]| {
        let buttons: Vec<Value> = hosts.iter().map(|host| view(&format!("http://{host}/"))).collect();
        json!({"button": [{"name": "a", "sub_button": buttons}]})
    };
    let good = links(&["a.test", "b.test", "c.test", "127.0.0.1", "c.test"]);
    assert_eq!(create(&simulator, &good).await["errcode"], 0);
    let bad = links(&["a.test", "b.test", "c.test", "d.test"]);
    assert_eq!(create(&simulator, &bad).await["errcode"], 65316);
}

#[tokio::test]
async fn bodies_and_quotas() {
    let simulator = demo();
    let token = server_token(&simulator, APP).await;
    let url = format!("/cgi-bin/menu/create?access_token={token}");
    let escaped = r#"{"button":[{"type":"click","name":"\u4e2d","key":"k"}]}"#;
    assert_eq!(
        post(&simulator, &url, "application/json", escaped).await.errcode(),
        40033
    );
    assert_eq!(post(&simulator, &url, "application/json", "{").await.errcode(), 47001);
    assert_eq!(get(&simulator, &url).await.errcode(), 43002);
    let control = simulator.control();
    control.set_quotas(Quotas {
        menu_create_per_day: 1,
        ..control.quotas()
    });
    let menu = top(&[click("a", "k")]);
    assert_eq!(create(&simulator, &menu).await["errcode"], 0);
    assert_eq!(create(&simulator, &menu).await["errcode"], 45009);
    control.clear_faults();
    assert_eq!(
        get(&simulator, "/_sim/menus").await.json()[APP]["button"][0]["key"],
        "k"
    );
}

#[tokio::test]
async fn taps_become_events() {
    let (simulator, _receiver) = connected(PushMode::Safe).await;
    let control = simulator.control();
    let error = control.tap_menu("zhangsan", APP, "V1").await;
    assert_eq!(error, Err(ControlError::UnknownButton));
    let menu = top(&[click("歌", "V1"), view("http://127.0.0.1/login?a=b#wechat_redirect")]);
    create(&simulator, &menu).await;
    for button in ["V1", "歌"] {
        let record = control.tap_menu("zhangsan", APP, button).await.unwrap();
        assert_eq!(record.event.as_deref(), Some("CLICK"));
        assert_eq!(record.event_key.as_deref(), Some("V1"));
    }
    let tap = json!({"user": "zhangsan", "app_id": APP, "button": "看"});
    let record = post_json(&simulator, "/_sim/menu-tap", &tap).await.json();
    assert_eq!(record["event"], "VIEW");
    assert_eq!(record["event_key"], "http://127.0.0.1/login?a=b#wechat_redirect");
    let error = control.tap_menu("lisi", APP, "V1").await;
    assert_eq!(error, Err(ControlError::NotFollowing));
}
