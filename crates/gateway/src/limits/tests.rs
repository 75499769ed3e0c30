use axum::body::Body;
use hufu_core::flow::ProblemCode;
use hufu_web::limits::{Budget, Limits, Settings};

use super::*;
use crate::testing::{CLIENT, Host, html, json as body_of, request};

/// A host where `change` is done to the limits; everything else is as by default.
fn host(change: impl FnOnce(&mut Settings)) -> Host {
    let mut settings = Settings::default();
    change(&mut settings);
    Host::new().limited(Limits::new(settings))
}

fn one() -> Budget {
    serde_json::from_value(json!({"per_second": 1, "burst": 1})).unwrap()
}

fn login() -> String {
    format!("/t/acme/login?client_id={CLIENT}")
}

#[test]
fn what_routes_cost() {
    for (route, method, wanted) in [
        ("/t/{tenant}/oauth2/authorize", "GET", Class::Login),
        ("/t/{tenant}/oauth2/authorize", "POST", Class::Login),
        ("/t/{tenant}/login", "GET", Class::Login),
        ("/t/{tenant}/login", "HEAD", Class::Document),
        ("/connect/qrconnect", "GET", Class::Login),
        ("/t/{tenant}/callback/{connector}", "GET", Class::Callback),
        ("/t/{tenant}/scan/confirm/{token}", "POST", Class::Callback),
        ("/t/{tenant}/scan/{attempt}/status", "GET", Class::Read),
        ("/t/{tenant}/oauth2/token", "POST", Class::Token),
        ("/t/{tenant}/oauth2/token", "OPTIONS", Class::Document),
        ("/t/{tenant}/oauth2/introspect", "POST", Class::Token),
        ("/sns/oauth2/access_token", "GET", Class::Token),
        ("/cgi-bin/stable_token", "POST", Class::Token),
        ("/cgi-bin/{*rest}", "POST", Class::Read),
        ("/t/{tenant}/oauth2/userinfo", "POST", Class::Read),
        ("/t/{tenant}/wechat/{connector}/access_token", "GET", Class::Read),
        ("/t/{tenant}/wechat/{connector}/access_token", "POST", Class::Report),
        ("/t/{tenant}/webhook/{connector}", "POST", Class::Push),
        ("/t/{tenant}/.well-known/openid-configuration", "GET", Class::Document),
        (
            "/.well-known/oauth-authorization-server/t/{tenant}",
            "GET",
            Class::Document,
        ),
        ("", "GET", Class::Document),
        ("/t/{tenant}/something-new", "GET", Class::Login),
    ] {
        let method: Method = method.parse().unwrap();
        assert_eq!(class(route, &method), Some(wanted), "{method} {route}");
    }
    assert_eq!(class("/healthz", &Method::GET), None);
}

#[tokio::test(start_paused = true)]
async fn a_person_gets_a_page_that_says_when() {
    let host = host(|settings| settings.address.login = one());
    assert_eq!(host.get(&login()).await.status(), 303);
    let (saves, events) = (host.saves(), host.events().len());
    for (language, words) in [("en", "Too many requests"), ("zh-CN", "访问过于频繁")] {
        let asked = request(&login()).header("accept-language", language);
        let response = host.call(asked.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let page = html(response).await;
        assert!(page.contains(words) && page.contains(&id), "{page}");
    }
    assert_eq!(
        (host.saves(), host.events().len()),
        (saves, events),
        "nothing was written"
    );
    // What else the person does has budgets of its own.
    assert_eq!(host.get("/t/acme/oauth2/jwks").await.status(), 200);
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(host.get(&login()).await.status(), 303);
}

#[tokio::test(start_paused = true)]
async fn a_program_gets_json_that_a_browser_app_may_read() {
    let host = host(|settings| settings.tenant.token = one());
    let ask = || host.form("/t/acme/oauth2/token", String::new());
    assert_eq!(ask().await.status(), 401);
    let response = ask().await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body = body_of(response).await;
    assert_eq!(
        (&body["error"], &body["request_id"]),
        (&json!("rate_limited"), &json!(id))
    );
    let other = host.form("/t/closed/oauth2/token", String::new()).await;
    assert_eq!(other.status(), 401, "another tenant's budget is its own");
}

#[tokio::test(start_paused = true)]
async fn a_client_is_counted_wherever_it_names_itself() {
    let host = host(|settings| {
        settings.client.token = one();
        settings.client.login = one();
    });
    let form = |client: &str| format!("grant_type=authorization_code&client_id={client}");
    assert_eq!(host.form("/t/acme/oauth2/token", form(CLIENT)).await.status(), 401);
    let response = host.form("/t/acme/oauth2/token", form(CLIENT)).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(host.form("/t/acme/oauth2/token", form("x")).await.status(), 401);
    assert_eq!(host.get(&login()).await.status(), 303);
    assert_eq!(host.get(&login()).await.status(), 429);
}

#[tokio::test(start_paused = true)]
async fn apps_that_read_are_counted_by_their_name() {
    let host = host(|settings| settings.client.report = one());
    let ask = async |method: Method| {
        let asked = request("/t/acme/wechat/x/access_token").method(method);
        // `{CLIENT}:x`; whether it is true is found out later.
        let asked = asked.header("authorization", "Basic MDFKMDAwMDAwMDAwMDAwMDAwMDAwMDAwMEM6eA==");
        host.call(asked.body(Body::empty()).unwrap()).await.status()
    };
    assert_ne!(ask(Method::POST).await, 429);
    assert_eq!(ask(Method::POST).await, 429);
    assert_ne!(ask(Method::GET).await, 429, "reading is another class");
}

#[tokio::test(start_paused = true)]
async fn programs_made_for_wechat_get_its_number() {
    let host = host(|settings| settings.client.token = one());
    for (path, content_type) in [
        ("/sns/oauth2/access_token", "text/plain"),
        ("/cgi-bin/token", "application/json; encoding=utf-8"),
    ] {
        // One budget for both: the second path is refused at once.
        let path = format!("{path}?appid={CLIENT}&secret=x&code=y&grant_type=client_credential");
        host.get(&path).await;
        let response = host.get(&path).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], content_type);
        assert_eq!(response.headers()["retry-after"], "1");
        let body = body_of(response).await;
        assert_eq!(body["errcode"], 45011, "{body}");
        assert!(body["errmsg"].as_str().unwrap().contains("rid: "));
    }
    // The same when the client stands in the body.
    let response = host
        .form("/sns/oauth2/access_token", format!("appid={CLIENT}&secret=x&code=y"))
        .await;
    assert_eq!(body_of(response).await["errcode"], 45011);
    let asked = request("/cgi-bin/stable_token").method(Method::POST);
    let sent = json!({"grant_type": "client_credential", "appid": CLIENT, "secret": "x"});
    let response = host.call(asked.body(sent.to_string().into()).unwrap()).await;
    assert_eq!(body_of(response).await["errcode"], 45011);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_is_refused_without_the_database() {
    let host = host(|settings| settings.tenant.login = one());
    assert_eq!(host.get(&login()).await.status(), 303);
    host.stall_store();
    let response = host.get(&login()).await;
    assert_eq!(response.status(), 429, "the store would never have answered");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_and_what_wechat_sends_count_too() {
    let host = host(|settings| {
        settings.address.document = one();
        settings.tenant.push = one();
    });
    assert_eq!(host.get("/nothing/here").await.status(), 404);
    let response = host.get("/nothing/here").await;
    assert_eq!(response.status(), 429);
    assert_eq!(body_of(response).await["error"], "rate_limited");
    let hook = "/t/acme/webhook/01J0000000000000000000000D";
    assert_eq!(host.get(hook).await.status(), 403);
    assert_eq!(host.get(hook).await.status(), 429);
    for _ in 0..3 {
        assert_eq!(host.get("/healthz").await.status(), 200);
    }
}

#[test]
fn the_page_has_a_class_of_its_own() {
    let problem = Problem::new(ProblemCode::TooManyRequests);
    assert_eq!(problem.class, hufu_core::error::Class::Retry);
}
