//! Calls relayed for other systems.

use hufu_core::secret::SecretString;
use hufu_provider_wechat::WechatOfficialAccount;
use hufu_provider_wechat::api::{CallError, Endpoint, Failure, MAX_RELAYED_BYTES, Relay, RelayBody, Relayed};

use crate::scripted_server::{Say, ScriptedServer};
use crate::support::{APP_ID, SECRET, impatient_kind, kind};

async fn relay_by(kind: &WechatOfficialAccount, relay: &Relay<'_>) -> Result<Relayed, CallError> {
    let api = kind.api(APP_ID, SecretString::from(SECRET));
    api.relay(&SecretString::from("86_TOKEN+&"), relay).await
}

async fn relay(server: &ScriptedServer, relay: &Relay<'_>) -> Result<Relayed, CallError> {
    relay_by(&kind(&server.url), relay).await
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn a_get_goes_with_the_accounts_token() {
    let answer = r#"{"errcode":40001,"errmsg":"invalid credential"}"#;
    let server = ScriptedServer::bodies(&[answer]).await;
    let query = [pair("access_token", "86_OTHER"), pair("next_openid", "o1&x=y")];
    let call = Relay::new("/cgi-bin/user/get", &query, None).unwrap();
    let relayed = relay(&server, &call).await.unwrap();
    assert_eq!(
        (relayed.status, relayed.content_type.as_deref()),
        (200, Some("text/plain"))
    );
    assert_eq!(
        (relayed.body.as_slice(), relayed.errcode()),
        (answer.as_bytes(), Some(40001))
    );
    let heard = server.heard();
    assert_eq!(heard.len(), 1, "whatever the answer, it is made once");
    assert_eq!(
        heard[0].line,
        "GET /cgi-bin/user/get?access_token=86_TOKEN%2B%26&next_openid=o1%26x%3Dy"
    );
}

#[tokio::test]
async fn a_post_goes_byte_for_byte() {
    let server = ScriptedServer::bodies(&[r#"{"errcode":0}"#]).await;
    let body = RelayBody {
        content_type: "application/json; charset=utf-8",
        bytes: r#"{ "touser":"o1", "text":"你好" }"#.as_bytes(),
    };
    let call = Relay::new("/cgi-bin/message/custom/send", &[], Some(body)).unwrap();
    assert_eq!(relay(&server, &call).await.unwrap().errcode(), Some(0));
    let heard = server.heard().remove(0);
    assert_eq!(
        heard.line,
        "POST /cgi-bin/message/custom/send?access_token=86_TOKEN%2B%26"
    );
    assert_eq!(heard.content_type.as_deref(), Some("application/json; charset=utf-8"));
    assert_eq!(heard.body, r#"{ "touser":"o1", "text":"你好" }"#);
}

#[tokio::test]
async fn other_statuses_and_bodies_come_through() {
    let head =
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\nConnection: close\r\n\r\n";
    let server = ScriptedServer::start(vec![Say::Raw([&head[..], b"\xff\xd8\xff\xe0"].concat())]).await;
    let relayed = relay(&server, &Relay::new("/wxa/getwxacode", &[], None).unwrap())
        .await
        .unwrap();
    assert_eq!(
        (relayed.status, relayed.content_type.as_deref()),
        (502, Some("image/jpeg"))
    );
    assert_eq!(
        (relayed.body.as_slice(), relayed.errcode()),
        (&b"\xff\xd8\xff\xe0"[..], None)
    );
}

#[tokio::test]
async fn answers_are_bounded_in_size_and_time() {
    let call = Relay::new("/cgi-bin/x", &[], None).unwrap();
    let largest = ScriptedServer::start(vec![Say::Body(vec![b'x'; MAX_RELAYED_BYTES])]).await;
    assert_eq!(relay(&largest, &call).await.unwrap().body.len(), MAX_RELAYED_BYTES);
    for answer in [Say::Body(vec![b'x'; MAX_RELAYED_BYTES + 1]), Say::Flood] {
        let server = ScriptedServer::start(vec![answer]).await;
        let error = relay(&server, &call).await.unwrap_err();
        assert_eq!(error.endpoint, Endpoint::Relay);
        assert!(matches!(error.failure, Failure::Nonsense(_)), "{error}");
    }
    let slow = ScriptedServer::start(vec![Say::Trickle]).await;
    let error = relay_by(&impatient_kind(&slow.url), &call).await.unwrap_err();
    assert_eq!((error.failure, slow.requests()), (Failure::TimedOut, 1));
}

#[tokio::test]
async fn a_redirect_takes_the_token_nowhere() {
    let elsewhere = ScriptedServer::bodies(&["{}"]).await;
    let head = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        elsewhere.url
    );
    let server = ScriptedServer::start(vec![Say::Raw(head.into_bytes())]).await;
    let relayed = relay(&server, &Relay::new("/cgi-bin/x", &[], None).unwrap())
        .await
        .unwrap();
    assert_eq!((relayed.status, elsewhere.requests()), (302, 0));
}

#[tokio::test]
async fn failures_do_not_show_the_query() {
    let nowhere = kind(&"http://127.0.0.1:1".parse().unwrap());
    let query = [pair("phone", "13800138000")];
    let call = Relay::new("/cgi-bin/x", &query, None).unwrap();
    let error = relay_by(&nowhere, &call).await.unwrap_err();
    let shown = format!("{error} {error:?} {call:?}");
    assert!(!shown.contains("86_TOKEN") && !shown.contains("13800138000"), "{shown}");
}
