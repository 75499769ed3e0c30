//! What operators change while people log in, and what they see afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use hufu_core::manage::SecretOverlap;
use hufu_core::model::{Action, HealthState, Outcome, Status};
use hufu_core::secret::ExposeSecret as _;
use hufu_tests::{Browser, Engine, TestApp};

use crate::{log_in, parameter, up_to_callback, whole_login};

pub(crate) async fn secret_rotated(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let fresh = "f".repeat(32);
    app.simulator
        .update_account(&acme.app_id, |account| account.secret.clone_from(&fresh));
    let login = acme.app.start("stale");
    let browser = Browser::wechat("lisi");
    let page = browser.follow(&login.url, &[&app.url, &app.simulator_url]).await;
    assert!(page.body.contains("40125"), "{}", page.body);
    let secrets = BTreeMap::from([("secret".to_owned(), fresh.into())]);
    app.manager()
        .rotate_connector_secret(&acme.tenant.code, acme.connector.id, secrets)
        .await
        .unwrap();
    whole_login("lisi", &acme, &app).await;
    let events = app.events(&acme.tenant, Action::ConnectorRotateSecret).await;
    assert_eq!(events.len(), 1);
    assert!(
        !format!("{events:?}").contains("ffffffff"),
        "who and what, never the secret"
    );
}

pub(crate) async fn client_secret_rotated(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let overlap = SecretOverlap(Duration::from_secs(600));
    let (_, secret) = app
        .manager()
        .rotate_client_secret(&acme.tenant.code, acme.client.id, overlap, None)
        .await
        .unwrap();
    let mut updated = acme.clone();
    updated.app.client_secret = Some(secret.expose_secret().to_owned());
    whole_login("lisi", &updated, &app).await;
    whole_login("lisi", &acme, &app).await;
    app.clock.advance(Duration::from_secs(601));
    whole_login("lisi", &updated, &app).await;
    let login = acme.app.start("old");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    let code = parameter(&callback, "code").unwrap();
    assert_eq!(
        acme.app.redeem(&code, &login, &[]).await.status(),
        401,
        "the old secret has ended"
    );
}

pub(crate) async fn tenant_disabled_mid_login(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (login, browser) = (acme.app.start("mid"), Browser::wechat("lisi"));
    let callback = up_to_callback(&browser, &login, &app).await;
    let tokens = whole_login("zhangsan", &acme, &app).await;
    app.manager()
        .set_tenant_status(&acme.tenant.code, Status::Disabled)
        .await
        .unwrap();
    let page = browser.get(&callback).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert_eq!(
        app.simulator.count("/sns/oauth2/access_token"),
        1,
        "the disabled tenant's code is not exchanged"
    );
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(events.last().unwrap().outcome, Outcome::Rejected);
    assert_eq!(events.last().unwrap().error.as_deref(), Some("tenant_disabled"));
    assert_eq!(browser.get(&login.url).await.status, 403);
    assert_eq!(
        acme.app
            .userinfo(tokens.answer["access_token"].as_str().unwrap())
            .await
            .0,
        401
    );
    app.manager()
        .set_tenant_status(&acme.tenant.code, Status::Active)
        .await
        .unwrap();
    whole_login("lisi", &acme, &app).await;
}

pub(crate) async fn connector_and_client_disabled(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (manager, code) = (app.manager(), &acme.tenant.code);
    let browser = Browser::wechat("lisi");
    let callback = up_to_callback(&browser, &acme.app.start("c"), &app).await;
    manager
        .set_connector_status(code, acme.connector.id, Status::Disabled)
        .await
        .unwrap();
    assert_eq!(browser.get(&acme.app.start("d").url).await.status, 403);
    assert_eq!(browser.get(&callback).await.status, 403);
    manager
        .set_connector_status(code, acme.connector.id, Status::Active)
        .await
        .unwrap();
    let callback = up_to_callback(&browser, &acme.app.start("e"), &app).await;
    manager
        .set_client_status(code, acme.client.id, Status::Disabled)
        .await
        .unwrap();
    assert_eq!(browser.get(&acme.app.start("f").url).await.status, 403);
    assert_eq!(browser.get(&callback).await.status, 403);
    manager
        .set_client_status(code, acme.client.id, Status::Active)
        .await
        .unwrap();
    whole_login("lisi", &acme, &app).await;
    let errors: Vec<_> = app
        .events(&acme.tenant, Action::Login)
        .await
        .into_iter()
        .map(|e| e.error)
        .collect();
    // Of each, the login that was refused before it began, and the one that was on its way.
    let errors: Vec<_> = errors.iter().map(Option::as_deref).collect();
    let (connector, client) = (Some("connector_disabled"), Some("client_disabled"));
    assert_eq!(errors, [connector, connector, client, client, None]);
}

pub(crate) async fn overdue_logins_expire(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    for salt in ["a", "b", "c"] {
        Browser::wechat("lisi").get(&acme.app.start(salt).url).await;
    }
    whole_login("lisi", &acme, &app).await;
    app.hufu.engine.sweep().await.unwrap();
    assert_eq!(
        app.events(&acme.tenant, Action::Login).await.len(),
        1,
        "nobody is hurried"
    );
    app.clock.advance(Duration::from_secs(601));
    let (first, second) = tokio::join!(app.hufu.engine.sweep(), app.hufu.engine.sweep());
    assert!(first.unwrap().expired + second.unwrap().expired >= 3);
    let events = app.events(&acme.tenant, Action::Login).await;
    let expired = events.iter().filter(|event| event.outcome == Outcome::Expired).count();
    assert_eq!(
        (events.len(), expired),
        (4, 3),
        "exactly one outcome each, also when two sweep at once"
    );
    app.clock.advance(Duration::from_secs(2 * 86_400));
    assert!(app.hufu.engine.sweep().await.unwrap().purged >= 4);
    assert_eq!(
        app.events(&acme.tenant, Action::Login).await.len(),
        4,
        "the audit log stays"
    );
}

pub(crate) async fn verify_files(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let manager = app.manager();
    let (ours, theirs) = ("MP_verify_P97WLFQjVODXzc3j.txt", "MP_verify_0123456789abcdef.txt");
    manager
        .add_verify_file(&acme.tenant.code, "127.0.0.1", ours, "P97WLFQjVODXzc3j")
        .await
        .unwrap();
    manager
        .add_verify_file(&zoo.tenant.code, "login.zoo.example", theirs, "0123456789abcdef")
        .await
        .unwrap();
    let browser = Browser::new("Mozilla/4.0");
    let page = browser.get(format!("{}/{ours}", app.url)).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "P97WLFQjVODXzc3j"));
    assert!(page.header("content-type").unwrap().starts_with("text/plain"));
    assert_eq!(
        browser.get(format!("{}/{theirs}", app.url)).await.status,
        404,
        "another host's file"
    );
    assert_eq!(
        browser
            .get(format!("{}/MP_verify_../../etc/pass.txt", app.url))
            .await
            .status,
        404
    );
}

/// Two accounts' files stand at one host; a badge tells what is seen from outside.
pub(crate) async fn verify_file_badges(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let manager = app.manager();
    let files = [(&acme, "P97WLFQjVODXzc3j"), (&zoo, "0123456789abcdef")];
    let mut placed = Vec::new();
    for (tenant, token) in files {
        let name = format!("MP_verify_{token}.txt");
        let code = &tenant.tenant.code;
        placed.push(manager.add_verify_file(code, "127.0.0.1", &name, token).await.unwrap());
    }
    for file in &placed {
        let health = manager.probe_verify_file(file).await.unwrap();
        assert_eq!(health.state, HealthState::Good, "{health:?}");
    }
    manager
        .remove_verify_file(&zoo.tenant.code, "127.0.0.1", "0123456789abcdef")
        .await
        .unwrap();
    let gone = manager.probe_verify_file(&placed[1]).await.unwrap();
    assert_eq!(gone.state, HealthState::Bad, "{gone:?}");
    assert!(gone.checks[0].remedy.is_some());
    let other = manager.probe_verify_file(&placed[0]).await.unwrap();
    assert_eq!(other.state, HealthState::Good, "the other account's stays");
}

pub(crate) async fn audit_of_changes(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    app.manager()
        .set_client_status(&acme.tenant.code, acme.client.id, Status::Disabled)
        .await
        .unwrap();
    for (action, count) in [
        (Action::TenantAdd, 1),
        (Action::ConnectorAdd, 1),
        (Action::ClientAdd, 1),
        (Action::ClientChange, 1),
    ] {
        let events = app.events(&acme.tenant, action).await;
        assert_eq!(events.len(), count, "{action:?}");
        assert_eq!(events[0].actor.as_deref(), Some("cli:tests"));
    }
    let change = &app.events(&acme.tenant, Action::ClientChange).await[0];
    assert_eq!(
        change.detail["status"],
        serde_json::json!({"before": "active", "after": "disabled"})
    );
}

pub(crate) async fn secrets_show_nowhere(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let canary = "deadbeefcafe00112233445566778899";
    let client_secret = acme.app.client_secret.clone().unwrap();
    app.simulator
        .update_account(&acme.app_id, |account| account.secret = canary.to_owned());
    let secrets = BTreeMap::from([("secret".to_owned(), canary.into())]);
    app.manager()
        .rotate_connector_secret(&acme.tenant.code, acme.connector.id, secrets)
        .await
        .unwrap();
    let tokens = whole_login("lisi", &acme, &app).await;
    let code_holder = acme.app.start("p");
    let page = Browser::wechat("lisi").get(&code_holder.url).await;
    let mut shown = format!("{page:?} {:?}", tokens.answer["scope"]);
    for action in [
        Action::Login,
        Action::Token,
        Action::ConnectorAdd,
        Action::ConnectorRotateSecret,
        Action::ClientAdd,
    ] {
        let events = app.events(&acme.tenant, action).await;
        shown += &format!("{events:?} {}", serde_json::to_string(&events).unwrap());
    }
    let store = app.hufu.engine.store().begin(acme.tenant.id);
    let connectors = store.list_connectors().await.unwrap();
    shown += &format!(
        "{connectors:?} {}",
        serde_json::to_string(&**connectors.first().unwrap()).unwrap()
    );
    shown += &format!("{:?}", store.list_clients().await.unwrap());
    let access = tokens.answer["access_token"].as_str().unwrap();
    for secret in [canary, client_secret.as_str(), access] {
        assert!(!shown.contains(secret), "a secret in {shown}");
    }
}

pub(crate) async fn a_warm_login_reads_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    whole_login("lisi", &acme, &app).await;
    let (login, browser) = (acme.app.start("warm"), Browser::wechat("lisi"));
    let before = app.hufu.database.statements();
    let callback = log_in(&browser, &login, &app).await;
    let code = parameter(&callback, "code").unwrap();
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 200);
    let after = app.hufu.database.statements();
    assert_eq!(after.reads, before.reads, "a warm login reads no row");
    assert_eq!(
        after.transactions - before.transactions,
        3,
        "begin, complete, redeem: one transaction each"
    );
    assert!(
        after.writes - before.writes <= 8,
        "{} writes",
        after.writes - before.writes
    );
}
