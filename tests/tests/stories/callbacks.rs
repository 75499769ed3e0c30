//! Callbacks twice, late, bare and from the wrong browser.

use std::time::Duration;

use hufu_core::model::{Action, Outcome};
use hufu_tests::{Browser, Engine, TestApp, WECHAT_USER_AGENT};
use wechat_simulator::{Effect, Fault};

use crate::{log_in, parameter, up_to_callback};

pub(crate) async fn copies_in_parallel(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("copies");
    let browser = Browser::wechat("lisi");
    let callback = up_to_callback(&browser, &login, &app).await;
    app.simulator.fault(Fault {
        endpoint: "/sns/oauth2/access_token".to_owned(),
        effect: Effect::Latency { millis: 300 },
        times: None,
    });
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (tab, url) = (browser.another_tab(), callback.clone());
        copies.spawn(async move { tab.get(url).await });
    }
    let answers = copies.join_all().await;
    let first = answers[0].location();
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 303 && answer.location() == first),
        "one result for all"
    );
    assert_eq!(app.simulator.count("/sns/oauth2/access_token"), 1, "exchanged once");
    let tokens = acme.app.finish(&login, &first).await;
    assert!(!tokens.sub().is_empty());
    assert_eq!(app.events(&acme.tenant, Action::Login).await.len(), 1);
}

pub(crate) async fn back_button_and_restored_tab(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("back");
    let browser = Browser::wechat("lisi");
    let callback = up_to_callback(&browser, &login, &app).await;
    let first = browser.get(&callback).await.location();
    assert_eq!(
        browser.get(&callback).await.location(),
        first,
        "back before the app redeemed: the same code"
    );
    acme.app.finish(&login, &first).await;
    let page = browser.get(&callback).await;
    assert_eq!(page.status, 410, "{}", page.body);
    assert!(page.body.contains("/oauth2/authorize?"), "a way to start again");
    let other_code = callback.as_str().replace("code=0", "code=1");
    assert_eq!(browser.get(other_code).await.status, 410);
    assert_eq!(app.simulator.count("/sns/oauth2/access_token"), 1);
    assert_eq!(app.events(&acme.tenant, Action::Login).await.len(), 1);
}

pub(crate) async fn callback_without_code(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let callback = format!("{}/callback/{}", acme.app.issuer, acme.connector.id);
    let page = Browser::wechat("lisi").get(&callback).await;
    assert_eq!(page.status, 400, "a crawler or a shared link: {}", page.body);
    // A finished login whose bare callback is opened again ends in its result.
    let login = acme.app.start("bare");
    let browser = Browser::wechat("lisi");
    let full = up_to_callback(&browser, &login, &app).await;
    let first = browser.get(&full).await.location();
    let bare = format!("{callback}?state={}", parameter(&full, "state").unwrap());
    assert_eq!(browser.get(bare).await.location(), first);
    assert_eq!(app.simulator.count("/sns/oauth2/access_token"), 1);
}

pub(crate) async fn another_browser(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("mine");
    let mine = Browser::wechat("lisi");
    let callback = up_to_callback(&mine, &login, &app).await;
    // Login CSRF: somebody else opens my callback, without a cookie or with their own.
    let theirs = Browser::wechat("zhangsan");
    for _ in 0..2 {
        let page = theirs.get(&callback).await;
        assert_eq!(page.status, 403, "{}", page.body);
        assert!(page.header("location").is_none());
        let own = acme.app.start("theirs");
        theirs.get(&own.url).await;
    }
    assert_eq!(
        app.simulator.count("/sns/oauth2/access_token"),
        0,
        "nothing was exchanged"
    );
    let refused = app.events(&acme.tenant, Action::Callback).await;
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0].error.as_deref(), Some("foreign_browser"));
    // I am not harmed.
    let redirected = mine.get(&callback).await.location();
    acme.app.finish(&login, &redirected).await;
    assert_eq!(
        app.events(&acme.tenant, Action::Login).await[0].outcome,
        Outcome::Succeeded
    );
}

pub(crate) async fn made_up_and_late_callbacks(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let login = acme.app.start("late");
    let browser = Browser::wechat("lisi");
    let callback = up_to_callback(&browser, &login, &app).await;
    let base = format!("{}/callback/{}", acme.app.issuer, acme.connector.id);
    for made_up in [
        format!("{base}?code=0&state=abc"),
        format!("{base}?code=0&state={}", "A".repeat(32)),
        format!("{}/callback/nonsense?code=0&state=abc", acme.app.issuer),
        // Right state, but another connector's or another tenant's door.
        callback
            .as_str()
            .replace(&acme.connector.id.to_string(), &zoo.connector.id.to_string()),
        callback
            .as_str()
            .replace("/t/acme/", "/t/zoo/")
            .replace(&acme.connector.id.to_string(), &zoo.connector.id.to_string()),
    ] {
        let page = browser.get(&made_up).await;
        assert_eq!(page.status, 404, "{made_up}");
    }
    app.clock.advance(Duration::from_secs(601));
    let page = browser.get(&callback).await;
    assert_eq!(page.status, 410, "{}", page.body);
    assert_eq!(browser.get(&callback).await.status, 410);
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!((events.len(), events[0].outcome), (1, Outcome::Expired));
    assert_eq!(app.simulator.count("/sns/oauth2/access_token"), 0);
}

pub(crate) async fn browser_hangs_up(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("gone");
    let browser = Browser::wechat("lisi");
    let callback = up_to_callback(&browser, &login, &app).await;
    app.simulator.fault(Fault {
        endpoint: "/sns/oauth2/access_token".to_owned(),
        effect: Effect::Latency { millis: 500 },
        times: Some(1),
    });
    let impatient = browser.another_tab();
    let gone = tokio::time::timeout(Duration::from_millis(150), impatient.get(&callback)).await;
    assert!(gone.is_err(), "the connection was dropped while WeChat was asked");
    let redirected = browser.get(&callback).await.location();
    acme.app.finish(&login, &redirected).await;
    assert_eq!(app.simulator.count("/sns/oauth2/access_token"), 1);
    // A browser without cookies at all is told so rather than sent in circles.
    let bare = Browser::new(WECHAT_USER_AGENT);
    let again = acme.app.start("bare");
    let sent = bare.get(&again.url).await;
    bare.forget();
    assert_eq!(sent.status, 303);
    let _ = log_in(&Browser::wechat("lisi"), &acme.app.start("fine"), &app).await;
}
