//! The AppSecret, codes and tokens show up in nothing that people or logs see.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use hufu_core::provider::ProviderKind as _;
use hufu_core::secret::ExposeSecret as _;
use hufu_provider_wechat::api::{Relay, Scene, TicketKind};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;
use wechat_simulator::Effect;

use crate::scripted_server::ScriptedServer;
use crate::support::{EXCHANGE, IMPATIENT_MILLIS, SECRET, USERINFO, World, kind, open, sample, user};

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// The whole test runs on one thread, so its own subscriber hears everything, the HTTP client's records too.
#[tokio::test]
async fn nothing_shows_a_secret() {
    let log = Log::default();
    // With one subscriber in the process a call site that another test's thread meets first is switched off for all
    // (tracing-core asks that thread's own subscriber alone); a second one makes it ask every subscriber.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false);
    let _listening = subscriber.with_writer(log.clone()).finish().set_default();
    let mut shown = String::new();
    let world = World::impatient().await;

    let mut codes = vec![world.code(true, user("lisi")).await];
    world.exchange(&codes[0], true).await.unwrap();
    for effect in [
        Effect::LostResponse,
        Effect::Truncated,
        Effect::Garbage,
        Effect::Latency {
            millis: IMPATIENT_MILLIS * 2,
        },
        Effect::HttpStatus { status: 500 },
        Effect::Errcode {
            code: 40029,
            message: format!("invalid code for secret {SECRET}"),
        },
    ] {
        for endpoint in [EXCHANGE, USERINFO] {
            let code = world.code(true, user("lisi")).await;
            world.break_once(endpoint, effect.clone());
            if let Err(error) = world.exchange(&code, true).await {
                shown.push_str(&format!("{error} {error:?} {:?} {:?}\n", error.message, error.remedy));
            }
            codes.push(code);
            world.control.clear_faults();
        }
    }

    // WeChat's words may repeat what it was sent; the rest of them is kept.
    let echo = format!(
        r#"{{"errcode":40125,"errmsg":"invalid appsecret {SECRET} of {}, rid: 1-2-3"}}"#,
        codes[0]
    );
    let server = ScriptedServer::bodies(&[&echo]).await;
    let provider = open(&kind(&server.url), SECRET, &[]);
    let error = provider
        .redirect_login()
        .unwrap()
        .exchange(&codes[0], true)
        .await
        .unwrap_err();
    assert!(
        error.debug.contains("invalid appsecret [REDACTED]") && error.debug.contains("1-2-3"),
        "{}",
        error.debug
    );
    shown.push_str(&format!("{error} {error:?}\n"));

    // Nobody listens there.
    let nowhere = open(&kind(&"http://127.0.0.1:1".parse().unwrap()), SECRET, &[]);
    let error = nowhere
        .redirect_login()
        .unwrap()
        .exchange(&codes[0], true)
        .await
        .unwrap_err();
    shown.push_str(&format!("{error} {error:?}\n"));
    for result in nowhere.diagnose().unwrap().check().await {
        shown.push_str(&format!("{result:?}\n"));
    }

    let api = world.api();
    let code = world.code(true, user("lisi")).await;
    let grant = api.exchange_code(&code).await.unwrap();
    api.check(&grant.access_token, &grant.openid).await.unwrap();
    api.refresh(grant.refresh_token.as_ref().unwrap()).await.unwrap();
    let server_token = api.stable_token().await.unwrap();
    // Calls with the account's token in the query: refused by the stand-in or not, all leave a trace in the log.
    let scene = Scene::parse("canary_scene_7f3a").unwrap();
    let query = [("phone".to_owned(), "13800138000".to_owned())];
    let relayed = Relay::new("/cgi-bin/getcallbackip", &query, None).unwrap();
    let token = &server_token.access_token;
    shown.push_str(&format!("{relayed:?} {:?}\n", api.relay(token, &relayed).await));
    shown.push_str(&format!("{:?}\n", api.create_qr_code(token, &scene, 60).await.err()));
    shown.push_str(&format!("{:?}\n", api.ticket(token, TicketKind::JsApi).await));
    shown.push_str(&format!("{:?}\n", api.exchange_js_code(&codes[0]).await));
    shown.push_str(&format!("{:?}\n", api.clear_quota().await));
    let connector = sample(SECRET, &[]).connector(world.kind.kind());
    shown.push_str(&format!(
        "{:?} {api:?} {grant:?} {server_token:?} {connector:?}\n",
        world.kind
    ));
    codes.push(code);

    let logged = log.text();
    assert!(logged.contains("starting new connection"), "the HTTP client is heard");
    assert!(
        logged.contains("wechat.call") && logged.contains("40029") && logged.contains("rid"),
        "the log is heard"
    );
    for text in [&shown, &logged] {
        assert!(!text.contains("deadbeef"), "the AppSecret is shown");
        assert!(!text.contains("7f3a"), "a scene is shown");
        assert!(!text.contains("13800138000"), "a relayed query is shown");
        for code in &codes {
            assert!(!text.contains(code.as_str()), "a code is shown");
        }
        let tokens = [
            &grant.access_token,
            grant.refresh_token.as_ref().unwrap(),
            &server_token.access_token,
        ];
        for token in tokens {
            assert!(!text.contains(token.expose_secret()), "a token is shown");
        }
    }
}
