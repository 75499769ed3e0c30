//! Browsers that are signed in: one login serves all apps of a tenant, as long and as far as each app wants that.

use std::time::Duration;

use hufu_core::clock::Clock as _;
use hufu_core::model::{Action, ClientKind, Outcome, SnapshotPolicy, Status};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::secret::Digest256;
use hufu_core::store::{Change, FindSession, UnitOfWork};
use hufu_tests::{Browser, Engine, Login, Page, RelyingParty, TestApp, TestTenant, Tokens};
use serde_json::json;
use wechat_simulator::NextUser;

use crate::{log_in, parameter};

const COOKIE: &str = "hufu_session_acme";

/// A whole login in this browser.
async fn sign_in(browser: &Browser, party: &RelyingParty, salt: &str, app: &TestApp) -> Tokens {
    let login = party.start(salt);
    let callback = log_in(browser, &login, app).await;
    party.finish(&login, &callback).await
}

/// What comes of a request: `code`, `wechat` or the error that the app is told.
fn outcome(page: &Page, app: &TestApp) -> String {
    assert_eq!(page.status, 303, "{}", page.body);
    if page.location().as_str().starts_with(&app.simulator_url) {
        return "wechat".to_owned();
    }
    assert!(page.location().as_str().starts_with("https://app.example/"), "{page:?}");
    if page.location_parameter("code").is_some() {
        return "code".to_owned();
    }
    page.location_parameter("error").unwrap()
}

fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

async fn session_id(browser: &Browser, acme: &TestTenant, app: &TestApp) -> Option<hufu_core::ids::BrowserSessionId> {
    let store = app.hufu.engine.store().begin(acme.tenant.id);
    let digest = Digest256::of(&browser.cookie(COOKIE)?);
    let found = store.lookup_session(FindSession::Cookie(&digest)).await.unwrap();
    found.map(|session| session.id)
}

pub(crate) async fn one_login_serves_all_apps(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let (second_client, second) = app.client(&acme.tenant.code, ClientKind::Public).await;
    let browser = Browser::wechat("lisi");
    let first = sign_in(&browser, &acme.app, "1", &app).await;
    let asked = || {
        (
            app.simulator.count("/connect/oauth2/authorize"),
            app.simulator.count("/sns/oauth2/access_token"),
        )
    };
    assert_eq!(asked(), (1, 1));

    app.clock.advance(Duration::from_secs(120));
    let login = second.start("2");
    let page = browser.get(&login.url).await;
    assert_eq!(outcome(&page, &app), "code", "straight to the app, no page in between");
    assert!(
        page.header("set-cookie").is_none(),
        "the session is the one there was: nothing new"
    );
    let tokens = second.finish(&login, &page.location()).await;
    assert_eq!(asked(), (1, 1), "WeChat is not called");
    assert_eq!(tokens.sub(), first.sub());
    for same in ["auth_time", "sid", "name", "wechat_openid", "amr"] {
        assert_eq!(tokens.claims[same], first.claims[same], "{same}");
    }
    assert!(tokens.claims["iat"].as_i64() > tokens.claims["auth_time"].as_i64());
    assert_eq!(first.claims["acr"], "urn:hufu:acr:provider");
    assert_eq!(tokens.claims["acr"], "urn:hufu:acr:session");
    assert_eq!(tokens.claims["nonce"], login.nonce.as_str());

    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(events.len(), 2);
    let event = &events[1];
    assert_eq!(
        (event.outcome, event.client_id),
        (Outcome::Succeeded, Some(second_client.id))
    );
    assert_eq!(event.detail["by"], "session");
    assert_eq!(event.subject_id.unwrap().to_string(), first.sub());
    assert_eq!(event.external_id, events[0].external_id);
    let steps: Vec<_> = event.steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(steps, ["begun", "signed_in"]);
    assert_ne!(event.attempt_id, events[0].attempt_id);

    // An app that wants none of it goes to WeChat each time.
    let mut edit = hufu_core::manage::ClientEdit::from(&acme.client);
    edit.protocol.single_sign_on = false;
    let manager = app.manager();
    let change = manager.change_client(&acme.tenant.code, acme.client.id, edit, None);
    change.await.unwrap();
    assert_eq!(outcome(&browser.get(&acme.app.start("3").url).await, &app), "wechat");
    // Eight hours later it is over.
    app.clock.advance(Duration::from_secs(8 * 3600));
    assert_eq!(outcome(&browser.get(&second.start("4").url).await, &app), "wechat");
}

pub(crate) async fn a_session_is_one_tenants_and_one_persons(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let browser = Browser::wechat("lisi");
    sign_in(&browser, &acme.app, "1", &app).await;
    let value = browser.cookie(COOKIE).unwrap();
    assert_eq!(value.len(), 43, "256 bits");
    assert_eq!(outcome(&browser.get(&zoo.app.start("2").url).await, &app), "wechat");
    // The cookie of one tenant under the other's name, and values that nobody gave.
    browser.plant(&app.url, "hufu_session_zoo", &value);
    assert_eq!(outcome(&browser.get(&zoo.app.start("3").url).await, &app), "wechat");
    for forged in ["", "x", &"A".repeat(43), &"A".repeat(4000), &value.to_lowercase()] {
        let stranger = Browser::wechat("lisi");
        stranger.plant(&app.url, COOKIE, forged);
        assert_eq!(outcome(&stranger.get(&acme.app.start("4").url).await, &app), "wechat");
    }
    // A new login is a new session with a new cookie.
    let again = format!("{}&prompt=login", acme.app.start("5").url);
    let login = Login {
        url: again,
        ..acme.app.start("5")
    };
    log_in(&browser, &login, &app).await;
    assert_ne!(browser.cookie(COOKIE).unwrap(), value);

    // Whoever is disabled is signed in nowhere, and so is who was signed out.
    let subject = sign_in(&browser, &acme.app, "6", &app).await.sub().parse().unwrap();
    let code = acme.tenant.code.clone();
    let manager = app.manager();
    manager
        .set_person_status(&code, subject, Status::Disabled)
        .await
        .unwrap();
    assert_eq!(outcome(&browser.get(&acme.app.start("7").url).await, &app), "wechat");
    manager.set_person_status(&code, subject, Status::Active).await.unwrap();
    sign_in(&browser, &acme.app, "8", &app).await;
    assert_eq!(outcome(&browser.get(&acme.app.start("9").url).await, &app), "code");
    let id = session_id(&browser, &acme, &app).await.unwrap();
    let end = UnitOfWork::new(acme.tenant.id).with(Change::EndSession(id));
    app.hufu.engine.store().begin(acme.tenant.id).save(end).await.unwrap();
    assert_eq!(outcome(&browser.get(&acme.app.start("10").url).await, &app), "wechat");
    // A disabled connector signs nobody in either.
    sign_in(&browser, &acme.app, "11", &app).await;
    let disabled = manager.set_connector_status(&code, acme.connector.id, Status::Disabled);
    disabled.await.unwrap();
    let page = browser.get(&acme.app.start("12").url).await;
    assert_eq!(page.status, 403, "{}", page.body);
}

pub(crate) async fn no_session_of_nobody(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    // A visitor with a made-up identity, whom the app lets in.
    let open = app.client_with(
        &acme.tenant.code,
        ClientKind::Confidential,
        SigningAlgorithm::Rs256,
        SnapshotPolicy::Allow,
    );
    let (_, open) = open.await;
    app.simulator.next_user(NextUser {
        user: Some("lisi".to_owned()),
        snapshot: true,
        ..NextUser::default()
    });
    let browser = Browser::wechat("lisi");
    let tokens = sign_in(&browser, &open, "1", &app).await;
    assert!(browser.cookie(COOKIE).is_none() && tokens.claims.get("sid").is_none());
    // An app that thinks it speaks to WeChat is told of no session, and uses none.
    let classic = format!(
        "{}/connect/oauth2/authorize?appid={}&redirect_uri={}&response_type=code&scope=snsapi_userinfo&state=s",
        app.url,
        acme.client.id,
        encoded(&acme.app.redirect_uri)
    );
    let page = browser.follow(&classic, &[&app.url, &app.simulator_url]).await;
    assert_eq!(outcome(&page, &app), "code");
    assert!(browser.cookie(COOKIE).is_none());
    sign_in(&browser, &acme.app, "2", &app).await;
    assert_eq!(outcome(&browser.get(&classic).await, &app), "wechat");
    // Who logged in without showing a profile is asked for it, unless no page may be shown.
    let stranger = Browser::wechat("wangxiaoming");
    sign_in(&stranger, &acme.app.clone().asking("openid"), "3", &app).await;
    let login = acme.app.start("4");
    assert_eq!(outcome(&stranger.get(&login.url).await, &app), "wechat");
    let silent = stranger.get(format!("{}&prompt=none", login.url)).await;
    assert_eq!(outcome(&silent, &app), "code");
    let callback = log_in(&stranger, &login, &app).await;
    assert!(acme.app.finish(&login, &callback).await.claims["name"].is_string());
    let login = acme.app.start("5");
    let page = stranger.get(&login.url).await;
    let tokens = acme.app.finish(&login, &page.location()).await;
    assert!(
        tokens.claims["name"].is_string(),
        "known from then on: {}",
        tokens.claims
    );
}

pub(crate) async fn prompts_and_ages(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    let ask = async |more: &str| {
        let url = format!("{}{more}", acme.app.start("x").url);
        outcome(&browser.get(&url).await, &app)
    };
    assert_eq!(ask("").await, "wechat");
    assert_eq!(ask("&prompt=none").await, "login_required");
    sign_in(&browser, &acme.app, "1", &app).await;
    app.clock.advance(Duration::from_secs(30));
    let essential = |acr: &str| {
        let claims = json!({"id_token": {"acr": {"essential": true, "values": [acr]}}});
        format!("&claims={}", encoded(&claims.to_string()))
    };
    let (provider, session) = (essential("urn:hufu:acr:provider"), essential("urn:hufu:acr:session"));
    let silver = essential("urn:mace:incommon:iap:silver");
    for (more, result) in [
        ("", "code"),
        ("&prompt=none", "code"),
        ("&prompt=none&max_age=10000", "code"),
        ("&prompt=login", "wechat"),
        ("&prompt=select_account", "wechat"),
        ("&prompt=login%20select_account", "wechat"),
        ("&prompt=none%20login", "invalid_request"),
        ("&prompt=consent%20none", "invalid_request"),
        ("&prompt=create", "invalid_request"),
        ("&max_age=0", "wechat"),
        ("&max_age=1", "wechat"),
        ("&max_age=29", "wechat"),
        ("&max_age=40", "code"),
        ("&max_age=10000", "code"),
        ("&max_age=-1", "invalid_request"),
        ("&max_age=soon", "invalid_request"),
        ("&prompt=none&max_age=1", "login_required"),
        ("&prompt=none&max_age=0", "login_required"),
        (
            "&login_hint=lisi&ui_locales=fr%20en&display=popup&acr_values=a%20b&claims_locales=zh",
            "code",
        ),
        ("&unknown=1&unknown=2", "code"),
        ("&claims=%7B%7D", "code"),
        ("&claims=%7B", "invalid_request"),
        (&provider, "wechat"),
        (&session, "code"),
        (&silver, "unmet_authentication_requirements"),
    ] {
        assert_eq!(ask(more).await, result, "{more}");
    }
    let consents = app.simulator.count("/sns/oauth2/access_token");
    assert_eq!(consents, 1, "nobody went through to the end but once");
    // After `max_age` sent the person to WeChat, the ID token says when.
    let login = acme.app.start("aged");
    let aged = Login {
        url: format!("{}&max_age=1", login.url),
        ..login
    };
    let callback = log_in(&browser, &aged, &app).await;
    let tokens = acme.app.finish(&aged, &callback).await;
    let now = app.clock.now().as_secs();
    assert!(
        now - tokens.claims["auth_time"].as_i64().unwrap() <= 2,
        "{}",
        tokens.claims
    );
    // Without a session nobody has an acr that only a session gives.
    let stranger = Browser::wechat("zhangsan");
    let page = stranger.get(format!("{}{session}", acme.app.start("y").url)).await;
    assert_eq!(outcome(&page, &app), "unmet_authentication_requirements");
}

pub(crate) async fn the_person_whom_the_app_means(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let (browser, other) = (Browser::wechat("lisi"), Browser::wechat("zhangsan"));
    let mine = sign_in(&browser, &acme.app, "1", &app).await;
    let theirs = sign_in(&other, &acme.app, "2", &app).await;
    let hint = |tokens: &Tokens| format!("&id_token_hint={}", tokens.answer["id_token"].as_str().unwrap());
    let ask = async |more: &str| {
        let url = format!("{}{more}", acme.app.start("x").url);
        outcome(&browser.get(&url).await, &app)
    };
    let whole = mine.answer["id_token"].as_str().unwrap();
    let claims = |sub: &str| {
        let claims = json!({"userinfo": {"name": null}, "id_token": {"sub": {"value": sub}}});
        format!("&claims={}", encoded(&claims.to_string()))
    };
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", whole.split('.').nth(1).unwrap());
    for (more, result) in [
        (hint(&mine), "code"),
        (format!("{}&prompt=none", hint(&mine)), "code"),
        (hint(&theirs), "wechat"),
        (format!("{}&prompt=none", hint(&theirs)), "login_required"),
        (claims(mine.sub()), "code"),
        (claims(theirs.sub()), "wechat"),
        (format!("{}{}", claims(theirs.sub()), hint(&mine)), "invalid_request"),
        (format!("{}x", hint(&mine)), "invalid_request"),
        (format!("&id_token_hint={unsigned}"), "invalid_request"),
        ("&id_token_hint=x".to_owned(), "invalid_request"),
    ] {
        assert_eq!(ask(&more).await, result, "{more}");
    }
    // One that expired long ago is as good (Core, 3.1.2.1); another issuer's never is.
    app.clock.advance(Duration::from_secs(7 * 3600));
    assert_eq!(ask(&hint(&mine)).await, "code");
    let zoo = app.tenant("zoo").await;
    let foreign = format!("{}{}", zoo.app.start("z").url, hint(&mine));
    assert_eq!(outcome(&browser.get(&foreign).await, &app), "invalid_request");

    // Who comes back from WeChat is another person: the app gets no code, the browser no session, copies neither.
    let before = browser.cookie(COOKIE).unwrap();
    let login = acme.app.start("other");
    let wanted = Login {
        url: format!("{}{}", login.url, hint(&theirs)),
        ..login
    };
    let sent = browser.get(&wanted.url).await.location();
    let back = browser.follow(sent, &[&app.simulator_url]).await.location();
    for _ in 0..2 {
        let page = browser.get(&back).await;
        assert_eq!(outcome(&page, &app), "login_required");
        assert_eq!(page.location_parameter("state").as_deref(), Some(wanted.state.as_str()));
        assert!(page.header("set-cookie").is_none(), "{page:?}");
    }
    assert_eq!(browser.cookie(COOKIE).unwrap(), before);
    let events = app.events(&acme.tenant, Action::Callback).await;
    let errors: Vec<_> = events.iter().map(|event| event.error.as_deref()).collect();
    assert_eq!(errors, [Some("login_required")], "once");
    // The right person gets through.
    let callback = log_in(&other, &wanted, &app).await;
    assert_eq!(acme.app.finish(&wanted, &callback).await.sub(), theirs.sub());
}

/// The value of a hidden field of a page, decoded.
fn field(page: &Page, name: &str) -> Option<String> {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\""))?;
    let value = rest.split('"').next()?;
    let plain = value.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">");
    Some(plain.replace("&#39;", "'").replace("&#38;", "&"))
}

pub(crate) async fn answers_by_form_post(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    let login = acme.app.start("post");
    let posted = |more: &str| format!("{}&response_mode=form_post{more}", login.url);
    let check = |page: &Page| {
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.header("location").is_none());
        assert!(
            page.body
                .contains("method=\"post\" action=\"https://app.example/callback?from=hufu\""),
            "{}",
            page.body
        );
        assert!(page.body.contains("type=\"submit\""), "works without scripts");
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            !policy.contains("form-action") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(field(page, "state").as_deref(), Some(login.state.as_str()));
        assert_eq!(field(page, "iss").as_deref(), Some(acme.app.issuer.as_str()));
    };
    // Errors too.
    let page = browser.get(posted("&prompt=none")).await;
    check(&page);
    assert_eq!(field(&page, "error").as_deref(), Some("login_required"));
    assert!(field(&page, "error_description").is_some() && field(&page, "code").is_none());
    // From WeChat, in the language that the app asked for.
    let page = browser
        .follow(posted("&ui_locales=fr%20zh-CN"), &[&app.url, &app.simulator_url])
        .await;
    check(&page);
    assert!(page.body.contains("<html lang=\"zh-CN\">") && page.header("set-cookie").is_some());
    let code = field(&page, "code").unwrap();
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 200);
    // By the session.
    let page = browser.get(posted("")).await;
    check(&page);
    assert!(page.body.contains("<html lang=\"en\">"));
    let code = field(&page, "code").unwrap();
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 200);
}

pub(crate) async fn sessions_on_two_instances(engine: Engine) {
    let mut app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let (other_url, _) = app.another_instance().await;
    let elsewhere = |url: &str| url.replacen(&app.url, &other_url, 1);
    let browser = Browser::wechat("lisi");
    let login = acme.app.start("1");
    let back = crate::up_to_callback(&browser, &login, &app).await;
    let tab = browser.another_tab();
    let first = browser.get(&back).await;
    let copy = tab.get(elsewhere(back.as_str())).await;
    assert_eq!(copy.location(), first.location(), "the same code");
    assert!(browser.cookie(COOKIE).is_some());
    assert_eq!(tab.cookie(COOKIE), browser.cookie(COOKIE), "and the same session");

    let login = acme.app.start("2");
    let page = browser.get(elsewhere(&login.url)).await;
    assert_eq!(outcome(&page, &app), "code", "signed in at one, signed in at the other");
    acme.app.finish(&login, &page.location()).await;
    let id = session_id(&browser, &acme, &app).await.unwrap();
    let end = UnitOfWork::new(acme.tenant.id).with(Change::EndSession(id));
    app.hufu.engine.store().begin(acme.tenant.id).save(end).await.unwrap();
    let page = browser.get(elsewhere(&acme.app.start("3").url)).await;
    assert_eq!(
        outcome(&page, &app),
        "wechat",
        "signed out at one, signed out at the other"
    );
}

pub(crate) async fn a_login_with_sessions_reads_nothing(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    crate::whole_login("lisi", &acme, &app).await;
    let (login, browser) = (acme.app.start("warm"), Browser::wechat("lisi"));
    let before = app.hufu.database.statements();
    let callback = log_in(&browser, &login, &app).await;
    let code = parameter(&callback, "code").unwrap();
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 200);
    let after = app.hufu.database.statements();
    assert_eq!(after.reads, before.reads, "a warm login reads no row");
    assert_eq!(after.transactions - before.transactions, 3, "begin, complete, redeem");
    assert!(
        after.writes - before.writes <= 9,
        "{} writes",
        after.writes - before.writes
    );

    let login = acme.app.start("session");
    let before = app.hufu.database.statements();
    let page = browser.get(&login.url).await;
    let code = page.location_parameter("code").unwrap();
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 200);
    let after = app.hufu.database.statements();
    assert_eq!(after.reads - before.reads, 1, "the session alone is read");
    assert_eq!(after.transactions - before.transactions, 2, "begin, redeem");
    assert!(
        after.writes - before.writes <= 7,
        "{} writes",
        after.writes - before.writes
    );
}
