use serde_json::{Value, json};
use wechat_simulator::{AccountKind, Simulator};

use crate::kit::{APP, demo, get, post_json, server_token, text};

async fn info(simulator: &Simulator, openid: &str) -> Value {
    let token = server_token(simulator, APP).await;
    let url = format!("/cgi-bin/user/info?access_token={token}&openid={openid}&lang=zh_CN");
    get(simulator, &url).await.json()
}

#[tokio::test]
async fn followers_and_others() {
    let simulator = demo();
    let control = simulator.control();
    let lisi = control.openid("lisi", APP);
    let stranger = json!({"subscribe": 0, "openid": lisi, "tagid_list": []});
    assert_eq!(info(&simulator, &lisi).await, stranger);
    let token = server_token(&simulator, APP).await;
    let url = format!("/cgi-bin/qrcode/create?access_token={token}");
    let code = json!({"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "login_1"}}});
    let ticket = text(&post_json(&simulator, &url, &code).await.json(), "ticket");
    let record = control.scan("lisi", &ticket).await.unwrap();
    let known = info(&simulator, &lisi).await;
    let wanted = json!({
        "subscribe": 1, "openid": lisi, "nickname": "", "sex": 0, "language": "zh_CN", "city": "", "province": "",
        "country": "", "headimgurl": "", "subscribe_time": record.time, "unionid": control.unionid("lisi", APP),
        "remark": "", "groupid": 0, "tagid_list": [], "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 0,
        "qr_scene_str": "login_1",
    });
    assert_eq!(known, wanted);
    control.unfollow("lisi", APP).await.unwrap();
    assert_eq!(info(&simulator, &lisi).await, stranger);
    let from_the_start = info(&simulator, &control.openid("zhangsan", APP)).await;
    assert_eq!(from_the_start["subscribe_scene"], "ADD_SCENE_SEARCH");
    assert!(from_the_start["subscribe_time"].as_i64().unwrap() <= control.now());
}

#[tokio::test]
async fn many_at_once() {
    let simulator = demo();
    let control = simulator.control();
    let token = server_token(&simulator, APP).await;
    let url = format!("/cgi-bin/user/info/batchget?access_token={token}");
    let asked = |openid: &str| json!({"openid": openid, "lang": "zh_CN"});
    let (zhangsan, lisi) = (control.openid("zhangsan", APP), control.openid("lisi", APP));
    let body = json!({"user_list": [asked(&zhangsan), asked(&lisi)]});
    let got = post_json(&simulator, &url, &body).await.json();
    let list = got["user_info_list"].as_array().unwrap();
    let seen: Vec<&Value> = list.iter().map(|user| &user["subscribe"]).collect();
    assert_eq!(seen, [1, 0]);
    let many = json!({"user_list": vec![asked(&lisi); 101]});
    assert_eq!(post_json(&simulator, &url, &many).await.errcode(), 40032);
    let unknown = json!({"user_list": [asked("o")]});
    assert_eq!(post_json(&simulator, &url, &unknown).await.errcode(), 40003);
    assert_eq!(get(&simulator, &url).await.errcode(), 43002);
}

#[tokio::test]
async fn errors() {
    let simulator = demo();
    assert_eq!(info(&simulator, "oNobody").await["errcode"], 40003);
    assert_eq!(info(&simulator, "").await["errcode"], 41009);
    assert_eq!(get(&simulator, "/cgi-bin/user/info?openid=o").await.errcode(), 41001);
    simulator
        .control()
        .update_account(APP, |account| account.kind = AccountKind::Subscription);
    assert_eq!(info(&simulator, "oNobody").await["errcode"], 48001);
}
