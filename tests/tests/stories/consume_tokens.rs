//! An account's token, tickets, signatures and profiles, as apps get them through Hufu.

use std::time::Duration;

use hufu_core::model::{Action, AuditFilter, Outcome, Right, Status};
use hufu_tests::{Engine, TestApp, TestTenant};
use reqwest::{Method, Response};
use serde_json::Value;
use tokio::task::JoinSet;
use wechat_simulator::JsConfig;

use crate::consume::{Consumer, answer, consumer, request};
use crate::whole_login;

const FETCH: &str = "/cgi-bin/stable_token";

async fn reported(app: &TestApp, tenant: &TestTenant, by: &Consumer, dead: &str) -> Value {
    let post = request(
        app,
        Method::POST,
        tenant.tenant.code.as_str(),
        tenant.connector.id,
        "access_token",
    );
    let (status, body) = answer(by.proved(post).form(&[("dead_token", dead)])).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// No event of the tenant says any of these.
async fn said_nowhere(app: &TestApp, tenant: &TestTenant, secrets: &[&str]) {
    let store = app.hufu.engine.store().begin(tenant.tenant.id);
    let events = store.list_events(&AuditFilter::default(), 500).await.unwrap();
    let told = serde_json::to_string(&events).unwrap();
    for secret in secrets {
        assert!(!told.contains(secret), "a secret stands in the log of changes");
    }
}

pub(crate) async fn one_token_for_all(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let cms = consumer(&app, &acme.tenant.code, &[Right::Token]).await;
    let crm = consumer(&app, &acme.tenant.code, &[Right::Token]).await;
    let (status, first) = cms.get(&app, &acme, "access_token").await;
    assert_eq!(status, 200, "{first}");
    let token = first["access_token"].as_str().unwrap();
    assert!(app.simulator.server_token_valid(&acme.app_id, token));
    assert!((1..=7200).contains(&first["expires_in"].as_i64().unwrap()));
    assert_eq!(
        crm.get(&app, &acme, "access_token").await.1["access_token"],
        first["access_token"]
    );
    assert_eq!(app.simulator.count(FETCH), 1, "one fetch for both");
    for what in ["jsapi_ticket", "jsapi_ticket?type=wx_card"] {
        let (status, ticket) = cms.get(&app, &acme, what).await;
        assert_eq!(status, 200, "{ticket}");
        assert!(ticket["ticket"].is_string() && ticket["expires_at"].is_i64());
    }
    assert!(
        app.events(&acme.tenant, Action::TokenForce).await.is_empty(),
        "reads are no events"
    );
    said_nowhere(&app, &acme, &[token, &format!("{:032x}", 0)]).await;
}

pub(crate) async fn a_dead_token_is_replaced_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let cms = consumer(&app, &acme.tenant.code, &[Right::Token]).await;
    let (_, first) = cms.get(&app, &acme, "access_token").await;
    let dead = first["access_token"].as_str().unwrap().to_owned();
    // What is not held has nothing replaced.
    assert_eq!(
        reported(&app, &acme, &cms, "made-up").await["access_token"],
        dead.as_str()
    );
    assert_eq!(app.simulator.count(FETCH), 1);
    // WeChat gives another one only half a minute after the last.
    app.simulator.advance(60);
    app.clock.advance(Duration::from_secs(60));
    let mut reports = JoinSet::new();
    for _ in 0..8 {
        let post = request(&app, Method::POST, "acme", acme.connector.id, "access_token");
        reports.spawn(answer(cms.proved(post).form(&[("dead_token", &dead)])));
    }
    let fresh = reports.join_all().await;
    // Asked plainly WeChat gives the same again, so it is asked to give another.
    assert_eq!(
        app.simulator.count(FETCH),
        3,
        "eight reports of the same token cause one replacement"
    );
    let token = fresh[0].1["access_token"].as_str().unwrap();
    assert!(token != dead && fresh.iter().all(|(_, one)| one["access_token"] == token));
    assert!(app.simulator.server_token_valid(&acme.app_id, token));
    assert_eq!(
        reported(&app, &acme, &cms, &dead).await["access_token"],
        token,
        "a late report"
    );
    assert_eq!(app.simulator.count(FETCH), 3);
    let events = app.events(&acme.tenant, Action::TokenForce).await;
    assert!((1..=8).contains(&events.len()));
    for event in &events {
        assert_eq!(event.outcome, Outcome::Succeeded);
        assert_eq!(event.client_id, Some(cms.client.id));
        assert_eq!(event.connector_id, Some(acme.connector.id));
        assert_eq!(event.ip.as_deref(), Some("127.0.0.1"));
        assert!(event.request_id.is_some());
    }
    said_nowhere(&app, &acme, &[token, &dead]).await;
}

async fn signed(app: &TestApp, tenant: &TestTenant, query: &[(&str, &str)], origin: Option<&str>) -> Response {
    let mut get = request(
        app,
        Method::GET,
        tenant.tenant.code.as_str(),
        tenant.connector.id,
        "jssdk",
    )
    .query(query);
    if let Some(origin) = origin {
        get = get.header("origin", origin);
    }
    get.send().await.unwrap()
}

pub(crate) async fn pages_are_signed_for_their_hosts(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant_with("acme", &[("js_hosts", "shop.example")]).await;
    app.simulator.update_account(&acme.app_id, |account| {
        account.js_domains = vec!["shop.example".to_owned()];
    });
    let cms = consumer(&app, &acme.tenant.code, &[Right::SignPages]).await;
    let id = cms.client.id.to_string();
    let page = "https://shop.example/a?from=朋友&x=1";
    let origin = "https://shop.example";

    let response = signed(&app, &acme, &[("client_id", &id), ("url", page)], Some(origin)).await;
    assert_eq!(response.headers()["access-control-allow-origin"], origin);
    assert_eq!(response.headers()["vary"], "Origin");
    assert!(!response.headers().contains_key("access-control-allow-credentials"));
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let config = JsConfig {
        app_id: text("appId"),
        url: format!("{page}#/route"),
        timestamp: body["timestamp"].as_i64().unwrap(),
        nonce: text("nonceStr"),
        signature: text("signature"),
    };
    assert_eq!(
        app.simulator.check_js_config(&config),
        Ok(()),
        "WeChat accepts it on that page"
    );

    // A server needs no origin; nobody gets a page of another host.
    let get = |url: &str| {
        let request = request(&app, Method::GET, "acme", acme.connector.id, "jssdk");
        cms.proved(request).query(&[("url", url)])
    };
    assert_eq!(answer(get(page)).await.0, 200);
    let (status, body) = answer(get("https://evil.example/")).await;
    assert_eq!(
        (status.as_u16(), body["error"].as_str()),
        (403, Some("url_not_allowed"))
    );
    for (url, origin) in [
        (page, "https://evil.example"),
        ("https://evil.example/", "https://evil.example"),
    ] {
        let response = signed(&app, &acme, &[("client_id", &id), ("url", url)], Some(origin)).await;
        assert!(!response.headers().contains_key("access-control-allow-origin"));
        assert_eq!(response.headers()["vary"], "Origin");
        assert_eq!(response.status(), 403);
    }
    assert_eq!(
        signed(&app, &acme, &[("client_id", &id), ("url", page)], None)
            .await
            .status(),
        401
    );
    assert_eq!(signed(&app, &acme, &[("url", page)], Some(origin)).await.status(), 401);
}

async fn refreshed(app: &TestApp, tenant: &TestTenant, by: &Consumer, subject: &str) -> (u16, Value) {
    let code = tenant.tenant.code.as_str();
    let post = request(app, Method::POST, code, tenant.connector.id, "refresh-profile");
    let (status, body) = answer(by.proved(post).form(&[("subject", subject)])).await;
    (status.as_u16(), body)
}

pub(crate) async fn profiles_are_refreshed_for_thirty_days(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, other) = (app.tenant("acme").await, app.tenant("other").await);
    let cms = consumer(&app, &acme.tenant.code, &[Right::RefreshProfiles]).await;
    let sub = whole_login("lisi", &acme, &app).await.sub().to_owned();
    let foreign = whole_login("lisi", &other, &app).await.sub().to_owned();

    let (status, claims) = refreshed(&app, &acme, &cms, &sub).await;
    assert_eq!(status, 200, "{claims}");
    assert_eq!(claims["sub"], sub.as_str());
    assert!(claims["name"].is_string());
    let events = app.events(&acme.tenant, Action::ProfileRefresh).await;
    assert_eq!((events.len(), events[0].outcome), (1, Outcome::Succeeded));
    assert_eq!(events[0].subject_id.unwrap().to_string(), sub);

    for nobody in [foreign.as_str(), "nobody", "01JD0000000000000000000000"] {
        let (status, body) = refreshed(&app, &acme, &cms, nobody).await;
        assert_eq!((status, body["error"].as_str()), (404, Some("subject_unknown")));
    }
    let manager = app.manager();
    let id = sub.parse().unwrap();
    manager
        .set_person_status(&acme.tenant.code, id, Status::Disabled)
        .await
        .unwrap();
    assert_eq!(refreshed(&app, &acme, &cms, &sub).await.0, 403);
    manager
        .set_person_status(&acme.tenant.code, id, Status::Active)
        .await
        .unwrap();

    // Three hours later the token is dead, and is refreshed; after thirty days only the person can help.
    for (later, status) in [(3 * 3600, 200), (30 * 86_400, 410)] {
        app.simulator.advance(later);
        app.clock.advance(Duration::from_secs(u64::try_from(later).unwrap()));
        let (found, body) = refreshed(&app, &acme, &cms, &sub).await;
        assert_eq!(found, status, "{body}");
    }
    assert_eq!(refreshed(&app, &acme, &cms, &sub).await.1["error"], "login_again");
}
