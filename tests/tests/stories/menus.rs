//! Menus: written, checked, published to an account's followers, brought back.

use hufu_core::manage::{ManageError, MenuUrls};
use hufu_core::model::{Action, MenuBook, Outcome};
use hufu_tests::{Browser, Engine, TestApp, TestTenant};
use serde_json::{Value, json};
use wechat_simulator::{Effect, Fault};

use crate::parameter;

fn urls(app: &TestApp, tenant: &TestTenant) -> MenuUrls {
    MenuUrls {
        login: format!("{}/login", tenant.app.issuer),
        wechat: format!("{}/connect/oauth2/authorize", app.url),
    }
}

async fn save(app: &TestApp, tenant: &TestTenant, menu: &Value) -> MenuBook {
    let (code, id) = (&tenant.tenant.code, tenant.connector.id);
    app.manager().save_menu_draft(code, id, menu, None).await.unwrap()
}

async fn publish(app: &TestApp, tenant: &TestTenant) -> Result<MenuBook, ManageError> {
    let (code, id) = (&tenant.tenant.code, tenant.connector.id);
    app.manager().publish_menu(code, id, &urls(app, tenant), "", None).await
}

fn click(name: &str) -> Value {
    json!({"name": name, "type": "click", "key": name})
}

fn menu(names: &[&str]) -> Value {
    json!({"button": names.iter().map(|name| click(name)).collect::<Vec<_>>()})
}

/// What tapping a button tells: of a page, where it leads.
async fn tap(app: &TestApp, tenant: &TestTenant, button: &str) -> String {
    app.simulator.follow("zhangsan", &tenant.app_id).await.unwrap();
    let pushed = app
        .simulator
        .tap_menu("zhangsan", &tenant.app_id, button)
        .await
        .unwrap();
    pushed.event_key.unwrap()
}

pub(crate) async fn login_from_the_menu(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = json!({"client_id": acme.client.id.to_string(), "style": "link"});
    let written = json!({"button": [
        {"name": "会员", "sub_button": [{"name": "登录 🐯", "type": "view", "login": login}, click("帮助")]},
    ]});
    save(&app, &acme, &written).await;
    assert_eq!(
        app.simulator.count("/cgi-bin/menu/create"),
        0,
        "a draft is nobody's business"
    );
    publish(&app, &acme).await.unwrap();
    assert_eq!(app.simulator.count("/cgi-bin/menu/create"), 1);

    let url = tap(&app, &acme, "登录 🐯").await;
    assert_eq!(url, format!("{}/login?client_id={}", acme.app.issuer, acme.client.id));
    let browser = Browser::wechat("zhangsan");
    let callback = browser.follow(&url, &[&app.url, &app.simulator_url]).await.location();
    assert!(callback.as_str().starts_with(&acme.app.redirect_uri));
    let (code, unused) = (parameter(&callback, "code").unwrap(), acme.app.start("unused"));
    let answer = acme.app.redeem(&code, &unused, &[("code_verifier", "")]).await;
    assert_eq!(answer.status(), 200);

    let event = app.events(&acme.tenant, Action::MenuPublish).await.pop().unwrap();
    assert_eq!(
        (event.outcome, event.connector_id),
        (Outcome::Succeeded, Some(acme.connector.id))
    );
    assert_eq!(event.detail["version"], json!({"before": null, "after": 1}));
}

/// Each limit of WeChat's, broken alone: it is named, and WeChat never hears of the menu.
pub(crate) async fn limits_named_first(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let one = |button: Value| json!({"button": [button]});
    let sub = |button: Value| json!({"button": [{"name": "m", "sub_button": [button]}]});
    let view = |url: String| json!({"name": "a", "type": "view", "url": url});
    let many: Vec<_> = (0..6).map(|number| click(&number.to_string())).collect();
    let long = |bytes: usize| format!("https://a.example/{}", "x".repeat(bytes - 18));
    let broken = [
        (json!({"button": []}), "button"),
        (menu(&["a", "b", "c", "d"]), "button"),
        (
            json!({"button": [{"name": "m", "sub_button": many}]}),
            "button[0].sub_button",
        ),
        (one(click("一二三四五六")), "button[0].name"),
        (sub(click(&"一".repeat(21))), "button[0].sub_button[0].name"),
        (
            one(json!({"name": "a", "type": "click", "key": "k".repeat(129)})),
            "button[0].key",
        ),
        (one(view(long(1025))), "button[0].url"),
        (sub(view("weixin".to_owned())), "button[0].sub_button[0].url"),
        (one(json!({"name": "a", "type": "teleport"})), "button[0].type"),
        (one(json!({"name": "a", "type": "media_id"})), "button[0].media_id"),
        (one(view("https://a.example/\r\n".to_owned())), "button[0].url"),
    ];
    for (written, path) in broken {
        save(&app, &acme, &written).await;
        let Err(ManageError::Menu(found)) = publish(&app, &acme).await else {
            panic!("{written} was published");
        };
        assert!(found.iter().any(|found| found.path == path), "{written}: {found:?}");
        assert!(
            found
                .iter()
                .all(|found| !found.message.zh.is_empty() && !found.message.en.is_empty())
        );
    }
    assert_eq!(app.simulator.count("/cgi-bin/menu/create"), 0);
    // What just fits is taken by both.
    let fits = json!({"button": [
        {"name": "一二三四五x", "type": "view", "url": long(1024)},
        {"name": "m", "sub_button": [{"name": "一".repeat(20), "type": "click", "key": "k".repeat(128)}]},
    ]});
    save(&app, &acme, &fits).await;
    publish(&app, &acme).await.unwrap();
}

pub(crate) async fn refused_by_wechat(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    save(&app, &acme, &menu(&["a"])).await;
    publish(&app, &acme).await.unwrap();
    for errcode in [45009, 45010] {
        save(&app, &acme, &menu(&[&errcode.to_string()])).await;
        app.simulator.fault(Fault {
            endpoint: "/cgi-bin/menu/create".to_owned(),
            effect: Effect::Errcode {
                code: errcode,
                message: "reach max api daily quota limit".to_owned(),
            },
            times: Some(1),
        });
        let error = publish(&app, &acme).await.unwrap_err();
        assert!(error.text().zh.contains(&errcode.to_string()), "{error}");
        let ManageError::Provider(error) = error else {
            panic!("{error}")
        };
        assert!(error.remedy.is_some(), "{error:?}");
    }
    let events = app.events(&acme.tenant, Action::MenuPublish).await;
    let outcomes: Vec<_> = events.iter().map(|event| (event.outcome, event.errcode)).collect();
    assert_eq!(
        outcomes,
        [
            (Outcome::Succeeded, None),
            (Outcome::Failed, Some(45009)),
            (Outcome::Failed, Some(45010))
        ]
    );
    let state = app
        .manager()
        .menu(&acme.tenant.code, acme.connector.id, &urls(&app, &acme))
        .await
        .unwrap();
    assert_eq!((state.book.live, state.book.versions.len()), (Some(1), 1));
    assert_eq!(tap(&app, &acme, "a").await, "a", "people have what they had");
}

pub(crate) async fn back_to_a_former_version(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    for name in ["old", "new"] {
        save(&app, &acme, &menu(&[name])).await;
        publish(&app, &acme).await.unwrap();
    }
    let (code, id, urls) = (&acme.tenant.code, acme.connector.id, urls(&app, &acme));
    let book = app.manager().roll_back_menu(code, id, &urls, 1).await.unwrap();
    assert_eq!((book.live, book.versions.len()), (Some(3), 3));
    assert_eq!(tap(&app, &acme, "old").await, "old");
    app.manager().delete_menu(code, id).await.unwrap();
    assert!(app.simulator.tap_menu("zhangsan", &acme.app_id, "old").await.is_err());
    assert_eq!(app.manager().menu_at_provider(code, id).await.unwrap().menu, None);
}

pub(crate) async fn changed_elsewhere(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, other) = (app.tenant("acme").await, app.tenant("other").await);
    let (code, id) = (&acme.tenant.code, acme.connector.id);
    save(&app, &acme, &menu(&["a", "b"])).await;
    publish(&app, &acme).await.unwrap();
    let there = app.manager().menu_at_provider(code, id).await.unwrap();
    assert!(!there.differs, "{there:?}");
    // Somebody works on the same account through another tenant's connector.
    let settings = [("appid".to_owned(), acme.app_id.clone())];
    let secret = app
        .simulator
        .accounts()
        .into_iter()
        .find(|account| account.app_id == acme.app_id);
    let secrets = [("secret".to_owned(), secret.unwrap().secret.into())];
    let manager = app.manager();
    manager
        .change_connector(&other.tenant.code, other.connector.id, settings.into())
        .await
        .unwrap();
    manager
        .rotate_connector_secret(&other.tenant.code, other.connector.id, secrets.into())
        .await
        .unwrap();
    save(&app, &other, &menu(&["a", "c"])).await;
    publish(&app, &other).await.unwrap();
    let there = manager.menu_at_provider(code, id).await.unwrap();
    assert!(there.differs);
    let changes: Vec<_> = there.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(changes, ["button[1]"]);
    let book = manager.pull_menu(code, id, &urls(&app, &acme), None).await.unwrap();
    assert_eq!(book.draft.unwrap().menu, menu(&["a", "c"]));
}

pub(crate) async fn two_editors(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (code, id, manager) = (&acme.tenant.code, acme.connector.id, app.manager());
    let (one, two) = (menu(&["one"]), menu(&["two"]));
    let (first, second) = tokio::join!(
        manager.save_menu_draft(code, id, &one, Some(0)),
        manager.save_menu_draft(code, id, &two, Some(0)),
    );
    let lost = [first, second].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(lost.as_slice(), [ManageError::Conflict { .. }]), "{lost:?}");
    assert_eq!(app.events(&acme.tenant, Action::MenuChange).await.len(), 1);
    let late = manager.publish_menu(code, id, &urls(&app, &acme), "", Some(0)).await;
    assert!(matches!(late, Err(ManageError::Conflict { .. })));
    assert_eq!(app.simulator.count("/cgi-bin/menu/create"), 0);
}
