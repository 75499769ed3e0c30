//! Answers that WeChat's stand-in does not give, but proxies, captive portals and old servers do.

use hufu_core::error::Class;
use hufu_core::model::Identity;
use hufu_core::provider::{ProviderError, ProviderErrorCode as Code};
use hufu_provider_wechat::WechatOfficialAccount;
use tokio::time::Instant;

use crate::scripted_server::{Say, ScriptedServer};
use crate::support::{SECRET, impatient_kind, kind, open};

const GRANT: &str = r#"{"access_token":"86_AAAA","expires_in":7200,"refresh_token":"86_BBBB",
    "openid":"o4Npv5uYBUPKKQFW7pb70JcN9eQo","scope":"snsapi_userinfo"}"#;

async fn exchange(server: &ScriptedServer) -> Result<Identity, ProviderError> {
    exchange_by(&kind(&server.url)).await
}

async fn exchange_by(kind: &WechatOfficialAccount) -> Result<Identity, ProviderError> {
    let provider = open(kind, SECRET, &[]);
    let proved = provider
        .redirect_login()
        .unwrap()
        .exchange("021kz2200LsayS1uXi400me0oP3kz22M", true)
        .await;
    proved.map(|proved| proved.identity)
}

async fn profile_of(userinfo: impl Into<Vec<u8>>) -> Result<Identity, ProviderError> {
    let answers = vec![Say::Body(GRANT.as_bytes().to_vec()), Say::Body(userinfo.into())];
    exchange(&ScriptedServer::start(answers).await).await
}

fn assert_nonsense(error: &ProviderError, what: &str) {
    assert_eq!(
        (error.class, error.code),
        (Class::Retry, Code::Nonsense),
        "{what}: {error}"
    );
    assert!(!error.debug.contains("86_"), "{what}: {}", error.debug);
}

#[tokio::test]
async fn old_answers_are_read() {
    let identity = profile_of(
        r#"{"openid":"o4Npv5uYBUPKKQFW7pb70JcN9eQo","nickname":"张三","sex":"1","language":"zh_CN","city":"广州",
            "headimgurl":"http:\/\/thirdwx.qlogo.cn\/mmopen\/x\/132","privilege":["chinaunicom"],
            "unionid":"oLW1-5lyrV-yC45pnZAvPJUd0GlY","new_field":{"a":[1]}}"#,
    );
    let identity = identity.await.unwrap();
    assert_eq!(
        identity.union_id.as_deref(),
        Some("oLW1-5lyrV-yC45pnZAvPJUd0GlY"),
        "it came with the profile"
    );
    let profile = identity.profile.unwrap();
    assert_eq!(profile.name.as_deref(), Some("张三"));
    assert_eq!(profile.picture.as_deref(), Some("http://thirdwx.qlogo.cn/mmopen/x/132"));
    assert_eq!(profile.locale.as_deref(), Some("zh-CN"));
}

#[tokio::test]
async fn a_broken_nickname_costs_nobody_the_login() {
    let mut body = br#"{"openid":"o4Npv5uYBUPKKQFW7pb70JcN9eQo","nickname":"a"#.to_vec();
    body.extend_from_slice(b"\xf0\x9f\x98\x01");
    body.extend_from_slice(br#"b","headimgurl":"javascript:alert(1)"}"#);
    let profile = profile_of(body).await.unwrap().profile.unwrap();
    assert_eq!(profile.name.as_deref(), Some("a\u{fffd} b"));
    assert_eq!(profile.picture, None);
}

#[tokio::test]
async fn a_profile_of_somebody_else_is_nonsense() {
    let error = profile_of(r#"{"openid":"oSomebodyElse","nickname":"x"}"#)
        .await
        .unwrap_err();
    assert_nonsense(&error, "another openid");
}

#[tokio::test]
async fn grants_that_lack_something_are_nonsense() {
    for body in [
        "",
        "{}",
        "null",
        "[]",
        r#"{"access_token":"86_AAAA"}"#,
        r#"{"openid":"o1"}"#,
        r#"{"access_token":"","openid":"o1"}"#,
        r#"{"access_token":["86_AAAA"],"openid":"o1"}"#,
        r#"{"access_token":"86_AAAA","openid":7}"#,
        r#"{"access_token":"86_AAAA","openid":"o1","unionid":{}}"#,
        r#"{"access_token":"86_AAAA","openid":"o1","scope":1}"#,
        r#"{"access_token":"86_AAAA","openid":"o1""#,
        r#"{"access_token":"86_AAAA","openid":"o1"}}"#,
        r#"{"errcode":true,"errmsg":"?"}"#,
    ] {
        let server = ScriptedServer::bodies(&[body]).await;
        assert_nonsense(&exchange(&server).await.unwrap_err(), body);
        assert_eq!(server.requests(), 1, "{body}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = ScriptedServer::bodies(&[GRANT]).await;
    let head = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        elsewhere.url
    );
    let server = ScriptedServer::start(vec![Say::Raw(head.into_bytes())]).await;
    assert_nonsense(&exchange(&server).await.unwrap_err(), "302");
    assert_eq!((server.requests(), elsewhere.requests()), (1, 0));
}

#[tokio::test]
async fn bodies_are_bounded_in_size() {
    let big = format!(
        r#"{{"openid":"o1","access_token":"86_AAAA","x":"{}"}}"#,
        "x".repeat(1 << 20)
    );
    for answer in [Say::Body(big.into_bytes()), Say::Flood] {
        let server = ScriptedServer::start(vec![answer]).await;
        let started = Instant::now();
        assert_nonsense(&exchange(&server).await.unwrap_err(), "too long");
        assert!(started.elapsed().as_secs() < 4, "the end is not waited for");
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn bodies_are_bounded_in_time() {
    let server = ScriptedServer::start(vec![Say::Trickle]).await;
    let error = exchange_by(&impatient_kind(&server.url)).await.unwrap_err();
    assert_eq!((error.class, error.code), (Class::Retry, Code::Unreachable));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn what_is_no_http_is_unreachable() {
    for bytes in [&b""[..], b"SSH-2.0-OpenSSH_9.2\r\n\r\n"] {
        let server = ScriptedServer::start(vec![Say::Raw(bytes.to_vec())]).await;
        let error = exchange(&server).await.unwrap_err();
        assert_eq!((error.class, error.code), (Class::Retry, Code::Unreachable), "{error}");
        assert_eq!(server.requests(), 1);
    }
}
