//! Getting into the console, and being kept out of it.

use std::time::Duration;

use hufu_core::model::{Action, Reach, Seat};
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::ConsoleStore as _;
use hufu_tests::{Browser, Engine, PASSWORD, TestApp, fields};

/// The set-up link works once and makes an owner; afterwards there is none.
pub(crate) async fn first_operator(engine: Engine) {
    let app = TestApp::start(engine).await;
    let token = app.hufu.operators.setup_link().await.unwrap().unwrap();
    let url = format!("{}/admin/setup?token={}", app.url, token.expose_secret());
    let browser = Browser::new("Setup/1.0");
    let page = browser.get(&url).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let csrf = fields(&page.body)["csrf"].clone();
    let post = async |password: &str, again: &str| {
        let form = [
            ("csrf", csrf.as_str()),
            ("token", token.expose_secret()),
            ("login", "owner@example.com"),
            ("name", "所有者 🐯"),
            ("password", password),
            ("again", again),
        ];
        browser.post(format!("{}/admin/setup", app.url), &form).await
    };
    let short = post("short", "short").await;
    assert_eq!(short.status, 422, "{}", short.body);
    assert!(short.body.contains("所有者 🐯") && !short.body.contains("value=\"short\""));
    let done = post(PASSWORD, PASSWORD).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let again = post(PASSWORD, PASSWORD).await;
    assert!([403, 410, 422].contains(&again.status.as_u16()), "{}", again.status);
    assert_eq!(app.hufu.operators.setup_link().await.unwrap().map(|_| ()), None);
    let owner = app.hufu.operators.list_operators(None, None, 10).await.unwrap();
    assert_eq!(owner.len(), 1);
    assert_eq!(owner[0].seat, Seat::OWNER);
}

/// A second factor is enrolled, asked for at the next sign-in, and no code works twice.
pub(crate) async fn second_factor(engine: Engine) {
    let app = TestApp::start(engine).await;
    let user = app.operator(Seat::OWNER, None).await;
    // The tests' installation asks nobody to enrol; a session that is to enrol comes with a recovery link.
    let by = hufu_core::manage::By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let (_, link) = app.hufu.operators.recovery_link(&by, user.operator.id).await.unwrap();
    let browser = Browser::new("Recovery/1.0");
    let url = format!("{}/admin/recovery/{}", app.url, link.expose_secret());
    let page = browser.get(&url).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let csrf = fields(&page.body)["csrf"].clone();
    let form = [("csrf", csrf.as_str()), ("password", PASSWORD), ("again", PASSWORD)];
    let page = browser.post(&url, &form).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let page = browser.get(format!("{}/admin/enrol", app.url)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("data:image/svg+xml"), "a QR code");
    // The recovery ended the old session.
    assert_eq!(user.get("/admin/account").await.status, 303);
}

/// Guessing is slowed down, and a throttled try does not say whether the password was right.
pub(crate) async fn brute_force(engine: Engine) {
    let app = TestApp::start(engine).await;
    let user = app.operator(Seat::OWNER, None).await;
    let guesser = Browser::new("Guesser/1.0");
    let login_url = format!("{}/admin/login", app.url);
    let csrf = fields(&guesser.get(&login_url).await.body)["csrf"].clone();
    let attempt = async |password: &str| {
        let form = [
            ("csrf", csrf.as_str()),
            ("login", user.operator.login.as_str()),
            ("password", password),
        ];
        guesser.post(&login_url, &form).await
    };
    for _ in 0..6 {
        let page = attempt("wrong wrong wrong").await;
        assert!([422, 429].contains(&page.status.as_u16()), "{}", page.status);
    }
    let right = attempt(PASSWORD).await;
    assert_ne!(right.status, 303, "a throttled try was looked at");
    app.clock.advance(Duration::from_secs(16 * 60));
    assert_eq!(attempt(PASSWORD).await.status, 303);
    let filter = hufu_core::model::AuditFilter {
        action: Some(Action::OperatorLogin),
        ..Default::default()
    };
    let events = app
        .hufu
        .database
        .search_events(&Reach::Platform, &filter, 100)
        .await
        .unwrap();
    assert!(
        events
            .iter()
            .any(|event| event.error.as_deref() == Some("wrong_password"))
    );
    assert!(events.iter().all(|event| !format!("{event:?}").contains("wrong wrong")));
}

/// Sessions end when idle, after their time, and when they are revoked elsewhere.
pub(crate) async fn sessions(engine: Engine) {
    let app = TestApp::start(engine).await;
    let user = app.operator(Seat::OWNER, None).await;
    user.page("/admin/account").await;
    app.clock.advance(Duration::from_secs(29 * 60));
    user.page("/admin/account").await;
    app.clock.advance(Duration::from_secs(31 * 60));
    let over = user.get("/admin/account").await;
    assert_eq!((over.status.as_u16(), over.location().path()), (303, "/admin/login"));
    assert_eq!(over.location_parameter("back").as_deref(), Some("/admin/account"));

    user.sign_in().await;
    let by = hufu_core::manage::By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let ended = app.hufu.operators.revoke_sessions_of(&by, user.operator.id, None).await;
    assert!(ended.unwrap() >= 1);
    assert_eq!(user.get("/admin/account").await.status, 303);

    user.sign_in().await;
    let signed_out = user.submit("/admin/account", "/admin/logout", &[]).await;
    assert_eq!(signed_out.status, 303);
    assert_eq!(user.get("/admin/account").await.status, 303);
}

/// A form without our token, or sent by another site's page, does nothing.
pub(crate) async fn forms_of_others(engine: Engine) {
    let app = TestApp::start(engine).await;
    let user = app.operator(Seat::OWNER, None).await;
    let url = format!("{}/admin/logout", app.url);
    for csrf in ["", "made-up"] {
        let page = user.browser.post(&url, &[("csrf", csrf)]).await;
        assert_eq!(page.status, 403, "{}", page.body);
    }
    let other = app.operator(Seat::OWNER, None).await;
    let theirs = other.token("/admin/account").await;
    assert_eq!(user.browser.post(&url, &[("csrf", theirs.as_str())]).await.status, 403);
    user.page("/admin/account").await;
}
