use axum::http::StatusCode;
use axum::http::header;
use serde_json::json;
use wechat_simulator::{Account, Config, ControlError, DenyStyle, NextUser, QrLoginState, Simulator};

use crate::kit::{APP, Got, get, get_with, post, post_json, text};

const SITE: &str = "wx00000000000000cc";

fn with_site(config: Config) -> Simulator {
    let simulator = Simulator::new(config);
    simulator.control().add_account(Account {
        open_platform: Some("demo-open-platform".into()),
        ..Account::website(SITE, "secret", &["127.0.0.1"])
    });
    simulator
}

fn url(app_id: &str, redirect_uri: &str, scope: &str) -> String {
    format!("/connect/qrconnect?appid={app_id}&redirect_uri={redirect_uri}&response_type=code&scope={scope}&state=s1")
}

fn good() -> String {
    url(SITE, "http%3A%2F%2F127.0.0.1%3A9000%2Fcb", "snsapi_login")
}

/// Opens the page; the login's id.
async fn opened(simulator: &Simulator) -> String {
    let got = get(simulator, &good()).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    let place = got.header(header::LOCATION).to_owned();
    let page = get(simulator, &place).await;
    assert!(page.body.contains("请使用微信扫描二维码登录") && page.body.contains("<svg"));
    simulator.control().qr_logins()[0].id.clone()
}

async fn page(simulator: &Simulator, id: &str) -> Got {
    get(simulator, &format!("/connect/qrconnect/{id}")).await
}

async fn exchange(simulator: &Simulator, code: &str) -> Got {
    let url = format!("/sns/oauth2/access_token?appid={SITE}&secret=secret&code={code}&grant_type=authorization_code");
    get(simulator, &url).await
}

#[tokio::test]
async fn a_scan_and_a_tap_log_in() {
    let simulator = with_site(Config::strict());
    let control = simulator.control();
    let id = opened(&simulator).await;
    assert_eq!(control.confirm_login(&id), Err(ControlError::WrongState));
    control.scan_login("lisi", &id).unwrap();
    assert_eq!(control.scan_login("alice", &id), Err(ControlError::WrongState));
    assert!(page(&simulator, &id).await.body.contains("扫描成功：李四"));
    control.confirm_login(&id).unwrap();
    let got = page(&simulator, &id).await;
    assert_eq!(got.param("state").as_deref(), Some("s1"));
    let tokens = exchange(&simulator, &got.code()).await.json();
    assert_eq!(tokens["scope"], "snsapi_login");
    assert_eq!(text(&tokens, "openid"), control.openid("lisi", SITE));
    assert_eq!(Some(text(&tokens, "unionid")), control.unionid("lisi", APP));
    let profile = format!(
        "/sns/userinfo?access_token={}&openid={}",
        text(&tokens, "access_token"),
        text(&tokens, "openid")
    );
    assert_eq!(get(&simulator, &profile).await.json()["nickname"], "李四");
    assert_eq!(control.qr_logins()[0].state, QrLoginState::Confirmed);
    assert_eq!(control.count("/connect/qrconnect"), 1);
}

#[tokio::test]
async fn a_code_lives_for_ten_minutes() {
    let simulator = with_site(Config::demo());
    let headers = [("x-sim-user", "lisi")];
    let first = get_with(&simulator, &good(), &headers).await.code();
    let second = get_with(&simulator, &good(), &headers).await.code();
    simulator.control().advance(599);
    assert_eq!(exchange(&simulator, &first).await.errcode(), 0);
    assert_eq!(exchange(&simulator, &first).await.errcode(), 40163);
    simulator.control().advance(1);
    assert_eq!(exchange(&simulator, &second).await.errcode(), 40029);
}

#[tokio::test]
async fn forms_do_it_without_scripts() {
    let simulator = with_site(Config::demo());
    let id = opened(&simulator).await;
    let place = format!("/connect/qrconnect/{id}");
    let form = "application/x-www-form-urlencoded";
    let scanned = post(&simulator, &place, form, "action=scan&user=lisi").await;
    assert!(scanned.body.contains(r#"data-state="scanned""#), "{}", scanned.body);
    let confirmed = post(&simulator, &place, form, "action=confirm").await;
    assert_eq!(confirmed.location().path(), "/cb");
}

#[tokio::test]
async fn a_refusal_stays_on_the_page() {
    let simulator = with_site(Config::demo());
    let control = simulator.control();
    let id = opened(&simulator).await;
    control.scan_login("lisi", &id).unwrap();
    control.cancel_login(&id).unwrap();
    assert!(page(&simulator, &id).await.body.contains("你已取消此次登录"));
    let simulator = with_site(Config {
        deny: DenyStyle::StateOnly,
        ..Config::demo()
    });
    let control = simulator.control();
    let id = opened(&simulator).await;
    control.scan_login("lisi", &id).unwrap();
    control.cancel_login(&id).unwrap();
    let got = page(&simulator, &id).await;
    assert_eq!(got.location().query(), Some("state=s1"));
    let refused = get_with(
        &simulator,
        &good(),
        &[("x-sim-user", "lisi"), ("x-sim-consent", "deny")],
    )
    .await;
    assert_eq!(refused.location().query(), Some("state=s1"));
}

#[tokio::test]
async fn a_refusal_laid_down_in_advance_is_one() {
    let simulator = with_site(Config::demo());
    let control = simulator.control();
    control.next_user(NextUser {
        refuse: true,
        ..NextUser::default()
    });
    assert_eq!(get(&simulator, &good()).await.status, StatusCode::SEE_OTHER);
    assert_eq!(control.qr_logins()[0].state, QrLoginState::Cancelled);
}

#[tokio::test]
async fn a_code_on_the_screen_expires() {
    let simulator = with_site(Config::demo());
    let control = simulator.control();
    let id = opened(&simulator).await;
    control.advance(300);
    assert_eq!(control.scan_login("lisi", &id), Err(ControlError::ExpiredCode));
    assert!(page(&simulator, &id).await.body.contains("二维码已过期"));
    assert_eq!(control.qr_logins()[0].state, QrLoginState::Expired);
    assert!(page(&simulator, "nothing").await.body.contains("二维码不存在"));
}

#[tokio::test]
async fn who_is_known_goes_straight_back() {
    let simulator = with_site(Config::strict());
    let control = simulator.control();
    let cookie = get_with(&simulator, &good(), &[("cookie", "sim_user=lisi")]).await;
    assert_eq!(cookie.location().path(), "/cb");
    let parameter = get(&simulator, &format!("{}&sim_user=lisi", good())).await;
    assert_eq!(parameter.location().path(), "/cb");
    control.next_user(NextUser {
        user: Some("alice".into()),
        ..NextUser::default()
    });
    let next = get(&simulator, &good()).await;
    let tokens = exchange(&simulator, &next.code()).await.json();
    assert_eq!(text(&tokens, "openid"), control.openid("alice", SITE));
    control.always_user(Some("lisi".into()));
    assert_eq!(get(&simulator, &good()).await.location().path(), "/cb");
    let desk = with_site(Config::demo());
    let cookie = get_with(&desk, &good(), &[("cookie", "sim_user=lisi")]).await;
    assert_eq!(cookie.status, StatusCode::SEE_OTHER, "people want to see the code");
}

#[tokio::test]
async fn checks() {
    let simulator = with_site(Config::demo());
    let callback = "http%3A%2F%2F127.0.0.1%2Fcb";
    let cases = [
        (url("", callback, "snsapi_login"), "AppID 参数错误"),
        (url("wx1", callback, "snsapi_login"), "AppID 参数错误"),
        (url(APP, callback, "snsapi_login"), "Scope 参数错误或没有 Scope 权限"),
        (
            url(SITE, callback, "snsapi_userinfo"),
            "Scope 参数错误或没有 Scope 权限",
        ),
        (
            url(SITE, "http%3A%2F%2Fevil.test%2Fcb", "snsapi_login"),
            "redirect_uri 参数错误",
        ),
        (url(SITE, "", "snsapi_login"), "redirect_uri 参数错误"),
    ];
    for (url, message) in cases {
        let got = get(&simulator, &url).await;
        assert!(got.status == 200 && got.body.contains(message), "{url}: {}", got.body);
    }
    let authorize = format!(
        "/connect/oauth2/authorize?appid={SITE}&redirect_uri={callback}&response_type=code&scope=snsapi_login&state=s"
    );
    assert!(get(&simulator, &authorize).await.body.contains("10016"));
}

#[tokio::test]
async fn the_phone_over_http() {
    let simulator = with_site(Config::demo());
    let id = opened(&simulator).await;
    let scan = json!({"action": "scan", "id": id, "user": "lisi"});
    assert_eq!(
        post_json(&simulator, "/_sim/qr-logins", &scan).await.json()["state"],
        "scanned"
    );
    assert_eq!(post_json(&simulator, "/_sim/qr-logins", &scan).await.status, 422);
    let confirm = json!({"action": "confirm", "id": id});
    let confirmed = post_json(&simulator, "/_sim/qr-logins", &confirm).await.json();
    assert!(text(&confirmed, "redirect").starts_with("http://127.0.0.1:9000/cb?code="));
    let listed = get(&simulator, "/_sim/qr-logins").await.json();
    assert_eq!(listed[0], confirmed);
}
