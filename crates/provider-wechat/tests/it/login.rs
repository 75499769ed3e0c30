//! People who get in.

use hufu_core::provider::{AuthorizationUrl, Callback, ProviderErrorCode};
use serde_json::Value;
use wechat_simulator::{NextUser, User};

use crate::support::{APP_ID, CALLBACK, EXCHANGE, STATE, USERINFO, WECHAT, World, user};

#[tokio::test]
async fn ids_only() {
    let world = World::start().await;
    let identity = world.log_in(false, user("zhangsan")).await.unwrap();
    assert_eq!(identity.external_id, world.control.openid("zhangsan", APP_ID));
    assert_eq!(identity.union_id, None, "WeChat gives no unionid with snsapi_base");
    assert_eq!(identity.profile, None);
    assert!(!identity.transient);
    assert_eq!(identity.claims["wechat_openid"], identity.external_id.as_str());
    assert_eq!(identity.claims["wechat_appid"], APP_ID);
    assert_eq!(identity.claims["wechat_snapshot"], false);
    assert!(!identity.claims.contains_key("wechat_unionid"));
    assert_eq!((world.control.count(EXCHANGE), world.control.count(USERINFO)), (1, 0));
}

#[tokio::test]
async fn with_the_profile() {
    let world = World::start().await;
    let identity = world.log_in(true, user("zhangsan")).await.unwrap();
    let union_id = world.control.unionid("zhangsan", APP_ID);
    assert!(union_id.is_some());
    assert_eq!(identity.union_id, union_id);
    assert_eq!(identity.claims["wechat_unionid"], Value::from(union_id));
    let profile = identity.profile.unwrap();
    assert_eq!(
        profile.name.as_deref(),
        Some("张三🙂<b>"),
        "UTF-8, though WeChat says text/plain"
    );
    assert!(profile.picture.unwrap().starts_with(world.url.as_str()));
    assert_eq!(profile.locale, None);
    let asked = world
        .control
        .requests()
        .into_iter()
        .find(|entry| entry.endpoint == USERINFO)
        .unwrap();
    assert!(asked.query.contains("lang=zh_CN"), "{}", asked.query);
}

#[tokio::test]
async fn a_person_without_unionid_picture_and_name() {
    let world = World::start().await;
    world.control.add_user(User {
        avatar: false,
        has_unionid: false,
        ..User::new("nobody", "")
    });
    let identity = world.log_in(true, user("nobody")).await.unwrap();
    assert_eq!(identity.union_id, None);
    let profile = identity.profile.unwrap();
    assert_eq!((profile.name, profile.picture), (None, None));
}

#[tokio::test]
async fn a_profile_that_was_not_granted_is_not_asked_for() {
    let world = World::start().await;
    let code = world.code(false, user("zhangsan")).await;
    let identity = world.exchange(&code, true).await.unwrap();
    assert_eq!(identity.profile, None);
    assert_eq!(world.control.count(USERINFO), 0);
}

#[tokio::test]
async fn a_snapshot_visitor_is_a_stand_in() {
    let world = World::start().await;
    let identity = world
        .log_in(
            true,
            NextUser {
                snapshot: true,
                ..user("lisi")
            },
        )
        .await
        .unwrap();
    assert!(identity.transient);
    assert_ne!(identity.external_id, world.control.openid("lisi", APP_ID));
    assert_eq!((identity.profile, identity.union_id), (None, None));
    assert_eq!(identity.claims["wechat_snapshot"], true);
    assert_eq!(world.control.count(USERINFO), 0);
}

#[tokio::test]
async fn concurrent_logins_share_one_client() {
    let world = World::start().await;
    let mut codes = Vec::new();
    for _ in 0..10 {
        codes.push(world.code(true, user("alice")).await);
    }
    let provider = world.open(&[]);
    let mut running = Vec::new();
    for code in codes {
        let provider = std::sync::Arc::clone(&provider);
        running.push(tokio::spawn(async move {
            provider.redirect_login().unwrap().exchange(&code, true).await
        }));
    }
    for login in running {
        assert_eq!(
            login.await.unwrap().unwrap().identity.external_id,
            world.control.openid("alice", APP_ID)
        );
    }
}

#[tokio::test]
async fn what_cannot_be_a_code_costs_no_call() {
    let world = World::start().await;
    let long = "a".repeat(129);
    for code in ["", "a b", "a&secret=x", "代码", &long] {
        let error = world.exchange(code, true).await.unwrap_err();
        assert_eq!(
            (error.code, error.errcode),
            (ProviderErrorCode::CodeInvalid, None),
            "{code}"
        );
    }
    assert_eq!(world.control.count(EXCHANGE), 0);
}

#[tokio::test]
async fn the_callback_is_read() {
    let world = World::start().await;
    let provider = world.open(&[]);
    let login = provider.redirect_login().unwrap();
    let read = |pairs: &[(&str, &str)]| {
        let owned: Vec<_> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        login.read_callback(&owned)
    };
    assert_eq!(read(&[("code", "abc")]), Callback::Code("abc".to_owned()));
    for refused in [
        &[][..],
        &[("code", "")],
        &[("code", "authdeny"), ("reason", "")],
        &[("other", "abc")],
    ] {
        assert_eq!(read(refused), Callback::Denied, "{refused:?}");
    }
}

#[tokio::test]
async fn settings_say_which_browsers_and_whether_the_page_is_forced() {
    let world = World::start().await;
    let desktop = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36";
    let (strict, open) = (
        world.open(&[]),
        world.open(&[("browser", "any"), ("force_popup", "yes")]),
    );
    let (strict, open) = (strict.redirect_login().unwrap(), open.redirect_login().unwrap());
    assert!(strict.accepts(WECHAT) && open.accepts(WECHAT) && open.accepts(desktop));
    assert!(!strict.accepts(desktop) && !strict.accepts(""));
    let request = AuthorizationUrl {
        callback: CALLBACK,
        state: STATE,
        profile: true,
    };
    assert!(
        open.authorization_url(&request)
            .unwrap()
            .ends_with("&forcePopup=true#wechat_redirect")
    );
    assert!(!strict.authorization_url(&request).unwrap().contains("forcePopup"));
}
