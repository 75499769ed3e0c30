//! Tests of a tenant's own host: `login.shop.example` is that of `acme`.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;

use crate::testing::{CLIENT, Host, html, json, request};

const OWN: &str = "login.shop.example";
const DISCOVERY: &str = "/.well-known/openid-configuration";

async fn at(host: &Host, name: &str, path: &str) -> Response {
    let asked = request(path).header("host", name).header("accept-language", "en");
    host.call(asked.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn discovery_says_the_issuer_of_the_host_asked() {
    let host = Host::new();
    for name in [
        OWN,
        "Login.Shop.Example",
        "login.shop.example:443",
        "login.shop.example.",
    ] {
        for path in [DISCOVERY, "/.well-known/oauth-authorization-server"] {
            let answer = json(at(&host, name, path).await).await;
            assert_eq!(answer["issuer"], "https://login.shop.example", "{name}");
            assert_eq!(answer["jwks_uri"], "https://login.shop.example/oauth2/jwks");
            assert!(!answer.to_string().contains("/t/acme"), "{answer}");
        }
    }
    let by_path = json(at(&host, "login.example.com", "/t/acme/.well-known/openid-configuration").await).await;
    assert_eq!(by_path["issuer"], "https://login.example.com/t/acme");
}

#[tokio::test]
async fn a_login_is_sent_off_and_refused_in_the_hosts_own_words() {
    let host = Host::new();
    let path = format!(
        "/oauth2/authorize?client_id={CLIENT}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=token&scope=openid"
    );
    let location = at(&host, OWN, &path).await.headers()["location"].clone();
    let location = location.to_str().unwrap();
    assert!(
        location.ends_with("&iss=https%3A%2F%2Flogin.shop.example"),
        "{location}"
    );
    let page = html(at(&host, OWN, "/login?client_id=nobody").await).await;
    assert!(
        !page.contains("login.example.com") && !page.contains("/t/acme"),
        "{page}"
    );
}

#[tokio::test]
async fn nothing_of_others_stands_there() {
    let host = Host::new();
    for path in [
        "/t/closed/.well-known/openid-configuration",
        "/t/acme/.well-known/openid-configuration",
        "/t/acme",
        "/.well-known/oauth-authorization-server/t/acme",
        "/.well-known/oauth-authorization-server/t/closed",
        "/admin",
        "/admin/api/v1/tenants",
    ] {
        assert_eq!(at(&host, OWN, path).await.status(), 404, "{path}");
    }
    for path in ["/", "/healthz", "/readyz", "/oauth2/jwks"] {
        assert_eq!(at(&host, OWN, path).await.status(), 200, "{path}");
    }
    // What belongs to a root stands at each root, and what belongs to a tenant at none but its own.
    assert_eq!(at(&host, "login.example.com", DISCOVERY).await.status(), 404);
    assert_eq!(at(&host, "other.example", DISCOVERY).await.status(), 404);
}

#[tokio::test]
async fn the_drop_in_face_knows_the_tenants_own_clients() {
    let host = Host::new();
    let path = format!(
        "/connect/oauth2/authorize?appid={CLIENT}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code&scope=snsapi_base&state=x"
    );
    assert_eq!(at(&host, OWN, &path).await.status(), 303);
    let foreign = path.replace(CLIENT, "01J0000000000000000000000Z");
    assert_eq!(at(&host, OWN, &foreign).await.status(), 404);
}

/// An answer without what differs each time.
async fn told(response: Response) -> (u16, String, String) {
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let status = response.status().as_u16();
    (status, headers.join("\n"), html(response).await)
}

#[tokio::test]
async fn a_forged_host_is_neither_believed_nor_repeated() {
    let host = Host::new();
    for path in ["/t/acme/.well-known/openid-configuration", "/", DISCOVERY] {
        let plain = told(at(&host, "login.example.com", path).await).await;
        for (name, value) in [
            ("host", "evil.example"),
            ("host", "evil.example:1/../\""),
            ("x-forwarded-host", OWN),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "host=evil.example;proto=http"),
            ("x-forwarded-proto", "http"),
            ("x-original-url", "/t/closed/login"),
        ] {
            let mut asked = request(path).header(name, value).header("accept-language", "en");
            if name != "host" {
                asked = asked.header("host", "login.example.com");
            }
            let answer = told(host.call(asked.body(Body::empty()).unwrap()).await).await;
            assert!(
                !answer.1.contains("evil") && !answer.2.contains("evil"),
                "{name}: {answer:?}"
            );
            // Pages and failures name the request.
            if path != "/" {
                assert_eq!(
                    (answer.0, &answer.1),
                    (plain.0, &plain.1),
                    "{path} with {name}: {value}"
                );
            }
            if plain.0 == 200 && path != "/" {
                assert_eq!(answer.2, plain.2, "{path} with {name}: {value}");
            }
        }
    }
}

#[tokio::test]
async fn a_trusted_proxy_says_which_host_was_asked() {
    let host = Host::behind("10.0.0.0/8");
    let asked = async |peer: &str, forwarded: &str| {
        let mut asked = request(DISCOVERY)
            .header("host", "inner:8080")
            .header("x-forwarded-host", forwarded)
            .body(Body::empty())
            .unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        asked.extensions_mut().insert(ConnectInfo(peer));
        host.call(asked).await.status().as_u16()
    };
    assert_eq!(asked("10.1.1.1:1", OWN).await, 200);
    assert_eq!(asked("10.1.1.1:1", "evil.example, login.shop.example").await, 200);
    assert_eq!(asked("10.1.1.1:1", "login.shop.example, evil.example").await, 404);
    assert_eq!(asked("203.0.113.9:1", OWN).await, 404);
}

#[tokio::test]
async fn a_proxy_may_ask_which_names_are_served() {
    let host = Host::new();
    for (query, status) in [
        ("?domain=login.shop.example", 200),
        ("?domain=login.example.com", 200),
        ("?domain=other.example", 404),
        ("?domain=127.0.0.1", 404),
        ("", 400),
    ] {
        assert_eq!(host.get(&format!("/own-host{query}")).await.status(), status, "{query}");
    }
    host.break_store();
    assert_eq!(host.get("/own-host?domain=login.shop.example").await.status(), 503);
}

#[tokio::test]
async fn an_outage_is_no_absence() {
    let host = Host::new();
    host.break_store();
    assert_eq!(at(&host, OWN, DISCOVERY).await.status(), 503);
    assert_eq!(at(&host, OWN, "/healthz").await.status(), 200);
}
