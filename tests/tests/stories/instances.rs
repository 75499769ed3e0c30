//! Several instances, and instances that die.

use std::time::Duration;

use hufu_core::model::{Action, Outcome, Status};
use hufu_tests::{Browser, Engine, TestApp};
use wechat_simulator::{Effect, Fault};

use crate::{log_in, up_to_callback, whole_login};

/// A clean stop and a new start in between; the kill without warning is told in `crash.rs` with the real binary.
pub(crate) async fn restart_between_callback_and_token(engine: Engine) {
    let mut app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("restart");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    app.stop().await;
    let (url, hufu) = app.restart().await;
    assert_eq!(url, app.url);
    let tokens = acme.app.finish(&login, &callback).await;
    assert!(!tokens.sub().is_empty());
    drop(hufu);
}

/// A stop in the middle of a callback: WeChat's code is spent, so the login is brought to its end first.
pub(crate) async fn a_running_login_finishes_before_the_stop(engine: Engine) {
    let mut app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (login, browser) = (acme.app.start("stop"), Browser::wechat("lisi"));
    let callback = up_to_callback(&browser, &login, &app).await;
    let slow = Effect::Latency { millis: 800 };
    app.simulator.fault(Fault {
        endpoint: "/sns/oauth2/access_token".to_owned(),
        effect: slow,
        times: Some(1),
    });
    let stop = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        app.stop().await;
    };
    let (answer, ()) = tokio::join!(browser.get(&callback), stop);
    assert_eq!(answer.status, 303, "{}", answer.body);
    app.restart().await;
    acme.app.finish(&login, &answer.location()).await;
}

/// The database is gone: everything says so, says when to come back, and nothing pretends to be fine.
pub(crate) async fn database_gone(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let tokens = whole_login("lisi", &acme, &app).await;
    let (login, browser) = (acme.app.start("gone"), Browser::wechat("lisi"));
    let callback = up_to_callback(&browser, &login, &app).await;
    app.hufu.engine.store().close().await;
    for url in [login.url.as_str(), callback.as_str()] {
        let page = browser.get(url).await;
        assert_eq!(page.status, 503, "{url}: {}", page.body);
        assert!(page.header("retry-after").is_some());
        assert!(page.header("location").is_none(), "no code leaves that is not recorded");
        assert!(!page.body.to_lowercase().contains("sqlx") && !page.body.to_lowercase().contains("pool"));
    }
    let redeemed = acme.app.redeem("whatever", &login, &[]).await;
    assert_eq!(redeemed.status(), 503);
    let body: serde_json::Value = redeemed.json().await.unwrap();
    assert_eq!(body["error"], "temporarily_unavailable");
    let (status, _) = acme
        .app
        .userinfo(&format!("{}x", tokens.answer["access_token"].as_str().unwrap()))
        .await;
    assert_eq!(status, 503);
    for (endpoint, form) in [
        ("par", [("response_type", "code")]),
        ("introspect", [("token", "x")]),
        ("revoke", [("token", "x")]),
    ] {
        let (status, body) = acme.app.ask(endpoint, &form, &[]).await;
        assert_eq!(
            (status, body["error"].as_str()),
            (503, Some("temporarily_unavailable")),
            "{endpoint}"
        );
    }
    let page = browser.get(format!("{}/oauth2/logout", acme.app.issuer)).await;
    assert_eq!(page.status, 200, "who is signed in nowhere is told so: {}", page.body);
    // Whose host it is cannot be known either: refused before any page is chosen, with the headers of every answer.
    let client = reqwest::Client::builder().timeout(Duration::from_secs(20));
    let request = client.build().unwrap().get(&app.url);
    let refused = request.header("host", "login.acme.example").send().await.unwrap();
    assert_eq!(refused.status(), 503);
    for name in [
        "content-security-policy",
        "x-frame-options",
        "x-content-type-options",
        "referrer-policy",
    ] {
        assert!(refused.headers().contains_key(name), "{name}");
    }
    assert_eq!(refused.headers()["cache-control"], "no-store");
    assert_eq!(browser.get(format!("{}/healthz", app.url)).await.status, 200);
    assert_eq!(browser.get(format!("{}/readyz", app.url)).await.status, 503);
}

/// Begin, callback and token each at another instance, as a load balancer without affinity would have it.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_across_two_instances() {
    let mut app = TestApp::start(Engine::Postgres).await;
    let acme = app.tenant("acme").await;
    let (second, _) = app.another_instance().await;
    let there = |url: &str| url.replace(&app.url, &second);
    let browser = Browser::wechat("lisi");
    let login = acme.app.start("ha");
    let callback = up_to_callback(&browser, &login, &app).await;
    let redirected = browser.get(there(callback.as_str())).await.location();
    acme.app.finish(&login, &redirected).await;

    // Copies of one callback at both at once: one result, one exchange that counts.
    let login = acme.app.start("copies");
    let callback = up_to_callback(&browser, &login, &app).await;
    let slow = Effect::Latency { millis: 200 };
    app.simulator.fault(Fault {
        endpoint: "/sns/oauth2/access_token".to_owned(),
        effect: slow,
        times: None,
    });
    let other = there(callback.as_str());
    let (here, elsewhere) = tokio::join!(browser.get(&callback), browser.get(&other));
    assert_eq!(
        (here.status.as_u16(), elsewhere.status.as_u16()),
        (303, 303),
        "{} {}",
        here.body,
        elsewhere.body
    );
    assert_eq!(here.location(), elsewhere.location());
    acme.app.finish(&login, &here.location()).await;
    let outcomes: Vec<_> = app
        .events(&acme.tenant, Action::Login)
        .await
        .into_iter()
        .map(|e| e.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Succeeded, Outcome::Succeeded]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_noticed_by_the_other_instance_within_two_seconds() {
    let mut app = TestApp::start(Engine::Postgres).await;
    let acme = app.tenant("acme").await;
    let (second, _) = app.another_instance().await;
    whole_login("lisi", &acme, &app).await;
    let url = acme.app.start("x").url.replace(&app.url, &second);
    let browser = Browser::wechat("lisi");
    assert_eq!(
        browser.get(&url).await.status,
        303,
        "the second instance has cached everything"
    );
    app.manager()
        .set_tenant_status(&acme.tenant.code, Status::Disabled)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(browser.get(&url).await.status, 403);
}
