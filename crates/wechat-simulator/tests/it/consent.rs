use axum::http::{StatusCode, header};
use wechat_simulator::{Config, DenyStyle, NextUser, Simulator};

use crate::kit::{APP, authorize_url, demo, exchange, get, get_with, post, text, tokens_for};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn the_page_lists_the_users_and_escapes_their_names() {
    let simulator = demo();
    let page = get(&simulator, &authorize_url("snsapi_userinfo", "s1")).await;
    assert_eq!(page.status, StatusCode::OK);
    for expected in [
        "允许",
        "拒绝",
        "以快照页访问",
        "李四",
        "Alice Wang",
        "/avatars/lisi/96",
        "method=\"post\"",
    ] {
        assert!(page.body.contains(expected), "{expected}");
    }
    assert!(
        !page.body.contains("<b>") && page.body.contains("张三🙂&#60;b&#62;"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<script"));
}

#[tokio::test]
async fn a_tap_on_allow_returns_with_a_code_and_is_remembered() {
    let simulator = demo();
    let url = authorize_url("snsapi_userinfo", "s1");
    let got = post(&simulator, &url, FORM, "user=lisi&choice=allow").await;
    let tokens = exchange(&simulator, &got.code()).await.json();
    assert_eq!(text(&tokens, "openid"), simulator.control().openid("lisi", APP));
    let cookie = got.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    assert_eq!(cookie, "sim_user=lisi");
    // Remembered: base is silent now, the consent page still comes.
    let base = get_with(&simulator, &authorize_url("snsapi_base", "s2"), &[("cookie", &cookie)]).await;
    assert_eq!(base.param("state").as_deref(), Some("s2"));
    assert_eq!(
        get_with(&simulator, &url, &[("cookie", &cookie)]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn base_at_a_desk_asks_once_who_it_is() {
    let simulator = demo();
    let page = get(&simulator, &authorize_url("snsapi_base", "s1")).await;
    assert!(page.body.contains("静默授权") && !page.body.contains("拒绝</button>"));
}

#[tokio::test]
async fn a_refusal_has_three_styles() {
    let url = authorize_url("snsapi_userinfo", "s1");
    let page = post(&demo(), &url, FORM, "user=lisi&choice=deny").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("已拒绝授权") && page.headers.get(header::LOCATION).is_none());

    let styled = |deny| Simulator::new(Config { deny, ..Config::demo() });
    let got = post(&styled(DenyStyle::StateOnly), &url, FORM, "user=lisi&choice=deny").await;
    assert_eq!(got.location().as_str(), "http://127.0.0.1:9000/cb?state=s1");
    let headers = [("x-sim-user", "lisi"), ("x-sim-consent", "deny")];
    let got = get_with(&styled(DenyStyle::AuthDeny), &url, &headers).await;
    assert_eq!(
        got.location().as_str(),
        "http://127.0.0.1:9000/cb?state=s1&code=authdeny&reason="
    );
}

#[tokio::test]
async fn a_snapshot_is_somebody_else() {
    let simulator = demo();
    let url = authorize_url("snsapi_userinfo", "s1");
    let code = post(&simulator, &url, FORM, "user=lisi&choice=snapshot").await.code();
    let tokens = exchange(&simulator, &code).await.json();
    assert_eq!(tokens["is_snapshotuser"], 1);
    assert_ne!(text(&tokens, "openid"), simulator.control().openid("lisi", APP));
    let profile = format!(
        "/sns/userinfo?access_token={}&openid={}",
        text(&tokens, "access_token"),
        text(&tokens, "openid")
    );
    assert_eq!(get(&simulator, &profile).await.errcode(), 48001);
    let always = tokens_for(&simulator, "kuaizhao", "snsapi_userinfo").await;
    assert_eq!(always["is_snapshotuser"], 1);
    assert_ne!(text(&always, "openid"), text(&tokens, "openid"));
    assert_eq!(
        text(&always, "unionid"),
        text(&tokens, "unionid"),
        "many share one, as was reported"
    );
    let base = tokens_for(&simulator, "kuaizhao", "snsapi_base").await;
    assert!(base.get("is_snapshotuser").is_none());
}

#[tokio::test]
async fn a_snapshot_profile_on_request() {
    let simulator = Simulator::new(Config {
        snapshot_profile: true,
        ..Config::demo()
    });
    let tokens = tokens_for(&simulator, "kuaizhao", "snsapi_userinfo").await;
    let profile = format!(
        "/sns/userinfo?access_token={}&openid={}",
        text(&tokens, "access_token"),
        text(&tokens, "openid")
    );
    assert_eq!(get(&simulator, &profile).await.json()["nickname"], "微信用户");
}

#[tokio::test]
async fn silence_for_followers_and_recent_consents() {
    let simulator = Simulator::new(Config {
        silent_followers: true,
        ..Config::demo()
    });
    let url = authorize_url("snsapi_userinfo", "s1");
    let status = async |user: &str, url: &str| get_with(&simulator, url, &[("x-sim-user", user)]).await.status;
    assert_eq!(status("zhangsan", &url).await, StatusCode::FOUND, "a follower");
    assert_eq!(
        status("zhangsan", &format!("{url}&forcePopup=true")).await,
        StatusCode::OK
    );
    assert_eq!(status("lisi", &url).await, StatusCode::OK);
    post(&simulator, &url, FORM, "user=lisi&choice=allow").await;
    assert_eq!(status("lisi", &url).await, StatusCode::FOUND, "consented just now");
    simulator.control().advance(3600);
    assert_eq!(status("lisi", &url).await, StatusCode::OK, "an hour ago");
}

#[tokio::test]
async fn the_next_user_comes_once() {
    let simulator = demo();
    let control = simulator.control();
    let url = authorize_url("snsapi_userinfo", "s1");
    control.next_user(NextUser {
        user: Some("alice".into()),
        nickname: Some("🎉".into()),
        openid: Some("oTest".into()),
        unionid: Some(None),
        ..NextUser::default()
    });
    control.next_user(NextUser {
        refuse: true,
        ..NextUser::default()
    });
    control.next_user(NextUser {
        snapshot: true,
        ..NextUser::default()
    });
    let code = get(&simulator, &url).await.code();
    let tokens = exchange(&simulator, &code).await.json();
    assert_eq!(text(&tokens, "openid"), "oTest");
    assert!(tokens.get("unionid").is_none());
    let profile = format!(
        "/sns/userinfo?access_token={}&openid=oTest",
        text(&tokens, "access_token")
    );
    assert_eq!(get(&simulator, &profile).await.json()["nickname"], "🎉");
    assert!(get(&simulator, &url).await.body.contains("已拒绝授权"));
    let code = get(&simulator, &url).await.code();
    assert_eq!(exchange(&simulator, &code).await.json()["is_snapshotuser"], 1);
    assert_eq!(
        get(&simulator, &url).await.status,
        StatusCode::OK,
        "then the page again"
    );
}

#[tokio::test]
async fn always_user_answers_at_once() {
    let simulator = demo();
    simulator.control().always_user(Some("alice".into()));
    let code = get(&simulator, &authorize_url("snsapi_userinfo", "s1")).await.code();
    let tokens = exchange(&simulator, &code).await.json();
    assert_eq!(text(&tokens, "openid"), simulator.control().openid("alice", APP));
    simulator.control().always_user(None);
    assert_eq!(
        get(&simulator, &authorize_url("snsapi_userinfo", "s1")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_name_nobody_has_is_not_somebody_else() {
    let simulator = Simulator::new(Config::strict());
    let headers = [
        ("user-agent", crate::kit::WECHAT),
        ("x-sim-user", "nobody"),
        ("x-sim-consent", "allow"),
    ];
    for scope in ["snsapi_base", "snsapi_userinfo"] {
        assert_eq!(
            get_with(&simulator, &authorize_url(scope, "s1"), &headers).await.status,
            StatusCode::OK
        );
    }
    simulator.control().next_user(NextUser {
        user: Some("nobody".into()),
        ..NextUser::default()
    });
    let wechat = [("user-agent", crate::kit::WECHAT)];
    assert_eq!(
        get_with(&simulator, &authorize_url("snsapi_base", "s1"), &wechat)
            .await
            .status,
        StatusCode::OK
    );
}
