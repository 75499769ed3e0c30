//! Programs that speak to WeChat and only had their host changed: each call, each error, and what must not pass.

use std::time::Duration;

use hufu_core::model::{Action, ClientKind, Outcome, SnapshotPolicy, Status};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::store::{Change, UnitOfWork};
use hufu_tests::{Browser, Engine, Page, RelyingParty, TestApp, TestTenant};
use reqwest::Url;
use serde_json::Value;
use wechat_simulator::NextUser;

use crate::{parameter, whole_login};

const HOUR: Duration = Duration::from_secs(3600);

/// An app written for WeChat.
struct Program {
    host: String,
    app_id: String,
    secret: String,
    redirect_uri: String,
    http: reqwest::Client,
}

/// One answer of an API call.
struct Answer {
    content_type: String,
    body: Value,
}

impl Answer {
    fn text(&self, name: &str) -> &str {
        self.body[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {}", self.body))
    }

    fn errcode(&self) -> i64 {
        self.body["errcode"].as_i64().unwrap_or(0)
    }
}

impl Program {
    fn of(party: &RelyingParty) -> Self {
        Self {
            host: Url::parse(&party.issuer).unwrap().origin().ascii_serialization(),
            app_id: party.client_id.clone(),
            secret: party.client_secret.clone().unwrap_or_default(),
            redirect_uri: party.redirect_uri.clone(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn at(&self, host: &str) -> Self {
        Self {
            host: host.to_owned(),
            app_id: self.app_id.clone(),
            secret: self.secret.clone(),
            redirect_uri: self.redirect_uri.clone(),
            http: self.http.clone(),
        }
    }

    fn link(&self, scope: &str, state: &str) -> String {
        self.link_to("oauth2/authorize", &self.redirect_uri, scope, state)
    }

    fn link_to(&self, page: &str, redirect_uri: &str, scope: &str, state: &str) -> String {
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        format!(
            "{}/connect/{page}?appid={}&redirect_uri={}&response_type=code&scope={scope}&state={}#wechat_redirect",
            self.host,
            self.app_id,
            encoded(redirect_uri),
            encoded(state)
        )
    }

    /// A call of the API; WeChat's answers always have the status 200.
    async fn call(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let mut url = Url::parse(&format!("{}{path}", self.host)).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        Self::answer(self.http.get(url).send().await.unwrap()).await
    }

    async fn answer(response: reqwest::Response) -> Answer {
        assert_eq!(response.status(), 200);
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Answer { content_type, body }
    }

    async fn exchange(&self, code: &str) -> Answer {
        let parameters = [
            ("appid", self.app_id.as_str()),
            ("secret", &self.secret),
            ("code", code),
            ("grant_type", "authorization_code"),
        ];
        self.call("/sns/oauth2/access_token", &parameters).await
    }

    async fn refresh(&self, token: &str) -> Answer {
        let parameters = [
            ("appid", self.app_id.as_str()),
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
        ];
        self.call("/sns/oauth2/refresh_token", &parameters).await
    }

    async fn userinfo(&self, token: &str, openid: &str) -> Answer {
        let parameters = [("access_token", token), ("openid", openid), ("lang", "zh_CN")];
        self.call("/sns/userinfo", &parameters).await
    }

    async fn auth(&self, token: &str, openid: &str) -> Answer {
        self.call("/sns/auth", &[("access_token", token), ("openid", openid)])
            .await
    }

    /// A code of a login.
    async fn code(&self, user: &str, scope: &str, app: &TestApp) -> String {
        let callback = send(&Browser::wechat(user), &self.link(scope, "s"), app).await;
        parameter(&callback, "code").unwrap_or_else(|| panic!("no code: {callback}"))
    }

    /// The tokens of a login.
    async fn tokens(&self, user: &str, scope: &str, app: &TestApp) -> Answer {
        let answer = self.exchange(&self.code(user, scope, app).await).await;
        assert_eq!(answer.errcode(), 0, "{}", answer.body);
        answer
    }
}

/// Goes from the app's link to the provider and back; returns where the app's callback was called.
async fn send(browser: &Browser, link: &str, app: &TestApp) -> Url {
    let page = browser.follow(link, &[&app.url, &app.simulator_url]).await;
    assert!(page.status.is_redirection(), "{} {}", page.status, page.body);
    page.location()
}

fn keys(answer: &Answer) -> Vec<&str> {
    answer.body.as_object().unwrap().keys().map(String::as_str).collect()
}

/// `xxxxxxxx-xxxxxxxx-xxxxxxxx`, the first of them the time.
fn check_rid(rid: &str) {
    let parts: Vec<_> = rid.split('-').collect();
    assert_eq!(parts.len(), 3, "{rid}");
    for part in &parts {
        assert!(part.len() == 8 && u32::from_str_radix(part, 16).is_ok(), "{rid}");
    }
}

#[track_caller]
fn refused(answer: &Answer, number: i64, words: &str) {
    assert_eq!(answer.body["errcode"], number, "{}", answer.body);
    let message = answer.body["errmsg"].as_str().unwrap();
    let (said, rid) = message
        .rsplit_once(", rid: ")
        .unwrap_or_else(|| panic!("no rid: {message}"));
    assert_eq!(said, words);
    check_rid(rid);
    assert_eq!(keys(answer).len(), 2, "{}", answer.body);
}

async fn started(engine: Engine) -> (TestApp, TestTenant, Program) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let program = Program::of(&acme.app);
    (app, acme, program)
}

/// The calls as WeChat's documentation tells them, one after the other.
pub(crate) async fn as_wechat_tells_it(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let openid = app.simulator.openid("zhangsan", &acme.app_id);
    let unionid = app.simulator.unionid("zhangsan", &acme.app_id).unwrap();

    // 1. The page.
    let browser = Browser::wechat("zhangsan");
    let callback = send(&browser, &program.link("snsapi_userinfo", "a b&c=\"张%00"), &app).await;
    let names: Vec<_> = callback.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["from", "code", "state"], "no iss, no more: {callback}");
    assert!(callback.as_str().starts_with(&program.redirect_uri));
    assert_eq!(parameter(&callback, "state").unwrap(), "a b&c=\"张%00");
    let code = parameter(&callback, "code").unwrap();

    // 2. The code.
    let tokens = program.exchange(&code).await;
    assert_eq!(tokens.content_type, "text/plain");
    let mut five = ["access_token", "expires_in", "refresh_token", "openid", "scope"].to_vec();
    let mut six = five.clone();
    six.push("unionid");
    let sorted = |answer: &Answer| {
        let mut names: Vec<_> = keys(answer).into_iter().map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    six.sort_unstable();
    five.sort_unstable();
    assert_eq!(sorted(&tokens), six);
    assert_eq!(tokens.body["expires_in"], 7200);
    assert_eq!(tokens.text("openid"), openid, "the account's own id of the person");
    assert_eq!(tokens.text("unionid"), unionid);
    assert_eq!(tokens.text("scope"), "snsapi_userinfo");
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    assert_ne!(access, refresh);

    // 3. Refreshed while it lives: the same again.
    let again = program.refresh(refresh).await;
    assert_eq!(again.content_type, "text/plain");
    assert_eq!(sorted(&again), five, "the same five fields");
    for name in ["access_token", "refresh_token", "openid", "scope"] {
        assert_eq!(again.body[name], tokens.body[name], "{name}");
    }

    // 4. The person.
    let user = program.userinfo(access, &openid).await;
    assert_eq!(user.content_type, "text/plain");
    assert_eq!(user.text("nickname"), "张三🙂<b>", "raw UTF-8");
    assert_eq!(user.body["sex"], 0);
    assert_eq!(user.body["privilege"], serde_json::json!([]));
    for name in ["city", "province", "country", "language"] {
        assert_eq!(user.text(name), "", "{name}");
    }
    assert!(user.text("headimgurl").starts_with("http"), "{}", user.body);
    assert_eq!(
        (user.text("openid"), user.text("unionid")),
        (openid.as_str(), unionid.as_str())
    );

    // 5. The check.
    let checked = program.auth(access, &openid).await;
    assert_eq!(checked.body, serde_json::json!({"errcode": 0, "errmsg": "ok"}));

    let login = &app.events(&acme.tenant, Action::Login).await[0];
    assert_eq!(
        (login.outcome, login.external_id.as_deref()),
        (Outcome::Succeeded, Some(openid.as_str()))
    );
    let events = app.events(&acme.tenant, Action::Token).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.outcome,
                event.attempt_id == login.attempt_id,
                event.detail.get("grant").is_some(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [(Outcome::Succeeded, true, false), (Outcome::Succeeded, true, true)],
        "exchange and refresh"
    );
    assert!(
        events
            .iter()
            .all(|event| event.external_id.as_deref() == Some(&openid) && event.ip.is_some())
    );
}

/// What differs for those who ask for the ids only, send a form, ask at the other address or want JSON.
pub(crate) async fn other_ways_to_ask(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let openid = app.simulator.openid("lisi", &acme.app_id);

    // The ids only: no unionid, no profile.
    let tokens = program.tokens("lisi", "snsapi_base", &app).await;
    assert_eq!(
        (tokens.text("openid"), tokens.text("scope")),
        (openid.as_str(), "snsapi_base")
    );
    assert!(tokens.body.get("unionid").is_none());
    let access = tokens.text("access_token");
    refused(&program.userinfo(access, &openid).await, 48_001, "api unauthorized");
    assert_eq!(program.auth(access, &openid).await.errcode(), 0);

    // A form, with parameters that nobody asked for.
    let code = program.code("lisi", "snsapi_userinfo", &app).await;
    let form = [
        ("appid", program.app_id.as_str()),
        ("secret", &program.secret),
        ("code", &code),
        ("grant_type", "authorization_code"),
        ("redirect_uri", "https://whatever.example/"),
        ("client_id", "x"),
    ];
    let posted = program
        .http
        .post(format!("{}/sns/oauth2/access_token", app.url))
        .form(&form);
    let posted = Program::answer(posted.send().await.unwrap()).await;
    assert_eq!(posted.text("openid"), openid);

    // A website's address. (This account takes any door: inside WeChat it is the same page.)
    let link = program.link_to("qrconnect", &program.redirect_uri, "snsapi_login", "w");
    let callback = send(&Browser::wechat("lisi"), &link, &app).await;
    let tokens = program.exchange(&parameter(&callback, "code").unwrap()).await;
    assert_eq!(tokens.text("scope"), "snsapi_login");
    assert!(tokens.body.get("unionid").is_some());
    let user = program.userinfo(tokens.text("access_token"), &openid).await;
    assert_eq!(user.text("openid"), openid);

    // No state at all, an empty one, and a redirect URI that nobody encoded.
    let whole = program.link("snsapi_base", "");
    for link in [
        whole.clone(),
        whole.replace("&state=", ""),
        whole.replace(
            "https%3A%2F%2Fapp.example%2Fcallback%3Ffrom%3Dhufu",
            "https://app.example/callback?from=hufu",
        ),
        whole.replace("&response_type=code", "&response_type=code&uin=1&key=2&pass_ticket=3"),
    ] {
        let callback = send(&Browser::wechat("lisi"), &link, &app).await;
        assert!(callback.as_str().ends_with("&state="), "{callback}");
        assert!(
            callback
                .as_str()
                .starts_with("https://app.example/callback?from=hufu&code="),
            "{callback}"
        );
    }

    // As JSON, for those who say so.
    let tokens = program.tokens("lisi", "snsapi_userinfo", &app).await;
    let store = app.hufu.engine.store().begin(acme.tenant.id);
    let mut client = (*store.lookup_client(acme.client.id).await.unwrap().unwrap()).clone();
    client.rights.json_answers = true;
    client.version += 1;
    let unit = UnitOfWork::new(acme.tenant.id).with(Change::Client(Box::new(client)));
    store.save(unit).await.unwrap();
    for answer in [
        program.userinfo(tokens.text("access_token"), &openid).await,
        program.auth(tokens.text("access_token"), "x").await,
        program.refresh(tokens.text("refresh_token")).await,
        program.exchange("nonsense").await,
    ] {
        assert_eq!(answer.content_type, "application/json", "{}", answer.body);
    }
}

/// Each error of the API, in the order in which WeChat checks.
/// The same at an address.
type Call<'a> = (&'a str, &'a [(&'a str, &'a str)], i64, &'a str);
/// What is sent, and the number and words of the answer.
type Refusal<'a> = (&'a [(&'a str, &'a str)], i64, &'a str);

pub(crate) async fn every_error_has_its_number(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let openid = app.simulator.openid("lisi", &acme.app_id);
    let code = program.code("lisi", "snsapi_userinfo", &app).await;
    let (id, secret) = (program.app_id.as_str(), program.secret.as_str());
    let exchange = "/sns/oauth2/access_token";
    let grant = ("grant_type", "authorization_code");
    let stranger = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let table: &[Refusal<'_>] = &[
        (&[], 41_002, "appid missing"),
        (&[("appid", ""), ("secret", secret)], 41_002, "appid missing"),
        (&[("appid", "wx1")], 41_004, "appsecret missing"),
        (&[("appid", "wx1"), ("secret", "x")], 41_008, "missing code"),
        (
            &[("appid", "wx1"), ("secret", "x"), ("code", &code)],
            40_013,
            "invalid appid",
        ),
        (
            &[("appid", stranger), ("secret", secret), ("code", &code), grant],
            40_013,
            "invalid appid",
        ),
        (
            &[
                ("appid", &id.to_lowercase()),
                ("secret", secret),
                ("code", &code),
                grant,
            ],
            40_013,
            "invalid appid",
        ),
        (
            &[("appid", id), ("secret", "x"), ("code", &code), grant],
            40_125,
            "invalid appsecret",
        ),
        (
            &[("appid", id), ("secret", &secret[1..]), ("code", &code), grant],
            40_125,
            "invalid appsecret",
        ),
        (
            &[
                ("appid", id),
                ("secret", secret),
                ("code", &code),
                ("grant_type", "password"),
            ],
            40_002,
            "invalid grant_type",
        ),
        (
            &[("appid", id), ("secret", secret), ("code", "x"), grant],
            40_029,
            "invalid code",
        ),
        (
            &[("appid", id), ("secret", secret), ("code", &code.to_lowercase()), grant],
            40_029,
            "invalid code",
        ),
        (
            &[("appid", id), ("appid", id), ("secret", secret), ("code", &code)],
            47_001,
            "data format error",
        ),
    ];
    for (parameters, number, words) in table {
        let answer = program.call(exchange, parameters).await;
        assert_eq!(answer.content_type, "text/plain");
        refused(&answer, *number, words);
    }
    // None of these spent the code.
    let tokens = program.exchange(&code).await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));

    let invalid = "invalid credential, access_token is invalid or not latest";
    let other = app.simulator.openid("zhangsan", &acme.app_id);
    let calls: &[Call<'_>] = &[
        ("/sns/userinfo", &[], 41_001, "access_token missing"),
        ("/sns/userinfo", &[("access_token", access)], 41_009, "missing openid"),
        (
            "/sns/userinfo",
            &[("access_token", "x"), ("openid", &openid)],
            40_001,
            invalid,
        ),
        (
            "/sns/userinfo",
            &[("access_token", refresh), ("openid", &openid)],
            40_001,
            invalid,
        ),
        (
            "/sns/userinfo",
            &[("access_token", access), ("openid", &other)],
            40_003,
            "invalid openid",
        ),
        ("/sns/auth", &[("openid", &openid)], 41_001, "access_token missing"),
        ("/sns/auth", &[("access_token", access)], 41_009, "missing openid"),
        (
            "/sns/auth",
            &[("access_token", "x"), ("openid", &openid)],
            40_001,
            invalid,
        ),
        (
            "/sns/auth",
            &[("access_token", access), ("openid", "o")],
            40_003,
            "invalid openid",
        ),
        ("/sns/oauth2/refresh_token", &[], 41_002, "appid missing"),
        (
            "/sns/oauth2/refresh_token",
            &[("appid", id)],
            41_003,
            "missing refresh_token",
        ),
        (
            "/sns/oauth2/refresh_token",
            &[("appid", stranger), ("refresh_token", refresh)],
            40_013,
            "invalid appid",
        ),
        (
            "/sns/oauth2/refresh_token",
            &[("appid", id), ("refresh_token", access)],
            40_030,
            "invalid refresh_token",
        ),
        (
            "/sns/oauth2/refresh_token",
            &[("appid", id), ("refresh_token", refresh), ("grant_type", "x")],
            40_002,
            "invalid grant_type",
        ),
    ];
    for (path, parameters, number, words) in calls {
        refused(&program.call(path, parameters).await, *number, words);
    }
    assert_eq!(
        program.userinfo(access, &openid).await.errcode(),
        0,
        "none of these ended the token"
    );

    // A HEAD spends nothing.
    let code = program.code("lisi", "snsapi_base", &app).await;
    let mut url = Url::parse(&format!("{}{exchange}", app.url)).unwrap();
    url.query_pairs_mut()
        .extend_pairs([("appid", id), ("secret", secret), ("code", &code)]);
    assert_eq!(program.http.head(url).send().await.unwrap().status(), 200);
    assert_eq!(program.exchange(&code).await.errcode(), 0);

    app.hufu.engine.store().close().await;
    refused(&program.exchange(&code).await, -1, "system error");
    refused(&program.userinfo(access, &openid).await, -1, "system error");
}

/// What is wrong with a link is a page with WeChat's number, since nobody is known to answer to.
pub(crate) async fn bad_links_are_pages(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let (native, _) = app.client(&acme.tenant.code, ClientKind::Public).await;
    let browser = Browser::wechat("lisi");
    let link = program.link("snsapi_userinfo", "s");
    let without = |part: &str| {
        assert!(link.contains(part), "{part} in {link}");
        link.replacen(part, "", 1)
    };
    let uri = "redirect_uri=https%3A%2F%2Fapp.example%2Fcallback%3Ffrom%3Dhufu&";
    let id = &program.app_id;
    for (bad, status, number) in [
        (without(&format!("appid={id}&")), 400, Some("(10012)")),
        (link.replace(id, "wx0123456789abcdef"), 404, None),
        (link.replace(id, "01ARZ3NDEKTSV4RRFFQ69G5FAV"), 404, None),
        (link.replace(id, &native.id.to_string()), 400, Some("(10005)")),
        (without("&scope=snsapi_userinfo"), 400, Some("(10010)")),
        (link.replace("snsapi_userinfo", "snsapi_private"), 400, Some("(10005)")),
        (link.replace("snsapi_userinfo", "snsapi_login"), 400, Some("(10005)")),
        (link.replace("snsapi_userinfo", "openid"), 400, Some("(10005)")),
        (without(uri), 400, Some("(10011)")),
        (link.replace("app.example", "app2.example"), 400, Some("(10003)")),
        (link.replace("=code", "=token"), 400, None),
        (without("&response_type=code"), 400, None),
        (
            format!("{}&scope=snsapi_base", link.replace("#wechat_redirect", "")),
            400,
            None,
        ),
        (link.replace("state=s", "state=%FF"), 400, None),
    ] {
        let page = browser.get(&bad).await;
        assert_eq!(page.status, status, "{bad}: {}", page.body);
        stays(&page, &bad);
        match number {
            Some(number) => assert!(page.body.contains(number), "{number}: {bad}: {}", page.body),
            None => assert!(!page.body.contains("(100"), "{bad}"),
        }
        assert!(page.header("set-cookie").is_none());
    }
    assert_eq!(app.simulator.count("/connect/oauth2/authorize"), 0);
    let events = app.events(&acme.tenant, Action::Login).await;
    assert_eq!(events.len(), 10, "each that names an app of the tenant: {events:?}");
    for event in events {
        assert_eq!(event.outcome, Outcome::Rejected);
        let said = serde_json::to_string(&event.detail).unwrap();
        assert!(!said.contains("from=hufu"), "{said}");
    }
    // An app that may not see profiles.
    let store = app.hufu.engine.store().begin(acme.tenant.id);
    let mut client = (*store.lookup_client(acme.client.id).await.unwrap().unwrap()).clone();
    client.scopes = hufu_core::oidc::Scopes::parse("openid");
    client.version += 1;
    let unit = UnitOfWork::new(acme.tenant.id).with(Change::Client(Box::new(client)));
    store.save(unit).await.unwrap();
    assert!(browser.get(&link).await.body.contains("(10005)"));
    assert_eq!(program.tokens("lisi", "snsapi_base", &app).await.errcode(), 0);
    // Another browser is told how to get here, at the same address.
    let outside = Browser::new("Mozilla/5.0").get(&program.link("snsapi_base", "s")).await;
    assert_eq!(outside.status, 200);
    assert!(
        outside.body.contains("/connect/oauth2/authorize?appid="),
        "{}",
        outside.body
    );
}

#[track_caller]
fn stays(page: &Page, asked: &str) {
    assert!(
        !page.status.is_redirection() && page.header("location").is_none(),
        "sent away: {asked}"
    );
    for href in page.body.split("href=\"").skip(1) {
        let href = href.split('"').next().unwrap();
        assert!(
            href.starts_with('/') || href.starts_with("http://127.0.0.1"),
            "a link to {href}: {asked}"
        );
    }
}

/// Neighbours of a registered redirect URI, as attackers and mistakes make them.
fn neighbours(registered: &str) -> Vec<String> {
    let (scheme, rest) = registered.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut all: Vec<String> = Vec::new();
    for host in [
        "evil.example",
        "app.example.evil.example",
        "evilapp.example",
        "app.example.",
        "app.example:443",
        "app.example:80",
        "app.example:8443",
        "APP.example",
        "app.example@evil.example",
        "user@app.example",
        "user:pass@app.example",
        "evil.example#@app.example",
        "evil.example?@app.example",
        "evil.example/app.example",
        "evil.example\\@app.example",
        "app.example%2eevil.example",
        "app.example%00.evil.example",
        "app%2eexample",
        "sub.app.example",
        "xn--pp-yia.example",
        "аpp.example",
        "[::1]",
        "127.0.0.1",
        "0x7f000001",
        "localhost",
        "app.example%0d%0a",
        "app.example\t",
        " app.example",
        "app.example ",
        "",
        ".",
        "app.example,evil.example",
    ] {
        all.push(format!("{scheme}://{host}/{path}"));
        all.push(format!("{scheme}://{host}"));
        all.push(format!("//{host}/{path}"));
    }
    for other in [
        "http",
        "HTTPS",
        "Https",
        "javascript",
        "data",
        "ftp",
        "weixin",
        "file",
        "https:",
        "view-source:https",
        "//",
        "",
        " https",
        "\thttps",
        "%68ttps",
    ] {
        all.push(format!("{other}://{host}/{path}"));
        all.push(format!("{other}:{host}/{path}"));
    }
    for more in [
        "/",
        "#",
        "#x",
        "&x=1",
        "&",
        "%26x=1",
        "%00",
        "%20",
        " ",
        "\n",
        "\r\nLocation: https://evil.example",
        "%0a",
        ";",
        "?",
        "?x=1",
        "/../x",
        "/..",
        "/.",
        "//evil.example",
        "\\",
        "%5c",
        "*",
        ".evil.example",
        "@evil.example",
        "+",
        "%2e%2e",
        "&redirect_uri=https://evil.example/",
        "%2f",
        "~",
        "'",
        "\"",
        "<script>",
        "张三",
        "\u{202e}",
        "\u{0}",
    ] {
        all.push(format!("{registered}{more}"));
        all.push(format!("{scheme}://{host}/callback{more}"));
        all.push(format!("{more}{registered}"));
    }
    for path in [
        "",
        "callback",
        "Callback?from=hufu",
        "callback?from=Hufu",
        "callback?FROM=hufu",
        "callback?from=hufu&from=hufu",
        "callback/?from=hufu",
        "callback//?from=hufu",
        "./callback?from=hufu",
        "x/../callback?from=hufu",
        "%63allback?from=hufu",
        "callback?from=%68ufu",
        "callback?from=hufu%23",
        "callback%3Ffrom=hufu",
        "second/",
        "second?",
        "Second",
        "second#",
        "second/..",
        "%2fsecond",
        "second;x",
        "third",
        "*",
        "callback*",
        "callback?*",
        "callback?from=*",
        "callback?from",
        "callback?",
        "callback?from=huf",
        "allback?from=hufu",
    ] {
        all.push(format!("{scheme}://{host}/{path}"));
        all.push(format!("/{path}"));
    }
    all.push(registered.to_uppercase());
    all.push(registered.replace('/', "\\"));
    all.push(registered.replacen("//", "/", 1));
    all.push(registered.replacen("//", "///", 1));
    all.push(registered.chars().rev().collect());
    all.sort_unstable();
    all.dedup();
    all.retain(|uri| uri != registered && uri != "https://app.example/second");
    all
}

pub(crate) async fn wrong_redirects_go_nowhere(engine: Engine) {
    let (app, _, program) = started(engine).await;
    let browser = Browser::wechat("lisi");
    let wrong = neighbours(&program.redirect_uri);
    assert!(wrong.len() >= 200, "{}", wrong.len());
    for uri in &wrong {
        // Encoded, twice encoded, and as it stands.
        let once: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        let bare = format!(
            "{}/connect/oauth2/authorize?appid={}&redirect_uri={}&response_type=code&scope=snsapi_base&state=s",
            app.url,
            program.app_id,
            uri.replace(['#', ' ', '\n', '\r', '\t', '\0'], "")
        );
        let mut links = vec![
            program.link_to("oauth2/authorize", uri, "snsapi_base", "s"),
            program.link_to("oauth2/authorize", &once, "snsapi_base", "s"),
        ];
        // What a query cannot carry, it does not carry: then it may be the registered one after all.
        let is_same = |link: &str| {
            let carried = Url::parse(link).unwrap();
            let raw = carried.query().unwrap().split("redirect_uri=").nth(1).unwrap();
            let raw = raw.split("&response_type").next().unwrap();
            let decoded = percent_encoding::percent_decode_str(&raw.replace('+', " "))
                .decode_utf8_lossy()
                .into_owned();
            let upto = decoded.split('&').next().unwrap();
            [raw, upto].contains(&program.redirect_uri.as_str()) || [raw, upto].contains(&"https://app.example/second")
        };
        if !is_same(&bare) {
            links.push(bare);
        }
        for link in links {
            let page = browser.get(&link).await;
            assert!(page.status.is_client_error(), "{} {link}", page.status);
            stays(&page, &link);
            assert!(page.header("set-cookie").is_none());
        }
    }
    assert_eq!(app.simulator.count("/connect/oauth2/authorize"), 0);
}

/// A code that is brought twice ends all that the first gave.
pub(crate) async fn a_code_works_once(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let openid = app.simulator.openid("lisi", &acme.app_id);
    let code = program.code("lisi", "snsapi_userinfo", &app).await;
    let tokens = program.exchange(&code).await;
    let other = program.tokens("lisi", "snsapi_userinfo", &app).await;
    assert_ne!(tokens.text("access_token"), other.text("access_token"));
    let refreshed = program.refresh(tokens.text("refresh_token")).await;
    assert_eq!(refreshed.errcode(), 0);

    refused(&program.exchange(&code).await, 40_163, "code been used");
    let access = tokens.text("access_token");
    assert_eq!(program.userinfo(access, &openid).await.errcode(), 40_001);
    assert_eq!(program.auth(access, &openid).await.errcode(), 40_001);
    assert_eq!(program.refresh(tokens.text("refresh_token")).await.errcode(), 40_030);
    // Those of another login live on: several stand beside each other.
    assert_eq!(program.userinfo(other.text("access_token"), &openid).await.errcode(), 0);
    assert_eq!(program.refresh(other.text("refresh_token")).await.errcode(), 0);
    let event = app.events(&acme.tenant, Action::Token).await.pop().unwrap();
    assert_eq!(event.outcome, Outcome::Succeeded);
    let replays = app.events(&acme.tenant, Action::Token).await;
    let replay = replays.iter().find(|event| event.outcome == Outcome::Rejected).unwrap();
    assert_eq!(replay.error.as_deref(), Some("code_replayed"));

    // At the same moment: one wins at most, and nothing is left of it.
    let code = program.code("lisi", "snsapi_base", &app).await;
    let answers = futures::future::join_all((0..8).map(|_| program.exchange(&code))).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.errcode() == 0).collect();
    assert_eq!(won.len(), 1);
    assert!(answers.iter().all(|answer| [0, 40_163].contains(&answer.errcode())));
    assert_eq!(
        program.auth(won[0].text("access_token"), &openid).await.errcode(),
        40_001
    );
}

/// Codes and tokens are of use to whom they were given, and at the face through which they were.
pub(crate) async fn nothing_is_taken_from_others(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let globex = app.tenant("globex").await;
    let (_, sister) = app.client(&acme.tenant.code, ClientKind::Confidential).await;
    let openid = app.simulator.openid("lisi", &acme.app_id);
    let code = program.code("lisi", "snsapi_userinfo", &app).await;
    for stranger in [Program::of(&globex.app), Program::of(&sister)] {
        refused(&stranger.exchange(&code).await, 40_029, "invalid code");
    }
    let tokens = program.exchange(&code).await;
    for stranger in [Program::of(&globex.app), Program::of(&sister)] {
        let answer = stranger.refresh(tokens.text("refresh_token")).await;
        refused(&answer, 40_030, "invalid refresh_token");
    }
    let elsewhere = app.simulator.openid("lisi", &globex.app_id);
    assert_eq!(
        program
            .userinfo(tokens.text("access_token"), &elsewhere)
            .await
            .errcode(),
        40_003
    );

    // A code of OpenID Connect.
    let login = acme.app.start("mix").url;
    let login = login.split("&code_challenge=").next().unwrap();
    let callback = send(&Browser::wechat("lisi"), login, &app).await;
    let oidc_code = parameter(&callback, "code").unwrap();
    refused(&program.exchange(&oidc_code).await, 40_029, "invalid code");
    // A code of this face.
    let code = program.code("lisi", "snsapi_userinfo", &app).await;
    let login = acme.app.start("mix");
    let answer = acme.app.redeem(&code, &login, &[("code_verifier", "")]).await;
    assert_eq!(answer.status(), 400);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"], "invalid_grant");
    assert_eq!(program.exchange(&code).await.errcode(), 0, "that did not spend it");
    // Tokens.
    let oidc = whole_login("lisi", &acme, &app).await;
    let oidc_token = oidc.answer["access_token"].as_str().unwrap();
    assert_eq!(program.userinfo(oidc_token, &openid).await.errcode(), 40_001);
    for name in ["access_token", "refresh_token"] {
        assert_eq!(acme.app.userinfo(tokens.text(name)).await.0, 401, "{name}");
    }
    let refusals: Vec<_> = app
        .events(&acme.tenant, Action::Token)
        .await
        .into_iter()
        .filter_map(|event| event.error)
        .collect();
    assert_eq!(refusals, ["client_mismatch", "face_mismatch", "face_mismatch"]);
}

/// Five minutes, two hours, thirty days.
pub(crate) async fn everything_has_its_time(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let openid = app.simulator.openid("lisi", &acme.app_id);
    let on = |by: Duration| app.clock.advance(by);
    let minute = Duration::from_secs(60);

    let (early, late) = (
        program.code("lisi", "snsapi_base", &app).await,
        program.code("lisi", "snsapi_base", &app).await,
    );
    on(4 * minute);
    assert_eq!(
        program.exchange(&early).await.errcode(),
        0,
        "longer than the minute of OpenID Connect"
    );
    on(minute);
    refused(&program.exchange(&late).await, 40_029, "invalid code");

    let tokens = program.tokens("lisi", "snsapi_userinfo", &app).await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    on(2 * HOUR - minute);
    assert_eq!(program.userinfo(access, &openid).await.errcode(), 0);
    // Its life is extended …
    assert_eq!(program.refresh(refresh).await.text("access_token"), access);
    on(2 * HOUR - minute);
    assert_eq!(program.userinfo(access, &openid).await.errcode(), 0);
    on(minute);
    // … and when it is over, a new one is given.
    refused(&program.userinfo(access, &openid).await, 42_001, "access_token expired");
    refused(&program.auth(access, &openid).await, 42_001, "access_token expired");
    let next = program.refresh(refresh).await;
    assert_ne!(next.text("access_token"), access);
    assert_eq!(next.text("refresh_token"), refresh);
    assert_eq!(program.userinfo(next.text("access_token"), &openid).await.errcode(), 0);
    assert_eq!(
        program.userinfo(access, &openid).await.errcode(),
        42_001,
        "the old one stays dead"
    );

    // Many at once that find it over get the same new one.
    on(3 * HOUR);
    let answers = futures::future::join_all((0..6).map(|_| program.refresh(refresh))).await;
    let first = answers[0].text("access_token");
    assert!(answers.iter().all(|answer| answer.text("access_token") == first));

    // Thirty days from the login, and no refresh moves that.
    on(30 * 24 * HOUR - 8 * HOUR);
    let last = program.refresh(refresh).await;
    assert_eq!(last.errcode(), 0, "{}", last.body);
    on(HOUR + minute);
    refused(&program.refresh(refresh).await, 42_002, "refresh_token expired");
    assert_eq!(program.userinfo(last.text("access_token"), &openid).await.errcode(), 0);
    let event = app.events(&acme.tenant, Action::Token).await.pop().unwrap();
    assert_eq!(event.error.as_deref(), Some("refresh_token_expired"));
    on(40 * 24 * HOUR);
    app.hufu.engine.sweep().await.unwrap();
    refused(&program.refresh(refresh).await, 42_002, "refresh_token expired");
    refused(&program.userinfo(access, &openid).await, 42_001, "access_token expired");
}

/// A refusal brings the state back alone; a visitor of a snapshot is known as such.
pub(crate) async fn people_who_are_not_let_in(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let callback = send(
        &Browser::wechat("lisi").refusing(),
        &program.link("snsapi_userinfo", "back"),
        &app,
    )
    .await;
    assert_eq!(callback.as_str(), format!("{}&state=back", program.redirect_uri));
    assert_eq!(
        app.events(&acme.tenant, Action::Login).await[0].outcome,
        Outcome::Denied
    );

    let snapshot = || NextUser {
        user: Some("lisi".to_owned()),
        snapshot: true,
        ..NextUser::default()
    };
    app.simulator.next_user(snapshot());
    let page = Browser::wechat("lisi")
        .speaking("zh-CN")
        .follow(program.link("snsapi_userinfo", "s"), &[&app.url, &app.simulator_url])
        .await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(page.body.contains("使用完整服务"));
    assert!(
        page.body.contains("/connect/oauth2/authorize?appid="),
        "again, at the same address: {}",
        page.body
    );
    assert!(
        !page.body.contains("error=access_denied"),
        "back with the state alone: {}",
        page.body
    );

    let open = app.client_with(
        &acme.tenant.code,
        ClientKind::Confidential,
        SigningAlgorithm::Es256,
        SnapshotPolicy::Allow,
    );
    let open = Program::of(&open.await.1);
    app.simulator.next_user(snapshot());
    let tokens = open.tokens("lisi", "snsapi_userinfo", &app).await;
    assert_eq!(tokens.body["is_snapshotuser"], 1);
    let answer = open.userinfo(tokens.text("access_token"), tokens.text("openid")).await;
    refused(&answer, 48_001, "api unauthorized");

    // A link followed in one browser and finished in another.
    let sent = Browser::wechat("lisi").get(program.link("snsapi_base", "s")).await;
    let foreign = Browser::wechat("lisi");
    let page = foreign.follow(sent.location(), &[&app.url, &app.simulator_url]).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(!page.body.contains("/t/acme/login?"), "no door to the other protocol");
}

/// Whatever is disabled takes its tokens along.
pub(crate) async fn what_is_disabled_is_dead(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let openid = app.simulator.openid("lisi", &acme.app_id);
    let (code, manager) = (&acme.tenant.code, app.manager());
    let tokens = program.tokens("lisi", "snsapi_userinfo", &app).await;
    let (access, refresh) = (
        tokens.text("access_token").to_owned(),
        tokens.text("refresh_token").to_owned(),
    );
    let numbers = async || {
        (
            program.userinfo(&access, &openid).await.errcode(),
            program.refresh(&refresh).await.errcode(),
        )
    };
    assert_eq!(numbers().await, (0, 0));
    manager
        .set_client_status(code, acme.client.id, Status::Disabled)
        .await
        .unwrap();
    assert_eq!(numbers().await, (40_001, 40_013));
    assert_eq!(program.exchange("x").await.errcode(), 40_013);
    assert_eq!(
        Browser::wechat("lisi")
            .get(program.link("snsapi_base", "s"))
            .await
            .status,
        403
    );
    manager
        .set_client_status(code, acme.client.id, Status::Active)
        .await
        .unwrap();
    assert_eq!(numbers().await, (0, 0));
    manager.set_tenant_status(code, Status::Disabled).await.unwrap();
    assert_eq!(numbers().await, (40_001, 40_013));
    assert_eq!(
        Browser::wechat("lisi")
            .get(program.link("snsapi_base", "s"))
            .await
            .status,
        403
    );
    manager.set_tenant_status(code, Status::Active).await.unwrap();
    assert_eq!(numbers().await, (0, 0));

    let waiting = program.code("lisi", "snsapi_base", &app).await;
    let person = app.events(&acme.tenant, Action::Login).await[0].subject_id.unwrap();
    manager.set_person_status(code, person, Status::Disabled).await.unwrap();
    assert_eq!(numbers().await, (40_001, 40_030));
    assert_eq!(program.exchange(&waiting).await.errcode(), 40_029);
    manager.set_person_status(code, person, Status::Active).await.unwrap();
    assert_eq!(numbers().await, (40_001, 40_030), "they do not come back");
    let tokens = program.tokens("lisi", "snsapi_userinfo", &app).await;
    manager.erase_person(code, person).await.unwrap();
    assert_eq!(
        program.userinfo(tokens.text("access_token"), &openid).await.errcode(),
        40_001
    );
}

/// No answer, page or event holds the account's secret, the client's or a token.
pub(crate) async fn secrets_stay_secret(engine: Engine) {
    let (app, acme, program) = started(engine).await;
    let account = app
        .simulator
        .accounts()
        .into_iter()
        .find(|account| account.app_id == acme.app_id)
        .unwrap();
    let code = program.code("lisi", "snsapi_userinfo", &app).await;
    let tokens = program.exchange(&code).await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let user = program.userinfo(access, tokens.text("openid")).await;
    let wrong = program.exchange("x").await;
    let page = Browser::wechat("lisi").get(program.link("nonsense", "s")).await;
    let mut shown = format!("{} {} {page:?}", user.body, wrong.body);
    for action in [Action::Login, Action::Token] {
        shown += &serde_json::to_string(&app.events(&acme.tenant, action).await).unwrap();
    }
    for secret in [account.secret.as_str(), &program.secret, access, refresh, &code] {
        assert!(!shown.contains(secret), "a secret in {shown}");
    }
    assert!(!format!("{}", tokens.body).contains(&account.secret));
}

/// Each step at another instance.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_across_two_instances() {
    let mut app = TestApp::start(Engine::Postgres).await;
    let acme = app.tenant("acme").await;
    let (second, _) = app.another_instance().await;
    let here = Program::of(&acme.app);
    let there = here.at(&second);
    let openid = app.simulator.openid("lisi", &acme.app_id);
    let code = here.code("lisi", "snsapi_userinfo", &app).await;
    let tokens = there.exchange(&code).await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    assert_eq!(here.userinfo(access, &openid).await.text("openid"), openid);
    assert_eq!(here.refresh(refresh).await.text("access_token"), access);
    app.clock.advance(3 * HOUR);
    let all = futures::future::join_all([here.refresh(refresh), there.refresh(refresh), here.refresh(refresh)]).await;
    assert!(
        all.iter()
            .all(|answer| answer.text("access_token") == all[0].text("access_token"))
    );
    // A replay at one ends the tokens at both at once.
    let code = here.code("lisi", "snsapi_userinfo", &app).await;
    let tokens = there.exchange(&code).await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    assert_eq!(here.auth(access, &openid).await.errcode(), 0);
    refused(&here.exchange(&code).await, 40_163, "code been used");
    for program in [&here, &there] {
        assert_eq!(program.userinfo(access, &openid).await.errcode(), 40_001);
        assert_eq!(program.refresh(refresh).await.errcode(), 40_030);
    }
}
