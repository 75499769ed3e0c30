//! A tenant's own host name: an issuer beside the one by path.
//!
//! The installation is `127.0.0.1` here and the tenant's host `localhost`: two names of one machine.

use std::time::Duration;

use hufu_core::manage::{ManageError, Manager};
use hufu_core::model::{Action, HealthState, HostName, Outcome};
use hufu_tests::{Browser, Engine, RelyingParty, TestApp, TestTenant};
use reqwest::header::HOST;
use serde_json::Value;

use crate::{log_in, parameter, up_to_callback, whole_login};

/// The other name of this machine, with the port.
fn other_name(app: &TestApp) -> HostName {
    app.url.replace("http://127.0.0.1", "localhost").parse().unwrap()
}

/// The tenant's app, told the issuer at the own host.
fn at_own_host(tenant: &TestTenant, host: &HostName) -> RelyingParty {
    let mut app = tenant.app.clone();
    app.issuer = format!("http://{host}");
    app
}

async fn give(manager: &Manager, tenant: &TestTenant, host: &HostName) {
    let code = &tenant.tenant.code;
    manager.set_tenant_host(code, Some(host.clone()), None).await.unwrap();
}

/// Goes from a link to the provider and back, all of it at the own host.
async fn sent_back(browser: &Browser, link: &str, own: &str, app: &TestApp) -> reqwest::Url {
    let page = browser.follow(link, &[own, &app.simulator_url]).await;
    assert!(page.status.is_redirection(), "{} {}", page.status, page.body);
    page.location()
}

async fn json(url: String) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// The same app logs people in at either issuer, and each says its own name everywhere.
pub(crate) async fn either_issuer(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let host = other_name(&app);
    give(&app.manager(), &acme, &host).await;
    let own = at_own_host(&acme, &host);
    let document = own.discover().await;
    for (name, url) in document.as_object().unwrap() {
        let is_url = name.ends_with("_endpoint") || name.ends_with("_uri") || name == "issuer";
        assert!(
            !is_url || url.as_str().unwrap().starts_with(&own.issuer),
            "{name}: {url}"
        );
    }
    let by_path = acme.app.discover().await;
    assert_eq!(by_path["issuer"], acme.app.issuer);

    let login = own.start("own");
    let callback = sent_back(&Browser::wechat("lisi"), &login.url, &own.issuer, &app).await;
    let tokens = own.finish(&login, &callback).await;
    assert_eq!(tokens.claims["iss"], own.issuer.as_str());
    let same = whole_login("lisi", &acme, &app).await;
    assert_eq!(same.claims["iss"], acme.app.issuer.as_str());
    assert_eq!(same.sub(), tokens.sub(), "one tenant, one person");

    // The login link, and what goes wrong, speak of the own host alone.
    let link = format!("{}/login?client_id={}", own.issuer, own.client_id);
    let sent = Browser::wechat("lisi").get(&link).await;
    let back = parameter(&sent.location(), "redirect_uri").unwrap();
    assert!(back.starts_with(&format!("{}/callback/", own.issuer)), "{back}");
    let page = Browser::wechat("lisi")
        .get(format!("{}/login?client_id=x", own.issuer))
        .await;
    assert_eq!(page.status, 404);
    assert!(
        !page.body.contains("/t/acme") && !page.body.contains("127.0.0.1"),
        "{}",
        page.body
    );
}

/// A login asked of one issuer ends at that one.
pub(crate) async fn issuers_are_not_mixed(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let host = other_name(&app);
    give(&app.manager(), &acme, &host).await;
    let own = at_own_host(&acme, &host);
    let browser = Browser::wechat("lisi");
    let (there, here) = (own.start("a"), acme.app.start("b"));
    let from_own = parameter(&sent_back(&browser, &there.url, &own.issuer, &app).await, "code").unwrap();
    let from_path = parameter(&log_in(&browser, &here, &app).await, "code").unwrap();
    for (party, code, login) in [(&acme.app, &from_own, &there), (&own, &from_path, &here)] {
        let answer = party.redeem(code, login, &[]).await;
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], "invalid_grant");
    }
    let events = app.events(&acme.tenant, Action::Token).await;
    assert!(events.iter().all(|event| event.outcome == Outcome::Rejected));
    assert_eq!(events[0].error.as_deref(), Some("issuer_mismatch"));
    // Nothing was spent by trying.
    assert_eq!(own.redeem(&from_own, &there, &[]).await.status(), 200);
    assert_eq!(acme.app.redeem(&from_path, &here, &[]).await.status(), 200);

    // Nor is a callback taken at the other host, whatever cookies are brought there.
    let login = acme.app.start("c");
    let callback = up_to_callback(&browser, &login, &app).await;
    let moved = callback.as_str().replace(&acme.app.issuer, &own.issuer);
    assert_eq!(browser.get(&moved).await.status, 403);
    assert_eq!(browser.get(&callback).await.status, 303);
}

/// Programs written for WeChat find the tenant's clients there, and nobody else's.
pub(crate) async fn the_drop_in_face(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let host = other_name(&app);
    give(&app.manager(), &acme, &host).await;
    let own = format!("http://{host}");
    let redirect = "https%3A%2F%2Fapp.example%2Fsecond";
    let link = |base: &str, tenant: &TestTenant| {
        let id = &tenant.app.client_id;
        format!(
            "{base}/connect/oauth2/authorize?appid={id}&redirect_uri={redirect}&response_type=code&scope=snsapi_base&state=x"
        )
    };
    let exchange = |base: &str, tenant: &TestTenant, code: &str| {
        let (id, secret) = (&tenant.app.client_id, tenant.app.client_secret.as_ref().unwrap());
        format!("{base}/sns/oauth2/access_token?appid={id}&secret={secret}&code={code}&grant_type=authorization_code")
    };
    let browser = Browser::wechat("lisi");
    let code = parameter(&sent_back(&browser, &link(&own, &acme), &own, &app).await, "code").unwrap();
    let (_, tokens) = json(exchange(&own, &acme, &code)).await;
    assert!(tokens["openid"].is_string(), "{tokens}");
    let (token, openid) = (
        tokens["access_token"].as_str().unwrap(),
        tokens["openid"].as_str().unwrap(),
    );
    let check = |base: &str, token: &str, openid: &str| format!("{base}/sns/auth?access_token={token}&openid={openid}");
    assert_eq!(json(check(&own, token, openid)).await.1["errcode"], 0);

    // Another tenant's ids are unknown there, though they are good at the installation's own host.
    assert_eq!(browser.get(link(&own, &zoo)).await.status, 404);
    let foreign = browser
        .follow(link(&app.url, &zoo), &[&app.url, &app.simulator_url])
        .await;
    let code = parameter(&foreign.location(), "code").unwrap();
    let (_, refused) = json(exchange(&own, &zoo, &code)).await;
    assert_eq!(refused["errcode"], 40013, "{refused}");
    let (_, tokens) = json(exchange(&app.url, &zoo, &code)).await;
    let (token, openid) = (
        tokens["access_token"].as_str().unwrap(),
        tokens["openid"].as_str().unwrap(),
    );
    assert_eq!(json(check(&app.url, token, openid)).await.1["errcode"], 0);
    assert_eq!(json(check(&own, token, openid)).await.1["errcode"], 40001);
}

/// What stands at every root stands there; other tenants and the console do not.
pub(crate) async fn what_stands_there(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, _zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let (host, manager) = (other_name(&app), app.manager());
    give(&manager, &acme, &host).await;
    manager
        .add_verify_file(
            &acme.tenant.code,
            "localhost",
            "MP_verify_P97WLFQjVODXzc3j.txt",
            "P97WLFQjVODXzc3j",
        )
        .await
        .unwrap();
    let status = async |path: &str| {
        Browser::new("x")
            .get(format!("http://{host}{path}"))
            .await
            .status
            .as_u16()
    };
    for path in ["/MP_verify_P97WLFQjVODXzc3j.txt", "/healthz", "/", "/oauth2/jwks"] {
        assert_eq!(status(path).await, 200, "{path}");
    }
    for path in [
        "/t/zoo/.well-known/openid-configuration",
        "/t/acme/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/t/zoo",
        "/admin",
        "/admin/login",
        "/admin/api/v1/me",
    ] {
        assert_eq!(status(path).await, 404, "{path}");
    }
}

/// A host is one tenant's, known as soon as it is given and gone as soon as it is taken.
pub(crate) async fn given_taken_and_moved(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let (host, manager) = (other_name(&app), app.manager());
    let issuer = async || json(format!("http://{host}/.well-known/openid-configuration")).await;
    assert_eq!(issuer().await.0, 404);
    give(&manager, &acme, &host).await;
    let set = async |tenant: &TestTenant, host: &str| {
        let host = Some(HostName::typed(host).unwrap());
        manager.set_tenant_host(&tenant.tenant.code, host, None).await
    };
    assert!(matches!(set(&zoo, host.as_str()).await, Err(ManageError::HostTaken)));
    let reserved = set(&zoo, "api.weixin.qq.com").await;
    assert!(matches!(reserved, Err(ManageError::HostReserved)), "{reserved:?}");
    let acme_now = manager.tenant(&acme.tenant.code).await.unwrap();
    let badge = manager.probe_host(&acme_now).await.unwrap().unwrap();
    assert_eq!(badge.state, HealthState::Good, "{badge:?}");
    assert_eq!(
        issuer().await.1["authorization_endpoint"],
        format!("http://{host}/oauth2/authorize")
    );
    let keys = json(format!("http://{host}/oauth2/jwks")).await.1;

    manager.set_tenant_host(&acme.tenant.code, None, None).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(issuer().await.0, 404);
    give(&manager, &zoo, &host).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(issuer().await.0, 200);
    assert_ne!(
        json(format!("http://{host}/oauth2/jwks")).await.1,
        keys,
        "another tenant's keys"
    );
    assert_eq!(
        Browser::wechat("lisi")
            .get(at_own_host(&acme, &host).start("x").url)
            .await
            .status,
        404
    );
    let events = app.events(&acme.tenant, Action::TenantChange).await;
    assert_eq!(events[0].detail["host"]["after"], host.as_str());
    assert_eq!(events[1].detail["host"]["after"], Value::Null);
}

/// Any instance serves the host, whatever name the balancer calls the instance by.
#[tokio::test(flavor = "multi_thread")]
async fn two_instances_serve_one_host() {
    let mut app = TestApp::start(Engine::Postgres).await;
    let acme = app.tenant("acme").await;
    let (second, _) = app.another_instance().await;
    let host = other_name(&app);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let issuer = async || {
        let url = format!("{second}/.well-known/openid-configuration");
        let answer = client.get(url).header(HOST, host.as_str()).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["issuer"].clone()
    };
    assert_eq!(issuer().await, Value::Null);
    give(&app.manager(), &acme, &host).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(issuer().await, format!("http://{host}"));
}
