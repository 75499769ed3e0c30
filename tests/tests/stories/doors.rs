//! The other doors: QR codes on computers, the choice between doors, and mini programs.

use std::collections::BTreeMap;

use std::time::Duration;

use hufu_core::clock::{Clock as _, SystemClock};
use hufu_core::ids::AttemptId;
use hufu_core::manage::{NewClient, NewConnector, PushSecrets};
use hufu_core::model::{Action, ClientKind, Connector, Outcome, Scan, SnapshotPolicy, Status, Tenant};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::provider::{Push, PushEvent};
use hufu_core::secret::SecretString;
use hufu_core::store::{Find, Records as _};
use hufu_tests::{Browser, Engine, Login, Page, Parts, RelyingParty, TestApp, TestTenant};
use reqwest::Url;
use serde_json::Value;
use wechat_simulator::{Account, PushConfig, PushMode};

use crate::whole_login;

const COMPUTER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";

/// An account of another kind, beside the tenant's own; all of one Open Platform account.
async fn beside(app: &TestApp, tenant: &Tenant, kind: &str) -> (String, Connector) {
    let number = app.simulator.accounts().len();
    let (app_id, secret) = (format!("wx{number:016x}"), format!("{number:032x}"));
    let account = match kind {
        "wechat-website" => Account::website(&app_id, &secret, &["127.0.0.1"]),
        _ => Account::mini_program(&app_id, &secret),
    };
    app.simulator.add_account(Account {
        open_platform: Some("tests".to_owned()),
        ..account
    });
    let settings = [("appid", app_id.as_str()), ("open_platform", "tests")];
    let new = NewConnector {
        kind: kind.to_owned(),
        name: format!("{kind} {number}"),
        status: Status::Active,
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        secrets: BTreeMap::from([("secret".to_owned(), secret.into())]),
    };
    (app_id, app.manager().add_connector(&tenant.code, new).await.unwrap())
}

/// A tenant whose official account also logs in by scan, and pushes here.
async fn scanning(app: &TestApp, code: &str) -> TestTenant {
    let settings = [("scan_login", "on"), ("push_mode", "plain"), ("open_platform", "tests")];
    let tenant = app.tenant_with(code, &settings).await;
    let secrets = PushSecrets {
        token: Some(SecretString::from(TOKEN)),
        key: None,
    };
    let id = tenant.connector.id;
    app.manager()
        .set_push_secrets(&tenant.tenant.code, id, secrets)
        .await
        .unwrap();
    let config = pushes_to(&tenant, &app.url);
    app.simulator.save_push_config(&tenant.app_id, config).await.unwrap();
    tenant
}

const TOKEN: &str = "pushToken123";

/// WeChat pushes to the instance at this URL.
fn pushes_to(tenant: &TestTenant, instance: &str) -> PushConfig {
    PushConfig {
        url: format!("{instance}/t/{}/webhook/{}", tenant.tenant.code, tenant.connector.id),
        token: TOKEN.to_owned(),
        encoding_aes_key: "A".repeat(43),
        mode: PushMode::Plain,
    }
}

/// From WeChat's QR code page back to the app.
async fn by_website(computer: &Browser, url: &str, person: &str, app: &TestApp) -> Url {
    let page = computer.follow(url, &[&app.url, &app.simulator_url]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let login = app.simulator.qr_logins().into_iter().next_back().unwrap();
    app.simulator.scan_login(person, &login.id).unwrap();
    app.simulator.confirm_login(&login.id).unwrap();
    let page = computer.follow(&page.url, &[&app.url, &app.simulator_url]).await;
    assert!(page.status.is_redirection(), "{}", page.body);
    page.location()
}

pub(crate) async fn website(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant_with("acme", &[("open_platform", "tests")]).await;
    let (app_id, connector) = beside(&app, &acme.tenant, "wechat-website").await;
    let (computer, login) = (Browser::new(COMPUTER), acme.app.start("site"));
    let callback = by_website(&computer, &login.url, "zhangsan", &app).await;
    let tokens = acme.app.finish(&login, &callback).await;
    assert_eq!(tokens.claims["name"], "张三🙂<b>");
    assert_eq!(tokens.claims["wechat_appid"], app_id.as_str());
    assert_eq!(
        tokens.claims["wechat_openid"],
        app.simulator.openid("zhangsan", &app_id).as_str()
    );
    let union_id = app.simulator.unionid("zhangsan", &app_id).unwrap();
    assert_eq!(tokens.claims["wechat_unionid"], union_id.as_str());
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].outcome, events[0].connector_id),
        (Outcome::Succeeded, Some(connector.id))
    );
    // The same person inside WeChat: another openid, the same subject.
    let inside = whole_login("zhangsan", &acme, &app).await;
    assert_eq!(inside.sub(), tokens.sub());
    assert_ne!(inside.claims["wechat_openid"], tokens.claims["wechat_openid"]);
}

pub(crate) async fn the_choice(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = scanning(&app, "acme").await;
    let (_, site) = beside(&app, &acme.tenant, "wechat-website").await;
    beside(&app, &acme.tenant, "wechat-mini-program").await;
    let (computer, login) = (Browser::new(COMPUTER), acme.app.start("choice"));
    let page = computer.get(&login.url).await;
    assert_eq!(page.status, 200);
    let links = hrefs(&page, "connection=");
    assert_eq!(links.len(), 2, "a mini program is no door of a browser: {}", page.body);
    assert!(links[0].ends_with(&acme.connector.id.to_string()) && links[1].ends_with(&site.id.to_string()));
    let callback = by_website(&computer, &links[1], "lisi", &app).await;
    acme.app.finish(&login, &callback).await;
    // Inside WeChat there is one door.
    let sent = Browser::wechat("lisi").get(&acme.app.start("inside").url).await;
    assert_eq!(sent.status, 303);
    assert!(sent.location().path().ends_with("/connect/oauth2/authorize"));
}

pub(crate) async fn scan(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = scanning(&app, "acme").await;
    let mut subjects = Vec::new();
    // The first time the person begins to follow the account; the second time WeChat pushes another event.
    for _ in 0..2 {
        let waiting = Waiting::begin(&app, &acme).await;
        let phone = Browser::wechat("lisi");
        let link = waiting.scanned_by("lisi").await.unwrap();
        let asked = phone.get(&link).await;
        assert_eq!(asked.status, 200);
        for must in ["商城", "Chrome · Windows", "127.0.0.1"] {
            assert!(asked.body.contains(must), "no {must} in {}", asked.body);
        }
        let answered = phone.post(&link, &[("answer", "confirm")]).await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        assert_eq!(waiting.status("scanned").await, "confirmed");
        let done = waiting.finish().await;
        let tokens = acme.app.finish(&waiting.login, &done.location()).await;
        let openid = app.simulator.openid("lisi", &acme.app_id);
        assert_eq!(tokens.claims["wechat_openid"], openid.as_str());
        let union_id = app.simulator.unionid("lisi", &acme.app_id).unwrap();
        assert_eq!(tokens.claims["wechat_unionid"], union_id.as_str(), "followers have one");
        subjects.push(tokens.sub().to_owned());
        // A back button: the same code, and the app has used it.
        assert_eq!(waiting.finish().await.status, 410);
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_eq!(
        app.simulator.count("/cgi-bin/stable_token"),
        1,
        "one token for all calls"
    );
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(events.len(), 2);
    for event in events {
        assert_eq!(event.outcome, Outcome::Succeeded);
        assert_eq!(event.user_agent.as_deref(), Some(COMPUTER), "the computer logs in");
        let steps: Vec<_> = event.steps.iter().map(|step| step.step.as_str()).collect();
        assert_eq!(steps, ["begun", "scanned", "confirmed", "identified"]);
    }
}

/// Somebody sends their QR code to another person, who scans it and looks.
pub(crate) async fn forwarded_code(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = scanning(&app, "acme").await;
    let waiting = Waiting::begin(&app, &acme).await;
    let link = waiting.scanned_by("lisi").await.unwrap();
    // A preview of the link, by whoever, answers nothing.
    Browser::new("Mozilla/5.0 (compatible; Preview)").get(&link).await;
    assert_eq!(waiting.status("waiting").await, "scanned");
    assert_eq!(waiting.finish().await.status, 200, "the computer waits on");
    let refused = Browser::wechat("lisi").post(&link, &[("answer", "refuse")]).await;
    assert_eq!(refused.status, 200);
    let over = waiting.finish().await;
    assert_eq!(over.status, 410);
    assert_eq!(
        Browser::wechat("lisi")
            .post(&link, &[("answer", "confirm")])
            .await
            .status,
        410
    );
    assert_eq!(waiting.scanned_by("alice").await, None, "nobody else gets in by it");
    let events = app.events(&acme.tenant, Action::Login).await;
    let openid = app.simulator.openid("lisi", &acme.app_id);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].outcome, Outcome::Denied);
    assert_eq!(events[0].error.as_deref(), Some("scan_refused"));
    assert_eq!(events[0].external_id.as_deref(), Some(openid.as_str()));
    assert!(app.events(&acme.tenant, Action::Token).await.is_empty());
}

pub(crate) async fn second_scanner(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = scanning(&app, "acme").await;
    let waiting = Waiting::begin(&app, &acme).await;
    let mut links = Vec::new();
    for _ in 0..2 {
        let both = tokio::join!(waiting.scanned_by("lisi"), waiting.scanned_by("alice"));
        links.push(both);
    }
    let first = links
        .iter()
        .map(|(lisi, alice)| (lisi.is_some(), alice.is_some()))
        .collect::<Vec<_>>();
    assert_eq!(first[0], first[1], "whoever was first stays the one");
    assert!(first[0].0 != first[0].1, "one of them: {first:?}");
    let (person, link) = match links.pop().unwrap() {
        (Some(link), None) => ("lisi", link),
        (None, Some(link)) => ("alice", link),
        other => panic!("{other:?}"),
    };
    Browser::wechat(person).post(&link, &[("answer", "confirm")]).await;
    let tokens = acme
        .app
        .finish(&waiting.login, &waiting.finish().await.location())
        .await;
    let openid = app.simulator.openid(person, &acme.app_id);
    assert_eq!(tokens.claims["wechat_openid"], openid.as_str());
}

pub(crate) async fn code_over(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = scanning(&app, "acme").await;
    let waiting = Waiting::begin(&app, &acme).await;
    app.clock.advance(Duration::from_secs(301));
    assert_eq!(waiting.scanned_by("lisi").await, None);
    assert_eq!(waiting.status("waiting").await, "expired");
    let over = waiting.finish().await;
    assert_eq!(over.status, 410);
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].outcome, events[0].error.as_deref()),
        (Outcome::Expired, Some("scan_expired"))
    );
    // "Try again" is the same request with a new QR code.
    let again = hrefs(&over, "connection=").remove(0);
    let page = waiting.computer.get(&again).await;
    let fresh = Waiting::of(page, waiting.computer, waiting.login, &app, &acme).await;
    let link = fresh.scanned_by("lisi").await.unwrap();
    Browser::wechat("lisi").post(&link, &[("answer", "confirm")]).await;
    acme.app.finish(&fresh.login, &fresh.finish().await.location()).await;
}

/// One tenant's push says that another tenant's code was scanned.
pub(crate) async fn foreign_scene(engine: Engine) {
    let app = TestApp::start(engine).await;
    let (acme, other) = (scanning(&app, "acme").await, scanning(&app, "other").await);
    let waiting = Waiting::begin(&app, &acme).await;
    let (scene, openid) = waiting.scene("lisi").await;
    let answer = pushed(&app.hufu, &other, &scene, &openid).await.unwrap();
    assert!(!answer.contains("href"), "{answer}");
    assert_eq!(waiting.status("").await, "waiting");
    assert_eq!(
        pushed(&app.hufu, &other, "spring-sale", &openid).await,
        None,
        "the account's own codes"
    );
    // The page of one tenant's phone does not open at another.
    let link = waiting.scanned_by("lisi").await.unwrap();
    let elsewhere = link.replace("/t/acme/", "/t/other/");
    let answer = Browser::wechat("lisi").post(&elsewhere, &[("answer", "confirm")]).await;
    assert_eq!(answer.status, 410);
    let foreign = waiting
        .computer
        .get(waiting.url("finish").replace("/t/acme/", "/t/other/"))
        .await;
    assert_eq!(foreign.status, 404);
    assert_eq!(waiting.status("waiting").await, "scanned");
}

/// The computer waits at one instance, WeChat pushes to the other, the phone answers at the other.
pub(crate) async fn two_instances(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let mut app = TestApp::start(engine).await;
    let acme = scanning(&app, "acme").await;
    let (other, _) = app.another_instance().await;
    app.simulator
        .put_push_config(&acme.app_id, Some(pushes_to(&acme, &other)));
    let waiting = Waiting::begin(&app, &acme).await;
    let listening = waiting.status("waiting");
    let phone = async {
        let link = waiting.scanned_by("lisi").await.unwrap();
        link.replace(&app.url, &other)
    };
    let (status, link) = tokio::join!(listening, phone);
    assert_eq!(status, "scanned");
    let phone = Browser::wechat("lisi");
    let confirm = phone.post(&link, &[("answer", "confirm")]);
    let (status, confirmed) = tokio::join!(waiting.status("scanned"), confirm);
    assert_eq!((status.as_str(), confirmed.status.as_u16()), ("confirmed", 200));
    let one = waiting.finish().await;
    let two = waiting
        .computer
        .get(waiting.url("finish").replace(&app.url, &other))
        .await;
    assert_eq!(one.location(), two.location(), "both instances give the one code");
    acme.app.finish(&waiting.login, &one.location()).await;
    assert_eq!(app.events(&acme.tenant, Action::Login).await.len(), 1);
}

const MINI: &str = "urn:hufu:params:oauth:grant-type:wechat-mini-program";

/// A mini program asks for tokens.
async fn bring(app: &RelyingParty, code: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let mut changes = vec![
        ("grant_type", MINI),
        ("redirect_uri", ""),
        ("code_verifier", ""),
        ("scope", "openid profile wechat"),
    ];
    changes.extend(more);
    let answer = app.redeem(code, &app.start("mini"), &changes).await;
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

pub(crate) async fn mini_program(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant_with("acme", &[("open_platform", "tests")]).await;
    let (app_id, connector) = beside(&app, &acme.tenant, "wechat-mini-program").await;
    let code = app.simulator.js_code("zhangsan", &app_id, false).unwrap();
    let data = app.simulator.raw_data("zhangsan", &app_id).unwrap();
    let signed = [
        ("raw_data", &*data.raw_data),
        ("signature", &*data.signature),
        ("nonce", "n1"),
    ];
    let (status, tokens) = bring(&acme.app, &code, &signed).await;
    assert_eq!(status, 200, "{tokens}");
    assert!(!tokens.to_string().contains("session_key"));
    let claims = acme.app.verify(tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["nonce"], "n1");
    assert_eq!(claims["name"], "张三🙂<b>", "what WeChat has signed");
    assert_eq!(
        claims["wechat_openid"],
        app.simulator.openid("zhangsan", &app_id).as_str()
    );
    let (status, userinfo) = acme.app.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!((status.as_u16(), &userinfo["sub"]), (200, &claims["sub"]));
    // One person, whether in the mini program or on a page.
    assert_eq!(whole_login("zhangsan", &acme, &app).await.sub(), claims["sub"]);

    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(
        (events[0].outcome, events[0].connector_id),
        (Outcome::Succeeded, Some(connector.id))
    );
    assert_eq!(
        app.events(&acme.tenant, Action::Token).await[0].attempt_id,
        events[0].attempt_id
    );

    let (status, again) = bring(&acme.app, &code, &[]).await;
    assert_eq!((status, &again["error"]), (400, &"invalid_grant".into()));
    assert_eq!(again["request_id"].as_str().unwrap().len(), 26);
    let (status, unknown) = bring(&acme.app, "0a1b2c", &[]).await;
    assert_eq!((status, &unknown["error"]), (400, &"invalid_grant".into()));
    let code = app.simulator.js_code("zhangsan", &app_id, true).unwrap();
    let stale = [("raw_data", &*data.raw_data), ("signature", &*data.signature)];
    let (status, forged) = bring(&acme.app, &code, &stale).await;
    assert_eq!((status, &forged["error"]), (400, &"invalid_grant".into()));
    let events = app.events(&acme.tenant, Action::Login).await;
    let errors: Vec<_> = events.iter().filter_map(|event| event.error.as_deref()).collect();
    assert_eq!(
        errors,
        ["upstream_code_used", "upstream_code_invalid", "signature_invalid"]
    );
    for (errcode, status, error) in [
        (45011, 503, "temporarily_unavailable"),
        (40226, 400, "access_denied"),
        (-1, 503, "temporarily_unavailable"),
        (40125, 500, "server_error"),
    ] {
        app.simulator.fault(wechat_simulator::Fault {
            endpoint: "/sns/jscode2session".to_owned(),
            effect: wechat_simulator::Effect::Errcode {
                code: errcode,
                message: "no".to_owned(),
            },
            times: None,
        });
        let code = app.simulator.js_code("zhangsan", &app_id, false).unwrap();
        let answer = bring(&acme.app, &code, &[]).await;
        assert_eq!((answer.0, &answer.1["error"]), (status, &error.into()), "{errcode}");
        app.simulator.clear_faults();
    }
}

/// A mini program without a server of its own.
pub(crate) async fn mini_program_without_secret(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (app_id, connector) = beside(&app, &acme.tenant, "wechat-mini-program").await;
    let (_, anybody) = app.client(&acme.tenant.code, ClientKind::Public).await;
    let code = app.simulator.js_code("lisi", &app_id, false).unwrap();
    let (status, refused) = bring(&anybody, &code, &[]).await;
    assert_eq!((status, &refused["error"]), (400, &"unauthorized_client".into()));
    let new = NewClient {
        name: "小程序".to_owned(),
        kind: ClientKind::Public,
        redirect_uris: vec!["https://app.example/callback".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        scopes: Vec::new(),
        connectors: vec![connector.id],
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
    };
    let (client, _) = app.manager().add_client(&acme.tenant.code, new).await.unwrap();
    let own = RelyingParty::new(
        &acme.app.issuer,
        &client.id.to_string(),
        None,
        "https://app.example/callback",
    );
    let (status, tokens) = bring(&own, &code, &[]).await;
    assert_eq!(status, 200, "the refusal spent no code: {tokens}");
    let claims = own.verify(tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["wechat_appid"], app_id.as_str());
}

/// A computer that shows a QR code.
struct Waiting<'a> {
    computer: Browser,
    login: Login,
    page: Page,
    content: String,
    app: &'a TestApp,
    tenant: &'a TestTenant,
}

impl<'a> Waiting<'a> {
    async fn begin(app: &'a TestApp, tenant: &'a TestTenant) -> Self {
        let (computer, login) = (Browser::new(COMPUTER), tenant.app.start("scan"));
        let page = computer.get(&login.url).await;
        Self::of(page, computer, login, app, tenant).await
    }

    async fn of(page: Page, computer: Browser, login: Login, app: &'a TestApp, tenant: &'a TestTenant) -> Self {
        assert_eq!(page.status, 200, "{}", page.body);
        let mut waiting = Self {
            computer,
            login,
            page,
            content: String::new(),
            app,
            tenant,
        };
        let finish = waiting.url("finish");
        let id: AttemptId = finish.rsplit('/').nth(1).unwrap().parse().unwrap();
        let id = id.to_string();
        let scan = app.hufu.database.find::<Scan>(Find::Id(&id)).await.unwrap().unwrap();
        waiting.content = scan.content;
        waiting
    }

    /// What the page names so.
    fn url(&self, name: &str) -> String {
        let rest = self.page.body.split(&format!("data-{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    async fn status(&self, since: &str) -> String {
        let answer = self.computer.get(format!("{}?since={since}", self.url("poll"))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        answer["status"].as_str().unwrap().to_owned()
    }

    async fn finish(&self) -> Page {
        self.computer.get(self.url("finish")).await
    }

    /// The scene and the openid that WeChat pushes when this person scans, learnt while it pushes to nobody.
    async fn scene(&self, person: &str) -> (String, String) {
        let (simulator, app_id) = (&self.app.simulator, &self.tenant.app_id);
        simulator.put_push_config(app_id, None);
        let push = simulator.scan(person, &self.content).await.unwrap();
        simulator.put_push_config(app_id, Some(pushes_to(self.tenant, &self.app.url)));
        let key = push.event_key.unwrap();
        (key.trim_start_matches("qrscene_").to_owned(), push.openid)
    }

    /// The link that this person gets in their chat, if any.
    async fn scanned_by(&self, person: &str) -> Option<String> {
        let push = self.app.simulator.scan(person, &self.content).await.unwrap();
        assert!(push.accepted(), "{push:?}");
        let answer = push.user_saw.unwrap_or_default();
        Some(answer.split("href=\"").nth(1)?.split('"').next().unwrap().to_owned())
    }
}

/// A push that was verified and opened reaches the engine; what it answers.
async fn pushed(hufu: &Parts, to: &TestTenant, scene: &str, openid: &str) -> Option<String> {
    let push = Push {
        by_key_before: false,
        key: format!("{openid}{scene}"),
        from: openid.to_owned(),
        to: "gh_0123456789ab".to_owned(),
        at: SystemClock.now(),
        event: PushEvent::Scanned {
            scene: scene.to_owned(),
        },
        body: String::new(),
        content_type: "text/xml",
        sealed: false,
    };
    hufu.engine
        .scanned(&to.tenant, &to.connector, &push, scene)
        .await
        .unwrap()
}

/// Links of a page whose URL has this part.
fn hrefs(page: &Page, part: &str) -> Vec<String> {
    let links = page.body.split("href=\"").skip(1);
    let links = links.map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&"));
    links.filter(|url| url.contains(part)).collect()
}
