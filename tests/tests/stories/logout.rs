//! Logouts: an app ends the session of its browser, an operator ends a person's sessions, and the apps hear of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hufu_core::clock::{SystemClock, SystemRandom, random_token};
use hufu_core::ids::{AttemptId, BrowserSessionId, ClientId};
use hufu_core::manage::{ClientEdit, ManageError};
use hufu_core::model::{
    Action, Browser as Seen, BrowserSession, Client, ClientKind, Delivery, DeliveryState, Outcome, SessionLogin,
    Status, SubjectType,
};
use hufu_core::oidc::{JwtType, SigningAlgorithm};
use hufu_core::secret::Digest256;
use hufu_core::store::{Change, FindSession, RecordFilter, Records as _, UnitOfWork};
use hufu_tests::{Browser, Engine, Page, RelyingParty, TestApp, TestTenant, Tokens, fields};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{log_in, parameter};

const BYE: &str = "https://app.example/bye";

/// A browser that is signed in.
struct SignedIn {
    browser: Browser,
    tokens: Tokens,
    session: BrowserSession,
}

impl SignedIn {
    fn hint(&self) -> &str {
        self.tokens.answer["id_token"].as_str().unwrap()
    }
}

/// Logs somebody in, in a browser whose session is put into the database by hand: so the story is the same whether
/// logins begin sessions in this installation or not.
async fn signed_in(app: &TestApp, tenant: &TestTenant, user: &str) -> SignedIn {
    let browser = Browser::wechat(user);
    let login = tenant.app.start(user);
    let callback = log_in(&browser, &login, app).await;
    let tokens = tenant.app.finish(&login, &callback).await;
    let logins = app.events(&tenant.tenant, Action::Login).await;
    let event = logins.last().unwrap();
    let store = app.hufu.engine.store().begin(tenant.tenant.id);
    let external_id = event.external_id.clone().unwrap();
    let known = store
        .lookup_identity(tenant.connector.id, &external_id)
        .await
        .unwrap()
        .unwrap();
    let cookie = random_token::<32>(&SystemRandom);
    let session = BrowserSession {
        id: BrowserSessionId::generate(&SystemClock, &SystemRandom),
        tenant_id: tenant.tenant.id,
        digest: Digest256::of(&cookie),
        connector_id: tenant.connector.id,
        client_id: tenant.client.id,
        attempt_id: event.attempt_id.unwrap(),
        subject_id: None,
        previous_subjects: Vec::new(),
        issuer: tenant.app.issuer.clone(),
        identity: known.identity,
        browser: Seen {
            ip: "127.0.0.1".to_owned(),
            user_agent: "x".to_owned(),
            request_id: app.hufu.engine.request_id(),
        },
        auth_time: app.hufu.engine.now(),
        expires_at: app.hufu.engine.now().plus(Duration::from_secs(8 * 3600)),
    };
    save(app, tenant, Change::Session(Box::new(session.clone()))).await;
    browser.plant(&app.url, &cookie_name(tenant), &cookie);
    SignedIn {
        browser,
        tokens,
        session,
    }
}

fn cookie_name(tenant: &TestTenant) -> String {
    format!("hufu_session_{}", tenant.tenant.code)
}

async fn save(app: &TestApp, tenant: &TestTenant, change: Change) {
    let store = app.hufu.engine.store().begin(tenant.tenant.id);
    store
        .save(UnitOfWork::new(tenant.tenant.id).with(change))
        .await
        .unwrap();
}

async fn lives(app: &TestApp, signed_in: &SignedIn) -> bool {
    let store = app.hufu.engine.store().begin(signed_in.session.tenant_id);
    let found = store
        .lookup_session(FindSession::Id(signed_in.session.id))
        .await
        .unwrap();
    found.is_some()
}

async fn change(app: &TestApp, tenant: &TestTenant, id: ClientId, change: impl FnOnce(&mut ClientEdit)) -> Client {
    let code = &tenant.tenant.code;
    let mut edit = ClientEdit::from(&*app.manager().client(code, id).await.unwrap());
    change(&mut edit);
    app.manager().change_client(code, id, edit, None).await.unwrap()
}

/// A tenant whose app may go back to [`BYE`].
async fn tenant(app: &TestApp) -> TestTenant {
    let tenant = app.tenant("acme").await;
    change(app, &tenant, tenant.client.id, |edit| {
        edit.post_logout_redirect_uris = vec![BYE.to_owned()];
    })
    .await;
    tenant
}

fn logout_url(issuer: &str, parameters: &[(&str, &str)]) -> String {
    let mut url = Url::parse(&format!("{issuer}/oauth2/logout")).unwrap();
    if !parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    url.into()
}

/// Presses a button of the page that asks.
async fn press(browser: &Browser, issuer: &str, page: &Page, answer: &str) -> Page {
    assert_eq!(page.status, 200, "{}", page.body);
    let mut form: Vec<_> = fields(&page.body).into_iter().collect();
    form.push(("answer".to_owned(), answer.to_owned()));
    let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    browser.post(logout_url(issuer, &[]), &form).await
}

fn is_question(page: &Page) -> bool {
    page.status == 200 && page.body.contains("Sign out?")
}

fn is_done(page: &Page) -> bool {
    page.status == 200 && page.body.contains("You are signed out")
}

/// Another token of the tenant's signature.
async fn signed(app: &TestApp, tenant: &TestTenant, kind: JwtType, claims: Value) -> String {
    let keys = app
        .hufu
        .engine
        .store()
        .begin(tenant.tenant.id)
        .lookup_keys()
        .await
        .unwrap();
    keys.signer(SigningAlgorithm::Rs256)
        .unwrap()
        .sign_as(kind, &claims)
        .unwrap()
}

/// The modules of the OpenID Foundation's plan for RP-initiated logout, by name.
pub(crate) async fn the_conformance_plan(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = tenant(&app).await;
    let issuer = acme.app.issuer.clone();
    let get = async |signed: &SignedIn, parameters: &[(&str, &str)]| {
        signed.browser.get(logout_url(&issuer, parameters)).await
    };

    // discovery
    let document = acme.app.discover().await;
    assert_eq!(document["end_session_endpoint"], format!("{issuer}/oauth2/logout"));
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);

    // plain
    let one = signed_in(&app, &acme, "zhangsan").await;
    let state = "a b\"<é&";
    let hint = one.hint().to_owned();
    let page = get(
        &one,
        &[
            ("id_token_hint", &hint),
            ("post_logout_redirect_uri", BYE),
            ("state", state),
        ],
    )
    .await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert!(page.location().as_str().starts_with(&format!("{BYE}?state=")));
    assert_eq!(parameter(&page.location(), "state").as_deref(), Some(state));
    assert!(!lives(&app, &one).await);
    assert_eq!(
        one.browser.cookie(&cookie_name(&acme)),
        None,
        "the cookie is taken away"
    );
    let token = one.tokens.answer["access_token"].as_str().unwrap();
    assert_eq!(
        acme.app.userinfo(token).await.0,
        401,
        "what the session gave ends with it"
    );
    let events = app.events(&acme.tenant, Action::Logout).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].outcome, events[0].client_id),
        (Outcome::Succeeded, Some(acme.client.id))
    );
    assert_eq!(events[0].subject_id.unwrap().to_string(), one.tokens.sub());

    // The same again, without a session, and long after the token's time.
    app.clock.advance(Duration::from_secs(86_400));
    let page = get(&one, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    assert_eq!((page.status.as_u16(), page.location().as_str()), (303, BYE));

    // bad-post-logout-redirect-uri, query-added
    let two = signed_in(&app, &acme, "lisi").await;
    let hint = two.hint().to_owned();
    for uri in [
        "https://evil.example/",
        "https://app.example/bye?x=1",
        "https://app.example/bye/",
        "https://app.example/callback?from=hufu",
    ] {
        let page = get(
            &two,
            &[
                ("id_token_hint", &hint),
                ("post_logout_redirect_uri", uri),
                ("state", "s"),
            ],
        )
        .await;
        assert_eq!(page.status, 400, "{uri}");
        assert!(page.body.contains("not registered"), "{uri}: {}", page.body);
    }

    // modified-id-token-hint, bad-id-token-hint
    let other = app.tenant("other").await;
    let foreign = signed_in(&app, &other, "lisi").await.hint().to_owned();
    let aud = acme.client.id.to_string();
    let claims = json!({"iss": issuer, "sub": two.tokens.sub(), "aud": aud, "exp": 4_000_000_000_i64});
    let unsigned = {
        use base64::Engine as _;
        let encode = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", encode(&json!({"alg": "none"})), encode(&claims))
    };
    let mut elsewhere = claims.clone();
    elsewhere["iss"] = "https://other.example".into();
    let (head, signature) = hint.rsplit_once('.').unwrap();
    for bad in [
        format!(
            "{head}.{}{}",
            if signature.starts_with('A') { "B" } else { "A" },
            &signature[1..]
        ),
        hint.replacen(".eyJ", ".eyK", 1),
        "nonsense".to_owned(),
        foreign,
        unsigned,
        signed(&app, &acme, JwtType::AccessToken, claims.clone()).await,
        signed(&app, &acme, JwtType::Logout, claims.clone()).await,
        signed(&app, &acme, JwtType::Jwt, elsewhere).await,
    ] {
        let page = get(&two, &[("id_token_hint", &bad), ("post_logout_redirect_uri", BYE)]).await;
        assert_eq!(page.status, 400, "{bad}");
        assert!(page.body.contains("logout request is not valid"), "{bad}");
    }
    let page = get(
        &two,
        &[("id_token_hint", &hint), ("client_id", "01J0000000000000000000000C")],
    )
    .await;
    assert_eq!(page.status, 400, "another client's token");
    let page = get(&two, &[("id_token_hint", &hint), ("id_token_hint", &hint)]).await;
    assert_eq!(page.status, 400, "repeated");
    assert!(lives(&app, &two).await, "none of these logs anybody out");

    // no-id-token-hint, no-params, only-state: a question, and afterwards no way but to the client that is named
    for parameters in [
        &[][..],
        &[("state", "s")],
        &[("post_logout_redirect_uri", BYE), ("state", "s"), ("more", "x")],
    ] {
        let person = signed_in(&app, &acme, "lisi").await;
        let page = get(&person, parameters).await;
        assert!(is_question(&page), "{parameters:?} {}", page.body);
        assert!(lives(&app, &person).await);
        let page = press(&person.browser, &issuer, &page, "logout").await;
        assert!(is_done(&page), "{parameters:?} {}", page.body);
        assert!(!lives(&app, &person).await);
    }
    let person = signed_in(&app, &acme, "lisi").await;
    let page = get(
        &person,
        &[("client_id", &aud), ("post_logout_redirect_uri", BYE), ("state", "s")],
    )
    .await;
    assert!(is_question(&page) && page.body.contains("商城"));
    assert!(!page.header("content-security-policy").unwrap().contains("form-action"));
    let page = press(&person.browser, &issuer, &page, "logout").await;
    assert_eq!(
        (page.status.as_u16(), page.location().as_str()),
        (303, "https://app.example/bye?state=s")
    );
    let page = get(
        &two,
        &[
            ("client_id", &aud),
            ("post_logout_redirect_uri", "https://evil.example/"),
        ],
    )
    .await;
    assert_eq!(page.status, 400);

    // no-post-logout-redirect-uri
    let page = get(
        &two,
        &[("id_token_hint", &hint), ("state", "s"), ("ui_locales", "fr zh-CN")],
    )
    .await;
    assert!(page.body.contains("已退出登录"), "{}", page.body);
    assert!(!lives(&app, &two).await);

    // no-state
    let three = signed_in(&app, &acme, "lisi").await;
    let hint = three.hint().to_owned();
    let page = get(&three, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    assert_eq!((page.status.as_u16(), page.location().as_str()), (303, BYE));
}

pub(crate) async fn who_is_asked(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = tenant(&app).await;
    let issuer = acme.app.issuer.clone();
    let me = signed_in(&app, &acme, "zhangsan").await;
    let other = signed_in(&app, &acme, "lisi").await;
    let claims =
        |sid: String| json!({"iss": issuer, "sub": me.tokens.sub(), "aud": acme.client.id.to_string(), "sid": sid});
    let other_session = signed(&app, &acme, JwtType::Jwt, claims(other.session.id.to_string())).await;

    for hint in [other.hint(), &other_session] {
        let page = me.browser.get(logout_url(&issuer, &[("id_token_hint", hint)])).await;
        assert!(is_question(&page), "not this session's: {}", page.body);
    }
    // What another site's form could send: no proof, or one of another session.
    let page = me
        .browser
        .post(logout_url(&issuer, &[]), &[("answer", "logout"), ("confirm", "x")])
        .await;
    assert!(is_question(&page));
    let proof = fields(&other.browser.get(logout_url(&issuer, &[])).await.body)["confirm"].clone();
    let page = me
        .browser
        .post(logout_url(&issuer, &[]), &[("answer", "logout"), ("confirm", &proof)])
        .await;
    assert!(is_question(&page));
    let page = press(&me.browser, &issuer, &page, "stay").await;
    assert!(page.body.contains("still signed in"), "{}", page.body);
    assert!(lives(&app, &me).await && lives(&app, &other).await);

    // An app's own form comes without the cookie: it is asked again by GET.
    let page = me
        .browser
        .post(
            logout_url(&issuer, &[]),
            &[("id_token_hint", me.hint()), ("state", "a b")],
        )
        .await;
    assert_eq!(page.status, 303);
    assert!(page.location().as_str().starts_with(&logout_url(&issuer, &[])));
    assert!(lives(&app, &me).await);
    assert!(is_done(&me.browser.get(page.location()).await));
    assert!(!lives(&app, &me).await && lives(&app, &other).await);

    // A client that is switched off keeps nobody in.
    let (code, id) = (&acme.tenant.code, acme.client.id);
    let hint = other.hint().to_owned();
    app.manager()
        .set_client_status(code, id, Status::Disabled)
        .await
        .unwrap();
    let page = other
        .browser
        .get(logout_url(
            &issuer,
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)],
        ))
        .await;
    assert!(is_question(&page), "{}", page.body);
    assert!(is_done(&press(&other.browser, &issuer, &page, "logout").await));
}

/// An app's server.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    status: Arc<AtomicU16>,
}

impl Receiver {
    pub(crate) async fn start(status: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/told?from=hufu", listener.local_addr().unwrap()),
            seen: Arc::default(),
            status: Arc::new(AtomicU16::new(status)),
        };
        let router = Router::new()
            .route("/told", post(Self::take))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    async fn take(State(receiver): State<Self>, headers: HeaderMap, body: String) -> StatusCode {
        receiver.seen.lock().await.push((headers, body));
        StatusCode::from_u16(receiver.status.load(Ordering::SeqCst)).unwrap()
    }

    async fn count(&self) -> usize {
        self.seen.lock().await.len()
    }

    /// The token of the call of this number, verified as an app does it (Back-Channel Logout, section 2.6).
    pub(crate) async fn token(&self, number: usize, app: &RelyingParty) -> Value {
        let (headers, body) = until("a call", async || self.seen.lock().await.get(number - 1).cloned()).await;
        assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
        let token = body.strip_prefix("logout_token=").unwrap();
        assert!(!token.contains('&'));
        let header = jsonwebtoken::decode_header(token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
        let claims = app.verify(token).await;
        assert!(claims.get("nonce").is_none());
        assert_eq!(
            claims["events"],
            json!({"http://schemas.openid.net/event/backchannel-logout": {}})
        );
        assert!(claims["jti"].as_str().unwrap().len() > 20);
        let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert!((1..=120).contains(&life), "{life}");
        claims
    }
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

async fn tell(app: &TestApp, tenant: &TestTenant, id: ClientId, receiver: &Receiver) {
    change(app, tenant, id, |edit| {
        edit.protocol.backchannel_logout_uri = Some(receiver.url.clone());
    })
    .await;
}

/// A login of another app in the same session.
async fn also_at(app: &TestApp, tenant: &TestTenant, person: &SignedIn, client: ClientId) {
    let login = SessionLogin {
        session_id: person.session.id,
        attempt_id: AttemptId::generate(&SystemClock, &SystemRandom),
        client_id: client,
        expires_at: person.session.expires_at,
    };
    save(app, tenant, Change::SessionLogin(login)).await;
}

async fn deliveries(app: &TestApp) -> Vec<Delivery> {
    app.hufu.database.list(&RecordFilter::default(), 100).await.unwrap()
}

pub(crate) async fn apps_are_told(engine: Engine) {
    let mut app = TestApp::start(engine).await;
    let acme = tenant(&app).await;
    let issuer = acme.app.issuer.clone();
    let (one, two, refuses) = (
        Receiver::start(200).await,
        Receiver::start(204).await,
        Receiver::start(400).await,
    );
    tell(&app, &acme, acme.client.id, &one).await;
    let (second, second_app) = app.client(&acme.tenant.code, ClientKind::Public).await;
    tell(&app, &acme, second.id, &two).await;
    let (third, third_app) = app.client(&acme.tenant.code, ClientKind::Confidential).await;
    tell(&app, &acme, third.id, &refuses).await;
    let (silent, _) = app.client(&acme.tenant.code, ClientKind::Confidential).await;
    change(&app, &acme, second.id, |edit| {
        edit.protocol.subject_type = SubjectType::Pairwise;
    })
    .await;
    // Two instances look for what is to be delivered; each is told once.
    app.another_instance().await;

    let person = signed_in(&app, &acme, "zhangsan").await;
    for client in [second.id, second.id, third.id, silent.id, acme.client.id] {
        also_at(&app, &acme, &person, client).await;
    }
    let page = person
        .browser
        .get(logout_url(&issuer, &[("id_token_hint", person.hint())]))
        .await;
    assert!(is_done(&page), "{}", page.body);

    let sid = person.session.id.to_string();
    let claims = one.token(1, &acme.app).await;
    assert_eq!(
        (&claims["sub"], &claims["sid"]),
        (&person.tokens.claims["sub"], &json!(sid))
    );
    let claims = two.token(1, &second_app).await;
    assert_ne!(
        claims["sub"], person.tokens.claims["sub"],
        "by the name that this app knows"
    );
    assert_eq!(claims["sid"], json!(sid));
    refuses.token(1, &third_app).await;
    until("all are told", async || {
        let all = deliveries(&app).await;
        let is_over = all.iter().all(|one| one.state == DeliveryState::Done && one.tries == 1);
        (all.len() == 3 && is_over).then_some(())
    })
    .await;
    let told = app.events(&acme.tenant, Action::BackchannelLogout).await;
    assert_eq!(told.len(), 3);
    for event in &told {
        let is_refused = event.client_id == Some(third.id);
        let expected = if is_refused {
            Outcome::Rejected
        } else {
            Outcome::Succeeded
        };
        assert_eq!(event.outcome, expected, "{event:?}");
        assert_eq!(event.error.as_deref(), is_refused.then_some("logout_refused"));
        assert_eq!(event.subject_id.unwrap().to_string(), person.tokens.sub());
        assert_eq!(event.detail["session"], json!(sid));
    }
    // The answer 400 is an answer: nothing is sent again.
    app.clock.advance(Duration::from_secs(3600));
    app.hufu.engine.forwarding().notify_one();
    let page = person
        .browser
        .get(logout_url(&issuer, &[("id_token_hint", person.hint())]))
        .await;
    assert!(is_done(&page));
    assert_eq!((one.count().await, two.count().await, refuses.count().await), (1, 1, 1));
    assert!(!format!("{:?}", deliveries(&app).await).contains(person.tokens.sub()));
}

pub(crate) async fn an_app_that_is_down_is_told_later(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = tenant(&app).await;
    let receiver = Receiver::start(503).await;
    tell(&app, &acme, acme.client.id, &receiver).await;
    let person = signed_in(&app, &acme, "zhangsan").await;
    let url = logout_url(&acme.app.issuer, &[("id_token_hint", person.hint())]);
    assert!(
        is_done(&person.browser.get(url).await),
        "an app that is down keeps nobody in"
    );
    let first = receiver.token(1, &acme.app).await;
    until("the first try is noted", async || {
        let all = deliveries(&app).await;
        (all[0].tries == 1 && all[0].last.as_deref() == Some("status 503")).then_some(())
    })
    .await;
    assert!(app.events(&acme.tenant, Action::BackchannelLogout).await.is_empty());
    receiver.status.store(200, Ordering::SeqCst);
    app.clock.advance(Delivery::PAUSES[0] * 2);
    app.hufu.engine.forwarding().notify_one();
    let second = receiver.token(2, &acme.app).await;
    assert_ne!(first["jti"], second["jti"], "made anew at each try");
    assert!(first["iat"].as_i64() < second["iat"].as_i64());
    until("it is told", async || {
        let told = app.events(&acme.tenant, Action::BackchannelLogout).await;
        (told.len() == 1 && told[0].outcome == Outcome::Succeeded).then_some(())
    })
    .await;
    assert_eq!(receiver.count().await, 2);

    // One that never answers is given up, and the log says so.
    let person = signed_in(&app, &acme, "lisi").await;
    receiver.status.store(500, Ordering::SeqCst);
    let url = logout_url(&acme.app.issuer, &[("id_token_hint", person.hint())]);
    assert!(is_done(&person.browser.get(url).await));
    for tries in 1..=6_usize {
        until("a try", async || {
            let all = deliveries(&app).await;
            let tried = all
                .iter()
                .any(|one| one.tries as usize == tries && one.state != DeliveryState::Done);
            tried.then_some(())
        })
        .await;
        app.clock.advance(Delivery::PAUSES[(tries - 1).min(4)] * 2);
        app.hufu.engine.forwarding().notify_one();
    }
    let told = app.events(&acme.tenant, Action::BackchannelLogout).await;
    let failed = told.last().unwrap();
    assert_eq!(
        (failed.outcome, failed.error.as_deref()),
        (Outcome::Failed, Some("logout_undelivered"))
    );
    assert_eq!(
        (&failed.detail["last"], &failed.detail["tries"]),
        (&json!("status 500"), &json!(6))
    );
}

pub(crate) async fn operators_end_sessions(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = tenant(&app).await;
    let receiver = Receiver::start(200).await;
    tell(&app, &acme, acme.client.id, &receiver).await;
    let (manager, code) = (app.manager(), &acme.tenant.code);
    let (here, there) = (
        signed_in(&app, &acme, "zhangsan").await,
        signed_in(&app, &acme, "zhangsan").await,
    );
    let elsewhere = signed_in(&app, &acme, "lisi").await;
    let id = here.tokens.sub().parse().unwrap();
    assert_eq!(manager.sessions(code, id).await.unwrap().len(), 2);
    let not_theirs = manager.end_session(code, id, elsewhere.session.id).await;
    assert!(
        matches!(not_theirs, Err(ManageError::NotFound { .. })),
        "{not_theirs:?}"
    );
    manager.end_session(code, id, here.session.id).await.unwrap();
    assert!(!lives(&app, &here).await && lives(&app, &there).await);
    app.hufu.engine.forwarding().notify_one();
    assert_eq!(receiver.token(1, &acme.app).await["sid"], json!(here.session.id));
    assert_eq!(manager.end_sessions(code, id).await.unwrap(), 1);
    assert_eq!(manager.end_sessions(code, id).await.unwrap(), 0);
    app.hufu.engine.forwarding().notify_one();
    assert_eq!(receiver.token(2, &acme.app).await["sid"], json!(there.session.id));
    let token = there.tokens.answer["access_token"].as_str().unwrap();
    assert_eq!(acme.app.userinfo(token).await.0, 401);
    let changes = app.events(&acme.tenant, Action::PersonChange).await;
    assert_eq!((changes.len(), changes[0].actor.as_deref()), (2, Some("cli:tests")));

    // Who is disabled or erased is signed out everywhere, and the apps hear of it.
    let again = signed_in(&app, &acme, "zhangsan").await;
    manager.set_person_status(code, id, Status::Disabled).await.unwrap();
    app.hufu.engine.forwarding().notify_one();
    assert_eq!(receiver.token(3, &acme.app).await["sid"], json!(again.session.id));
    let other = elsewhere.tokens.sub().parse().unwrap();
    manager.erase_person(code, other).await.unwrap();
    app.hufu.engine.forwarding().notify_one();
    let claims = receiver.token(4, &acme.app).await;
    assert_eq!(
        (&claims["sid"], &claims["sub"]),
        (&json!(elsewhere.session.id), &json!(elsewhere.tokens.sub()))
    );
    assert!(!lives(&app, &again).await && !lives(&app, &elsewhere).await);
}

/// A login that goes to WeChat although the browser is signed in.
async fn log_in_anew(browser: &Browser, tenant: &TestTenant, salt: &str, app: &TestApp) -> Tokens {
    let mut login = tenant.app.start(salt);
    login.url.push_str("&prompt=login");
    let callback = log_in(browser, &login, app).await;
    tenant.app.finish(&login, &callback).await
}

pub(crate) async fn a_new_login_supersedes_the_session_of_its_browser(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = tenant(&app).await;
    let receiver = Receiver::start(200).await;
    tell(&app, &acme, acme.client.id, &receiver).await;
    let (browser, name) = (Browser::wechat("lisi"), cookie_name(&acme));
    let first = log_in_anew(&browser, &acme, "1", &app).await;
    let old = browser.cookie(&name).unwrap();

    // The same person: the session that the app knows goes on, but its first cookie is worth nothing.
    app.clock.advance(Duration::from_secs(3600));
    let second = log_in_anew(&browser, &acme, "2", &app).await;
    assert_eq!(second.claims["sid"], first.claims["sid"]);
    assert!(second.claims["auth_time"].as_i64() > first.claims["auth_time"].as_i64());
    assert_ne!(browser.cookie(&name).unwrap(), old);
    let page = browser.get(&acme.app.start("more").url).await;
    assert!(
        page.location_parameter("code").is_some(),
        "the new one is good: {page:?}"
    );
    let thief = Browser::wechat("lisi");
    thief.plant(&app.url, &name, &old);
    let page = thief.get(&acme.app.start("3").url).await;
    assert!(page.location().as_str().starts_with(&app.simulator_url), "{page:?}");
    let sessions = app
        .manager()
        .sessions(&acme.tenant.code, first.sub().parse().unwrap())
        .await
        .unwrap();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    assert_eq!(receiver.count().await, 0, "nobody was logged out");

    // Somebody else: the session before them is over, with the tokens of both its logins, and its app hears of it once.
    let other = Browser::wechat("zhangsan");
    other.plant(&app.url, &name, &browser.cookie(&name).unwrap());
    let third = log_in_anew(&other, &acme, "4", &app).await;
    assert_ne!(third.claims["sid"], first.claims["sid"]);
    let told = receiver.token(1, &acme.app).await;
    assert_eq!(
        (&told["sid"], &told["sub"]),
        (&first.claims["sid"], &first.claims["sub"])
    );
    for (tokens, status) in [(&first, 401), (&second, 401), (&third, 200)] {
        let token = tokens.answer["access_token"].as_str().unwrap();
        assert_eq!(acme.app.userinfo(token).await.0.as_u16(), status, "{tokens:?}");
    }
    let ended = app.events(&acme.tenant, Action::Logout).await;
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].detail["by"], "another_login");
    assert_eq!(ended[0].subject_id.unwrap().to_string(), first.sub());
    let page = browser.get(&acme.app.start("5").url).await;
    assert!(page.location().as_str().starts_with(&app.simulator_url), "{page:?}");
    assert_eq!(receiver.count().await, 1);
}
