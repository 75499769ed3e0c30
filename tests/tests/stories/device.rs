//! Devices without a keyboard (RFC 8628).

use std::time::Duration;

use hufu_core::ids::ClientId;
use hufu_core::manage::ClientEdit;
use hufu_core::model::{Action, ClientKind, Outcome};
use hufu_tests::{Browser, Engine, Page, RelyingParty, TestApp, TestTenant, fields};
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn allow(app: &TestApp, tenant: &TestTenant, id: ClientId, on: bool) {
    let code = &tenant.tenant.code;
    let mut edit = ClientEdit::from(&*app.manager().client(code, id).await.unwrap());
    edit.protocol.device_code = on;
    app.manager().change_client(code, id, edit, None).await.unwrap();
}

async fn post(app: &RelyingParty, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
    let request = Client::builder().no_proxy().build().unwrap();
    let request = request
        .post(format!("{}{path}", app.issuer))
        .header("user-agent", "HufuTV/1.0");
    let mut form = form.to_vec();
    let request = match &app.client_secret {
        Some(secret) => request.basic_auth(&app.client_id, Some(secret)),
        None => {
            form.push(("client_id", &app.client_id));
            request
        }
    };
    let answer = request.form(&form).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    (answer.status(), answer.json().await.unwrap())
}

/// A device with its codes.
struct Device {
    app: RelyingParty,
    answer: Value,
}

impl Device {
    async fn begin(app: &RelyingParty) -> Self {
        let (status, answer) = post(app, "/oauth2/device_authorization", &[("scope", "openid profile")]).await;
        assert_eq!(status, 200, "{answer}");
        Self {
            app: app.clone(),
            answer,
        }
    }

    fn text(&self, name: &str) -> &str {
        self.answer[name].as_str().unwrap()
    }

    fn user_code(&self) -> &str {
        self.text("user_code")
    }

    async fn ask(&self) -> (StatusCode, Value) {
        let form = [("grant_type", GRANT), ("device_code", self.text("device_code"))];
        post(&self.app, "/oauth2/token", &form).await
    }

    async fn is_told(&self, error: &str) {
        let (status, answer) = self.ask().await;
        assert_eq!(
            (status.as_u16(), &answer["error"]),
            (400, &Value::from(error)),
            "{answer}"
        );
    }
}

/// The page's answer to the code: what it asks.
async fn entered(browser: &Browser, device: &Device, typed: &str) -> Page {
    let page = browser.get(device.text("verification_uri")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("name=\"user_code\""), "{}", page.body);
    browser
        .post(device.text("verification_uri"), &[("user_code", typed)])
        .await
}

/// The address behind the button that goes on.
fn confirmed(device: &Device, page: &Page) -> Url {
    assert_eq!(page.status, 200, "{}", page.body);
    let fields = fields(&page.body);
    let mut url = Url::parse(device.text("verification_uri")).unwrap();
    url.query_pairs_mut()
        .append_pair("user_code", &fields["user_code"])
        .append_pair("confirm", &fields["confirm"]);
    url
}

async fn goes_on(app: &TestApp, browser: &Browser, device: &Device, page: &Page) -> Page {
    browser
        .follow(confirmed(device, page), &[&app.url, &app.simulator_url])
        .await
}

async fn ready(engine: Engine) -> (TestApp, TestTenant) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    allow(&app, &acme, acme.client.id, true).await;
    (app, acme)
}

pub(crate) async fn a_device_logs_in(engine: Engine) {
    let (app, acme) = ready(engine).await;
    let document = acme.app.discover().await;
    assert_eq!(
        document["device_authorization_endpoint"],
        format!("{}/oauth2/device_authorization", acme.app.issuer)
    );
    let device = Device::begin(&acme.app).await;
    assert_eq!(device.text("verification_uri"), format!("{}/device", acme.app.issuer));
    assert_eq!(
        (&device.answer["expires_in"], &device.answer["interval"]),
        (&600.into(), &5.into())
    );
    assert!(device.text("verification_uri_complete").ends_with(device.user_code()));
    device.is_told("authorization_pending").await;
    device.is_told("slow_down").await;
    app.clock.advance(Duration::from_secs(7));
    device.is_told("slow_down").await;
    app.clock.advance(Duration::from_secs(15));
    device.is_told("authorization_pending").await;

    let browser = Browser::wechat("zhangsan");
    let typed = device.user_code().replace('-', " ").to_lowercase();
    let page = entered(&browser, &device, &typed).await;
    for must in [
        "商城",
        device.user_code(),
        "127.0.0.1",
        "only if you started this yourself",
    ] {
        assert!(page.body.contains(must), "no {must}: {}", page.body);
    }
    assert!(
        !page
            .headers
            .iter()
            .any(|(name, _)| name == "access-control-allow-origin")
    );
    let page = goes_on(&app, &browser, &device, &page).await;
    assert_eq!(page.status, 200, "{:?} {}", page.headers, page.body);
    assert!(page.body.contains("Go back to your device"), "{}", page.body);
    assert!(!page.url.as_str().contains("iss="));
    let login = app.events(&acme.tenant, Action::Login).await;
    assert_eq!((login.len(), login[0].outcome), (1, Outcome::Succeeded));

    let (status, answer) = device.ask().await;
    assert_eq!(status, 200, "{answer}");
    let claims = acme.app.verify(answer["id_token"].as_str().unwrap()).await;
    assert!(claims.get("nonce").is_none());
    let token = answer["access_token"].as_str().unwrap();
    let (status, userinfo) = acme.app.userinfo(token).await;
    assert_eq!((status.as_u16(), &userinfo["sub"]), (200, &claims["sub"]));

    // The code is used up, on the page and at the endpoint; a second use ends what the first gave.
    assert_eq!(entered(&browser, &device, device.user_code()).await.status, 404);
    device.is_told("invalid_grant").await;
    assert_eq!(acme.app.userinfo(token).await.0, 401);
    let tokens = app.events(&acme.tenant, Action::Token).await;
    let outcomes: Vec<_> = tokens
        .iter()
        .map(|event| (event.outcome, event.error.as_deref()))
        .collect();
    assert_eq!(
        outcomes,
        [(Outcome::Succeeded, None), (Outcome::Rejected, Some("code_replayed"))]
    );
}

pub(crate) async fn no_to_a_device(engine: Engine) {
    let (app, acme) = ready(engine).await;
    let (client, other) = app.client(&acme.tenant.code, ClientKind::Public).await;

    // The person says no.
    let browser = Browser::wechat("zhangsan");
    let device = Device::begin(&acme.app).await;
    let page = entered(&browser, &device, device.user_code()).await;
    let form = fields(&page.body);
    let answer = [
        ("user_code", &*form["user_code"]),
        ("confirm", &*form["confirm"]),
        ("answer", "refuse"),
    ];
    let page = browser.post(device.text("verification_uri"), &answer).await;
    assert!(page.status == 200 && page.body.contains("Refused"), "{}", page.body);
    device.is_told("access_denied").await;
    let page = browser.post(device.text("verification_uri"), &answer).await;
    assert_eq!(page.status, 410, "once only");
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(
        (events[0].outcome, events[0].error.as_deref()),
        (Outcome::Denied, Some("device_refused"))
    );

    // The person says no at WeChat.
    let device = Device::begin(&acme.app).await;
    let refusing = Browser::wechat("zhangsan").refusing();
    let page = entered(&refusing, &device, device.user_code()).await;
    let page = goes_on(&app, &refusing, &device, &page).await;
    assert!(
        page.status == 200 && page.body.contains("Refused"),
        "{} {}",
        page.status,
        page.body
    );
    device.is_told("access_denied").await;

    // Not this client's code, and a client that may not.
    let device = Device::begin(&acme.app).await;
    let refused = [
        (other.clone(), "/oauth2/device_authorization", "unauthorized_client"),
        (other.clone(), "/oauth2/token", "unauthorized_client"),
    ];
    let form = [
        ("grant_type", GRANT),
        ("device_code", device.text("device_code")),
        ("scope", "openid"),
    ];
    for (client, path, error) in refused {
        assert_eq!(post(&client, path, &form).await.1["error"], error);
    }
    allow(&app, &acme, client.id, true).await;
    assert_eq!(post(&other, "/oauth2/token", &form).await.1["error"], "invalid_grant");
    let unknown = [("grant_type", GRANT), ("device_code", "x")];
    assert_eq!(
        post(&acme.app, "/oauth2/token", &unknown).await.1["error"],
        "invalid_grant"
    );
    assert_eq!(
        post(&acme.app, "/oauth2/token", &[("grant_type", GRANT)]).await.1["error"],
        "invalid_request"
    );
    let nothing = post(&other, "/oauth2/device_authorization", &[("scope", "nothing")]).await;
    assert_eq!(nothing.1["error"], "invalid_scope");
    let stranger = RelyingParty::new(
        &acme.app.issuer,
        &acme.app.client_id,
        Some("wrong"),
        "https://app.example/",
    );
    assert_eq!(post(&stranger, "/oauth2/device_authorization", &[]).await.0, 401);
    assert_eq!(
        Device::begin(&other).await.ask().await.1["error"],
        "authorization_pending"
    );

    // Switched off while a device waits.
    allow(&app, &acme, acme.client.id, false).await;
    assert_eq!(entered(&browser, &device, device.user_code()).await.status, 404);
    device.is_told("unauthorized_client").await;
}

pub(crate) async fn codes_have_their_time(engine: Engine) {
    let (app, acme) = ready(engine).await;
    let browser = Browser::wechat("zhangsan");
    let (device, late) = (Device::begin(&acme.app).await, Device::begin(&acme.app).await);
    let page = entered(&browser, &late, late.user_code()).await;
    app.clock.advance(Duration::from_secs(601));
    device.is_told("expired_token").await;
    assert_eq!(entered(&browser, &device, device.user_code()).await.status, 404);
    assert_eq!(goes_on(&app, &browser, &late, &page).await.status, 410);

    // Its time ends while the person is at WeChat: the login ends with a page, the device hears that it is over.
    let device = Device::begin(&acme.app).await;
    let page = entered(&browser, &device, device.user_code()).await;
    app.clock.advance(Duration::from_secs(500));
    let sent = browser.get(confirmed(&device, &page)).await;
    let answered = browser.follow(sent.location(), &[&app.simulator_url]).await;
    app.clock.advance(Duration::from_secs(200));
    let page = browser.get(answered.location()).await;
    assert!(
        page.status == 410 && page.body.contains("waits no more"),
        "{} {}",
        page.status,
        page.body
    );
    device.is_told("expired_token").await;
    let events = app.events(&acme.tenant, Action::Login).await;
    let last = events.last().unwrap();
    assert_eq!(
        (last.outcome, last.error.as_deref()),
        (Outcome::Rejected, Some("device_over"))
    );

    // Approved, and then the device asks too late.
    let device = Device::begin(&acme.app).await;
    let page = entered(&browser, &device, device.user_code()).await;
    assert_eq!(goes_on(&app, &browser, &device, &page).await.status, 200);
    app.clock.advance(Duration::from_secs(601));
    device.is_told("expired_token").await;
}

pub(crate) async fn guessing_ends(engine: Engine) {
    let (app, acme) = ready(engine).await;
    let device = Device::begin(&acme.app).await;
    // What is right or cannot be a code at all is no guess.
    for _ in 0..12 {
        let browser = Browser::wechat("zhangsan");
        assert_eq!(entered(&browser, &device, device.user_code()).await.status, 200);
        assert_eq!(entered(&browser, &device, "AEIO-0000").await.status, 404);
    }
    for _ in 0..10 {
        let browser = Browser::wechat("zhangsan");
        assert_eq!(entered(&browser, &device, "BBBB-BBBB").await.status, 404);
    }
    let browser = Browser::wechat("zhangsan");
    for typed in ["BBBB-BBBB", device.user_code()] {
        assert_eq!(
            entered(&browser, &device, typed).await.status,
            429,
            "a new cookie is no new address"
        );
    }
    assert_eq!(browser.get(device.text("verification_uri_complete")).await.status, 429);
    app.clock.advance(Duration::from_secs(600));
    let device = Device::begin(&acme.app).await;
    assert_eq!(entered(&browser, &device, device.user_code()).await.status, 200);
}

pub(crate) async fn a_link_alone_logs_nobody_in(engine: Engine) {
    let (app, acme) = ready(engine).await;
    let device = Device::begin(&acme.app).await;
    // Whoever began it in their own browser sends the link, even with their own proof.
    let attacker = Browser::wechat("lisi");
    let page = entered(&attacker, &device, device.user_code()).await;
    let victim = Browser::wechat("zhangsan");
    for link in [
        confirmed(&device, &page).to_string(),
        device.text("verification_uri_complete").to_owned(),
    ] {
        let page = victim.get(&link).await;
        assert!(
            page.status == 200 && page.body.contains("only if you started this yourself"),
            "{}",
            page.body
        );
    }
    let form = fields(&page.body);
    let answer = [
        ("user_code", &*form["user_code"]),
        ("confirm", &*form["confirm"]),
        ("answer", "refuse"),
    ];
    let page = Browser::wechat("wangwu")
        .post(device.text("verification_uri"), &answer)
        .await;
    assert!(
        page.status == 200 && page.body.contains("only if you started"),
        "{}",
        page.body
    );
    device.is_told("authorization_pending").await;
    assert!(app.events(&acme.tenant, Action::Login).await.is_empty());

    // Outside of WeChat it says how to open the same address there, and there it is asked again.
    let desk = Browser::new("Mozilla/5.0 (X11; Linux x86_64)");
    let page = entered(&desk, &device, device.user_code()).await;
    let there = confirmed(&device, &page);
    let page = desk.get(&there).await;
    assert!(page.status == 200 && page.body.contains("data:image"), "{}", page.body);
    let page = victim.get(&there).await;
    assert!(page.body.contains("only if you started"), "{}", page.body);
    let page = goes_on(&app, &victim, &device, &page).await;
    assert!(page.body.contains("Go back to your device"), "{}", page.body);
    assert_eq!(device.ask().await.0, 200);
}
