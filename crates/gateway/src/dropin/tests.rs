use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use axum::response::Response;
use hufu_core::model::{Action, Right, Rights};
use serde_json::{Value, json as value};

use crate::testing::{CLIENT, Host, SECRET, html, json};

/// [`SECRET`] as a query carries it.
const ENCODED: &str = "the%20client%27s%20secret";

fn host(rights: &[Right], calls: &[&str]) -> Host {
    let host = Host::new();
    host.grant_rights(Rights {
        granted: BTreeSet::from_iter(rights.iter().copied()),
        calls: calls.iter().map(|call| (*call).to_owned()).collect(),
        ..Rights::default()
    });
    host
}

async fn cgi(response: Response) -> Value {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json; encoding=utf-8");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    json(response).await
}

async fn token(host: &Host) -> Value {
    let path = format!("/cgi-bin/token?grant_type=client_credential&appid={CLIENT}&secret={ENCODED}");
    cgi(host.get(&path).await).await
}

async fn stable(host: &Host, force: bool) -> Value {
    let body = value!({
        "grant_type": "client_credential", "appid": CLIENT, "secret": SECRET, "force_refresh": force
    });
    let request = Request::post("/cgi-bin/stable_token").body(Body::from(body.to_string()));
    cgi(host.call(request.unwrap()).await).await
}

#[track_caller]
fn refused(answer: &Value, number: i64, words: &str) {
    assert_eq!(answer["errcode"], number, "{answer}");
    let message = answer["errmsg"].as_str().unwrap();
    let (said, rid) = message.rsplit_once(" rid: ").unwrap();
    assert_eq!((said, rid.len()), (words, 26), "{message}");
}

#[tokio::test]
async fn who_may_read_the_token_gets_the_real_one() {
    let host = host(&[Right::Token], &[]);
    let answer = token(&host).await;
    assert_eq!(answer["access_token"], "token-1");
    assert!((7190..=7200).contains(&answer["expires_in"].as_i64().unwrap()));
    assert_eq!(answer.as_object().unwrap().len(), 2);
    assert_eq!(
        stable(&host, false).await["access_token"],
        "token-1",
        "neither kills the other's"
    );
    // Within thirty seconds a forced refresh changes nothing.
    assert_eq!(stable(&host, true).await["access_token"], "token-1");
    assert!(host.events().iter().all(|event| event.action != Action::TokenForce));
    assert!(host.counted(&format!("read:access_token:{CLIENT}")) >= 3);
    // With the real token programs go to WeChat.
    let answer = cgi(host.get("/cgi-bin/user/info?access_token=token-1&openid=o1").await).await;
    assert_eq!(answer["errcode"], 40_001);
}

#[tokio::test]
async fn errors_have_wechats_numbers_in_wechats_order() {
    let host = host(&[], &[]);
    let ask = async |query: &str| cgi(host.get(&format!("/cgi-bin/token?{query}")).await).await;
    let grant = "grant_type=client_credential";
    refused(&ask("").await, 40_002, "invalid grant_type");
    refused(&ask("grant_type=x").await, 40_002, "invalid grant_type");
    refused(&ask(grant).await, 41_002, "appid missing");
    refused(&ask(&format!("{grant}&appid=wx1")).await, 40_013, "invalid appid");
    refused(
        &ask(&format!("{grant}&appid={CLIENT}")).await,
        41_004,
        "appsecret missing",
    );
    refused(
        &ask(&format!("{grant}&appid={CLIENT}&secret=x")).await,
        40_125,
        "invalid appsecret",
    );
    let whole = format!("{grant}&appid={CLIENT}&secret={ENCODED}");
    refused(&ask(&whole).await, 48_001, "api unauthorized");
    host.grant_rights(Rights {
        granted: BTreeSet::from([Right::Token]),
        networks: vec!["10.0.0.0/8".to_owned()],
        ..Rights::default()
    });
    refused(
        &ask(&whole).await,
        40_164,
        "invalid ip 0.0.0.0 ipv6 ::ffff:0.0.0.0, not in whitelist",
    );
    let request = Request::post("/cgi-bin/stable_token").body(Body::from("no json"));
    refused(
        &cgi(host.call(request.unwrap()).await).await,
        47_001,
        "data format error",
    );
    let list = cgi(host.get("/cgi-bin/user/info").await).await;
    refused(&list, 41_001, "access_token missing");
    let ticket = cgi(host.get("/cgi-bin/ticket/getticket?access_token=x&type=jsapi").await).await;
    assert_eq!(ticket["errcode"], 40_001);
    assert_eq!(
        host.send(Method::HEAD, &format!("/cgi-bin/token?{whole}"))
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn calls_on_the_list_are_relayed_with_a_token_of_ours() {
    let host = host(&[Right::Relay], &["GET /cgi-bin/user/info", "POST /cgi-bin/message/*"]);
    let answer = token(&host).await;
    let ours = answer["access_token"].as_str().unwrap().to_owned();
    assert!(!ours.contains("token-"), "not the real one: {ours}");
    assert!((3600..=7200).contains(&answer["expires_in"].as_i64().unwrap()));
    assert_eq!(
        stable(&host, true).await["access_token"],
        ours,
        "the same for all who ask"
    );

    let path = format!("/cgi-bin/user/info?access_token={ours}&openid=o1&lang=zh_CN");
    let response = host.get(&path).await;
    assert_eq!(response.headers()["content-type"], "text/plain; of=wechat");
    assert_eq!(html(response).await, "GET /cgi-bin/user/info openid=o1&lang=zh_CN - ");
    let request = Request::post(format!("/cgi-bin/message/custom/send?access_token={ours}"))
        .header("content-type", "application/json")
        .body(Body::from("{\"touser\":\"o1\"}"));
    let answer = html(host.call(request.unwrap()).await).await;
    assert_eq!(
        answer,
        "POST /cgi-bin/message/custom/send  application/json {\"touser\":\"o1\"}"
    );
    assert_eq!(host.counted(&format!("relay:{CLIENT}")), 2);

    for (method, path) in [
        (Method::POST, "/cgi-bin/user/info"),
        (Method::GET, "/cgi-bin/menu/get"),
        (Method::GET, "/cgi-bin/message/custom/send"),
        (Method::POST, "/cgi-bin/message/../menu/create"),
        (Method::POST, "/cgi-bin/message//send"),
        (Method::POST, "/cgi-bin/message/%2e%2e/menu"),
        (Method::POST, "/cgi-bin/message/a%2fb"),
        (Method::POST, "/cgi-bin/message/"),
        (Method::POST, "/cgi-bin/clear_quota"),
    ] {
        let answer = cgi(host.send(method, &format!("{path}?access_token={ours}")).await).await;
        refused(&answer, 48_001, "api unauthorized");
    }
    let ticket = cgi(host
        .get(&format!("/cgi-bin/ticket/getticket?access_token={ours}"))
        .await)
    .await;
    refused(&ticket, 48_001, "api unauthorized");

    let large =
        Request::post(format!("/cgi-bin/message/send?access_token={ours}"))
            .body(Body::from(vec![b'a'; 1024 * 1024 + 1]));
    refused(&cgi(host.call(large.unwrap()).await).await, 47_001, "data format error");

    // Its rights taken away, the token opens nothing.
    host.grant_rights(Rights::default());
    assert_eq!(cgi(host.get(&path).await).await["errcode"], 48_001);
    for forged in [ours.replace("90_", "91_"), format!("{ours}x"), "token-1".to_owned()] {
        let answer = cgi(host.get(&format!("/cgi-bin/user/info?access_token={forged}")).await).await;
        assert_eq!(answer["errcode"], 40_001, "{forged}");
    }
}
