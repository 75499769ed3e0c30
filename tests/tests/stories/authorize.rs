//! The authorization endpoint: what is refused and where, pushed requests, consent, native apps.

use std::time::Duration;

use hufu_core::manage::{ClientEdit, NewClient};
use hufu_core::model::{Action, ClientKind, ClientProtocol, ConsentPolicy, Outcome, SnapshotPolicy};
use hufu_core::oidc::SigningAlgorithm;
use hufu_tests::{Browser, Engine, Login, Page, RelyingParty, TestApp, TestTenant};
use reqwest::Url;
use serde_json::Value;

use crate::{log_in, parameter};

const DESKTOP: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36";

/// The tenant's app is changed so.
async fn change(app: &TestApp, acme: &TestTenant, edit: impl FnOnce(&mut ClientProtocol)) {
    let client = app.manager().client(&acme.tenant.code, acme.client.id).await.unwrap();
    let mut changed = ClientEdit::from(&*client);
    edit(&mut changed.protocol);
    let manager = app.manager();
    let change = manager.change_client(&acme.tenant.code, acme.client.id, changed, None);
    change.await.unwrap();
}

/// A URL with these parameters replaced; an empty value takes one away.
fn with(url: &str, changes: &[(&str, &str)]) -> String {
    let mut changed = Url::parse(url).unwrap();
    let mut pairs: Vec<_> = changed.query_pairs().into_owned().collect();
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        if !value.is_empty() {
            pairs.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed.into()
}

pub(crate) async fn every_error_at_its_place(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    let login = acme.app.start("x");
    // Told to the app, by redirect and by form.
    for (changes, error) in [
        (vec![("response_type", "")], "invalid_request"),
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_type", "id_token")], "unsupported_response_type"),
        (vec![("response_type", "code id_token")], "unsupported_response_type"),
        (vec![("response_type", "none")], "unsupported_response_type"),
        (vec![("scope", "")], "invalid_scope"),
        (vec![("scope", "email phone")], "invalid_scope"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "s256")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("request", "eyJ")], "request_not_supported"),
        (
            vec![("request_uri", "https://app.example/r")],
            "request_uri_not_supported",
        ),
        (vec![("request_uri", "urn:other")], "request_uri_not_supported"),
        (vec![("registration", "{}")], "registration_not_supported"),
        (vec![("prompt", "none")], "login_required"),
        (vec![("prompt", "none consent")], "invalid_request"),
        (vec![("max_age", "x")], "invalid_request"),
        (vec![("claims", "[]")], "invalid_request"),
        (vec![("id_token_hint", "a.b.c")], "invalid_request"),
        (vec![("dpop_jkt", "short")], "invalid_request"),
    ] {
        let page = browser.get(with(&login.url, &changes)).await;
        assert_eq!(page.status, 303, "{changes:?} {}", page.body);
        let to = page.location();
        assert!(
            to.as_str().starts_with("https://app.example/callback?from=hufu&"),
            "{to}"
        );
        assert_eq!(parameter(&to, "error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(parameter(&to, "state").as_deref(), Some(login.state.as_str()));
        assert_eq!(
            parameter(&to, "iss").as_deref(),
            Some(acme.app.issuer.as_str()),
            "RFC 9207"
        );
        assert!(parameter(&to, "code").is_none() && to.fragment().is_none());
        let mut posted = changes.clone();
        posted.push(("response_mode", "form_post"));
        let page = browser.get(with(&login.url, &posted)).await;
        assert_eq!(page.status, 200, "{changes:?}");
        assert!(
            page.body.contains(&format!("name=\"error\" value=\"{error}\"")),
            "{changes:?} {}",
            page.body
        );
    }
    // A way to answer that is none of ours: by query, since the request names no other.
    for mode in ["fragment", "jwt", "query.jwt", "web_message", "FORM_POST"] {
        let page = browser.get(with(&login.url, &[("response_mode", mode)])).await;
        assert_eq!(
            page.location_parameter("error").as_deref(),
            Some("invalid_request"),
            "{mode}"
        );
    }
    // Shown to the person: there is nobody to tell.
    let unknown = "urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (changes, status) in [
        (vec![("client_id", "")], 404),
        (vec![("client_id", "nobody")], 404),
        (vec![("redirect_uri", "")], 400),
        (
            vec![("redirect_uri", "https://evil.example/cb"), ("prompt", "none")],
            400,
        ),
        (
            vec![
                ("redirect_uri", "https://evil.example/cb"),
                ("response_mode", "form_post"),
            ],
            400,
        ),
        (vec![("request_uri", unknown)], 400),
    ] {
        let page = browser.get(with(&login.url, &changes)).await;
        assert_eq!(page.status.as_u16(), status, "{changes:?}");
        assert!(
            page.header("location").is_none() && !page.body.contains("evil.example"),
            "{changes:?}"
        );
    }
    for twice in [
        "state=a",
        "redirect_uri=https%3A%2F%2Fapp.example%2Fsecond",
        "prompt=none&prompt=none",
        "claims=a&claims=b",
    ] {
        let page = browser.get(format!("{}&{twice}", login.url)).await;
        assert_eq!(page.status, 400, "{twice}");
    }
    assert_eq!(
        app.simulator.count("/connect/oauth2/authorize"),
        0,
        "all of it before any hop"
    );
}

/// Pushes the request of this URL.
async fn push(party: &RelyingParty, url: &str, changes: &[(&str, &str)]) -> Page {
    let url = Url::parse(&with(url, changes)).unwrap();
    let mut form: Vec<_> = url.query_pairs().into_owned().collect();
    if let Some(secret) = &party.client_secret {
        form.push(("client_secret".to_owned(), secret.clone()));
    }
    let form: Vec<_> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Browser::new("app")
        .post(format!("{}/oauth2/par", party.issuer), &form)
        .await
}

/// Where the browser is sent with it.
fn pushed(party: &RelyingParty, answer: &Page) -> String {
    assert_eq!(answer.status, 201, "{}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["expires_in"], 90);
    let uri = answer["request_uri"].as_str().unwrap();
    format!(
        "{}/oauth2/authorize?client_id={}&request_uri={uri}",
        party.issuer, party.client_id
    )
}

pub(crate) async fn requests_are_pushed(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let (_, native) = app.client(&acme.tenant.code, ClientKind::Public).await;
    for party in [&acme.app, &native] {
        let login = party.start("par");
        let url = pushed(party, &push(party, &login.url, &[]).await);
        // What stands beside it is not looked at.
        let noisy = format!("{url}&scope=email&redirect_uri=https%3A%2F%2Fevil.example%2F&state=x&response_type=token");
        let browser = Browser::wechat("lisi");
        let callback = browser.follow(&noisy, &[&app.url, &app.simulator_url]).await.location();
        party.finish(&login, &callback).await;
    }
    let login = acme.app.start("par");
    let answer = push(&acme.app, &login.url, &[]).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let url = pushed(&acme.app, &answer);
    let browser = Browser::wechat("lisi");
    // Another client's, another tenant's, an unknown one and one that is over: all alike.
    let foreign = url.replace(&acme.app.client_id, &native.client_id);
    let zoo = app.tenant("zoo").await;
    let elsewhere = url
        .replace("/t/acme/", "/t/zoo/")
        .replace(&acme.app.client_id, &zoo.app.client_id);
    for bad in [foreign, elsewhere, url.replace("request_uri:", "request_uri:x")] {
        let page = browser.get(&bad).await;
        assert_eq!(page.status, 400, "{bad} {}", page.body);
        assert!(page.body.contains("This login request is over"), "{}", page.body);
    }
    app.clock.advance(Duration::from_secs(91));
    assert_eq!(browser.get(&url).await.status, 400);

    // Refused when it is pushed, as JSON, and in the log.
    for (changes, status, error) in [
        (vec![("redirect_uri", "https://evil.example/")], 400, "invalid_request"),
        (vec![("scope", "email")], 400, "invalid_scope"),
        (vec![("prompt", "none login")], 400, "invalid_request"),
        (vec![("client_id", "01ARZ3NDEKTSV4RRFFQ69G5FAV")], 401, "invalid_client"),
    ] {
        let answer = push(&acme.app, &login.url, &changes).await;
        assert_eq!(answer.status.as_u16(), status, "{changes:?}");
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer["error"], error, "{changes:?}");
    }
    let events = app.events(&acme.tenant, Action::Login).await;
    let told: Vec<_> = events.iter().filter_map(|event| event.error.as_deref()).collect();
    assert_eq!(
        &told[told.len() - 3..],
        ["invalid_request", "invalid_scope", "invalid_request"]
    );

    // A client that must push is refused when it does not.
    change(&app, &acme, |protocol| {
        protocol.require_pushed_authorization_requests = true;
    })
    .await;
    let page = browser.get(&login.url).await;
    assert_eq!(page.location_parameter("error").as_deref(), Some("invalid_request"));
    let url = pushed(&acme.app, &push(&acme.app, &login.url, &[]).await);
    let callback = browser.follow(&url, &[&app.url, &app.simulator_url]).await.location();
    acme.app.finish(&login, &callback).await;
}

pub(crate) async fn a_pushed_request_serves_one_browser(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    app.connector(&acme.tenant.code, &[]).await;
    let (lisi, zhangsan) = (Browser::wechat("lisi"), Browser::wechat("zhangsan"));
    let login = acme.app.start("one");
    let url = pushed(&acme.app, &push(&acme.app, &login.url, &[]).await);
    // Looking at the choice, and at the page that says to open it in WeChat, begins nothing.
    assert_eq!(Browser::new(DESKTOP).get(&url).await.status, 200);
    for browser in [&lisi, &zhangsan] {
        let page = browser.get(&url).await;
        assert_eq!(page.status, 200);
        assert!(
            page.body.contains(&format!("connection={}", acme.connector.id)),
            "{}",
            page.body
        );
    }
    let chosen = format!("{url}&connection={}", acme.connector.id);
    let first = lisi.get(&chosen).await;
    assert!(first.location().as_str().starts_with(&app.simulator_url));
    // A reload in the same browser is another try; another browser comes too late.
    let again = lisi.get(&chosen).await;
    assert!(again.location().as_str().starts_with(&app.simulator_url));
    assert_eq!(zhangsan.get(&chosen).await.status, 400);
    let callback = lisi
        .follow(again.location(), &[&app.url, &app.simulator_url])
        .await
        .location();
    acme.app.finish(&login, &callback).await;

    // The same with a session.
    let login = acme.app.start("two");
    let url = pushed(&acme.app, &push(&acme.app, &login.url, &[]).await);
    let page = lisi.get(&url).await;
    acme.app.finish(&login, &page.location()).await;
    let page = zhangsan.get(format!("{url}&connection={}", acme.connector.id)).await;
    assert_eq!(page.status, 400);
}

/// Goes to the page that asks.
async fn asked(browser: &Browser, url: &str, app: &TestApp) -> Page {
    let page = browser.follow(url, &[&app.url, &app.simulator_url]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.url.path().starts_with("/t/acme/consent/"), "{}", page.url);
    page
}

fn token(page: &Page) -> String {
    let (_, rest) = page.body.split_once("name=\"token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn answer(browser: &Browser, page: &Page, answer: &str) -> Page {
    let token = token(page);
    browser.post(&page.url, &[("token", &token), ("answer", answer)]).await
}

pub(crate) async fn consent_is_asked_once(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    change(&app, &acme, |protocol| protocol.consent = ConsentPolicy::Ask).await;
    let browser = Browser::wechat("zhangsan");
    let less = acme.app.clone().asking("openid profile");
    let login = less.start("1");
    let page = asked(&browser, &login.url, &app).await;
    for word in [
        "商城",
        acme.connector.name.as_str(),
        "张三🙂&#60;b&#62;",
        "nickname and picture",
        "value=\"allow\"",
        "value=\"refuse\"",
    ] {
        assert!(page.body.contains(word), "{word} in {}", page.body);
    }
    assert!(!page.body.contains("openid, unionid"), "nothing that was not asked for");
    assert!(!page.header("content-security-policy").unwrap().contains("form-action"));
    assert!(page.header("set-cookie").is_none());
    let reloaded = browser.get(&page.url).await;
    assert_eq!(token(&reloaded), token(&page));
    // In the language that the app wants.
    let spoken = asked(&browser, &format!("{}&ui_locales=zh&prompt=login", login.url), &app).await;
    assert!(spoken.body.contains("<html lang=\"zh-CN\">"), "{}", spoken.body);

    let allowed = answer(&browser, &page, "allow").await;
    assert_eq!(allowed.status, 303, "{}", allowed.body);
    let twice = answer(&browser, &page, "allow").await;
    assert_eq!(
        twice.location(),
        allowed.location(),
        "a second press is the same answer"
    );
    less.finish(&login, &allowed.location()).await;
    assert_eq!(answer(&browser, &page, "refuse").await.status, 410, "it is done");
    let events = app.events(&acme.tenant, Action::Consent).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].outcome, events[0].client_id),
        (Outcome::Succeeded, Some(acme.client.id))
    );
    assert!(events[0].subject_id.is_some() && events[0].external_id.is_some());

    // Not again for the same, by session or not; again for more, and when the app wants it.
    let login = less.start("2");
    less.finish(&login, &browser.get(&login.url).await.location()).await;
    let login = less.start("3");
    let stranger = Browser::wechat("zhangsan");
    less.finish(&login, &log_in(&stranger, &login, &app).await).await;
    let login = acme.app.start("4");
    let silent = browser.get(format!("{}&prompt=none", login.url)).await;
    assert_eq!(silent.location_parameter("error").as_deref(), Some("consent_required"));
    let page = asked(&browser, &login.url, &app).await;
    assert!(page.body.contains("openid, unionid"), "{}", page.body);
    let allowed = answer(&browser, &page, "allow").await;
    acme.app.finish(&login, &allowed.location()).await;
    let login = less.start("5");
    asked(&browser, &format!("{}&prompt=consent", login.url), &app).await;
    let silent = browser.get(format!("{}&prompt=none", login.url)).await;
    assert!(silent.location_parameter("code").is_some(), "allowed before");
    // An app of the tenant's own asks when it wants to, by form too.
    change(&app, &acme, |protocol| protocol.consent = ConsentPolicy::FirstParty).await;
    let url = format!("{}&prompt=consent&response_mode=form_post", less.start("6").url);
    let page = asked(&browser, &url, &app).await;
    let allowed = answer(&browser, &page, "allow").await;
    assert_eq!(allowed.status, 200);
    assert!(allowed.body.contains("name=\"code\""), "{}", allowed.body);
}

pub(crate) async fn consent_is_refused(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    change(&app, &acme, |protocol| protocol.consent = ConsentPolicy::Ask).await;
    let browser = Browser::wechat("lisi");
    let login = acme.app.start("1");
    let page = asked(&browser, &login.url, &app).await;
    for _ in 0..2 {
        let refused = answer(&browser, &page, "refuse").await;
        assert_eq!(refused.location_parameter("error").as_deref(), Some("access_denied"));
        assert_eq!(refused.location_parameter("state"), Some(login.state.clone()));
        assert_eq!(refused.location_parameter("iss"), Some(acme.app.issuer.clone()));
    }
    let allowed = answer(&browser, &page, "allow").await;
    assert_eq!(
        allowed.location_parameter("error").as_deref(),
        Some("access_denied"),
        "said is said"
    );
    let events = app.events(&acme.tenant, Action::Consent).await;
    assert_eq!((events.len(), events[0].outcome), (1, Outcome::Denied));
    assert!(app.events(&acme.tenant, Action::Token).await.is_empty());
    let login = acme.app.start("2");
    asked(&browser, &login.url, &app).await;
}

pub(crate) async fn consent_is_for_its_own_browser(engine: Engine) {
    let mut app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    change(&app, &acme, |protocol| protocol.consent = ConsentPolicy::Ask).await;
    let (other_url, _) = app.another_instance().await;
    let browser = Browser::wechat("lisi");
    let login = acme.app.start("1");
    let page = asked(&browser, &login.url, &app).await;
    let stranger = Browser::wechat("zhangsan");
    assert_eq!(stranger.get(&page.url).await.status, 403);
    assert_eq!(answer(&stranger, &page, "allow").await.status, 403);
    for form in [
        vec![("answer", "allow")],
        vec![("answer", "allow"), ("token", "x")],
        vec![("token", "x")],
    ] {
        assert_eq!(
            browser.post(&page.url, &form).await.status,
            400,
            "a form of another site"
        );
    }
    assert!(app.events(&acme.tenant, Action::Consent).await.is_empty());
    let nowhere = page.url.as_str().rsplit_once('/').unwrap().0;
    for unknown in [format!("{nowhere}/x"), format!("{nowhere}/01ARZ3NDEKTSV4RRFFQ69G5FAV")] {
        assert_eq!(browser.get(&unknown).await.status, 404);
    }
    // Answered at another instance, redeemed at the first, which wrote the login before.
    let token = token(&page);
    let there = page.url.as_str().replacen(&app.url, &other_url, 1);
    let allowed = browser.post(there, &[("token", &token), ("answer", "allow")]).await;
    acme.app.finish(&login, &allowed.location()).await;
    // Who takes too long begins again.
    let page = asked(&browser, &format!("{}&prompt=consent", acme.app.start("2").url), &app).await;
    app.clock.advance(Duration::from_secs(601));
    assert_eq!(browser.get(&page.url).await.status, 410);
    assert_eq!(answer(&browser, &page, "allow").await.status, 410);
}

pub(crate) async fn native_apps_listen_anywhere(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let add = async |kind| {
        let new = NewClient {
            name: "桌面应用".to_owned(),
            kind,
            redirect_uris: vec!["http://127.0.0.1/cb".to_owned(), "http://localhost/cb".to_owned()],
            post_logout_redirect_uris: Vec::new(),
            scopes: Vec::new(),
            connectors: Vec::new(),
            id_token_alg: SigningAlgorithm::Rs256,
            snapshot_policy: SnapshotPolicy::Refuse,
        };
        let (client, secret) = app.manager().add_client(&acme.tenant.code, new).await.unwrap();
        let secret = secret.as_ref().map(hufu_core::secret::ExposeSecret::expose_secret);
        RelyingParty::new(
            &acme.app.issuer,
            &client.id.to_string(),
            secret,
            "http://127.0.0.1:51004/cb",
        )
    };
    let native = add(ClientKind::Public).await;
    let login = native.start("1");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    assert!(
        callback.as_str().starts_with("http://127.0.0.1:51004/cb?code="),
        "{callback}"
    );
    let code = parameter(&callback, "code").unwrap();
    let changed = native
        .redeem(&code, &login, &[("redirect_uri", "http://127.0.0.1:51005/cb")])
        .await;
    assert_eq!(changed.status(), 400, "the code is for the port that asked");
    let login = native.start("2");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    native.finish(&login, &callback).await;
    let refused = async |party: &RelyingParty, uri: &str| {
        let mut party = party.clone();
        party.redirect_uri = uri.to_owned();
        let Login { url, .. } = party.start("3");
        assert_eq!(Browser::wechat("lisi").get(&url).await.status, 400, "{uri}");
    };
    for uri in [
        "http://localhost:51004/cb",
        "http://127.0.0.1:51004/other",
        "http://[::1]:51004/cb",
    ] {
        refused(&native, uri).await;
    }
    let server = add(ClientKind::Confidential).await;
    refused(&server, "http://127.0.0.1:51004/cb").await;
}
