use axum::http::{StatusCode, header};
use wechat_simulator::{Account, AccountKind, Config, Simulator};

use crate::kit::{APP, SECRET, WECHAT, authorize_url, code_for, demo, exchange, get, get_with};

/// The query after `replace` of one piece by another.
fn changed(from: &str, to: &str) -> String {
    let url = authorize_url("snsapi_base", "s1");
    assert!(url.contains(from), "{from}");
    url.replace(from, to)
}

async fn strict_page(simulator: &Simulator, url: &str) -> String {
    let got = get_with(simulator, url, &[("user-agent", WECHAT), ("x-sim-user", "lisi")]).await;
    assert_eq!(got.status, StatusCode::OK, "{url}");
    assert_eq!(got.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    got.body
}

#[tokio::test]
async fn each_check_has_its_page() {
    let simulator = Simulator::new(Config::strict());
    let long = "s".repeat(129);
    let cases = [
        (
            changed(&format!("appid={APP}"), "appid="),
            "appid不能为空，错误码:10012",
        ),
        (changed(APP, "wx0000000000000000"), "，错误码:1<"),
        (changed("scope=snsapi_base", "scope="), "scope不能为空，错误码:10010"),
        (
            changed("snsapi_base", "snsapi_login"),
            "此公众号并没有这些scope的权限，错误码:10005",
        ),
        (
            changed("http%3A%2F%2F127.0.0.1%3A9000%2Fcb", ""),
            "redirect_uri不能为空，错误码:10011",
        ),
        (
            changed("127.0.0.1", "evil.example"),
            "redirect_uri域名与后台配置不一致，错误码:10003",
        ),
        (changed("%2Fcb", "%2Fcb%0D%0A"), "错误码:10003"),
        (changed("state=s1", &format!("state={long}")), "state 参数过长"),
        (changed("state=s1", "state=a.b"), "state 参数错误"),
        (changed("state=s1", "state=s1&component_appid=wx1"), "错误码:10015"),
        (
            changed(
                "response_type=code&scope=snsapi_base",
                "scope=snsapi_base&response_type=code",
            ),
            "无法打开该页面",
        ),
        (changed("?appid", "?client_id=a&appid"), "无法打开该页面"),
    ];
    for (url, expected) in cases {
        let page = strict_page(&simulator, &url).await;
        assert!(page.contains(expected), "{url} should say {expected}: {page}");
    }
    let outside = get(&simulator, &authorize_url("snsapi_base", "s1")).await;
    assert!(outside.body.contains("请在微信客户端打开链接"));
}

#[tokio::test]
async fn the_account_decides_too() {
    let simulator = Simulator::new(Config::strict());
    let control = simulator.control();
    let url = authorize_url("snsapi_userinfo", "s1");
    let set = |change: fn(&mut Account)| control.update_account(APP, change);
    set(|account| account.kind = AccountKind::WebsiteApp);
    assert!(strict_page(&simulator, &url).await.contains("错误码:10016"));
    set(|account| account.kind = AccountKind::Subscription);
    assert!(strict_page(&simulator, &url).await.contains("错误码:10005"));
    set(|account| account.kind = AccountKind::Unverified);
    assert!(strict_page(&simulator, &url).await.contains("错误码:10005"));
    set(|account| account.kind = AccountKind::Sandbox);
    let base = authorize_url("snsapi_base", "s1");
    assert!(
        strict_page(&simulator, &base)
            .await
            .contains("必须关注此测试号，错误码:10006")
    );
    set(|account| account.kind = AccountKind::ServiceAccount);
    set(|account| account.force_https = true);
    assert!(
        strict_page(&simulator, &url)
            .await
            .contains("redirect_uri协议与后台配置不一致，错误码:10039")
    );
    set(|account| account.force_https = false);
    set(|account| account.banned = true);
    assert!(
        strict_page(&simulator, &url)
            .await
            .contains("此公众号被封禁，错误码:10004")
    );
}

#[tokio::test]
async fn checks_come_in_order() {
    let simulator = Simulator::new(Config::strict());
    simulator.control().update_account(APP, |account| account.banned = true);
    // Banned, state too long, wrong host, no scope: scope is complained about first, then the host, then the state.
    let url = authorize_url("", &"s".repeat(200)).replace("127.0.0.1", "evil.example");
    assert!(strict_page(&simulator, &url).await.contains("10010"));
    let url = url.replace("scope=", "scope=snsapi_base");
    assert!(strict_page(&simulator, &url).await.contains("10003"));
    let url = url.replace("evil.example", "127.0.0.1");
    assert!(strict_page(&simulator, &url).await.contains("参数过长"));
}

#[tokio::test]
async fn base_is_silent_and_state_comes_back_unchanged() {
    let simulator = Simulator::new(Config::strict());
    let agent = [("user-agent", WECHAT)];
    let got = get_with(&simulator, &authorize_url("snsapi_base", "aZ09"), &agent).await;
    assert!(
        got.header(header::LOCATION)
            .starts_with("http://127.0.0.1:9000/cb?code=0")
    );
    assert_eq!(got.param("state").as_deref(), Some("aZ09"));
    assert_eq!(got.code().len(), 32);
    let without = authorize_url("snsapi_base", "").replace("&state=", "");
    assert!(
        get_with(&simulator, &without, &agent)
            .await
            .header(header::LOCATION)
            .ends_with("&state=")
    );

    let desk = demo();
    let odd = get_with(
        &desk,
        &authorize_url("snsapi_base", "a%2Bb%3D%26c"),
        &[("x-sim-user", "lisi")],
    )
    .await;
    assert_eq!(odd.param("state").as_deref(), Some("a+b=&c"));
    // Trailing parameters that WeChat's client adds do no harm.
    let extra = format!("{}&uin=1&pass_ticket=2", authorize_url("snsapi_base", "s"));
    assert_eq!(get_with(&simulator, &extra, &agent).await.status, StatusCode::FOUND);
}

#[tokio::test]
async fn the_redirect_uri_keeps_its_query_and_fragment() {
    let simulator = demo();
    let user = [("x-sim-user", "lisi")];
    let url = changed("%2Fcb", "%2Fcb%3Fa%3Db%23%2Froute");
    let location = get_with(&simulator, &url, &user)
        .await
        .header(header::LOCATION)
        .to_owned();
    assert!(location.starts_with("http://127.0.0.1:9000/cb?a=b&code=") && location.ends_with("&state=s1#/route"));
    let bare = changed("http%3A%2F%2F127.0.0.1%3A9000%2Fcb", "http://127.0.0.1:9000/cb?a=b");
    let location = get_with(&simulator, &bare, &user)
        .await
        .header(header::LOCATION)
        .to_owned();
    assert!(
        location.starts_with("http://127.0.0.1:9000/cb?a=b&code="),
        "not percent-encoded: {location}"
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let simulator = |seed| {
        Simulator::new(Config {
            seed,
            ..Config::strict()
        })
    };
    let (one, same, other) = (simulator(7), simulator(7), simulator(8));
    let code = code_for(&one, "lisi", "snsapi_base").await;
    assert_eq!(code, code_for(&same, "lisi", "snsapi_base").await);
    assert_ne!(code, code_for(&other, "lisi", "snsapi_base").await);
    let openid = one.control().openid("lisi", APP);
    assert_eq!((openid.len(), openid.as_bytes()[0]), (28, b'o'));
    assert_eq!(openid, same.control().openid("lisi", APP));
    assert_ne!(openid, other.control().openid("lisi", APP));
    assert_eq!(exchange(&one, &code).await.json()["openid"], openid.as_str());
}

#[tokio::test]
async fn accounts_of_one_open_platform_share_the_unionid() {
    let simulator = demo();
    let control = simulator.control();
    let second = Account {
        open_platform: control.accounts()[0].open_platform.clone(),
        ..Account::service("wx0123456789abcdef", SECRET, &["localhost"])
    };
    control.add_account(second);
    assert_eq!(
        control.unionid("lisi", APP),
        control.unionid("lisi", "wx0123456789abcdef")
    );
    assert_ne!(
        control.openid("lisi", APP),
        control.openid("lisi", "wx0123456789abcdef")
    );
    assert_eq!(control.unionid("wangxiaoming", APP), None);
}
