//! A server that pushes go to: it keeps what comes and answers what it is told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use aes::Aes256;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Version};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use sha1::{Digest as _, Sha1};
use wechat_simulator::{Config, PushConfig, PushMode, Simulator};

use crate::kit::APP;

pub(crate) const TOKEN: &str = "ReceiverToken1";
/// 43 times `A` is a key of zeros.
pub(crate) const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What to do with one push; when the queue is empty: `success`.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Body(String),
    Status(u16),
    /// Waits until the simulator hangs up.
    Silence,
}

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) query: HashMap<String, String>,
    pub(crate) body: String,
    pub(crate) headers: HeaderMap,
    pub(crate) version: Version,
}

#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/push", listener.local_addr().unwrap()),
            seen: Arc::default(),
            answers: Arc::default(),
        };
        let router = Router::new()
            .route("/push", any(take))
            .with_state(receiver.clone())
            .layer(axum::extract::DefaultBodyLimit::disable());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub(crate) fn config(&self, mode: PushMode) -> PushConfig {
        PushConfig {
            url: self.url.clone(),
            token: TOKEN.to_owned(),
            encoding_aes_key: KEY.to_owned(),
            mode,
        }
    }

    pub(crate) fn answer(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.into_iter().next().unwrap()
    }
}

async fn take(
    State(receiver): State<Receiver>,
    Query(query): Query<HashMap<String, String>>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    if parts.method == Method::GET {
        let good = sign(&[TOKEN, &query["timestamp"], &query["nonce"]]) == query["signature"];
        return if good {
            query["echostr"].clone().into_response()
        } else {
            StatusCode::FORBIDDEN.into_response()
        };
    }
    receiver.seen.lock().unwrap().push(Seen {
        query,
        body: String::from_utf8(body.to_vec()).unwrap(),
        headers: parts.headers,
        version: parts.version,
    });
    let answer = receiver.answers.lock().unwrap().pop_front();
    match answer {
        None => "success".into_response(),
        Some(Answer::Body(body)) => body.into_response(),
        Some(Answer::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Answer::Silence) => std::future::pending().await,
    }
}

impl Seen {
    /// As a careful receiver checks it.
    pub(crate) fn signature_is_right(&self) -> bool {
        sign(&[TOKEN, &self.query["timestamp"], &self.query["nonce"]]) == self.query["signature"]
    }

    pub(crate) fn msg_signature_is_right(&self) -> bool {
        let encrypted = self.encrypted();
        let parts = [TOKEN, &self.query["timestamp"], &self.query["nonce"], &encrypted];
        sign(&parts) == self.query["msg_signature"]
    }

    pub(crate) fn encrypted(&self) -> String {
        field(&self.body, "Encrypt").unwrap()
    }

    /// The message and the AppID behind it.
    pub(crate) fn opened(&self) -> (String, String) {
        self.try_opened().unwrap()
    }

    pub(crate) fn try_opened(&self) -> Option<(String, String)> {
        open(&self.encrypted())
    }
}

/// The text of a field in CDATA, or of a number.
pub(crate) fn field(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let inner = text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>"));
    Some(inner.unwrap_or(text).to_owned())
}

pub(crate) fn sign(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    let digest = Sha1::digest(parts.concat());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn open(encrypted: &str) -> Option<(String, String)> {
    let bytes = BASE64_STANDARD.decode(encrypted).unwrap();
    let plain = cbc::Decryptor::<Aes256>::new(&[0; 32].into(), &[0; 16].into())
        .decrypt_padded_vec::<NoPadding>(&bytes)
        .unwrap();
    let end = plain.len() - usize::from(*plain.last().unwrap());
    let length = u32::from_be_bytes(plain[16..20].try_into().unwrap()) as usize;
    let (message, app_id) = plain[20..end].split_at_checked(length)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((text(message), text(app_id)))
}

/// A reply as a receiver of safe mode builds it.
pub(crate) fn sealed(plain: &str, app_id: &str) -> String {
    let mut bytes = vec![7; 16];
    bytes.extend((plain.len() as u32).to_be_bytes());
    bytes.extend(plain.bytes());
    bytes.extend(app_id.bytes());
    let padding = 32 - bytes.len() % 32;
    bytes.extend(vec![padding as u8; padding]);
    let encrypted =
        cbc::Encryptor::<Aes256>::new(&[0; 32].into(), &[0; 16].into()).encrypt_padded_vec::<NoPadding>(&bytes);
    let encrypted = BASE64_STANDARD.encode(encrypted);
    let signature = sign(&[TOKEN, "1409304348", "xxxxxx", &encrypted]);
    format!(
        "<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature><TimeStamp>1409304348</TimeStamp><Nonce><![CDATA[xxxxxx]]></Nonce></xml>"
    )
}

/// A text from the demo account.
pub(crate) fn text_reply(openid: &str, content: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[{openid}]]></ToUserName><FromUserName><![CDATA[gh_8f3a1c5e7b9d]]></FromUserName><CreateTime>12345678</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content></xml>"
    )
}

/// A simulator whose demo account pushes to a receiver.
pub(crate) async fn connected(mode: PushMode) -> (Simulator, Receiver) {
    let simulator = Simulator::new(Config {
        push_deadline: std::time::Duration::from_millis(300),
        ..Config::demo()
    });
    let receiver = Receiver::start().await;
    let saved = simulator.control().save_push_config(APP, receiver.config(mode)).await;
    assert_eq!(saved, Ok(()));
    (simulator, receiver)
}
