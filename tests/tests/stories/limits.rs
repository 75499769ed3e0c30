//! Floods.

use hufu_core::model::Action;
use hufu_tests::{Engine, TestApp};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use crate::whole_login;

/// A tenant is flooded from as many addresses as there are requests: what its budget does not bear is refused without
/// a trace, and another tenant's people log in meanwhile.
pub(crate) async fn one_tenant_is_flooded_and_another_is_not(engine: Engine) {
    const BURST: usize = 5;
    let mut app = TestApp::start(engine).await;
    let (flooded, quiet) = (app.tenant("flooded").await, app.tenant("quiet").await);
    app.config.gateway.trusted_proxies = vec!["127.0.0.1".to_owned()].try_into().unwrap();
    app.config.limits.tenant.login = serde_json::from_value(serde_json::json!({
        "per_second": 1,
        "burst": BURST,
    }))
    .unwrap();
    app.stop().await;
    app.restart().await;

    let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    let url = flooded.app.start("flood").url;
    let mut refused = 0;
    for number in 0..40 {
        let asked = http.get(&url).header("x-forwarded-for", format!("198.51.100.{number}"));
        let answer = asked
            .header("user-agent", hufu_tests::WECHAT_USER_AGENT)
            .send()
            .await
            .unwrap();
        match answer.status() {
            StatusCode::SEE_OTHER => {}
            StatusCode::TOO_MANY_REQUESTS => {
                refused += 1;
                let seconds = answer.headers()["retry-after"].to_str().unwrap().parse::<u64>();
                assert_eq!(seconds, Ok(1));
            }
            other => panic!("{other}"),
        }
    }
    assert!(refused >= 40 - BURST - 5, "{refused}");
    assert!(app.events(&flooded.tenant, Action::Login).await.is_empty());

    let tokens = whole_login("lisi", &quiet, &app).await;
    assert!(!tokens.sub().is_empty());
}

/// One address may not do what many may; behind it somebody else may have a turn a second later.
pub(crate) async fn one_address_is_limited_and_others_are_not(engine: Engine) {
    let mut app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    app.config.gateway.trusted_proxies = vec!["127.0.0.1".to_owned()].try_into().unwrap();
    app.config.limits.address.token = serde_json::from_value(serde_json::json!({
        "per_second": 1,
        "burst": 1,
    }))
    .unwrap();
    app.stop().await;
    app.restart().await;
    let http = Client::builder().no_proxy().build().unwrap();
    let token = format!("{}/oauth2/token", acme.app.issuer);
    let ask = async |address: &str| {
        let asked = http.post(&token).header("x-forwarded-for", address).form(&[("a", "b")]);
        asked.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("2001:db8:1:2::1").await, 401);
    assert_eq!(ask("2001:db8:1:2::2").await, 429, "one network");
    assert_eq!(ask("2001:db8:1:3::1").await, 401);
}
