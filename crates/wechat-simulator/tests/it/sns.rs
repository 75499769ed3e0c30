use axum::http::header;
use serde_json::Value;
use wechat_simulator::{Account, Config, Simulator};

use crate::kit::{
    APP, SECRET, authorize_url, code_for, demo, exchange, exchange_url, get, get_with, post, text, tokens_for,
};

/// `, rid: ` and three groups of eight.
fn assert_sns_error(body: &str, code: i64, message: &str) {
    let start = format!(r#"{{"errcode":{code},"errmsg":"{message}, rid: "#);
    assert!(body.starts_with(&start), "{body} should start with {start}");
    assert_eq!(body.len(), start.len() + 26 + 2, "{body}");
}

#[tokio::test]
async fn the_body_of_an_exchange() {
    let simulator = demo();
    let code = code_for(&simulator, "lisi", "snsapi_userinfo").await;
    let got = exchange(&simulator, &code).await;
    assert_eq!(got.header(header::CONTENT_TYPE), "text/plain");
    let tokens = got.json();
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let openid = simulator.control().openid("lisi", APP);
    let unionid = simulator.control().unionid("lisi", APP).unwrap();
    assert_eq!(
        got.body,
        format!(
            r#"{{"access_token":"{access}","expires_in":7200,"refresh_token":"{refresh}","openid":"{openid}","scope":"snsapi_userinfo","unionid":"{unionid}"}}"#
        )
    );
    assert!(access.starts_with("86_") && access != refresh);
    let base = tokens_for(&simulator, "lisi", "snsapi_base").await;
    assert!(base.get("unionid").is_none(), "base tells no unionid");
    assert!(
        tokens_for(&simulator, "wangxiaoming", "snsapi_userinfo")
            .await
            .get("unionid")
            .is_none()
    );
}

#[tokio::test]
async fn parameters_are_checked_in_order() {
    let simulator = demo();
    let code = code_for(&simulator, "lisi", "snsapi_base").await;
    let cases = [
        (String::new(), 41002, "appid missing"),
        (format!("appid={APP}"), 41004, "appsecret missing"),
        (format!("appid={APP}&secret=x"), 41008, "missing code"),
        (format!("appid=wx1&secret=x&code={code}"), 40013, "invalid appid"),
        (format!("appid={APP}&secret=x&code={code}"), 40125, "invalid appsecret"),
        (format!("appid={APP}&secret={SECRET}&code=x"), 40029, "invalid code"),
    ];
    for (query, errcode, message) in cases {
        let got = get(&simulator, &format!("/sns/oauth2/access_token?{query}")).await;
        assert_sns_error(&got.body, errcode, message);
        assert_eq!(got.header(header::CONTENT_TYPE), "text/plain");
    }
    assert_eq!(
        exchange(&simulator, &code).await.errcode(),
        0,
        "none of them consumed the code"
    );
    assert_sns_error(&exchange(&simulator, &code).await.body, 40163, "code been used");
}

#[tokio::test]
async fn a_form_does_as_well_as_a_query() {
    let simulator = demo();
    let code = code_for(&simulator, "lisi", "snsapi_base").await;
    let url = exchange_url(SECRET, &code);
    let (path, form) = url.split_once('?').unwrap();
    let form = format!("{form}&redirect_uri=ignored");
    let got = post(&simulator, path, "application/x-www-form-urlencoded", &form).await;
    assert_eq!(got.json()["expires_in"], 7200);
}

#[tokio::test]
async fn codes_expire_and_belong_to_one_account() {
    let simulator = demo();
    let control = simulator.control();
    let other = "wx0123456789abcdef";
    control.add_account(Account::service(other, SECRET, &[]));
    let code = code_for(&simulator, "lisi", "snsapi_base").await;
    let foreign = get(&simulator, &exchange_url(SECRET, &code).replace(APP, other)).await;
    assert_sns_error(&foreign.body, 40029, "invalid code");
    control.advance(298);
    assert_eq!(exchange(&simulator, &code).await.errcode(), 0);
    control.advance(2);
    assert_sns_error(&exchange(&simulator, &code).await.body, 40029, "invalid code");
    let late = code_for(&simulator, "lisi", "snsapi_base").await;
    control.advance(300);
    assert_sns_error(&exchange(&simulator, &late).await.body, 40029, "invalid code");
}

fn userinfo_url(token: &str, openid: &str) -> String {
    format!("/sns/userinfo?access_token={token}&openid={openid}&lang=zh_CN")
}

#[tokio::test]
async fn the_profile() {
    let simulator = demo();
    let tokens = tokens_for(&simulator, "zhangsan", "snsapi_userinfo").await;
    let (token, openid) = (text(&tokens, "access_token"), text(&tokens, "openid"));
    let got = get(&simulator, &userinfo_url(&token, &openid)).await;
    assert_eq!(got.header(header::CONTENT_TYPE), "text/plain");
    let unionid = text(&tokens, "unionid");
    assert_eq!(
        got.body,
        format!(
            r#"{{"openid":"{openid}","nickname":"张三🙂<b>","sex":0,"language":"","city":"","province":"","country":"","headimgurl":"http:\/\/sim.test:8082\/avatars\/zhangsan\/132","privilege":[],"unionid":"{unionid}"}}"#
        )
    );
    let avatar = get(&simulator, "/avatars/zhangsan/132").await;
    assert_eq!(avatar.header(header::CONTENT_TYPE), "image/svg+xml");
    assert!(avatar.body.contains(r#"width="132""#));

    assert_sns_error(
        &get(&simulator, &userinfo_url("x", &openid)).await.body,
        40001,
        "invalid credential, access_token is invalid or not latest",
    );
    assert_sns_error(
        &get(&simulator, &userinfo_url(&token, "oWrong")).await.body,
        40003,
        "invalid openid",
    );
    assert_sns_error(
        &get(&simulator, "/sns/userinfo?openid=o").await.body,
        41001,
        "access_token missing",
    );
    assert_sns_error(
        &get(&simulator, "/sns/userinfo?access_token=o").await.body,
        41009,
        "missing openid",
    );
    simulator.control().advance(7200);
    assert_sns_error(
        &get(&simulator, &userinfo_url(&token, &openid)).await.body,
        42001,
        "access_token expired",
    );
}

#[tokio::test]
async fn who_has_no_portrait_and_where_pages_are() {
    let config = Config {
        pages_url: Some("https://open.test/".into()),
        ..Config::demo()
    };
    let simulator = Simulator::new(config);
    let profile = async |user: &str| {
        let tokens = tokens_for(&simulator, user, "snsapi_userinfo").await;
        get(
            &simulator,
            &userinfo_url(&text(&tokens, "access_token"), &text(&tokens, "openid")),
        )
        .await
        .json()
    };
    assert_eq!(profile("panda").await["headimgurl"], "");
    assert_eq!(
        profile("alice").await["headimgurl"],
        "https://open.test/avatars/alice/132"
    );
}

#[tokio::test]
async fn a_base_token_reads_no_profile() {
    let simulator = demo();
    let tokens = tokens_for(&simulator, "lisi", "snsapi_base").await;
    let url = userinfo_url(&text(&tokens, "access_token"), &text(&tokens, "openid"));
    assert_sns_error(&get(&simulator, &url).await.body, 48001, "api unauthorized");
}

#[tokio::test]
async fn auth_tells_whether_a_token_works() {
    let simulator = demo();
    let tokens = tokens_for(&simulator, "lisi", "snsapi_base").await;
    let url = |openid: &str| {
        format!(
            "/sns/auth?access_token={}&openid={openid}",
            text(&tokens, "access_token")
        )
    };
    assert_eq!(
        get(&simulator, &url(&text(&tokens, "openid"))).await.body,
        r#"{"errcode":0,"errmsg":"ok"}"#
    );
    assert_sns_error(&get(&simulator, &url("oWrong")).await.body, 40003, "invalid openid");
}

async fn refresh(simulator: &Simulator, token: &str) -> Value {
    let url = format!("/sns/oauth2/refresh_token?appid={APP}&grant_type=refresh_token&refresh_token={token}");
    get(simulator, &url).await.json()
}

#[tokio::test]
async fn refreshing_extends_or_replaces() {
    let simulator = demo();
    let control = simulator.control();
    let tokens = tokens_for(&simulator, "lisi", "snsapi_userinfo").await;
    let (access, token) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    control.advance(7000);
    let early = refresh(&simulator, &token).await;
    assert_eq!(text(&early, "access_token"), access, "still valid: the same");
    assert_eq!(early.as_object().unwrap().len(), 5, "no unionid: {early}");
    control.advance(7000);
    let auth = format!("/sns/auth?access_token={access}&openid={}", text(&tokens, "openid"));
    assert_eq!(get(&simulator, &auth).await.errcode(), 0, "its time was extended");
    control.advance(200);
    let late = refresh(&simulator, &token).await;
    assert_ne!(text(&late, "access_token"), access, "expired: a new one");
    assert_eq!(text(&late, "refresh_token"), token);
    control.advance(30 * 86_400);
    assert_eq!(refresh(&simulator, &token).await["errcode"], 42002);
    assert_eq!(refresh(&simulator, "x").await["errcode"], 40030);
    assert_eq!(refresh(&simulator, "").await["errcode"], 41003);
}

#[tokio::test]
async fn a_minute_has_a_quota() {
    let simulator = demo();
    let control = simulator.control();
    control.set_quotas(wechat_simulator::Quotas {
        sns_per_minute: 2,
        ..control.quotas()
    });
    for _ in 0..2 {
        assert_eq!(exchange(&simulator, "x").await.errcode(), 40029);
    }
    let message = "api minute-quota reach limit, must slower, retry next minute";
    assert_sns_error(&exchange(&simulator, "x").await.body, 45011, message);
    control.advance(60);
    assert_eq!(exchange(&simulator, "x").await.errcode(), 40029);
}

#[tokio::test]
async fn strict_wants_the_grant_type() {
    let simulator = Simulator::new(Config::strict());
    let url = exchange_url(SECRET, "x").replace("&grant_type=authorization_code", "");
    assert_eq!(get(&simulator, &url).await.errcode(), 40002);
    assert_eq!(get(&demo(), &url).await.errcode(), 40029);
}

#[tokio::test]
async fn unknown_urls() {
    let simulator = demo();
    let got = get(&simulator, "/sns/nothing").await;
    assert!(
        got.body.starts_with(r#"{"errcode":40066,"errmsg":"invalid url rid: "#),
        "{}",
        got.body
    );
    assert_eq!(get(&simulator, "/cgi-bin/message/send").await.errcode(), 40066);
    // An authorize URL asked for as a call is none.
    let calls = simulator.calls_router();
    let request = axum::http::Request::get(authorize_url("snsapi_base", "s"))
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(tower::ServiceExt::oneshot(calls, request).await.unwrap().status(), 404);
    let seen = get_with(&simulator, "/sns/nothing", &[("x-forwarded-for", "9.9.9.9, 1.1.1.1")]).await;
    assert_eq!(seen.status, 200);
    assert_eq!(simulator.control().requests().last().unwrap().caller, "9.9.9.9");
}

#[tokio::test]
async fn who_is_held_back_gets_no_tokens() {
    let simulator = demo();
    simulator.control().add_user(wechat_simulator::User {
        blocked: true,
        ..wechat_simulator::User::new("risky", "R")
    });
    let code = code_for(&simulator, "risky", "snsapi_base").await;
    assert_eq!(exchange(&simulator, &code).await.errcode(), 40226);
}
