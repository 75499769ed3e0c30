//! Logins that go well, or end as the person or the client's policy wants.

use hufu_core::model::{Action, ClientKind, Outcome, SnapshotPolicy};
use hufu_core::oidc::SigningAlgorithm;
use hufu_tests::{Browser, Engine, TestApp};
use wechat_simulator::NextUser;

use crate::{log_in, parameter, whole_login};

pub(crate) async fn first_login(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let tokens = whole_login("zhangsan", &acme, &app).await;

    let openid = app.simulator.openid("zhangsan", &acme.app_id);
    for answer in [&tokens.claims, &tokens.userinfo] {
        assert_eq!(answer["name"], "张三🙂<b>");
        assert!(
            answer["picture"].as_str().unwrap().starts_with(&app.simulator_url),
            "{answer}"
        );
        assert_eq!(answer["wechat_openid"], openid.as_str());
        assert_eq!(answer["wechat_appid"], acme.app_id.as_str());
        assert_eq!(
            answer["wechat_unionid"],
            app.simulator.unionid("zhangsan", &acme.app_id).unwrap().as_str()
        );
        assert_eq!(answer["wechat_snapshot"], false);
    }
    assert_eq!(tokens.answer["token_type"], "Bearer");
    assert_eq!(tokens.answer["expires_in"], 3600);

    let events = app.events(&acme.tenant, Action::Login).await;
    let [event] = events.as_slice() else {
        panic!("exactly one outcome: {events:?}")
    };
    assert_eq!(event.outcome, Outcome::Succeeded);
    assert_eq!(event.client_id, Some(acme.client.id));
    assert_eq!(event.connector_id, Some(acme.connector.id));
    assert_eq!(event.subject_id.unwrap().to_string(), tokens.sub());
    assert_eq!(event.external_id.as_deref(), Some(openid.as_str()));
    assert_eq!(event.scope.as_deref(), Some("openid profile wechat"));
    assert_eq!(event.ip.as_deref(), Some("127.0.0.1"));
    assert!(event.user_agent.as_deref().unwrap().contains("MicroMessenger"));
    assert!(event.request_id.is_some() && event.upstream_ms.is_some());
    let steps: Vec<_> = event.steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(steps, ["begun", "returned", "identified"]);

    let redeemed = app.events(&acme.tenant, Action::Token).await;
    assert_eq!(redeemed.len(), 1);
    assert_eq!(
        (redeemed[0].outcome, redeemed[0].attempt_id),
        (Outcome::Succeeded, event.attempt_id)
    );
}

pub(crate) async fn second_login_of_the_same_person(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let first = whole_login("lisi", &acme, &app).await;
    let second = whole_login("lisi", &acme, &app).await;
    assert_eq!(first.sub(), second.sub(), "the same person keeps their subject");
    assert_ne!(first.answer["access_token"], second.answer["access_token"]);
    let other = whole_login("zhangsan", &acme, &app).await;
    assert_ne!(first.sub(), other.sub());
    assert_eq!(app.events(&acme.tenant, Action::Login).await.len(), 3);
}

pub(crate) async fn two_tenants_with_the_same_person(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let (at_acme, at_zoo) = (
        whole_login("lisi", &acme, &app).await,
        whole_login("lisi", &zoo, &app).await,
    );
    assert_ne!(at_acme.sub(), at_zoo.sub(), "a subject belongs to one tenant");
    assert_ne!(at_acme.claims["wechat_openid"], at_zoo.claims["wechat_openid"]);
    assert_ne!(at_acme.claims["iss"], at_zoo.claims["iss"]);
    // A token of one tenant is nothing at the other; so is its app.
    let token = at_acme.answer["access_token"].as_str().unwrap();
    assert_eq!(zoo.app.userinfo(token).await.0, 401);
    let mut stranger = acme.app.clone();
    stranger.issuer = zoo.app.issuer.clone();
    let page = Browser::wechat("lisi").get(&stranger.start("x").url).await;
    assert_eq!(page.status, 404, "another tenant's client is unknown here");
    let errors: Vec<_> = app.events(&zoo.tenant, Action::Login).await;
    let errors: Vec<_> = errors
        .iter()
        .map(|event| (event.error.as_deref(), event.client_id))
        .collect();
    assert_eq!(errors, [(None, Some(zoo.client.id)), (Some("client_unknown"), None)]);
}

pub(crate) async fn two_apps_of_one_tenant(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (_, second) = app.client(&acme.tenant.code, ClientKind::Confidential).await;
    let one = whole_login("lisi", &acme, &app).await;
    let login = second.start("2");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    // A code belongs to the app that it was given to.
    let code = parameter(&callback, "code").unwrap();
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 400);
    let two = second.finish(&login, &callback).await;
    assert_eq!(
        one.sub(),
        two.sub(),
        "public subjects: the tenant's apps know the same person"
    );
    assert_ne!(one.claims["aud"], two.claims["aud"]);
}

pub(crate) async fn silent_login(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let quiet = acme.app.clone().asking("openid wechat");
    let browser = Browser::wechat("wangxiaoming");
    let login = quiet.start("silent");
    let sent = browser.get(&login.url).await.location();
    assert_eq!(
        parameter(&sent, "scope").as_deref(),
        Some("snsapi_base"),
        "no profile asked, no consent page"
    );
    let callback = browser.follow(sent, &[&app.url, &app.simulator_url]).await.location();
    let tokens = quiet.finish(&login, &callback).await;
    assert!(tokens.claims.get("name").is_none());
    assert!(tokens.claims["wechat_openid"].is_string());
    assert_eq!(app.simulator.count("/sns/userinfo"), 0);
}

pub(crate) async fn denied(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("no");
    let callback = log_in(&Browser::wechat("lisi").refusing(), &login, &app).await;
    assert!(callback.as_str().starts_with(&acme.app.redirect_uri));
    assert_eq!(parameter(&callback, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&callback, "state"), Some(login.state));
    assert_eq!(parameter(&callback, "iss"), Some(acme.app.issuer.clone()));
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].outcome, Outcome::Denied);
    assert_eq!(
        app.simulator.count("/sns/oauth2/access_token"),
        0,
        "a refusal asks WeChat nothing"
    );
}

pub(crate) async fn snapshot_visitor(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let snapshot = || NextUser {
        user: Some("lisi".to_owned()),
        snapshot: true,
        ..NextUser::default()
    };

    app.simulator.next_user(snapshot());
    let login = acme.app.start("snap");
    let page = Browser::wechat("lisi")
        .speaking("zh-CN")
        .follow(&login.url, &[&app.url, &app.simulator_url])
        .await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(page.body.contains("使用完整服务"), "{}", page.body);
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!((events.len(), events[0].outcome), (1, Outcome::Rejected));
    assert_eq!(events[0].error.as_deref(), Some("snapshot_visitor"));
    assert_eq!(events[0].subject_id, None, "a stand-in never becomes a subject");

    let open = app.client_with(
        &acme.tenant.code,
        ClientKind::Confidential,
        SigningAlgorithm::Es256,
        SnapshotPolicy::Allow,
    );
    let (_, open) = open.await;
    app.simulator.next_user(snapshot());
    let login = open.start("snap");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    assert_eq!(open.finish(&login, &callback).await.claims["wechat_snapshot"], true);
}

pub(crate) async fn public_client(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (_, native) = app.client(&acme.tenant.code, ClientKind::Public).await;
    let login = native.start("native");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    native.finish(&login, &callback).await;
    // PKCE is not a choice for it.
    let bare = login.url.split("&code_challenge=").next().unwrap();
    let refused = Browser::wechat("lisi").get(bare).await;
    assert_eq!(refused.location_parameter("error").as_deref(), Some("invalid_request"));
}

pub(crate) async fn es256(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let client = app.client_with(
        &acme.tenant.code,
        ClientKind::Confidential,
        SigningAlgorithm::Es256,
        SnapshotPolicy::Refuse,
    );
    let (_, modern) = client.await;
    let login = modern.start("es");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    let tokens = modern.finish(&login, &callback).await;
    let header = jsonwebtoken::decode_header(tokens.answer["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(header.alg, jsonwebtoken::Algorithm::ES256);
}

pub(crate) async fn login_link(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let link = format!("{}/login?client_id={}", acme.app.issuer, acme.client.id);
    let browser = Browser::wechat("lisi");
    let callback = browser.follow(&link, &[&app.url, &app.simulator_url]).await.location();
    assert!(
        callback.as_str().starts_with(&acme.app.redirect_uri),
        "the first registered URI is the default"
    );
    assert!(
        parameter(&callback, "state").is_none(),
        "no state was sent, so none comes back"
    );
    let code = parameter(&callback, "code").unwrap();
    let login = acme.app.start("unused");
    let answer = acme.app.redeem(&code, &login, &[("code_verifier", "")]).await;
    assert_eq!(answer.status(), 200);
    // What the link says itself stays.
    let second = format!("{link}&redirect_uri=https%3A%2F%2Fapp.example%2Fsecond&scope=openid");
    let callback = browser
        .follow(&second, &[&app.url, &app.simulator_url])
        .await
        .location();
    assert!(callback.as_str().starts_with("https://app.example/second?"));
}

pub(crate) async fn not_inside_wechat(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("desk");
    let desktop = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36";
    for (language, words) in [("zh-CN,zh;q=0.9", "微信"), ("en-GB", "WeChat")] {
        let page = Browser::new(desktop).speaking(language).get(&login.url).await;
        assert_eq!(page.status, 200);
        assert!(
            page.body.contains(words) && page.body.contains("svg"),
            "a QR and words in {language}"
        );
        assert!(page.header("set-cookie").is_none(), "nothing began");
        assert!(page.body.contains(&acme.client.id.to_string()), "the same URL to copy");
    }
    assert!(app.events(&acme.tenant, Action::Login).await.is_empty());
}

pub(crate) async fn step_up(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant_with("acme", &[("profile", "step_up")]).await;
    // Never seen: silent first, then once more for the profile.
    let first = whole_login("zhangsan", &acme, &app).await;
    assert_eq!(first.claims["name"], "张三🙂<b>");
    let counted = || {
        (
            app.simulator.count("/connect/oauth2/authorize"),
            app.simulator.count("/sns/oauth2/access_token"),
        )
    };
    assert_eq!(counted(), (2, 2));
    // Known: silent is enough, and the profile is still there.
    let second = whole_login("zhangsan", &acme, &app).await;
    assert_eq!(counted(), (3, 3));
    assert_eq!(
        (first.sub(), &first.claims["name"]),
        (second.sub(), &second.claims["name"])
    );
    assert_eq!(
        app.events(&acme.tenant, Action::Login).await.len(),
        2,
        "two legs are one login"
    );
}

pub(crate) async fn awkward_people(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    for nickname in [
        "",
        "'; DROP TABLE subjects; --",
        "<script>alert(1)</script>",
        "👨‍👩‍👧‍👦",
        "a\u{202e}b",
        &"名".repeat(300),
    ] {
        let user = NextUser {
            user: Some("lisi".to_owned()),
            nickname: Some(nickname.to_owned()),
            unionid: Some(None),
            ..NextUser::default()
        };
        app.simulator.next_user(user);
        let tokens = whole_login("lisi", &acme, &app).await;
        assert!(tokens.claims.get("wechat_unionid").is_none());
        if !nickname.is_empty() {
            assert_eq!(tokens.userinfo["name"], nickname);
        }
    }
}
