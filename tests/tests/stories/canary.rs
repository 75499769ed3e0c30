//! Secrets with known values go through whole journeys of the real program, with its log at its loudest and its traces
//! sent: none of them shows in the log, a trace, a figure, a page, an answer, a message of a fault, an event or the raw
//! database. What an answer is there to give, such as a token to the app that asked for it, is struck out of that one
//! answer; it may be in no other.

mod searcher;
mod upstream;
mod witness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use hufu_core::clock::{Clock as _, SystemClock};
use hufu_core::manage::{By, ClientEdit, NewConnector, NewOperator, PushSecrets, TargetEdit};
use hufu_core::model::{Connector, Right, Seat, Status};
use hufu_core::oidc::TenantUrls;
use hufu_core::secret::{ExposeSecret as _, SecretString, StoredSecret};
use hufu_core::totp;
use hufu_tests::process::{free_ports, hufu_binary};
use hufu_tests::{Browser, ClientKey, Engine, Login, Page, RelyingParty, TestApp, TestTenant, fields};
use reqwest::{Client, Url};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use wechat_simulator::{Account, DenyStyle, PushConfig, PushMode};

use crate::parameter;
use searcher::Searcher;
use upstream::{Fault, Upstream};
use witness::Witness;

const APP_SECRET: &str = "ca11ab1e0ca11ab1e1ca11ab1e2ca11a";
const SPOILT_SECRET: &str = "5eed5eed05eed5eed15eed5eed25eed5";
const MINI_SECRET: &str = "feedfacefeed0facefeed1facefeed2f";
const PUSH_TOKEN: &str = "CanaryPushToken7Qx";
const AES_KEY: &str = "CanaryAesKeyCanaryAesKeyCanaryAesKeyCanaryA";
const PASSWORD: &str = "a canary, a cage, a coal mine";
const WRONG_PASSWORD: &str = "a canary, a cave, a cold wine";
/// Shown on purpose: what it is not found in was not listened to.
const MARKER: &str = "marker-of-what-is-heard";
const BYE: &str = "https://app.example/bye";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const MINI: &str = "urn:hufu:params:oauth:grant-type:wechat-mini-program";

fn http() -> Client {
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.build().unwrap()
}

/// A server of somebody else's.
async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Bodies that were sent there.
type Bodies = Arc<Mutex<Vec<Bytes>>>;

/// A receiver that keeps what it is sent and answers so; one that fails repeats it.
async fn receiver(path: &str, status: StatusCode) -> (String, Bodies) {
    let bodies = Bodies::default();
    let kept = Arc::clone(&bodies);
    let take = async move |body: Bytes| {
        kept.lock().unwrap().push(body.clone());
        (status, if status.is_success() { Bytes::new() } else { body })
    };
    let url = listen(Router::new().route(path, post(take))).await;
    (format!("{url}{path}"), bodies)
}

/// Waits for what the program does by itself.
async fn first(what: &str, bodies: &Bodies) -> Bytes {
    for _ in 0..600 {
        if let Some(body) = bodies.lock().unwrap().first() {
            return body.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

/// An installation in which all secrets are known, and the real program that serves it.
struct House {
    /// Made the installation, and serves it no more.
    app: TestApp,
    url: String,
    tenant: TestTenant,
    party: RelyingParty,
    mini: (String, Connector),
    api_key: String,
    witness: Arc<Witness>,
    upstream: Upstream,
    server: Child,
    logouts: Bodies,
    pushes: Bodies,
    spans: Bodies,
}

/// Makes it; everything is set up before the program starts.
async fn house(engine: Engine) -> House {
    let witness = Arc::new(Witness::default());
    let upstream = Upstream::start(&witness).await;
    let url = format!("http://127.0.0.1:{}", free_ports(1));
    let mut simulator = wechat_simulator::Config::strict();
    simulator.deny = DenyStyle::StateOnly;
    let mut app = TestApp::start_as(engine, simulator, |config| {
        let behind = config.wechat.calls_url.to_string();
        upstream.simulator.set(behind.trim_end_matches('/').to_owned()).unwrap();
        config.wechat.calls_url = upstream.url.parse().unwrap();
        config.gateway.public_url = url.parse().unwrap();
    })
    .await;
    let tenant = app.tenant_with("acme", &[("open_platform", "tests")]).await;
    let mini = accounts(&app, &tenant).await;
    let (logout_url, logouts) = receiver("/logout", StatusCode::INTERNAL_SERVER_ERROR).await;
    let (push_url, pushes) = receiver("/push", StatusCode::BAD_GATEWAY).await;
    let (spans_url, spans) = receiver("/v1/traces", StatusCode::OK).await;
    let party = apps(&app, &tenant, &url, &logout_url).await;
    let target = TargetEdit {
        url: push_url,
        events: vec!["*".to_owned()],
        on: true,
    };
    let (code, id) = (&tenant.tenant.code, tenant.connector.id);
    let urls = TenantUrls::new(party.issuer.clone());
    let (_, forwarding) = app.manager().add_push_target(code, id, target, &urls).await.unwrap();
    let api_key = operator(&app).await;
    for (name, value) in [
        ("AppSecret", APP_SECRET),
        ("the other AppSecret", SPOILT_SECRET),
        ("AppSecret of the mini program", MINI_SECRET),
        ("push token", PUSH_TOKEN),
        ("EncodingAESKey", AES_KEY),
        ("client secret", party.client_secret.as_deref().unwrap()),
        ("forwarding secret", forwarding.expose_secret()),
        ("password", PASSWORD),
        ("wrong password", WRONG_PASSWORD),
        ("API key", &api_key),
    ] {
        witness.plant(name, value);
    }
    for key in app.manager().keys(code).await.unwrap() {
        let der = key.private.pkcs8.expose_secret();
        // Of an EC key the private number (RFC 5915), of others the end, which is secret in their kinds.
        let number = der.windows(5).position(|window| window == [2, 1, 1, 4, 32]);
        let secret = number.map_or(der.len() - 32, |at| at + 5);
        witness.plant_bytes("signing key", der);
        witness.plant_bytes("the number of a signing key", &der[secret..secret + 32]);
    }
    app.stop().await;
    let server = serve(&app, &url, &spans_url, &upstream).await;
    House {
        app,
        url,
        tenant,
        party,
        mini,
        api_key,
        witness,
        upstream,
        server,
        logouts,
        pushes,
        spans,
    }
}

/// Secrets of accounts: of the tenant's own, and of a mini program.
async fn accounts(app: &TestApp, tenant: &TestTenant) -> (String, Connector) {
    let (manager, code, id) = (app.manager(), &tenant.tenant.code, tenant.connector.id);
    app.simulator
        .update_account(&tenant.app_id, |account| APP_SECRET.clone_into(&mut account.secret));
    let secret = |text: &str| BTreeMap::from([("secret".to_owned(), SecretString::from(text))]);
    manager
        .rotate_connector_secret(code, id, secret(APP_SECRET))
        .await
        .unwrap();
    let settings = [
        ("push_mode", "safe"),
        ("original_id", "gh_0123456789ab"),
        ("open_platform", "tests"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    manager.change_connector(code, id, settings).await.unwrap();
    let pushed = PushSecrets {
        token: Some(SecretString::from(PUSH_TOKEN)),
        key: Some(SecretString::from(AES_KEY)),
    };
    manager.set_push_secrets(code, id, pushed).await.unwrap();
    let app_id = "wx00000000000000ca".to_owned();
    app.simulator.add_account(Account {
        open_platform: Some("tests".to_owned()),
        ..Account::mini_program(&app_id, MINI_SECRET)
    });
    let settings = [("appid", app_id.as_str()), ("open_platform", "tests")];
    let new = NewConnector {
        kind: "wechat-mini-program".to_owned(),
        name: MARKER.to_owned(),
        status: Status::Active,
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        secrets: secret(MINI_SECRET),
    };
    let connector = manager.add_connector(code, new).await.unwrap();
    (app_id, connector)
}

/// The tenant's app, which may do all that apps may.
async fn apps(app: &TestApp, tenant: &TestTenant, url: &str, logout_url: &str) -> RelyingParty {
    let (manager, code, id) = (app.manager(), &tenant.tenant.code, tenant.client.id);
    let mut edit = ClientEdit::from(&*manager.client(code, id).await.unwrap());
    edit.post_logout_redirect_uris = vec![BYE.to_owned()];
    edit.scopes = ["openid", "profile", "wechat", "offline_access"]
        .map(str::to_owned)
        .to_vec();
    edit.rights.granted = BTreeSet::from_iter(Right::ALL);
    edit.rights.calls = vec!["GET /cgi-bin/get_api_domain_ip".to_owned()];
    edit.protocol.device_code = true;
    edit.protocol.client_credentials = true;
    edit.protocol.backchannel_logout_uri = Some(logout_url.to_owned());
    manager.change_client(code, id, edit, None).await.unwrap();
    tenant
        .app
        .at(&app.url, url)
        .asking("openid profile wechat offline_access")
}

/// An owner of the platform; returns their program's key.
async fn operator(app: &TestApp) -> String {
    let by = By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let new = NewOperator {
        login: "canary".to_owned(),
        name: MARKER.to_owned(),
        seat: Seat::OWNER,
        agency_id: None,
        password: PASSWORD.into(),
    };
    let operators = &app.hufu.operators;
    operators.add_operator(&by, new).await.unwrap();
    let day = Duration::from_secs(86_400);
    let (_, key) = operators
        .add_api_key(&by, "canary", Seat::OWNER, None, false, day)
        .await
        .unwrap();
    key.expose_secret().to_owned()
}

fn log_file(app: &TestApp) -> std::path::PathBuf {
    app.config.data_dir.join("log-of-the-canary")
}

/// The real program on that installation, as loud as it gets.
async fn serve(app: &TestApp, url: &str, spans_url: &str, upstream: &Upstream) -> Child {
    let data = app.config.data_dir.display();
    let text = format!(
        "data_dir = \"{data}\"\n[database]\nurl = \"{}\"\n[server]\nlisten = \"{}\"\n[gateway]\npublic_url = \"{url}\"\n\
         [wechat]\npages_url = \"{}\"\ncalls_url = \"{}\"\n\
         [console]\nsecond_factor = \"optional\"\n[limits]\nat_once = 4096\nexempt = [\"127.0.0.1\"]\n\
         [log]\nlevel = \"trace\"\nformat = \"json\"\n\
         [telemetry]\notlp_endpoint = \"{spans_url}\"\n",
        app.config.database.storage.url,
        url.trim_start_matches("http://"),
        app.simulator_url,
        upstream.url,
    );
    let config = app.config.data_dir.join("canary.toml");
    std::fs::write(&config, text).unwrap();
    let log = std::fs::File::create(log_file(app)).unwrap();
    let mut command = Command::new(hufu_binary());
    command.args(["serve", "--config"]).arg(&config);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let server = command.kill_on_drop(true).spawn().unwrap();
    for _ in 0..600 {
        if http().get(format!("{url}/readyz")).send().await.is_ok() {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never served: {}", std::fs::read_to_string(log_file(app)).unwrap());
}

impl House {
    /// Follows a browser; every answer of Hufu's is heard.
    async fn walk(&self, browser: &Browser, url: &str) -> Page {
        let mut page = browser.get(url).await;
        for _ in 0..20 {
            if page.url.as_str().starts_with(&self.url) {
                self.witness.page(&page);
            }
            let within = [&self.url, &self.app.simulator_url];
            let goes_on = page.status.is_redirection()
                && within
                    .iter()
                    .any(|base| page.location().as_str().starts_with(base.as_str()));
            if !goes_on {
                return page;
            }
            page = browser.get(page.location()).await;
        }
        panic!("redirected in a circle: {page:?}");
    }

    /// Posts a form as a browser does, and is heard.
    async fn submit(&self, browser: &Browser, path: &str, form: &[(&str, &str)]) -> Page {
        let page = browser.post(format!("{}{path}", self.url), form).await;
        self.witness.page(&page);
        page
    }

    async fn code(&self, browser: &Browser, salt: &str) -> (Login, String) {
        let login = self.party.start(salt);
        self.witness.plant("code verifier", &login.verifier);
        let page = self
            .walk(
                browser,
                &format!("{}&connection={}", login.url, self.tenant.connector.id),
            )
            .await;
        let code = parameter(&page.location(), "code").unwrap_or_else(|| panic!("no code: {page:?}"));
        (login, code)
    }

    /// A form to an endpoint under the issuer, with the app's secret.
    async fn ask(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> (u16, serde_json::Value) {
        let (id, secret) = (&self.party.client_id, self.party.client_secret.as_deref());
        let mut request = http()
            .post(format!("{}{path}", self.party.issuer))
            .basic_auth(id, secret);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.witness.ask(path, request.form(form)).await
    }

    async fn tokens(&self, login: &Login, code: &str, headers: &[(&str, &str)]) -> (u16, serde_json::Value) {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.party.redirect_uri),
            ("code_verifier", &login.verifier),
        ];
        self.ask("/oauth2/token", &form, headers).await
    }

    async fn userinfo(&self, token: &str, scheme: &str, proof: &str) -> u16 {
        let request = http().get(format!("{}/oauth2/userinfo", self.party.issuer));
        let request = request
            .header("authorization", format!("{scheme} {token}"))
            .header("dpop", proof);
        self.witness.ask("userinfo", request).await.0
    }
}

fn text<'a>(answer: &'a serde_json::Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

/// Logins that end well and tokens through all their life.
async fn logins_and_tokens(house: &House) {
    let browser = Browser::wechat("zhangsan");
    let (login, code) = house.code(&browser, "canary").await;
    let (status, tokens) = house.tokens(&login, &code, &[]).await;
    assert_eq!(status, 200, "{tokens}");
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    assert_eq!(house.userinfo(access, "Bearer", "").await, 200);
    for token in [access, refresh] {
        assert_eq!(
            house.ask("/oauth2/introspect", &[("token", token)], &[]).await.1["active"],
            true
        );
    }
    let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, again) = house.ask("/oauth2/token", &grant, &[]).await;
    assert_eq!(status, 200);
    // Refused: a secret that is wrong, a code brought twice, a token that was revoked.
    let wrong = http().post(format!("{}/oauth2/token", house.party.issuer));
    house
        .witness
        .plant("wrong client secret", "a-client-secret-that-is-wrong");
    let wrong = wrong.basic_auth(&house.party.client_id, Some("a-client-secret-that-is-wrong"));
    assert_eq!(house.witness.ask("wrong secret", wrong.form(&grant)).await.0, 401);
    let revoked = [("token", text(&again, "refresh_token"))];
    assert_eq!(house.ask("/oauth2/revoke", &revoked, &[]).await.0, 200);
    let grant = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&again, "refresh_token")),
    ];
    assert_eq!(house.ask("/oauth2/token", &grant, &[]).await.0, 400);
    assert_eq!(house.tokens(&login, &code, &[]).await.0, 400);
    assert_eq!(house.userinfo(access, "Bearer", "").await, 401);

    // Bound to a key.
    let key = ClientKey::generate();
    let now = SystemClock.now().as_secs();
    let (login, code) = house.code(&browser, "bound").await;
    let proof = key.proof("POST", &format!("{}/oauth2/token", house.party.issuer), now, None);
    house.witness.plant("proof", &proof);
    let (status, tokens) = house.tokens(&login, &code, &[("dpop", &proof)]).await;
    assert_eq!((status, text(&tokens, "token_type")), (200, "DPoP"));
    let access = text(&tokens, "access_token");
    let proof = key.proof(
        "GET",
        &format!("{}/oauth2/userinfo", house.party.issuer),
        now,
        Some(access),
    );
    house.witness.plant("proof", &proof);
    assert_eq!(house.userinfo(access, "DPoP", &proof).await, 200);
    assert_eq!(house.userinfo(access, "DPoP", &proof).await, 401, "used before");
    let assertion = key.assertion(&house.party.client_id, &house.party.issuer, now);
    house.witness.plant("assertion", &assertion);
    let form = [
        ("grant_type", "client_credentials"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", &assertion),
    ];
    let bare = http().post(format!("{}/oauth2/token", house.party.issuer)).form(&form);
    assert_eq!(house.witness.ask("assertion", bare).await.0, 401);

    // Its end, of which an app does not want to hear.
    let hint = text(&tokens, "id_token");
    let mut url = Url::parse(&format!("{}/oauth2/logout", house.party.issuer)).unwrap();
    url.query_pairs_mut()
        .extend_pairs([("id_token_hint", hint), ("post_logout_redirect_uri", BYE)]);
    let page = house.walk(&browser, url.as_str()).await;
    assert_eq!(page.location().as_str(), BYE, "{page:?}");
    let told = first("a logout token", &house.logouts).await;
    let told: BTreeMap<_, _> = url::form_urlencoded::parse(&told).into_owned().collect();
    house.witness.plant("logout token", &told["logout_token"]);

    // By a device.
    let browser = Browser::wechat("lisi");
    let (status, device) = house
        .ask("/oauth2/device_authorization", &[("scope", "openid")], &[])
        .await;
    assert_eq!(status, 200, "{device}");
    let grant = [("grant_type", DEVICE), ("device_code", text(&device, "device_code"))];
    assert_eq!(house.ask("/oauth2/token", &grant, &[]).await.0, 400);
    let page = house
        .submit(&browser, "/t/acme/device", &[("user_code", text(&device, "user_code"))])
        .await;
    let form = fields(&page.body);
    let mut url = Url::parse(&format!("{}/device", house.party.issuer)).unwrap();
    url.query_pairs_mut()
        .extend_pairs([("user_code", &form["user_code"]), ("confirm", &form["confirm"])]);
    let url = format!("{url}&connection={}", house.tenant.connector.id);
    house.walk(&browser, &url).await;
}

/// Logins that end badly: by the person, and by WeChat, which repeats what it was sent.
async fn refusals(house: &House) {
    let refused = async |browser: Browser, salt: &str| {
        let login = house.party.start(salt);
        house.witness.plant("code verifier", &login.verifier);
        let url = format!("{}&connection={}", login.url, house.tenant.connector.id);
        let page = house.walk(&browser, &url).await;
        let is_code = page.header("location").is_some() && page.location_parameter("code").is_some();
        assert!(!is_code, "{salt}: {page:?}");
    };
    refused(Browser::wechat("lisi").refusing(), "denied").await;
    for path in ["/sns/oauth2/access_token", "/sns/userinfo"] {
        for fault in [
            Fault::Errcode(40125),
            Fault::Errcode(40029),
            Fault::Errcode(45011),
            Fault::Page,
            Fault::Broken,
        ] {
            for _ in 0..3 {
                house.upstream.fail(path, fault);
            }
            refused(Browser::wechat("lisi"), &format!("{path} {fault:?}")).await;
            house.upstream.forget();
        }
    }
    // By the mini program's code, right and wrong.
    for fault in [None, Some(Fault::Errcode(40029)), Some(Fault::Page)] {
        let code = house.app.simulator.js_code("zhangsan", &house.mini.0, false).unwrap();
        if let Some(fault) = fault {
            house.upstream.fail("/sns/jscode2session", fault);
        }
        let form = [("grant_type", MINI), ("code", &code), ("scope", "openid profile")];
        let (status, answer) = house.ask("/oauth2/token", &form, &[]).await;
        assert_eq!(status == 200, fault.is_none(), "{fault:?} {answer}");
        house.upstream.forget();
    }
}

/// The face of WeChat's own form, where secrets and tokens stand in URLs, and the token centre.
async fn programs(house: &House) {
    let (id, secret) = (
        house.party.client_id.as_str(),
        house.party.client_secret.as_deref().unwrap(),
    );
    let get = async |path: &str, query: &[(&str, &str)]| {
        let mut url = Url::parse(&format!("{}{path}", house.url)).unwrap();
        url.query_pairs_mut().extend_pairs(query);
        house.witness.ask(path, http().get(url)).await.1
    };
    let mut link = Url::parse(&format!("{}/connect/oauth2/authorize", house.url)).unwrap();
    link.query_pairs_mut().extend_pairs([
        ("appid", id),
        ("redirect_uri", "https://app.example/second"),
        ("response_type", "code"),
        ("scope", "snsapi_userinfo"),
        ("state", "s"),
        ("connection", &house.tenant.connector.id.to_string()),
    ]);
    let page = house.walk(&Browser::wechat("lisi"), link.as_str()).await;
    let code = parameter(&page.location(), "code").unwrap();
    let exchange = [
        ("appid", id),
        ("secret", secret),
        ("code", &code),
        ("grant_type", "authorization_code"),
    ];
    let tokens = get("/sns/oauth2/access_token", &exchange).await;
    let (access, openid) = (text(&tokens, "access_token"), text(&tokens, "openid"));
    let refresh = [
        ("appid", id),
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens, "refresh_token")),
    ];
    get("/sns/oauth2/refresh_token", &refresh).await;
    assert!(get("/sns/userinfo", &[("access_token", access), ("openid", openid)]).await["nickname"].is_string());
    assert_eq!(get("/sns/oauth2/access_token", &exchange).await["errcode"], 40163);
    assert_eq!(
        get("/sns/auth", &[("access_token", access), ("openid", openid)]).await["errcode"],
        40001
    );
    // The account's own token, and calls with it that WeChat refuses.
    let own = [("appid", id), ("secret", secret), ("grant_type", "client_credential")];
    for fault in [Fault::Errcode(40125), Fault::Page] {
        house.upstream.fail("/cgi-bin/stable_token", fault);
        get("/cgi-bin/token", &own).await;
        house.upstream.forget();
    }
    let held = get("/cgi-bin/token", &own).await;
    let token = text(&held, "access_token");
    for (path, fault) in [
        ("/cgi-bin/ticket/getticket", None),
        ("/cgi-bin/get_api_domain_ip", Some(Fault::Broken)),
        ("/cgi-bin/get_api_domain_ip", None),
    ] {
        if let Some(fault) = fault {
            house.upstream.fail(path, fault);
        }
        let mut url = Url::parse(&format!("{}{path}", house.url)).unwrap();
        url.query_pairs_mut()
            .extend_pairs([("access_token", token), ("type", "jsapi")]);
        let body = http().get(url).send().await.unwrap().text().await.unwrap();
        // WeChat's words to the app may repeat what the app has sent.
        let mut gives = vec![("account's token".to_owned(), token.to_owned())];
        let given: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        gives.extend(
            given["ticket"]
                .as_str()
                .map(|ticket| ("ticket".to_owned(), ticket.to_owned())),
        );
        house.witness.hear(path, &body, &gives);
        house.upstream.forget();
    }
    for what in ["access_token", "jsapi_ticket", "jssdk?url=https%3A%2F%2F127.0.0.1%2Fx"] {
        let url = format!("{}/wechat/{}/{what}", house.party.issuer, house.tenant.connector.id);
        house
            .witness
            .ask(what, http().get(url).basic_auth(id, Some(secret)))
            .await;
    }
    assert_eq!(
        house
            .ask("/oauth2/token", &[("grant_type", "client_credentials")], &[])
            .await
            .0,
        200
    );
}

/// What people do wrong with secrets: in the address, in the path, in a field of another name, in a body of another kind.
async fn mistakes(house: &House) {
    let secret = house.party.client_secret.as_deref().unwrap();
    let all = [APP_SECRET, PASSWORD, secret, &house.api_key, AES_KEY, PUSH_TOKEN];
    for planted in all {
        let encoded: String = url::form_urlencoded::byte_serialize(planted.as_bytes()).collect();
        for path in [
            format!("/t/acme/oauth2/token?client_secret={encoded}"),
            format!("/t/acme/oauth2/authorize?client_id={encoded}&state={encoded}"),
            format!("/t/acme/login?{encoded}"),
            format!("/t/acme/callback/{encoded}?code={encoded}&state={encoded}"),
            format!("/t/acme/webhook/{}?signature={encoded}", house.tenant.connector.id),
            format!("/t/{encoded}/oauth2/userinfo?access_token={encoded}"),
            format!("/{encoded}"),
            format!("/sns/userinfo?access_token={encoded}&openid={encoded}"),
            format!("/admin/api/v1/tenants?token={encoded}"),
        ] {
            let get = http().get(format!("{}{path}", house.url)).bearer_auth(planted);
            let get = get.header("cookie", format!("hufu_browser={encoded}; hufu_session_acme={encoded}"));
            let answer = get
                .header("referer", format!("https://x.example/?{encoded}"))
                .send()
                .await
                .unwrap();
            let body = answer.text().await.unwrap();
            // An answer may repeat the address that it was asked for, in links back to it: that is the sender's own.
            house
                .witness
                .hear("a mistake", &body.replace(&encoded, "*").replace(planted, "*"), &[]);
            let post = http()
                .post(format!("{}{path}", house.url))
                .json(&json!({"client_secret": planted, "password": planted}));
            let body = post.send().await.unwrap().text().await.unwrap();
            house
                .witness
                .hear("a mistake", &body.replace(&encoded, "*").replace(planted, "*"), &[]);
        }
    }
}

/// Pushes: answered, forged, and forwarded to a receiver that fails and repeats them.
async fn pushes(house: &House) {
    let (simulator, app_id) = (&house.app.simulator, &house.tenant.app_id);
    let config = PushConfig {
        url: format!("{}/webhook/{}", house.party.issuer, house.tenant.connector.id),
        token: PUSH_TOKEN.to_owned(),
        encoding_aes_key: AES_KEY.to_owned(),
        mode: PushMode::Safe,
    };
    simulator.save_push_config(app_id, config.clone()).await.unwrap();
    simulator.follow("lisi", app_id).await.unwrap();
    assert!(simulator.send_text("lisi", app_id, "你好").await.unwrap().accepted());
    first("a forwarded push", &house.pushes).await;
    simulator.put_push_config(
        app_id,
        Some(PushConfig {
            encoding_aes_key: "B".repeat(43),
            ..config
        }),
    );
    assert!(!simulator.send_text("lisi", app_id, "你好").await.unwrap().accepted());
}

/// An operator at every page that links lead to, and a program that reads all of the API.
async fn operators(house: &House) {
    let browser = Browser::new("Mozilla/5.0 (X11; Linux x86_64) Canary/1.0");
    let csrf = async |path: &str| {
        let page = house.walk(&browser, &format!("{}{path}", house.url)).await;
        fields(&page.body)
            .remove("csrf")
            .unwrap_or_else(|| panic!("no form at {path}: {}", page.body))
    };
    for (password, status) in [(WRONG_PASSWORD, 422), (PASSWORD, 303)] {
        let token = csrf("/admin/login").await;
        let form = [("login", "canary"), ("password", password), ("csrf", &token)];
        let page = house.submit(&browser, "/admin/login", &form).await;
        assert_eq!(page.status, status, "{}", page.body);
    }
    // A password where the name belongs.
    let stranger = Browser::new("Mozilla/5.0 Stranger/1.0");
    let page = house.walk(&stranger, &format!("{}/admin/login", house.url)).await;
    let token = fields(&page.body).remove("csrf").unwrap();
    let page = stranger
        .post(
            format!("{}/admin/login", house.url),
            &[("login", WRONG_PASSWORD), ("password", "x"), ("csrf", &token)],
        )
        .await;
    house
        .witness
        .hear("/admin/login", &page.body.replace(WRONG_PASSWORD, "*"), &[]);
    // The second factor's secret is shown once.
    let token = csrf("/admin/account").await;
    house
        .submit(&browser, "/admin/account/second-factor/set-up", &[("csrf", &token)])
        .await;
    let page = browser.get(format!("{}/admin/enrol", house.url)).await;
    let base32 = |c: char| c.is_ascii_uppercase() || ('2'..='7').contains(&c);
    let secret = page
        .body
        .split(|c| !base32(c))
        .find(|word| word.len() == 32)
        .unwrap()
        .to_owned();
    house.witness.plant("TOTP secret", &secret);
    let code = totp::code(&StoredSecret::new(secret), SystemClock.now()).unwrap();
    let token = fields(&page.body).remove("csrf").unwrap();
    let page = browser
        .post(
            format!("{}/admin/enrol", house.url),
            &[("code", code.expose_secret()), ("csrf", &token)],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    // A new secret of the app that is shown once, a swap that WeChat refuses, a secret where a name belongs.
    let at = format!("/admin/api/v1/tenants/acme/clients/{}/secrets", house.tenant.client.id);
    let api = |path: &str| http().post(format!("{}{path}", house.url)).bearer_auth(&house.api_key);
    let (status, _) = house
        .witness
        .ask("a new client secret", api(&at).json(&json!({"overlap_seconds": 3600})))
        .await;
    assert_eq!(status, 201);
    let connector = json!({"kind": "wechat-official-account", "name": "x", "settings": {"appid": "wx", "bad": "x"}, "secrets": {"secret": SPOILT_SECRET, "nonsense": SPOILT_SECRET}});
    assert_eq!(
        house
            .witness
            .ask(
                "a bad connector",
                api("/admin/api/v1/tenants/acme/connectors").json(&connector)
            )
            .await
            .0,
        422
    );
    let swap = format!(
        "/admin/api/v1/tenants/acme/connectors/{}/secret",
        house.tenant.connector.id
    );
    house
        .witness
        .ask(
            "a refused swap",
            api(&swap).json(&json!({"secrets": {"secret": SPOILT_SECRET}})),
        )
        .await;
    house.upstream.fail("/cgi-bin/stable_token", Fault::Errcode(40125));
    let check = format!(
        "/admin/api/v1/tenants/acme/connectors/{}/check",
        house.tenant.connector.id
    );
    house.witness.ask("a check", api(&check)).await;
    house.upstream.forget();
    // A private key where the public one belongs.
    let key = "canary0private0number0canary0private0number";
    house.witness.plant("private JWK", key);
    let at = format!("/admin/api/v1/tenants/acme/clients/{}", house.tenant.client.id);
    let url = format!("{}{at}", house.url);
    let read = http().get(&url).bearer_auth(&house.api_key).send().await.unwrap();
    let etag = read.headers()["etag"].to_str().unwrap().to_owned();
    let mut client: serde_json::Value = read.json().await.unwrap();
    client["protocol"]["jwks"] = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "d": key}]});
    let put = http()
        .put(&url)
        .bearer_auth(&house.api_key)
        .header("if-match", etag)
        .json(&client);
    let refused = house.witness.ask("a private key", put).await;
    assert!((400..500).contains(&refused.0), "{refused:?}");

    let seen = crawl(house, &browser).await;
    assert!(seen > 40, "{seen} pages");
    let read = read_all(house).await;
    assert!(read > 15, "{read} answers");
}

/// Every page of the console that a link leads to; how many there were.
async fn crawl(house: &House, browser: &Browser) -> usize {
    let mut waiting = vec!["/admin".to_owned(), "/admin/audit/export".to_owned()];
    let (mut known, mut shapes, mut seen) = (BTreeSet::new(), BTreeMap::<String, usize>::new(), 0);
    while let Some(path) = waiting.pop() {
        // Of pages that differ in their ids or their query alone, some will do.
        let shape: String = path
            .split('?')
            .next()
            .unwrap()
            .chars()
            .filter(|c| !c.is_ascii_digit() && !c.is_ascii_uppercase())
            .collect();
        let count = shapes.entry(shape).or_default();
        let skip = ["/admin/logout", "/admin/assets/"]
            .iter()
            .any(|start| path.starts_with(start))
            || path.contains("/events");
        if skip || *count >= 4 || !known.insert(path.clone()) {
            continue;
        }
        *count += 1;
        let page = browser.get(format!("{}{path}", house.url)).await;
        assert!(!page.status.is_server_error(), "{path}: {}", page.body);
        house.witness.page(&page);
        seen += usize::from(page.status == 200);
        for part in page.body.split("href=\"").skip(1) {
            let link = part
                .split('"')
                .next()
                .unwrap()
                .replace("&amp;", "&")
                .replace("&#38;", "&");
            if link.starts_with("/admin") {
                waiting.push(link);
            }
        }
    }
    seen
}

/// Every address of the API that reads; how many answered.
async fn read_all(house: &House) -> usize {
    let get = |path: &str| {
        http()
            .get(format!("{}/admin/api/v1{path}", house.url))
            .bearer_auth(&house.api_key)
    };
    let document: serde_json::Value = get("/openapi.json").send().await.unwrap().json().await.unwrap();
    let mut read = 0;
    let exports = [
        "/audit/events?format=csv",
        "/audit/events?format=jsonl",
        "/audit/events?format=csv&list=changes",
    ];
    let paths = document["paths"].as_object().unwrap().iter();
    let paths = paths
        .filter(|(_, item)| item.get("get").is_some())
        .map(|(path, _)| path.clone());
    for path in paths.chain(exports.map(str::to_owned)) {
        let path = path.trim_start_matches("/admin/api/v1");
        let mut filled = Vec::new();
        for segment in path.split('/') {
            let before = filled.last().map_or("", String::as_str).to_owned();
            filled.push(match (segment.starts_with('{'), before.as_str()) {
                (false, _) => segment.to_owned(),
                (true, "tenants") => "acme".to_owned(),
                (true, "connectors") => house.tenant.connector.id.to_string(),
                (true, "clients") => house.tenant.client.id.to_string(),
                (true, _) => {
                    let list: serde_json::Value = get(&filled.join("/"))
                        .send()
                        .await
                        .unwrap()
                        .json()
                        .await
                        .unwrap_or_default();
                    list["items"][0]["id"].as_str().unwrap_or("none").to_owned()
                }
            });
        }
        let answer = get(&filled.join("/")).send().await.unwrap();
        read += usize::from(answer.status() == 200);
        let headers = format!("{:?}", answer.headers());
        let text = format!("{headers}\n{}", answer.text().await.unwrap());
        house.witness.hear(path, &text, &[]);
    }
    read
}

/// All bytes of the database, as somebody who has a copy of it sees them.
async fn database(app: &TestApp) -> Vec<u8> {
    let url = &app.config.database.storage.url;
    if url.starts_with("postgres") {
        let dump = Command::new("pg_dump")
            .args(["--inserts", "--dbname", url])
            .output()
            .await
            .unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        return dump.stdout;
    }
    let is_database = |path: &Path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().contains(".db"))
    };
    let files = std::fs::read_dir(&app.config.data_dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|path| is_database(path)).collect();
    files.iter().flat_map(|path| std::fs::read(path).unwrap()).collect()
}

pub(crate) async fn canary_no_secret_is_shown(engine: Engine) {
    let mut house = house(engine).await;
    logins_and_tokens(&house).await;
    refusals(&house).await;
    programs(&house).await;
    pushes(&house).await;
    mistakes(&house).await;
    operators(&house).await;
    let metrics = http()
        .get(format!("{}/metrics", house.url))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(metrics.contains("hufu_logins_total"), "{metrics}");
    let pid = house.server.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    assert!(house.server.wait().await.unwrap().success());

    let planted = house.witness.planted();
    for name in [
        "AppSecret",
        "push token",
        "EncodingAESKey",
        "client secret",
        "password",
        "TOTP secret",
        "API key",
        "code",
        "cookie hufu_session_acme",
        "cookie hufu_console",
        "proof",
        "assertion",
        "logout token",
        "signing key",
        "private JWK",
        "WeChat's code",
        "WeChat's js_code",
        "WeChat's access_token",
        "WeChat's refresh_token",
        "WeChat's session_key",
        "/oauth2/token's access_token",
        "/oauth2/token's refresh_token",
        "/oauth2/token's id_token",
        "/oauth2/device_authorization's device_code",
        "/sns/oauth2/access_token's access_token",
    ] {
        assert!(
            planted.iter().any(|(known, _)| known == name),
            "no {name} was planted: {:?}",
            planted.iter().map(|(name, _)| name).collect::<BTreeSet<_>>()
        );
    }
    let searcher = Searcher::new(planted.iter().map(|(name, value)| (name.as_str(), value.as_slice())));
    let log = std::fs::read(log_file(&house.app)).unwrap();
    let spans = house.spans.lock().unwrap().concat();
    let database = database(&house.app).await;
    let mut shown = Vec::new();
    let mut look = |place: &str, bytes: &[u8]| {
        shown.extend(searcher.found(bytes).into_iter().map(|name| format!("{place}: {name}")));
    };
    look("the log", &log);
    look("a trace", &spans);
    look("a figure", metrics.as_bytes());
    look("the database", &database);
    for (what, text) in house.witness.heard() {
        look(&what, text.as_bytes());
    }
    assert!(shown.is_empty(), "{} places:\n{}", shown.len(), shown.join("\n"));

    // All of it was listened to.
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for target in ["\"hyper_util", "\"reqwest", "wechat.call", "\"TRACE\""] {
        assert!(has(&log, target), "{target} was not in the log of {} bytes", log.len());
    }
    assert!(has(&spans, "http.request") && has(&spans, "/t/{tenant}/oauth2/token"));
    assert!(has(&database, MARKER) && has(&database, "login"));
    assert!(house.witness.heard().iter().any(|(_, text)| text.contains(MARKER)));
}
