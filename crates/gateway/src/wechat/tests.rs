use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hufu_core::clock::Timestamp;
use hufu_core::model::{Action, Identity, Outcome, Right, Rights, UserGrant};
use hufu_core::secret::StoredSecret;
use hufu_core::store::{GrantedIdentity, KnownIdentity};
use serde_json::{Value, json as value};

use crate::testing::{CLIENT, CONNECTOR, Host, PERSON, SECRET, json};

fn path(what: &str) -> String {
    format!("/t/acme/wechat/{CONNECTOR}/{what}")
}

fn host(rights: &[Right]) -> Host {
    let host = Host::new();
    host.grant_rights(Rights {
        granted: BTreeSet::from_iter(rights.iter().copied()),
        ..Rights::default()
    });
    host
}

async fn call(host: &Host, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let pair = STANDARD.encode(format!("{CLIENT}:{SECRET}"));
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "authorization") {
        request = request.header("authorization", format!("Basic {pair}"));
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    host.call(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn get(host: &Host, what: &str) -> Response {
    call(host, Method::GET, &path(what), &[], "").await
}

/// The answer when it is what is expected: never kept, and of no origin but where the test says.
async fn check(response: Response, status: u16) -> Value {
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-type"], "application/json");
    let found = response.status().as_u16();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body = json(response).await;
    assert_eq!(found, status, "{body}");
    if status >= 400 {
        assert_eq!(body["request_id"], id);
    }
    body
}

#[tokio::test]
async fn the_token_is_read_and_counted() {
    let host = host(&[Right::Token]);
    let response = get(&host, "access_token").await;
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    let body = check(response, 200).await;
    assert_eq!(body["access_token"], "token-1");
    assert!((7190..=7200).contains(&body["expires_in"].as_i64().unwrap()));
    assert!(body["expires_at"].as_i64().unwrap() > 1_700_000_000);
    assert_eq!(host.counted(&format!("read:access_token:{CLIENT}")), 1);
    assert!(host.events().is_empty(), "reads are counted, not audited");
    let body = check(get(&host, "jsapi_ticket").await, 404).await;
    assert_eq!(body["error"], "not_offered");
    check(get(&host, "jsapi_ticket?type=other").await, 400).await;
}

#[tokio::test]
async fn a_dead_token_is_replaced_once_and_audited() {
    let host = host(&[Right::Token]);
    let report = async |dead: &str| {
        let body = format!("dead_token={dead}");
        call(&host, Method::POST, &path("access_token"), &[], &body).await
    };
    // Of what is not held nothing is replaced.
    assert_eq!(check(report("made-up").await, 200).await["access_token"], "token-1");
    assert!(host.events().is_empty());
    for _ in 0..3 {
        assert_eq!(check(report("token-1").await, 200).await["access_token"], "token-2");
    }
    let events = host.events();
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].action, events[0].outcome),
        (Action::TokenForce, Outcome::Succeeded)
    );
    assert_eq!(events[0].client_id.unwrap().to_string(), CLIENT);
    assert_eq!(events[0].connector_id.unwrap().to_string(), CONNECTOR);
    assert!(events[0].ip.is_some() && events[0].request_id.is_some());
    assert!(!value!(events).to_string().contains("token-1"));
    // A provider that refuses is said to, with its number.
    check(report("token-2").await, 200).await;
    let body = check(report("token-3").await, 502).await;
    assert_eq!(body["error"], "connector_misconfigured");
    assert_eq!(body["errcode"], 40125);
    assert_eq!(body["remedy"], "Enter it again");
    let last = host.events().pop().unwrap();
    assert_eq!((last.outcome, last.errcode), (Outcome::Failed, Some(40125)));
    assert_eq!(check(report("").await, 400).await["error"], "invalid_request");
}

#[tokio::test]
async fn who_may_not_is_told_why_and_counted() {
    let refused = async |host: &Host, status, error: &str, reason: &str| {
        let body = check(get(host, "access_token").await, status).await;
        assert_eq!(body["error"], error);
        assert_eq!(host.counted(&format!("refused:{reason}:{CLIENT}")), 1, "{reason}");
        assert!(host.events().is_empty());
        body
    };
    let host_without = host(&[Right::SignPages]);
    let body = refused(&host_without, 403, "insufficient_scope", "wechat.token").await;
    assert_eq!(body["scope"], "wechat.token");

    let elsewhere = host(&[]);
    elsewhere.grant_rights(Rights {
        granted: BTreeSet::from([Right::Token]),
        networks: vec!["10.0.0.0/8".to_owned()],
        ..Rights::default()
    });
    refused(&elsewhere, 403, "unauthorized_client", "address").await;
    elsewhere.grant_rights(Rights {
        granted: BTreeSet::from([Right::Token]),
        networks: vec!["10.0.0.0/8".to_owned(), "0.0.0.0".to_owned()],
        ..Rights::default()
    });
    check(get(&elsewhere, "access_token").await, 200).await;

    let draft = host(&[Right::Token]);
    draft.draft_connector();
    refused(&draft, 403, "connector_disabled", "connector_disabled").await;

    let host = host(&[Right::Token]);
    let path = path("access_token");
    for (bad, scheme) in [("Bearer x", "Bearer"), ("DPoP x", "DPoP")] {
        let response = call(&host, Method::GET, &path, &[("authorization", bad)], "").await;
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        let expected = format!("{scheme} realm=\"acme\", error=\"invalid_token\"");
        assert!(challenge.starts_with(&expected), "{challenge}");
        assert_eq!(check(response, 401).await["error"], "invalid_token");
    }
    for bad in ["Basic eDp5", "nonsense", ""] {
        let response = call(&host, Method::GET, &path, &[("authorization", bad)], "").await;
        assert_eq!(response.headers()["www-authenticate"], "Basic realm=\"acme\"");
        assert_eq!(check(response, 401).await["error"], "invalid_client");
    }
    let wrong = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:wrong")));
    let headers = [("authorization", wrong.as_str()), ("accept-language", "zh-CN")];
    let body = check(call(&host, Method::GET, &path, &headers, "").await, 401).await;
    assert!(body["error_description"].as_str().unwrap().contains("认证失败"));
    assert_eq!(host.counted(&format!("refused:secret:{CLIENT}")), 1);
    // The secret in a body works, in a query it does not.
    let posted = format!("client_id={CLIENT}&client_secret={SECRET}&dead_token=x").replace(' ', "+");
    let nobody = [("authorization", "")];
    check(call(&host, Method::POST, &path, &nobody, &posted).await, 200).await;
    let query = format!("{path}?client_id={CLIENT}&client_secret={}", SECRET.replace(' ', "+"));
    check(call(&host, Method::GET, &query, &nobody, "").await, 401).await;
    // No such connector, tenant, or one of both that is closed.
    let other = format!("/t/acme/wechat/{PERSON}/access_token");
    assert_eq!(
        check(call(&host, Method::GET, &other, &[], "").await, 404).await["error"],
        "connector_unknown"
    );
    let closed = format!("/t/closed/wechat/{CONNECTOR}/access_token");
    assert_eq!(call(&host, Method::GET, &closed, &[], "").await.status(), 404);

    host.make_client_public();
    let named = format!("client_id={CLIENT}&dead_token=x");
    let body = check(call(&host, Method::POST, &path, &nobody, &named).await, 403).await;
    assert_eq!(body["error"], "unauthorized_client");
}

#[tokio::test]
async fn an_outage_is_worth_another_try() {
    let host = host(&[Right::Token]);
    host.break_rows();
    let response = get(&host, "access_token").await;
    assert_eq!(response.headers()["retry-after"], "5");
    assert_eq!(check(response, 503).await["error"], "temporarily_unavailable");
}

const PAGE: &str = "url=https%3A%2F%2Fshop.example%2Fa%3Fb%3D1";

#[tokio::test]
async fn servers_have_any_page_of_the_list_signed() {
    let host = host(&[Right::SignPages]);
    let body = check(get(&host, &format!("jssdk?{PAGE}")).await, 200).await;
    assert_eq!(body["signature"], "of https://shop.example/a?b=1");
    assert_eq!(host.counted(&format!("read:jssdk:{CLIENT}")), 1);
    let body = check(get(&host, "jssdk?url=https%3A%2F%2Fevil.example%2F").await, 403).await;
    assert_eq!(body["error"], "url_not_allowed");
    assert_eq!(host.counted(&format!("refused:url_not_allowed:{CLIENT}")), 1);
    for bad in ["jssdk", "jssdk?url=shop.example", "jssdk?url=javascript%3A1"] {
        check(get(&host, bad).await, 400).await;
    }
}

#[tokio::test]
async fn a_page_has_itself_signed_and_no_other() {
    let host = host(&[Right::SignPages]);
    let ask = async |origin: (&str, &str), query: &str| {
        let path = path(&format!("jssdk?{query}"));
        call(&host, Method::GET, &path, &[("authorization", ""), origin], "").await
    };
    let own = format!("client_id={CLIENT}&{PAGE}");
    let origin = ("origin", "https://shop.example");
    let response = ask(origin, &own).await;
    assert_eq!(
        response.headers()["access-control-allow-origin"],
        "https://shop.example"
    );
    assert_eq!(response.headers()["vary"], "Origin");
    assert!(!response.headers().contains_key("access-control-allow-credentials"));
    assert_eq!(check(response, 200).await["signature"], "of https://shop.example/a?b=1");
    let response = ask(("referer", "https://shop.example/a?b=1"), &own).await;
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    check(response, 200).await;

    // Of another host: refused, and unreadable for its script.
    for foreign in [
        "https://evil.example",
        "null",
        "https://shop.example.evil.example",
        "https://a.shop.example",
    ] {
        let response = ask(("origin", foreign), &own).await;
        assert!(
            !response.headers().contains_key("access-control-allow-origin"),
            "{foreign}"
        );
        assert_eq!(response.headers()["vary"], "Origin");
        assert_eq!(check(response, 403).await["error"], "url_not_allowed");
    }
    let another = format!("client_id={CLIENT}&url=https%3A%2F%2Fevil.example%2F");
    let response = ask(origin, &another).await;
    assert_eq!(
        response.headers()["access-control-allow-origin"],
        "https://shop.example",
        "its script reads why"
    );
    check(response, 403).await;
    // Nobody stands for it.
    for query in [
        PAGE.to_owned(),
        format!("client_id=x&{PAGE}"),
        format!("client_id={PERSON}&{PAGE}"),
    ] {
        check(ask(origin, &query).await, 401).await;
    }
    check(ask(("x-none", "1"), &own).await, 401).await;
    host.grant_rights(Rights::default());
    check(ask(origin, &own).await, 403).await;
}

#[tokio::test]
async fn browsers_are_told_beforehand() {
    let host = host(&[]);
    let ask = async |origin: &str, what: &str| {
        let headers = [("authorization", ""), ("origin", origin)];
        call(&host, Method::OPTIONS, &path(what), &headers, "").await
    };
    let response = ask("https://shop.example", "jssdk").await;
    assert_eq!(response.status(), 204);
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    assert_eq!(header("access-control-allow-origin"), "https://shop.example");
    assert_eq!(header("access-control-allow-methods"), "GET");
    assert_eq!(header("access-control-allow-headers"), "content-type");
    assert_eq!(header("vary"), "Origin");
    let response = ask("https://evil.example", "jssdk").await;
    assert_eq!(response.status(), 204);
    assert!(
        !response
            .headers()
            .keys()
            .any(|name| name.as_str().starts_with("access-control"))
    );
    for what in ["access_token", "jsapi_ticket", "refresh-profile"] {
        let response = ask("https://shop.example", what).await;
        assert_eq!(response.status(), 405);
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
}

fn person(scope: &str, blocked: bool, expires_at: i64) -> GrantedIdentity {
    GrantedIdentity {
        blocked,
        known: KnownIdentity {
            subject_id: PERSON.parse().unwrap(),
            identity: Identity {
                external_id: "o1".to_owned(),
                union_id: None,
                profile: None,
                transient: false,
                claims: value!({"wechat_openid": "o1"}).as_object().unwrap().clone(),
            },
            profile_at: None,
        },
        grant: Some(UserGrant {
            access_token: StoredSecret::new("old".to_owned()),
            access_expires_at: Timestamp::default(),
            refresh_token: None,
            expires_at: Timestamp::from_millis(expires_at),
            scope: scope.to_owned(),
        }),
    }
}

#[tokio::test]
async fn a_profile_is_fetched_anew() {
    let host = host(&[Right::RefreshProfiles]);
    let refresh = async |subject: &str, headers: &[(&str, &str)]| {
        let body = format!("subject={subject}");
        call(&host, Method::POST, &path("refresh-profile"), headers, &body).await
    };
    assert_eq!(check(refresh(PERSON, &[]).await, 404).await["error"], "subject_unknown");
    host.know_person(person("snsapi_userinfo", false, i64::MAX));
    assert_eq!(
        check(refresh(PERSON, &[]).await, 200).await,
        value!({"sub": PERSON, "name": "李四🙂", "wechat_openid": "o1"})
    );
    assert_eq!(host.person().grant.unwrap().access_token.expose(), "fresh");
    let event = host.events().pop().unwrap();
    assert_eq!(
        (event.action, event.outcome),
        (Action::ProfileRefresh, Outcome::Succeeded)
    );
    assert_eq!(event.subject_id.unwrap().to_string(), PERSON);
    assert_eq!(event.client_id.unwrap().to_string(), CLIENT);
    check(refresh("nobody", &[]).await, 404).await;
    check(refresh(CLIENT, &[]).await, 404).await;

    // The time is over, or the provider says so.
    for over in [person("snsapi_userinfo", false, 1), person("over", false, i64::MAX)] {
        host.know_person(over);
        let body = check(refresh(PERSON, &[("accept-language", "zh")]).await, 410).await;
        assert_eq!(body["error"], "login_again");
        assert!(body["error_description"].as_str().unwrap().contains("重新登录"));
    }
    let event = host.events().pop().unwrap();
    assert_eq!((event.outcome, event.errcode), (Outcome::Expired, Some(42002)));

    host.know_person(person("snsapi_userinfo", true, i64::MAX));
    assert_eq!(check(refresh(PERSON, &[]).await, 403).await["error"], "person_blocked");
    // Disabled while the provider was asked.
    host.know_person(person("snsapi_userinfo", false, i64::MAX));
    host.block_person();
    assert_eq!(check(refresh(PERSON, &[]).await, 403).await["error"], "person_blocked");
}

#[tokio::test]
async fn another_persons_profile_is_no_answer() {
    let host = host(&[Right::RefreshProfiles]);
    host.know_person(person("another", false, i64::MAX));
    let body = format!("subject={PERSON}");
    let response = call(&host, Method::POST, &path("refresh-profile"), &[], &body).await;
    assert_eq!(check(response, 503).await["error"], "upstream_nonsense");
    assert_eq!(host.person().known.identity.external_id, "o1");
}
