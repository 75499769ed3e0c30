//! Pushes: answered at once by rules, taken once, and forwarded to whoever is to know.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hufu_core::manage::{ManageError, PushRules, PushSecrets, TargetEdit};
use hufu_core::model::{Action, Delivery, DeliveryState, PushMatch, PushRule, PushTarget, PushText};
use hufu_core::oidc::TenantUrls;
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_tests::{Browser, Engine, TestApp, TestTenant};
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::{Mutex, Semaphore};
use wechat_simulator::{PushConfig, PushConfigError, PushFault, PushMode, PushOutcome, PushRecord};

use crate::parameter;

const TOKEN: &str = "pushToken123";
const USER: &str = "lisi";

fn key(letter: char) -> String {
    letter.to_string().repeat(43)
}

fn urls(tenant: &TestTenant) -> TenantUrls {
    TenantUrls::new(tenant.app.issuer.clone())
}

fn webhook(tenant: &TestTenant) -> String {
    format!("{}/webhook/{}", tenant.app.issuer, tenant.connector.id)
}

fn at_wechat(url: String, mode: PushMode, letter: char) -> PushConfig {
    PushConfig {
        url,
        token: TOKEN.to_owned(),
        encoding_aes_key: key(letter),
        mode,
    }
}

/// Sets an account up on both sides; WeChat asks for proof as it is saved.
async fn connected(app: &TestApp, tenant: &TestTenant, mode: PushMode) {
    set_up_here(app, tenant, mode).await;
    let config = at_wechat(webhook(tenant), mode, 'A');
    app.simulator.save_push_config(&tenant.app_id, config).await.unwrap();
}

async fn set_up_here(app: &TestApp, tenant: &TestTenant, mode: PushMode) {
    let mode = match mode {
        PushMode::Plain => "plain",
        PushMode::Compatible => "compatible",
        PushMode::Safe => "safe",
    };
    let (code, id) = (&tenant.tenant.code, tenant.connector.id);
    let settings = [("push_mode", mode), ("original_id", "gh_0123456789ab")];
    let settings: BTreeMap<_, _> = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    app.manager().change_connector(code, id, settings).await.unwrap();
    let secrets = PushSecrets {
        token: Some(SecretString::from(TOKEN)),
        key: Some(SecretString::from(key('A'))),
    };
    app.manager().set_push_secrets(code, id, secrets).await.unwrap();
}

fn text(text: &str) -> PushText {
    PushText {
        text: text.to_owned(),
        ..PushText::default()
    }
}

/// 登录 is answered with the login link; new followers are told of it.
fn rules(tenant: &TestTenant) -> PushRules {
    let login = |text: &str| PushText {
        text: text.to_owned(),
        client_id: Some(tenant.client.id),
        link: "进入商城".to_owned(),
    };
    PushRules {
        rules: vec![
            PushRule {
                words: vec!["登录".to_owned(), "login".to_owned()],
                matches: PushMatch::Exact,
                answer: login("请{login}，十分钟内有效"),
            },
            PushRule {
                words: vec!["营业".to_owned()],
                matches: PushMatch::Contains,
                answer: text("九点到六点 <&]]>"),
            },
        ],
        greeting: Some(login("欢迎关注")),
        fallback: None,
    }
}

async fn set_rules(app: &TestApp, tenant: &TestTenant, rules: PushRules) {
    let (manager, urls) = (app.manager(), urls(tenant));
    let (code, id) = (&tenant.tenant.code, tenant.connector.id);
    manager.set_push_rules(code, id, rules, &urls, None).await.unwrap();
}

async fn say(app: &TestApp, tenant: &TestTenant, words: &str) -> PushRecord {
    app.simulator.send_text(USER, &tenant.app_id, words).await.unwrap()
}

async fn deliveries(app: &TestApp, tenant: &TestTenant) -> Vec<Delivery> {
    let (code, id) = (&tenant.tenant.code, tenant.connector.id);
    app.manager().deliveries(code, id, None, 50).await.unwrap()
}

/// Waits for what other tasks bring about.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

/// A tenant's own server.
#[derive(Clone)]
struct Receiver {
    url: String,
    seen: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    status: Arc<AtomicU16>,
    /// Permits for answers.
    gate: Arc<Semaphore>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hufu", listener.local_addr().unwrap()),
            seen: Arc::default(),
            status: Arc::new(AtomicU16::new(200)),
            gate: Arc::new(Semaphore::new(1000)),
        };
        let router = Router::new()
            .route("/hufu", any(Self::take))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    async fn take(State(receiver): State<Self>, headers: HeaderMap, body: String) -> StatusCode {
        receiver.seen.lock().await.push((headers, body));
        receiver.gate.acquire().await.unwrap().forget();
        StatusCode::from_u16(receiver.status.load(Ordering::SeqCst)).unwrap()
    }

    async fn count(&self) -> usize {
        self.seen.lock().await.len()
    }

    async fn wait_for(&self, count: usize) -> (HeaderMap, Value) {
        let (headers, body) = until("a delivery", async || {
            let seen = self.seen.lock().await;
            seen.get(count - 1).cloned()
        })
        .await;
        (headers, serde_json::from_str(&body).unwrap())
    }

    async fn last_body(&self) -> String {
        self.seen.lock().await.last().unwrap().1.clone()
    }
}

async fn forward_to(app: &TestApp, tenant: &TestTenant, receiver: &Receiver, events: &[&str]) -> (PushTarget, String) {
    let edit = TargetEdit {
        url: receiver.url.clone(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        on: true,
    };
    let (code, id) = (&tenant.tenant.code, tenant.connector.id);
    let added = app.manager().add_push_target(code, id, edit, &urls(tenant)).await;
    let (target, secret) = added.unwrap();
    (target, secret.expose_secret().to_owned())
}

fn signed(secret: &str, headers: &HeaderMap, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(headers["hufu-timestamp"].as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("v1={hex}")
}

pub(crate) async fn handshake_and_three_modes(engine: Engine) {
    let app = TestApp::start(engine).await;
    for (n, mode) in [PushMode::Plain, PushMode::Compatible, PushMode::Safe]
        .into_iter()
        .enumerate()
    {
        let acme = app.tenant(&format!("acme-{n}")).await;
        let early = at_wechat(webhook(&acme), mode, 'A');
        let refused = app.simulator.save_push_config(&acme.app_id, early).await;
        assert!(
            matches!(refused, Err(PushConfigError::WrongAnswer { status: 403, .. })),
            "{refused:?}"
        );
        let (code, id) = (&acme.tenant.code, acme.connector.id);
        assert!(app.manager().push_sight(code, id).await.unwrap().is_none());
        connected(&app, &acme, mode).await;
        let sight = app.manager().push_sight(code, id).await.unwrap().unwrap();
        assert!(sight.handshake_at.is_some() && sight.pushed_at.is_none());
        set_rules(&app, &acme, rules(&acme)).await;
        app.simulator.follow(USER, &acme.app_id).await.unwrap();
        let answered = say(&app, &acme, "几点营业？").await;
        assert_eq!(answered.outcome, PushOutcome::Replied, "{mode:?} {answered:?}");
        assert_eq!(answered.user_saw.as_deref(), Some("九点到六点 <&]]>"));
        let silent = say(&app, &acme, "别的").await;
        assert_eq!(silent.outcome, PushOutcome::Accepted, "{mode:?} {silent:?}");
        assert!(
            until("the sight", async || {
                let sight = app.manager().push_sight(code, id).await.unwrap().unwrap();
                sight.pushed_at
            })
            .await
            .as_millis()
                > 0
        );
        // The wrong mode on one side is noticed, not guessed.
        if mode != PushMode::Compatible {
            let other = if mode == PushMode::Safe {
                PushMode::Plain
            } else {
                PushMode::Safe
            };
            let config = at_wechat(webhook(&acme), other, 'A');
            app.simulator.put_push_config(&acme.app_id, Some(config));
            assert!(!say(&app, &acme, "营业").await.accepted());
        }
    }
}

pub(crate) async fn a_keyword_is_answered_with_a_link_that_logs_in(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    connected(&app, &acme, PushMode::Safe).await;
    set_rules(&app, &acme, rules(&acme)).await;
    let greeted = app.simulator.follow(USER, &acme.app_id).await.unwrap();
    let link = format!("{}/login?client_id={}", acme.app.issuer, acme.client.id);
    assert_eq!(
        greeted.user_saw.as_deref(),
        Some(format!("欢迎关注\n<a href=\"{link}\">进入商城</a>").as_str())
    );
    let told = say(&app, &acme, " LOGIN ").await.user_saw.unwrap();
    assert_eq!(told, format!("请<a href=\"{link}\">进入商城</a>，十分钟内有效"));
    let href = told.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let browser = Browser::wechat(USER);
    let callback = browser.follow(href, &[&app.url, &app.simulator_url]).await.location();
    let code = parameter(&callback, "code").unwrap();
    let unused = acme.app.start("unused");
    let answer = acme.app.redeem(&code, &unused, &[("code_verifier", "")]).await;
    assert_eq!(answer.status(), 200);
    let left = app.simulator.unfollow(USER, &acme.app_id).await.unwrap();
    assert_eq!(left.outcome, PushOutcome::Accepted);
    assert_eq!(
        app.events(&acme.tenant, Action::PushChange).await.len(),
        1,
        "pushes fill no log"
    );
}

pub(crate) async fn rules_are_checked(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let other = app.tenant("other").await;
    let set = async |rules: PushRules, expected: Option<u32>| {
        let (code, id) = (&acme.tenant.code, acme.connector.id);
        app.manager()
            .set_push_rules(code, id, rules, &urls(&acme), expected)
            .await
    };
    let problem = async |rules: PushRules| match set(rules, None).await {
        Err(ManageError::Fields(problems)) => problems[0].field.clone(),
        answer => panic!("{answer:?}"),
    };
    let with = |answer: PushText| PushRules {
        fallback: Some(answer),
        ..PushRules::default()
    };
    assert_eq!(problem(with(text(&"虎".repeat(683)))).await, "fallback.text");
    assert_eq!(problem(with(text("{login}"))).await, "fallback.text");
    assert_eq!(problem(with(text(" "))).await, "fallback.text");
    assert_eq!(problem(with(text("a\u{1b}b"))).await, "fallback.text");
    let linked = |client, words: &str, link: &str| PushText {
        text: words.to_owned(),
        client_id: Some(client),
        link: link.to_owned(),
    };
    // The link counts too.
    let nearly = "a".repeat(2000);
    assert_eq!(
        problem(with(linked(acme.client.id, &nearly, ""))).await,
        "fallback.text"
    );
    assert_eq!(problem(with(linked(acme.client.id, "", "<b>"))).await, "fallback.link");
    assert_eq!(
        problem(with(linked(other.client.id, "", ""))).await,
        "fallback.client_id"
    );
    let mut none = rules(&acme);
    none.rules[1].words = vec![" ".to_owned()];
    assert_eq!(problem(none).await, "rules[1].words");
    assert_eq!(set(rules(&acme), None).await.unwrap().version, 1);
    assert!(matches!(
        set(PushRules::default(), Some(0)).await,
        Err(ManageError::Conflict { .. })
    ));
    assert_eq!(set(rules(&acme), Some(1)).await.unwrap().version, 1, "nothing changed");
    for (url, is_fine) in [
        ("https://app.example/hook", true),
        ("http://127.0.0.1:9/", true),
        ("http://app.example/", false),
        ("https://user:pw@app.example/", false),
        ("ftp://app.example/", false),
        ("nonsense", false),
    ] {
        let edit = TargetEdit {
            url: url.to_owned(),
            events: vec!["*".to_owned()],
            on: true,
        };
        let (code, id) = (&acme.tenant.code, acme.connector.id);
        // As on a public host: there, nothing goes to this machine.
        let public = TenantUrls::new("https://login.example.com/t/acme".to_owned());
        let added = app
            .manager()
            .add_push_target(code, id, edit.clone(), &urls(&acme))
            .await;
        assert_eq!(added.is_ok(), is_fine, "{url}");
        let added = app.manager().add_push_target(code, id, edit, &public).await;
        assert_eq!(added.is_ok(), is_fine && url.starts_with("https"), "{url}");
    }
}

pub(crate) async fn copies_are_one(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    connected(&app, &acme, PushMode::Safe).await;
    set_rules(&app, &acme, rules(&acme)).await;
    let receiver = Receiver::start().await;
    forward_to(&app, &acme, &receiver, &["text"]).await;
    app.simulator.follow(USER, &acme.app_id).await.unwrap();
    for (n, at_once) in [true, false].into_iter().enumerate() {
        app.simulator
            .push_fault(&acme.app_id, PushFault::Duplicate { copies: 4, at_once });
        let record = say(&app, &acme, "营业").await;
        assert_eq!(record.attempts.len(), 5, "{record:?}");
        for attempt in &record.attempts {
            assert_eq!(
                (attempt.status, attempt.problem.as_deref()),
                (Some(200), None),
                "{record:?}"
            );
            assert!(
                attempt.answer.as_deref().unwrap().contains("<Encrypt>"),
                "each is answered alike"
            );
        }
        assert_eq!(deliveries(&app, &acme).await.len(), n + 1, "taken once");
    }
    receiver.wait_for(2).await;
}

/// WeChat's retry reaches another node, and copies reach both at once.
#[tokio::test(flavor = "multi_thread")]
async fn copies_at_two_instances_are_one() {
    let mut app = TestApp::start(Engine::Postgres).await;
    let acme = app.tenant("acme").await;
    let (second, _) = app.another_instance().await;
    connected(&app, &acme, PushMode::Safe).await;
    set_rules(&app, &acme, rules(&acme)).await;
    let receiver = Receiver::start().await;
    forward_to(&app, &acme, &receiver, &["*"]).await;
    // In front of both: sends each push to both, and gives back the second one's answer.
    let path = webhook(&acme).trim_start_matches(&app.url).to_owned();
    let both = [format!("{}{path}", app.url), format!("{second}{path}")];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let fan_out = async move |RawQuery(query): RawQuery, body: Bytes| -> Response {
        let query = query.unwrap_or_default();
        let send = |url: &String| http.post(format!("{url}?{query}")).body(body.clone()).send();
        let (one, other) = tokio::join!(send(&both[0]), send(&both[1]));
        assert_eq!(one.unwrap().status(), 200);
        let other = other.unwrap();
        (
            StatusCode::from_u16(other.status().as_u16()).unwrap(),
            other.text().await.unwrap(),
        )
            .into_response()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", any(fan_out))).await });
    let config = at_wechat(url, PushMode::Safe, 'A');
    app.simulator.put_push_config(&acme.app_id, Some(config));
    app.simulator.follow(USER, &acme.app_id).await.unwrap();
    for n in 2..12 {
        let record = say(&app, &acme, "营业").await;
        assert_eq!(record.user_saw.as_deref(), Some("九点到六点 <&]]>"), "{record:?}");
        assert_eq!(deliveries(&app, &acme).await.len(), n);
    }
    let all = until("all are forwarded", async || {
        let all = deliveries(&app, &acme).await;
        all.iter().all(|one| one.state == DeliveryState::Done).then_some(all)
    })
    .await;
    assert!(
        all.iter()
            .all(|delivery| delivery.tries == 1 && delivery.push().unwrap().body.is_empty())
    );
    assert_eq!(receiver.count().await, 11, "two instances forward each once");
}

pub(crate) async fn what_is_forged_or_spoilt_is_refused(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    connected(&app, &acme, PushMode::Safe).await;
    set_rules(&app, &acme, rules(&acme)).await;
    let receiver = Receiver::start().await;
    forward_to(&app, &acme, &receiver, &["text"]).await;
    app.simulator.follow(USER, &acme.app_id).await.unwrap();
    for (fault, status) in [
        (PushFault::ForgedSignature, 403),
        (PushFault::ForgedMsgSignature, 403),
        (PushFault::WrongAppId, 403),
        (PushFault::FlippedCiphertext, 403),
        (PushFault::StaleTimestamp { seconds: 700 }, 403),
        (PushFault::Oversized { bytes: 100_000 }, 413),
        (PushFault::Oversized { bytes: 2_000_000 }, 413),
        (PushFault::Doctype { encrypted: false }, 403),
        (PushFault::Doctype { encrypted: true }, 403),
        (PushFault::EntityBomb { encrypted: false }, 403),
        (PushFault::EntityBomb { encrypted: true }, 403),
    ] {
        app.simulator.push_fault(&acme.app_id, fault);
        let record = say(&app, &acme, "营业").await;
        assert!(!record.accepted(), "{fault:?} {record:?}");
        let statuses: Vec<_> = record.attempts.iter().map(|attempt| attempt.status).collect();
        assert!(
            statuses.iter().all(|known| *known == Some(status)),
            "{fault:?} {record:?}"
        );
        assert!(record.attempts.iter().all(|one| {
            let answer = one.answer.as_deref().unwrap_or_default();
            ["forbidden", "too large"].contains(&answer)
        }));
    }
    assert!(deliveries(&app, &acme).await.is_empty());
    assert!(say(&app, &acme, "营业").await.accepted(), "it works on");
    assert_eq!(deliveries(&app, &acme).await.len(), 1);
}

pub(crate) async fn the_key_changes_without_a_gap(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    connected(&app, &acme, PushMode::Safe).await;
    set_rules(&app, &acme, rules(&acme)).await;
    app.simulator.follow(USER, &acme.app_id).await.unwrap();
    let (code, id) = (&acme.tenant.code, acme.connector.id);
    let new = PushSecrets {
        token: None,
        key: Some(SecretString::from(key('B'))),
    };
    app.manager().set_push_secrets(code, id, new).await.unwrap();
    // WeChat still has the key before, and must be able to read the answer.
    assert_eq!(
        say(&app, &acme, "营业").await.user_saw.as_deref(),
        Some("九点到六点 <&]]>")
    );
    let config = at_wechat(webhook(&acme), PushMode::Safe, 'B');
    app.simulator.save_push_config(&acme.app_id, config).await.unwrap();
    assert_eq!(
        say(&app, &acme, "营业").await.user_saw.as_deref(),
        Some("九点到六点 <&]]>")
    );
    let stranger = at_wechat(webhook(&acme), PushMode::Safe, 'C');
    app.simulator.put_push_config(&acme.app_id, Some(stranger));
    assert!(!say(&app, &acme, "营业").await.accepted());
}

pub(crate) async fn forwarded_with_a_signature(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    connected(&app, &acme, PushMode::Safe).await;
    let (texts, all) = (Receiver::start().await, Receiver::start().await);
    let (target, secret) = forward_to(&app, &acme, &texts, &["text"]).await;
    forward_to(&app, &acme, &all, &["*"]).await;
    app.simulator.follow(USER, &acme.app_id).await.unwrap();
    let record = say(&app, &acme, "你好 \u{1f42f}").await;
    let (headers, body) = texts.wait_for(1).await;
    assert_eq!(
        headers["hufu-signature"],
        signed(&secret, &headers, &texts.last_body().await)
    );
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["hufu-delivery"], body["id"].as_str().unwrap());
    assert_eq!(body["tenant"], "acme");
    assert_eq!(body["connector"], acme.connector.id.to_string());
    assert_eq!(body["appid"], acme.app_id);
    assert_eq!(
        (body["event"].as_str(), body["from"].as_str()),
        (Some("text"), Some(record.openid.as_str()))
    );
    assert_eq!(body["content_type"], "text/xml");
    assert_eq!(body["body"], record.message, "as WeChat wrote it, opened");
    all.wait_for(2).await;
    assert_eq!(texts.count().await, 1, "it chose texts alone");
    // While the secret changes both sign.
    let (code, id) = (&acme.tenant.code, acme.connector.id);
    let new = app.manager().rotate_push_target(code, id, target.id).await.unwrap();
    say(&app, &acme, "二").await;
    let (headers, _) = texts.wait_for(2).await;
    let last = texts.last_body().await;
    let (new, old) = (
        signed(new.expose_secret(), &headers, &last),
        signed(&secret, &headers, &last),
    );
    assert_eq!(headers["hufu-signature"], format!("{new},{old}"));
    let changes = app.events(&acme.tenant, Action::PushChange).await;
    let told = format!("{changes:?}");
    assert!(changes.len() == 3 && !told.contains(&secret), "{told}");
}

/// A receiver that does not answer keeps nobody waiting: WeChat has its answer before the receiver gives any.
pub(crate) async fn a_slow_receiver_delays_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    connected(&app, &acme, PushMode::Safe).await;
    set_rules(&app, &acme, rules(&acme)).await;
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    slow.gate.forget_permits(1000);
    forward_to(&app, &acme, &slow, &["text"]).await;
    forward_to(&app, &acme, &quick, &["text"]).await;
    app.simulator.follow(USER, &acme.app_id).await.unwrap();
    for n in 1..4 {
        let record = say(&app, &acme, "营业").await;
        assert_eq!(record.outcome, PushOutcome::Replied);
        assert_eq!(record.attempts.len(), 1, "no retry: it was in time");
        quick.wait_for(n).await;
    }
    let waiting = deliveries(&app, &acme).await;
    let done = waiting
        .iter()
        .filter(|one| one.state == DeliveryState::Done && one.receiver() != waiting[0].receiver());
    assert!(done.count() <= 3);
    slow.gate.add_permits(1000);
    until("the slow one's are done too", async || {
        let all = deliveries(&app, &acme).await;
        all.iter().all(|one| one.state == DeliveryState::Done).then_some(())
    })
    .await;
}

pub(crate) async fn a_receiver_that_is_down_gets_all_later(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    connected(&app, &acme, PushMode::Safe).await;
    let receiver = Receiver::start().await;
    receiver.status.store(503, Ordering::SeqCst);
    let (target, _) = forward_to(&app, &acme, &receiver, &["text"]).await;
    app.simulator.follow(USER, &acme.app_id).await.unwrap();
    say(&app, &acme, "一").await;
    let tried = async |tries: u32| {
        until("a try", async || {
            let all = deliveries(&app, &acme).await;
            let one = all.first()?.clone();
            (one.tries == tries).then_some(one)
        })
        .await
    };
    for (n, pause) in Delivery::PAUSES.into_iter().enumerate() {
        let waiting = tried(u32::try_from(n).unwrap() + 1).await;
        assert_eq!(
            (waiting.state, waiting.last.as_deref()),
            (DeliveryState::Pending, Some("status 503"))
        );
        assert_eq!(receiver.count().await, n + 1, "not before its time");
        app.clock.advance(pause * 5 / 4 + Duration::from_secs(1));
    }
    let dead = tried(6).await;
    assert_eq!(dead.state, DeliveryState::Dead);
    assert!(!dead.push().unwrap().body.is_empty(), "it can be sent again");
    let (code, id) = (&acme.tenant.code, acme.connector.id);
    receiver.status.store(204, Ordering::SeqCst);
    let manager = app.manager();
    assert_eq!(manager.replay_dead(code, id, Some(target.id)).await.unwrap(), 1);
    app.hufu.engine.forwarding().notify_one();
    let done = tried(1).await;
    assert_eq!(
        (done.state, done.last.as_deref()),
        (DeliveryState::Done, Some("status 204"))
    );
    assert_eq!(done.id, dead.id, "receivers know copies by it");
    assert!(matches!(
        manager.replay_delivery(code, id, done.id).await,
        Err(ManageError::NotFound { .. })
    ));
    assert_eq!(app.events(&acme.tenant, Action::PushReplay).await.len(), 1);
    // A receiver that is gone gets nothing, and nobody waits for it.
    receiver.status.store(500, Ordering::SeqCst);
    manager.remove_push_target(code, id, target.id).await.unwrap();
    say(&app, &acme, "二").await;
    assert_eq!(deliveries(&app, &acme).await.len(), 1);
}
