//! The other kinds, and the official account's QR code.

use std::sync::Arc;
use std::time::Duration;

use hufu_core::error::Class;
use hufu_core::provider::{AppCode, AuthorizationUrl, Provider, ProviderErrorCode, ProviderKind};
use hufu_provider_wechat::{WechatMiniProgram, WechatWebsite};
use hufu_test_kit::provider_contract::{self, Sample, host};
use wechat_simulator::{Account, Effect};

use crate::scripted_server::ScriptedServer;
use crate::support::{APP_ID, CALLBACK, SECRET, STATE, WECHAT, World, kind};

const SITE: &str = "wx00000000000000cc";
const MINI: &str = "wx00000000000000dd";
const COMPUTER: &str =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15";
const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1";
const JSCODE: &str = "/sns/jscode2session";

fn sample(app_id: &str, secret: &str) -> Sample {
    Sample::new(&[("appid", app_id), ("open_platform", "ours")], &[("secret", secret)])
}

fn opened(kind: &dyn ProviderKind, app_id: &str, secret: &str) -> Arc<dyn Provider> {
    kind.open(&sample(app_id, secret).connector(kind.kind()), &host())
        .unwrap()
}

async fn world() -> World {
    let world = World::start().await;
    for account in [
        Account::website(SITE, SECRET, &["login.example.cn"]),
        Account::mini_program(MINI, SECRET),
    ] {
        world.control.add_account(Account {
            open_platform: Some("platform".to_owned()),
            ..account
        });
    }
    world
}

#[tokio::test]
async fn the_contract_is_kept() {
    let world = world().await;
    let (website, mini) = (
        WechatWebsite::beside(&world.kind),
        WechatMiniProgram::beside(&world.kind),
    );
    provider_contract::check(&website, &sample(SITE, SECRET));
    provider_contract::check(&mini, &sample(MINI, SECRET));
    assert_eq!((website.kind(), mini.kind()), ("wechat-website", "wechat-mini-program"));
    for provider in [opened(&website, SITE, SECRET), opened(&mini, MINI, SECRET)] {
        assert_eq!(provider.union_group(), Some("ours"));
        assert!(provider.scan_login().is_none());
    }
    assert!(opened(&website, SITE, SECRET).code_login().is_none());
    assert!(opened(&mini, MINI, SECRET).redirect_login().is_none());
}

#[tokio::test]
async fn a_website_sends_every_browser_but_wechats_to_its_page() {
    let world = world().await;
    let provider = opened(&WechatWebsite::beside(&world.kind), SITE, SECRET);
    let login = provider.redirect_login().unwrap();
    assert!(login.accepts(COMPUTER) && login.accepts(PHONE) && !login.accepts(WECHAT));
    let request = AuthorizationUrl {
        callback: CALLBACK,
        state: STATE,
        profile: true,
    };
    let url = login.authorization_url(&request).unwrap();
    assert!(
        url.contains(&format!("/connect/qrconnect?appid={SITE}&redirect_uri=")),
        "{url}"
    );
    assert!(
        url.ends_with(&format!("&scope=snsapi_login&state={STATE}#wechat_redirect")),
        "{url}"
    );
}

#[tokio::test]
async fn a_check_needs_nobody() {
    let world = world().await;
    let (website, mini) = (
        WechatWebsite::beside(&world.kind),
        WechatMiniProgram::beside(&world.kind),
    );
    let wrong = "0".repeat(32);
    for (kind, app_id) in [(&website as &dyn ProviderKind, SITE), (&mini, MINI)] {
        let checks = opened(kind, app_id, SECRET).diagnose().unwrap().check().await;
        assert!(
            checks.iter().all(|check| check.problem.is_none()),
            "{app_id}: {checks:?}"
        );
        let checks = opened(kind, app_id, &wrong).diagnose().unwrap().check().await;
        let problem = checks[1].problem.as_ref().unwrap();
        assert_eq!(
            (problem.class, problem.errcode),
            (Class::TenantAdmin, Some(40125)),
            "{app_id}"
        );
    }
}

#[tokio::test]
async fn a_mini_programs_code_works_once() {
    let world = world().await;
    let provider = opened(&WechatMiniProgram::beside(&world.kind), MINI, SECRET);
    let login = provider.code_login().unwrap();
    let code = world.control.js_code("lisi", MINI, false).unwrap();
    let app = AppCode {
        code: &code,
        signed: None,
    };
    let identity = login.log_in(&app).await.unwrap();
    assert_eq!(identity.external_id, world.control.openid("lisi", MINI));
    assert_eq!(identity.union_id, world.control.unionid("lisi", MINI));
    assert!(identity.union_id.is_some() && identity.profile.is_none());
    let again = login.log_in(&app).await.unwrap_err();
    assert_eq!((again.code, again.errcode), (ProviderErrorCode::CodeUsed, Some(40163)));
    let calls = world.control.count(JSCODE);
    let odd = AppCode {
        code: "a b&appid=x",
        signed: None,
    };
    assert_eq!(
        login.log_in(&odd).await.unwrap_err().code,
        ProviderErrorCode::CodeInvalid
    );
    assert_eq!(
        world.control.count(JSCODE),
        calls,
        "what cannot be a code costs no call"
    );
    for (errcode, code) in [
        (-1, ProviderErrorCode::Busy),
        (45011, ProviderErrorCode::QuotaExceeded),
        (40226, ProviderErrorCode::PersonBlocked),
        (40029, ProviderErrorCode::CodeInvalid),
    ] {
        world.break_always(
            JSCODE,
            Effect::Errcode {
                code: errcode,
                message: "no".to_owned(),
            },
        );
        let fresh = world.control.js_code("lisi", MINI, false).unwrap();
        let app = AppCode {
            code: &fresh,
            signed: None,
        };
        assert_eq!(login.log_in(&app).await.unwrap_err().code, code, "{errcode}");
        world.control.clear_faults();
    }
}

#[tokio::test]
async fn what_a_mini_program_says_of_its_user_must_be_signed() {
    let world = world().await;
    let provider = opened(&WechatMiniProgram::beside(&world.kind), MINI, SECRET);
    let code = world.control.js_code("zhangsan", MINI, false).unwrap();
    let data = world.control.raw_data("zhangsan", MINI).unwrap();
    let changed = data.raw_data.replace("张三", "王五");
    assert_ne!(changed, data.raw_data);
    for (raw_data, fits) in [(&changed, false), (&data.raw_data, true)] {
        let code = if fits {
            world.control.js_code("zhangsan", MINI, false).unwrap()
        } else {
            code.clone()
        };
        let app = AppCode {
            code: &code,
            signed: Some((raw_data, &data.signature)),
        };
        match provider.code_login().unwrap().log_in(&app).await {
            Ok(identity) => assert_eq!(identity.profile.unwrap().name.as_deref(), Some("张三🙂<b>"), "{fits}"),
            Err(error) => assert_eq!((error.code, fits), (ProviderErrorCode::SignatureInvalid, false)),
        }
    }
}

/// Whatever becomes of a login, the key of WeChat's session is told to nobody.
#[tokio::test]
async fn the_session_key_stays_here() {
    const KEY: &str = "Q0FOQVJZQ0FOQVJZQ0FOQQ==";
    for rest in [
        r#""openid":"o16wA0b4AZKzgVJR3MBwoUdTfU_E""#,
        r#""openid":7"#,
        r#""errcode":40029,"errmsg":"x""#,
    ] {
        let body = format!(r#"{{"session_key":"{KEY}",{rest}}}"#);
        let server = ScriptedServer::bodies(&[&body]).await;
        let provider = opened(&WechatMiniProgram::beside(&kind(&server.url)), MINI, SECRET);
        for signed in [None, Some(("{}", "0000"))] {
            let app = AppCode { code: "c0de", signed };
            let shown = match provider.code_login().unwrap().log_in(&app).await {
                Ok(identity) => format!("{identity:?} {}", serde_json::to_string(&identity).unwrap()),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("CANARY") && !shown.contains(KEY), "{shown}");
        }
    }
}

#[tokio::test]
async fn an_official_account_shows_a_code_on_computers_only_and_only_with_pushes() {
    let world = World::start().await;
    assert!(world.open(&[]).scan_login().is_none());
    assert!(
        world.open(&[("scan_login", "on")]).scan_login().is_none(),
        "nobody would hear who scanned"
    );
    let provider = world.open(&[("scan_login", "on"), ("push_mode", "safe")]);
    let login = provider.scan_login().unwrap();
    assert!(login.accepts(COMPUTER) && !login.accepts(PHONE) && !login.accepts(WECHAT));
    assert!(
        !login.accepts(&format!("{COMPUTER} MicroMessenger/3.9")),
        "WeChat on a computer has a better way"
    );
    let challenge = login.challenge(STATE, Duration::from_secs(300)).await.unwrap();
    assert_eq!(challenge.lifetime, Duration::from_secs(300));
    let push = world.control.scan("lisi", &challenge.content).await.unwrap();
    assert_eq!(push.event_key.as_deref(), Some(&*format!("qrscene_{STATE}")));
    let identity = login.identify(&push.openid).await.unwrap();
    assert_eq!(identity.union_id, world.control.unionid("lisi", APP_ID));
    assert_eq!(identity.external_id, push.openid);
    world.control.unfollow("lisi", APP_ID).await.unwrap();
    let gone = login.identify(&push.openid).await.unwrap();
    assert_eq!((gone.external_id, gone.union_id), (push.openid, None));
    assert!(
        login
            .challenge("no scene at all", Duration::from_secs(300))
            .await
            .is_err()
    );
}
