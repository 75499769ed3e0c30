//! Calls of the account, letter by letter, with a server that plays WeChat.

use hufu_core::error::Class;
use hufu_core::provider::{ProviderError, ProviderErrorCode as Code};
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_provider_wechat::api::{CallError, OfficialAccountApi, Scene, TicketKind};
use hufu_provider_wechat::errors::is_dead_token;
use hufu_provider_wechat::menu::Menu;

use crate::scripted_server::{Say, ScriptedServer};
use crate::support::{APP_ID, SECRET, kind};

const OPENID: &str = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M";
const DONE: &str = r#"{"errcode":0,"errmsg":"ok"}"#;
const BUSY: &str = r#"{"errcode":-1,"errmsg":"system error"}"#;
const STALE: &str =
    r#"{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest rid: 1-2-3"}"#;

async fn world(bodies: &[&str]) -> (ScriptedServer, OfficialAccountApi) {
    let server = ScriptedServer::bodies(bodies).await;
    let api = kind(&server.url).api(APP_ID, SecretString::from(SECRET));
    (server, api)
}

fn token() -> SecretString {
    SecretString::from("86_TOKEN+/&")
}

fn errcode(error: &CallError) -> i64 {
    error.errcode().unwrap()
}

/// The line of the only request.
fn line(server: &ScriptedServer) -> String {
    assert_eq!(server.requests(), 1);
    server.heard().remove(0).line
}

#[tokio::test]
async fn tickets_of_both_kinds() {
    let body = r#"{"errcode":0,"errmsg":"ok","ticket":"bxLdikRXVbTPdHSM05e5u5sUoXNKd8-41ZO3MhKoyN5OfkWITDGgnr2fwJ0m9E8NYzWKVZvdVtaUgWvsdshFKA","expires_in":7200}"#;
    for (kind, name) in [(TicketKind::JsApi, "jsapi"), (TicketKind::WxCard, "wx_card")] {
        let (server, api) = world(&[body]).await;
        let ticket = api.ticket(&token(), kind).await.unwrap();
        assert!(ticket.ticket.expose_secret().starts_with("bxLdik") && ticket.expires_in == Some(7200));
        assert!(!format!("{ticket:?}").contains("bxLdik"));
        assert_eq!(
            line(&server),
            format!("GET /cgi-bin/ticket/getticket?access_token=86_TOKEN%2B%2F%26&type={name}")
        );
    }
}

#[tokio::test]
async fn a_dead_token_is_told_and_not_repeated() {
    for call in 0..4 {
        let (server, api) = world(&[STALE]).await;
        let token = token();
        let error = match call {
            0 => api.ticket(&token, TicketKind::JsApi).await.map(drop),
            1 => api.menu(&token).await.map(drop),
            2 => api.delete_menu(&token).await,
            _ => api.follower(&token, OPENID).await.map(drop),
        }
        .unwrap_err();
        assert!(is_dead_token(errcode(&error)));
        let error = ProviderError::from(error);
        assert_eq!((error.class, error.code), (Class::Retry, Code::TokenInvalid));
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_qr_code_with_a_scene() {
    let body = r#"{"ticket":"gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==","expire_seconds":60,"url":"http:\/\/weixin.qq.com\/q\/kZgfwMTm72WWPkovabbI"}"#;
    let (server, api) = world(&[body]).await;
    let scene = Scene::parse("login_7f3a").unwrap();
    let code = api.create_qr_code(&token(), &scene, 60).await.unwrap();
    assert_eq!(
        (code.url.as_str(), code.expires_in),
        ("http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI", Some(60))
    );
    assert!(code.ticket.expose_secret().starts_with("gQH47jo"));
    let heard = server.heard().remove(0);
    assert_eq!(heard.line, "POST /cgi-bin/qrcode/create?access_token=86_TOKEN%2B%2F%26");
    assert_eq!(heard.content_type.as_deref(), Some("application/json"));
    let sent: serde_json::Value = serde_json::from_str(&heard.body).unwrap();
    let expected = serde_json::json!({"expire_seconds":60,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"login_7f3a"}}});
    assert_eq!(sent, expected);
}

/// A scene claims a login: neither WeChat's echo of it nor that of the token is kept.
#[tokio::test]
async fn what_wechat_repeats_is_not_kept() {
    let echo = r#"{"errcode":40053,"errmsg":"invalid action info login_7f3a with 86_TOKEN+/& rid: 1-2-3"}"#;
    let (server, api) = world(&[echo]).await;
    let scene = Scene::parse("login_7f3a").unwrap();
    let error = api.create_qr_code(&token(), &scene, u32::MAX).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains("7f3a") && !shown.contains("86_TOKEN") && shown.contains("1-2-3"),
        "{shown}"
    );
    assert!(server.heard().remove(0).body.contains("2592000"), "30 days at most");
}

#[tokio::test]
async fn a_qr_code_is_asked_for_once() {
    let scene = Scene::parse("login_7f3a").unwrap();
    for answer in [Say::Body(BUSY.as_bytes().to_vec()), Say::Raw(Vec::new())] {
        let server = ScriptedServer::start(vec![answer]).await;
        let api = kind(&server.url).api(APP_ID, SecretString::from(SECRET));
        assert!(api.create_qr_code(&token(), &scene, 60).await.is_err());
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_menu_is_made_read_and_deleted() {
    let menu = Menu::from_json(r#"{"button":[{"name":"登录 😀","type":"view","url":"https://a.cn/路径"}]}"#).unwrap();
    let (server, api) = world(&[DONE]).await;
    api.create_menu(&token(), &menu).await.unwrap();
    let heard = server.heard().remove(0);
    assert_eq!(heard.line, "POST /cgi-bin/menu/create?access_token=86_TOKEN%2B%2F%26");
    assert!(
        heard.body.contains("登录 😀") && !heard.body.contains("\\u"),
        "{}",
        heard.body
    );

    let (server, api) = world(&[&format!(r#"{{"menu":{}}}"#, menu.to_json().unwrap())]).await;
    assert_eq!(api.menu(&token()).await.unwrap(), Some(menu));
    assert_eq!(line(&server), "GET /cgi-bin/menu/get?access_token=86_TOKEN%2B%2F%26");

    let (_, api) = world(&[r#"{"errcode":46003,"errmsg":"menu no exist rid: 1-2-3"}"#]).await;
    assert_eq!(api.menu(&token()).await.unwrap(), None);

    let (server, api) = world(&[DONE]).await;
    api.delete_menu(&token()).await.unwrap();
    assert_eq!(line(&server), "GET /cgi-bin/menu/delete?access_token=86_TOKEN%2B%2F%26");

    let refusal = r#"{"errcode":40018,"errmsg":"invalid button name size rid: 1-2-3"}"#;
    let (_, api) = world(&[refusal]).await;
    let error = ProviderError::from(api.create_menu(&token(), &Menu::default()).await.unwrap_err());
    assert_eq!((error.class, error.errcode), (Class::TenantAdmin, Some(40018)));
}

#[tokio::test]
async fn the_menu_as_people_see_it() {
    let body = r#"{"is_menu_open":1,"selfmenu_info":{"button":[{"name":"a","sub_button":{"list":[
        {"type":"news","name":"图文","value":"KQb_w_Tiz","news_info":{"list":[{"title":"t"}]}}]}}]}}"#;
    let (server, api) = world(&[body]).await;
    let current = api.current_menu(&token()).await.unwrap();
    assert!(current.is_open);
    let button = &current.menu.buttons[0].sub_buttons[0];
    assert_eq!(
        (button.name.as_str(), &button.other["value"]),
        ("图文", &serde_json::json!("KQb_w_Tiz"))
    );
    assert_eq!(
        line(&server),
        "GET /cgi-bin/get_current_selfmenu_info?access_token=86_TOKEN%2B%2F%26"
    );
    let (_, api) = world(&[r#"{"is_menu_open":0}"#]).await;
    let closed = api.current_menu(&token()).await.unwrap();
    assert_eq!((closed.is_open, closed.menu), (false, Menu::default()));
}

#[tokio::test]
async fn followers_and_others() {
    let body = r#"{"subscribe":1,"openid":"o6_bmjrPTlm6_2sgVt7hMZOPfL2M","nickname":"","sex":0,"language":"zh_CN","city":"","province":"","country":"","headimgurl":"","subscribe_time":1382694957,"unionid":"o6_bmasdasdsad6_2sgVt7hMZOPfL","remark":"","groupid":0,"tagid_list":[128,2],"subscribe_scene":"ADD_SCENE_QR_CODE","qr_scene":98765,"qr_scene_str":"login"}"#;
    let (server, api) = world(&[body]).await;
    let follower = api.follower(&token(), OPENID).await.unwrap();
    assert!(follower.subscribed && follower.subscribe_time == Some(1_382_694_957));
    assert_eq!(follower.unionid.as_deref(), Some("o6_bmasdasdsad6_2sgVt7hMZOPfL"));
    assert_eq!(follower.subscribe_scene.as_deref(), Some("ADD_SCENE_QR_CODE"));
    assert_eq!(follower.qr_scene.as_deref(), Some("login"));
    assert_eq!(
        line(&server),
        format!("GET /cgi-bin/user/info?access_token=86_TOKEN%2B%2F%26&openid={OPENID}&lang=zh_CN")
    );
    let (_, api) = world(&[&format!(r#"{{"subscribe":0,"openid":"{OPENID}","tagid_list":[]}}"#)]).await;
    let other = api.follower(&token(), OPENID).await.unwrap();
    assert_eq!((other.subscribed, other.unionid), (false, None));
    let (_, api) = world(&[r#"{"subscribe":1,"openid":"oSomebodyElse"}"#]).await;
    assert!(api.follower(&token(), OPENID).await.is_err());
}

#[tokio::test]
async fn addresses() {
    let (server, api) = world(&[BUSY, r#"{"ip_list":["101.226.62.77","2402:4e00::/32"]}"#]).await;
    let list = api.callback_addresses(&token()).await.unwrap();
    assert_eq!(list, ["101.226.62.77", "2402:4e00::/32"]);
    assert_eq!(server.requests(), 2, "a busy WeChat is asked again");
    for odd in [r#"{"ip_list":"x"}"#, r#"{"ip_list":[1]}"#, "{}"] {
        let (_, api) = world(&[odd]).await;
        assert!(api.call_addresses(&token()).await.is_err(), "{odd}");
    }
}

#[tokio::test]
async fn a_mini_programs_code() {
    let body = r#"{"session_key":"D1ZWEygStjuLCnZ9IN2l4Q==","openid":"o16wA0b4AZKzgVJR3MBwoUdTfU_E","unionid":"or4zX05h_Ykt4ju0TUfx3CQsvfTo","expires_in":7200}"#;
    let (server, api) = world(&[body]).await;
    let session = api.exchange_js_code("021kz2200LsayS1uXi400me0oP3kz22M").await.unwrap();
    assert_eq!(session.openid, "o16wA0b4AZKzgVJR3MBwoUdTfU_E");
    assert_eq!(session.unionid.as_deref(), Some("or4zX05h_Ykt4ju0TUfx3CQsvfTo"));
    assert_eq!(session.session_key.expose_secret(), "D1ZWEygStjuLCnZ9IN2l4Q==");
    assert!(!format!("{session:?}").contains("D1ZWEyg"));
    assert_eq!(
        line(&server),
        format!(
            "GET /sns/jscode2session?appid={APP_ID}&secret={SECRET}&js_code=021kz2200LsayS1uXi400me0oP3kz22M\
             &grant_type=authorization_code"
        )
    );
    for (body, errcode, code, unused) in [
        (
            r#"{"errcode":40029,"errmsg":"invalid code, rid: 1-2-3"}"#,
            40029,
            Code::CodeInvalid,
            false,
        ),
        (
            r#"{"errcode":40163,"errmsg":"code been used, rid: 1-2-3"}"#,
            40163,
            Code::CodeUsed,
            false,
        ),
        (
            r#"{"errcode":40226,"errmsg":"code blocked"}"#,
            40226,
            Code::PersonBlocked,
            false,
        ),
        (
            r#"{"errcode":45011,"errmsg":"api minute-quota reach limit"}"#,
            45011,
            Code::QuotaExceeded,
            false,
        ),
        (BUSY, -1, Code::Busy, true),
    ] {
        let (server, api) = world(&[body]).await;
        let error = api.exchange_js_code("code").await.unwrap_err();
        assert_eq!((error.errcode(), error.leaves_code_unused()), (Some(errcode), unused));
        assert_eq!((ProviderError::from(error).code, server.requests()), (code, 1));
    }
}

#[tokio::test]
async fn counters_are_cleared_without_a_token() {
    let (server, api) = world(&[DONE]).await;
    api.clear_quota().await.unwrap();
    let heard = server.heard().remove(0);
    assert_eq!(heard.line, "POST /cgi-bin/clear_quota/v2");
    let sent: serde_json::Value = serde_json::from_str(&heard.body).unwrap();
    assert_eq!(sent, serde_json::json!({"appid": APP_ID, "appsecret": SECRET}));
    let refusal = r#"{"errcode":48006,"errmsg":"forbid to clear quota because of reaching the limit rid: 1-2-3"}"#;
    let (server, api) = world(&[refusal]).await;
    let error = ProviderError::from(api.clear_quota().await.unwrap_err());
    assert_eq!((error.class, error.code), (Class::TenantAdmin, Code::QuotaExceeded));
    assert_eq!(server.requests(), 1);
}
