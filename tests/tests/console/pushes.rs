//! Pushes, set up and looked after by form.

use hufu_core::model::{Reach, Role, Seat};
use hufu_core::secret::ExposeSecret as _;
use hufu_tests::{ConsoleUser, Engine, Page, TestApp, TestTenant};
use wechat_simulator::{PushConfig, PushMode, PushOutcome};

async fn with_role(app: &TestApp, tenant: &TestTenant, role: Role) -> ConsoleUser {
    let seat = Seat::new(role, Reach::tenant(tenant.tenant.id)).unwrap();
    app.operator(seat, None).await
}

fn text_of(page: &Page, id: &str) -> String {
    let mark = format!("id=\"{id}\"");
    let rest = page
        .body
        .split_once(&mark)
        .unwrap_or_else(|| panic!("no {id}: {}", page.body))
        .1;
    let rest = rest.split_once('>').unwrap().1;
    rest.split_once('<').unwrap().0.to_owned()
}

/// From nothing to a keyword that is answered and a delivery that is sent again, with forms alone.
pub(crate) async fn pushes_by_form(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let user = with_role(&app, &acme, Role::TenantAdmin).await;
    let connector = format!("/admin/tenants/acme/connectors/{}", acme.connector.id);
    let push = format!("{connector}/push");
    assert!(
        user.page(&connector).await.body.contains(&push),
        "the account's page leads there"
    );

    let mode = [("push_mode", "safe"), ("original_id", "gh_nonsense")];
    let refused = user.submit(&push, &format!("{push}/mode"), &mode).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("gh_nonsense"), "what was typed stays");
    let mode = [("push_mode", "safe"), ("original_id", "gh_0123456789ab")];
    assert_eq!(user.submit(&push, &format!("{push}/mode"), &mode).await.status, 303);

    let made = user
        .submit(&push, &format!("{push}/secrets"), &[("do", "generate")])
        .await;
    assert_eq!(made.status, 200, "{}", made.body);
    let (token, key) = (text_of(&made, "push-token"), text_of(&made, "push-key"));
    assert_eq!((token.len(), key.len()), (32, 43));
    let page = user.page(&push).await;
    assert!(!page.body.contains(&token) && !page.body.contains(&key), "shown once");
    let config = PushConfig {
        url: text_of(&page, "webhook"),
        token,
        encoding_aes_key: key.clone(),
        mode: PushMode::Safe,
    };
    app.simulator.save_push_config(&acme.app_id, config).await.unwrap();

    let client = acme.client.id.to_string();
    let rules = |words: &'static str, text: &'static str| {
        vec![
            ("rows", "2"),
            ("words_0", words),
            ("matches_0", "exact"),
            ("rule_0_text", text),
            ("rule_0_client", client.as_str()),
            ("rule_0_link", "进入"),
            ("words_1", ""),
            ("greeting_text", "欢迎 <b>"),
            ("do", "save"),
        ]
    };
    let refused = user.submit(&push, &push, &rules("", "请{login}")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("f-words_0-error"), "{}", refused.body);
    let mut more = rules("登录，login", "请{login}");
    more.pop();
    more.push(("do", "more"));
    let longer = user.submit(&push, &push, &more).await;
    assert_eq!(longer.status, 200);
    assert!(longer.body.contains("words_4") && longer.body.contains("请{login}"));
    let saved = user.submit(&push, &push, &rules("登录，login", "请{login}")).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = user.page(&format!("{push}?test=Login")).await;
    assert!(
        page.body.contains("请&#60;a href") || page.body.contains("请&lt;a href"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("欢迎 <b>"));
    let greeted = app.simulator.follow("lisi", &acme.app_id).await.unwrap();
    assert_eq!(greeted.user_saw.as_deref(), Some("欢迎 <b>"));
    let answered = app.simulator.send_text("lisi", &acme.app_id, "login").await.unwrap();
    assert_eq!(answered.outcome, PushOutcome::Replied);

    let target = [("url", "http://app.example/"), ("events", "text")];
    let refused = user.submit(&push, &format!("{push}/targets"), &target).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("f-url-error"), "{}", refused.body);
    // Nobody listens there.
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{nobody}/");
    let target = [("url", url.as_str()), ("events", "text, CLICK")];
    let made = user.submit(&push, &format!("{push}/targets"), &target).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let secret = text_of(&made, "push-secret");
    let (code, id) = (&acme.tenant.code, acme.connector.id);
    let settings = app.manager().push_settings(code, id).await.unwrap();
    let known = &settings.targets[0];
    assert_eq!((known.secret.expose(), known.events.len()), (secret.as_str(), 2));
    let rotated = user
        .submit(&push, &format!("{push}/targets/{}/secret", known.id), &[])
        .await;
    assert_ne!(text_of(&rotated, "push-secret"), secret);
    let url_name = format!("url-{}", known.id);
    let events_name = format!("events-{}", known.id);
    let off = [(url_name.as_str(), url.as_str()), (events_name.as_str(), "text")];
    let changed = user.submit(&push, &format!("{push}/targets/{}", known.id), &off).await;
    assert_eq!(changed.status, 303, "{}", changed.body);
    let settings = app.manager().push_settings(code, id).await.unwrap();
    assert!(!settings.targets[0].on && settings.targets[0].events == ["text"]);
    let none = user.submit(&push, &format!("{push}/replay"), &[]).await;
    assert_eq!(none.status, 303);
    let removed = user
        .submit(&push, &format!("{push}/targets/{}/remove", known.id), &[])
        .await;
    assert_eq!(removed.status, 303);
    let stored = app.manager().connector(code, id).await.unwrap();
    assert_eq!(stored.secrets["push_key"].expose_secret(), key);
    let renewed = user.submit(&push, &format!("{push}/secrets"), &[("do", "key")]).await;
    assert!(!renewed.body.contains("push-token"), "the Token stays");
    let stored = app.manager().connector(code, id).await.unwrap();
    assert_eq!(stored.secrets["push_key_before"].expose_secret(), key);

    let reader = with_role(&app, &acme, Role::Auditor).await;
    let page = reader.page(&push).await;
    assert!(!page.body.contains("id=\"generate\"") && !page.body.contains(&format!("{push}/mode")));
}
