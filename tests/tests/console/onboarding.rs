//! Connecting an account by the wizard's forms, and what may go wrong on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use hufu_core::model::{Action, Reach, Role, Seat, Status};
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::{ConsoleStore as _, PersonFilter};
use hufu_tests::{Browser, ConsoleUser, Engine, Page, RelyingParty, TestApp, fields};
use wechat_simulator::{Account, Effect, Fault};

const APP_ID: &str = "wx00000000000000f1";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";
const WRONG: &str = "00000000000000000000000000000bad";
/// As customers are called.
const NAME: &str = "云帆花店 🌸<b>\"&'";
const NAME_ESCAPED: &str = "云帆花店 🌸&#60;b&#62;&#34;&#38;&#39;";
const REDIRECT_URI: &str = "https://app.example/callback?from=hufu";

/// Somebody in the wizard.
struct Walk<'a> {
    app: &'a TestApp,
    user: ConsoleUser,
    /// The wizard's pages lie below.
    base: String,
    code: String,
}

/// Adds the account that is connected, as WeChat knows it.
fn add_account(app: &TestApp) {
    let mut account = Account::service(APP_ID, SECRET, &["127.0.0.1"]);
    account.open_platform = Some("tests".to_owned());
    app.simulator.add_account(account);
}

/// A form with what the page holds of its own: token, version, and settings that nobody touched.
fn filled<'a>(held: &'a BTreeMap<String, String>, form: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = form.to_vec();
    for (name, value) in held {
        let is_own = ["csrf", "version", "kind"].contains(&name.as_str()) || name.starts_with("setting_");
        if is_own && !form.iter().any(|(known, _)| known == name) {
            all.push((name, value));
        }
    }
    all
}

/// The text of the element with this id.
fn text_of(html: &str, id: &str) -> String {
    let at = html
        .find(&format!("id=\"{id}\""))
        .unwrap_or_else(|| panic!("no {id}: {html}"));
    let rest = &html[at..];
    let rest = &rest[rest.find('>').unwrap() + 1..];
    rest[..rest.find('<').unwrap()].trim().to_owned()
}

/// The element's part of the page, up to the next one of the same name.
fn part<'a>(html: &'a str, from: &str, to: &str) -> &'a str {
    let at = html.find(from).unwrap_or_else(|| panic!("no {from}: {html}"));
    let rest = &html[at..];
    rest.find(to).map_or(rest, |end| &rest[..end])
}

impl<'a> Walk<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        Self::begin_as(app, app.operator(Seat::OWNER, None).await, "yunfan", NAME).await
    }

    async fn begin_as(app: &'a TestApp, user: ConsoleUser, code: &str, name: &str) -> Self {
        let form = [("name", name), ("code", code), ("locale", "zh-CN")];
        let page = user
            .submit("/admin/onboarding/new", "/admin/onboarding/new", &form)
            .await;
        assert_eq!(page.status, 303, "{}", page.body);
        let path = page.location().path().to_owned();
        let base = path.strip_suffix("/account").unwrap().to_owned();
        Self {
            app,
            user,
            base,
            code: code.to_owned(),
        }
    }

    async fn page(&self, step: &str) -> Page {
        self.user.page(&format!("{}/{step}", self.base)).await
    }

    /// Sends a step's form with what its page holds beside that.
    async fn send(&self, step: &str, form: &[(&str, &str)]) -> Page {
        let path = format!("{}/{step}", self.base);
        let held = fields(&self.user.page(&path).await.body);
        let url = format!("{}{path}", self.user.base());
        self.user.browser.post(url, &filled(&held, form)).await
    }

    /// The same, which must lead to this step.
    async fn on(&self, step: &str, form: &[(&str, &str)], to: &str) {
        let page = self.send(step, form).await;
        assert_eq!(page.status, 303, "{step}: {}", page.body);
        assert_eq!(page.location().path(), format!("{}/{to}", self.base), "{step}");
    }

    async fn account(&self) {
        self.on("account", &[("setting_appid", APP_ID)], "secret").await;
    }

    async fn secret(&self, secret: &str, to: &str) {
        self.on("secret", &[("name", NAME), ("setting_secret", secret)], to)
            .await;
    }

    /// Begins a test login; gives the link in the QR code and where its result stands.
    async fn trial(&self) -> (String, String) {
        let page = self.send("try", &[]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("data:image/svg+xml;base64,"), "a QR code");
        let result = part(&page.body, "data-poll-url=\"", "\" ");
        (
            text_of(&page.body, "trial-url"),
            result.trim_start_matches("data-poll-url=\"").to_owned(),
        )
    }

    async fn phone(&self, user: &str, link: &str) -> Page {
        let phone = Browser::wechat(user);
        phone.follow(link, &[&self.app.url, &self.app.simulator_url]).await
    }

    async fn tenant(&self) -> hufu_core::model::Tenant {
        let code = self.code.parse().unwrap();
        let found = self.app.hufu.engine.store().lookup_tenant(&code).await;
        (*found.unwrap().unwrap()).clone()
    }

    async fn people(&self) -> usize {
        let tenant = self.tenant().await;
        let filter = PersonFilter::default();
        let people = self.app.hufu.database.list_people(tenant.id, &filter, 10).await;
        people.unwrap().len()
    }
}

/// From nothing to the first login of a person, by the pages' own forms.
pub(crate) async fn whole_wizard(engine: Engine) {
    let app = TestApp::start(engine).await;
    add_account(&app);
    let walk = Walk::begin(&app).await;
    let first = walk.page("account").await;
    assert!(first.body.contains(NAME_ESCAPED), "{}", first.body);
    assert!(!first.body.contains("🌸<b>"), "HTML in a name is text");

    // Left, and come back to where something is missing.
    let resumed = walk.user.get(&walk.base).await;
    assert_eq!(resumed.location().path(), format!("{}/account", walk.base));
    // What comes later waits for the kind of account.
    let later = walk.user.get(&format!("{}/live", walk.base)).await;
    assert_eq!(later.location().path(), format!("{}/account", walk.base));

    walk.account().await;
    walk.secret(SECRET, "ip").await;
    let ip = walk.page("ip").await;
    assert!(ip.body.contains("id=\"next\""), "{}", ip.body);

    let token = "P97WLFQjVODXzc3j";
    let file = format!("MP_verify_{token}.txt");
    let form = [("text", file.as_str()), ("host", "127.0.0.1")];
    walk.on("verify", &form, "verify").await;
    let served = Browser::new("MicroMessenger").get(format!("{}/{file}", app.url)).await;
    assert_eq!((served.status.as_u16(), served.body.as_str()), (200, token));
    let resumed = walk.user.get(&walk.base).await;
    assert_eq!(resumed.location().path(), format!("{}/domain", walk.base), "probed");

    let domain = walk.page("domain").await;
    assert_eq!(
        text_of(&domain.body, "domain"),
        "127.0.0.1",
        "no scheme, no port, no path"
    );
    walk.on("domain", &[("redirect_uris", REDIRECT_URI)], "policy").await;
    let form = [("setting_browser", "wechat_only"), ("snapshot_policy", "refuse")];
    walk.on("policy", &form, "client").await;

    let form = [
        ("name", NAME),
        ("kind", "confidential"),
        ("redirect_uris", REDIRECT_URI),
    ];
    let made = walk.send("client", &form).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let (client, secret) = (text_of(&made.body, "client-id"), text_of(&made.body, "client-secret"));
    let issuer = text_of(&made.body, "issuer");
    assert_eq!(issuer, format!("{}/t/yunfan", app.url));
    for language in [
        "generic", "python", "node", "php", "java", "go", "rust", "csharp", "nginx",
    ] {
        let text = text_of(&made.body, &format!("snippet-{language}"));
        for value in [&client, &secret, &issuer] {
            assert!(text.contains(value.as_str()), "{language}: {text}");
        }
    }
    // Sent twice makes one client; its secret is not shown again.
    let again = walk.send("client", &form).await;
    assert_eq!(again.status, 200);
    assert!(!again.body.contains(&secret) && again.body.contains("YOUR_CLIENT_SECRET"));
    let tenant = walk.tenant().await;
    assert_eq!(app.events(&tenant, Action::ClientAdd).await.len(), 1);

    let (link, result) = walk.trial().await;
    walk.phone("zhangsan", &link).await;
    assert!(walk.user.page(&result).await.body.contains("id=\"onward\""));

    let live = walk.send("live", &[]).await;
    assert_eq!(live.status, 303, "{}", live.body);
    let done = walk.page("live").await;
    assert!(
        done.body.contains("id=\"app\"") && done.body.contains(&client),
        "{}",
        done.body
    );

    assert_eq!(walk.people().await, 0, "the test login made nobody");
    let app_of = RelyingParty::new(&issuer, &client, Some(&secret), REDIRECT_URI);
    let login = app_of.start("first");
    let phone = Browser::wechat("zhangsan");
    let page = phone.follow(&login.url, &[&app.url, &app.simulator_url]).await;
    assert!(page.status.is_redirection(), "{} {}", page.status, page.body);
    app_of.finish(&login, &page.location()).await;
    assert_eq!(walk.people().await, 1);
}

/// What is typed wrong is said beside its field and stays in it, but for secrets.
pub(crate) async fn wrong_shapes(engine: Engine) {
    let app = TestApp::start(engine).await;
    add_account(&app);
    let owner = app.operator(Seat::OWNER, None).await;
    let form = [("name", NAME), ("code", "Not a code!"), ("locale", "en")];
    let page = owner
        .submit("/admin/onboarding/new", "/admin/onboarding/new", &form)
        .await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains(NAME_ESCAPED) && page.body.contains("Not a code!"));
    let walk = Walk::begin_as(&app, owner, "yunfan", NAME).await;
    let twice = [("name", NAME), ("code", "yunfan"), ("locale", "zh-CN")];
    let page = walk
        .user
        .submit("/admin/onboarding/new", "/admin/onboarding/new", &twice)
        .await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("This code is taken"), "{}", page.body);
    for name in ["", "a\u{7}b", &"长".repeat(300)] {
        let form = [("name", name), ("code", "other"), ("locale", "zh-CN")];
        let page = walk
            .user
            .submit("/admin/onboarding/new", "/admin/onboarding/new", &form)
            .await;
        assert_eq!(page.status, 422, "{name}");
        assert!(page.body.contains("aria-invalid"), "{name}");
    }

    for wrong in [
        "",
        "wx12",
        "gh_1234567890ab",
        "WX00000000000000F1",
        "wx0000000000000💥",
        "<script>",
    ] {
        let page = walk.send("account", &[("setting_appid", wrong)]).await;
        assert_eq!(page.status, 422, "{wrong}: {}", page.body);
        assert!(page.body.contains("aria-invalid"), "{wrong}");
        assert!(!page.body.contains("<script>"), "{wrong}");
    }
    walk.account().await;

    for wrong in ["", "sh0rt-secret", "0123456789ABCDEF0123456789ABCDEFxyz"] {
        let form = [("name", "花店的公众号"), ("setting_secret", wrong)];
        let page = walk.send("secret", &form).await;
        assert_eq!(page.status, 422, "{wrong}");
        assert!(page.body.contains("花店的公众号"), "{}", page.body);
        assert!(page.body.contains("aria-invalid"), "{wrong}");
        assert!(wrong.is_empty() || !page.body.contains(wrong), "a secret came back");
    }

    for wrong in ["MP_verify_short.txt", "index.html", "<b>"] {
        let page = walk.send("verify", &[("text", wrong), ("host", "127.0.0.1")]).await;
        assert_eq!(page.status, 422, "{wrong}");
        assert!(page.body.contains("aria-invalid") && !page.body.contains("value=\"<b>"));
    }
    let uris = "http://app.example/cb\nhttps://app.example/ok\nhttps://app.example/x#y";
    let page = walk.send("domain", &[("redirect_uris", uris)]).await;
    assert_eq!(page.status, 422);
    for uri in uris.lines() {
        assert!(page.body.contains(uri), "{uri}: what was typed is kept");
    }
    for step in ["secret", "domain", "verify"] {
        let resumed = walk.user.get(&walk.base).await;
        assert_eq!(resumed.location().path(), format!("{}/secret", walk.base), "{step}");
    }
}

/// What WeChat says of a wrong pair is told apart, each with its remedy; no secret is in any page or event.
pub(crate) async fn wrong_secrets(engine: Engine) {
    let app = TestApp::start(engine).await;
    add_account(&app);
    let walk = Walk::begin(&app).await;
    walk.account().await;
    let mut said = Vec::new();
    let mut refused = async |secret: &str| {
        walk.secret(secret, "secret").await;
        let page = walk.page("secret").await;
        assert!(!page.body.contains(secret), "a secret came back");
        let list = part(&page.body, "class=\"checks\"", "</ul>").to_owned();
        assert!(!said.contains(&list), "as before: {list}");
        said.push(list.clone());
        list
    };
    assert!(refused(WRONG).await.contains("40125"));
    app.simulator
        .update_account(APP_ID, |account| account.frozen_secret = true);
    assert!(refused(SECRET).await.contains("40243"));
    app.simulator
        .update_account(APP_ID, |account| account.frozen_secret = false);
    app.simulator.fault(Fault {
        endpoint: "/cgi-bin/stable_token".to_owned(),
        effect: Effect::Errcode {
            code: 40013,
            message: "invalid appid".to_owned(),
        },
        times: None,
    });
    assert!(refused(SECRET).await.contains("40013"));
    app.simulator.clear_faults();

    // An address that is not let in says nothing against the secret: the next step has it, to be copied.
    add_account(&app);
    app.simulator.update_account(APP_ID, |account| {
        account.ip_whitelist = Some(vec!["192.0.2.1".to_owned()]);
    });
    walk.secret(SECRET, "ip").await;
    let page = walk.page("ip").await;
    assert!(page.body.contains("40164"), "{}", page.body);
    assert_eq!(text_of(&page.body, "seen-address"), "127.0.0.1", "as WeChat saw it");
    walk.on("ip", &[("do", "check")], "ip").await;
    app.simulator.update_account(APP_ID, |account| {
        account.ip_whitelist = Some(vec!["127.0.0.1".to_owned()]);
    });
    walk.on("ip", &[("do", "check")], "verify").await;

    let events = app
        .hufu
        .database
        .search_events(&Reach::Platform, &hufu_core::model::AuditFilter::default(), 500)
        .await
        .unwrap();
    let events = format!("{events:?}");
    assert!(
        !events.contains(SECRET) && !events.contains(WRONG),
        "a secret in an event"
    );
}

/// A test login tells what a real one would bring, and leaves nothing behind.
pub(crate) async fn trial(engine: Engine) {
    let app = TestApp::start(engine).await;
    add_account(&app);
    let walk = Walk::begin(&app).await;
    walk.account().await;
    let waits = walk.page("try").await;
    assert!(!waits.body.contains("id=\"begin\""), "nothing to try yet");
    walk.secret(SECRET, "ip").await;

    let (link, result) = walk.trial().await;
    let partial = async |path: &str| walk.user.page(path).await.body;
    assert!(partial(&result).await.contains("data-poll-url"));
    let end = walk.phone("zhangsan", &link).await;
    assert_eq!(end.status, 200, "{}", end.body);
    let body = partial(&result).await;
    assert!(!body.contains("data-poll-url"), "it is over");
    let openid = app.simulator.openid("zhangsan", APP_ID);
    let unionid = app.simulator.unionid("zhangsan", APP_ID).unwrap();
    for claim in [&openid, &unionid, "wechat_appid", "张三🙂&#60;b&#62;"] {
        assert!(body.contains(claim), "{claim}: {body}");
    }
    assert_eq!(body.matches("class=\"timeline-title\"").count(), 4, "{body}");
    // The code worked once.
    let again = walk.phone("lisi", &link).await;
    assert!(again.status.is_client_error(), "{} {}", again.status, again.body);
    assert!(!partial(&result).await.contains("李四"));

    // One that failed says why, and what to do.
    app.simulator.fault(Fault {
        endpoint: "/sns/oauth2/access_token".to_owned(),
        effect: Effect::Errcode {
            code: 40125,
            message: "invalid appsecret".to_owned(),
        },
        times: None,
    });
    let (link, failed) = walk.trial().await;
    walk.phone("zhangsan", &link).await;
    assert!(partial(&failed).await.contains("40125"));
    app.simulator.clear_faults();
    // Somebody without an unionid works, with a warning.
    let (link, odd) = walk.trial().await;
    walk.phone("wangxiaoming", &link).await;
    let body = partial(&odd).await;
    assert!(body.contains("alert warn") && body.contains("id=\"onward\""), "{body}");
    // Late ones are over.
    let (link, late) = walk.trial().await;
    app.clock.advance(Duration::from_secs(11 * 60));
    assert!(walk.phone("zhangsan", &link).await.status.is_client_error());
    assert!(!partial(&late).await.contains("data-poll-url"));

    assert_eq!(walk.people().await, 0);
    let tenant = walk.tenant().await;
    assert!(app.events(&tenant, Action::Login).await.is_empty());
    assert!(!app.events(&tenant, Action::ConnectorTrial).await.is_empty());
}

/// Makes a hand-over link to an onboarding; gives its path.
async fn hand_over(walk: &Walk<'_>, days: &str) -> String {
    let id = walk.base.rsplit('/').next().unwrap();
    let form = [("onboarding", id), ("note", "王女士 🌸<b>"), ("days", days)];
    let to = format!("/admin/tenants/{}/hand-over", walk.code);
    let page = walk.user.submit(&format!("{}/secret", walk.base), &to, &form).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let link = text_of(&page.body, "hand-over-link");
    link.strip_prefix(&walk.app.url).unwrap().to_owned()
}

/// A visitor who only has a link.
struct Owner<'a>(&'a TestApp, Browser);

impl Owner<'_> {
    async fn get(&self, path: &str) -> Page {
        self.1.get(format!("{}{path}", self.0.url)).await
    }

    async fn enter(&self, path: &str, csrf: &str, secret: &str) -> Page {
        let form = [("csrf", csrf), ("setting_secret", secret)];
        self.1.post(format!("{}{path}", self.0.url), &form).await
    }
}

/// The account's owner enters the secret by a link that works once; nobody else ever sees it.
pub(crate) async fn hand_over_link(engine: Engine) {
    let app = TestApp::start(engine).await;
    add_account(&app);
    let walk = Walk::begin(&app).await;
    walk.account().await;
    let link = hand_over(&walk, "7").await;
    let owner = Owner(&app, Browser::new("Owner/1.0"));
    let page = owner.get(&link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains(NAME_ESCAPED) && page.body.contains(APP_ID));
    let csrf = fields(&page.body)["csrf"].clone();
    // It opens this one account and nothing else.
    let elsewhere = owner.get(&format!("/admin/tenants/{}", walk.code)).await;
    assert_eq!(elsewhere.location().path(), "/admin/login");

    for (wrong, said) in [("sh0rt-secret", "aria-invalid"), (WRONG, "40125")] {
        let page = owner.enter(&link, &csrf, wrong).await;
        assert_eq!(page.status, 422, "{}", page.body);
        assert!(page.body.contains(said), "{}", page.body);
        assert!(!page.body.contains(wrong), "a secret came back");
    }
    let page = owner.enter(&link, &csrf, SECRET).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let replayed = owner.enter(&link, &csrf, OTHER).await;
    for over in [replayed, owner.get(&link).await] {
        assert_eq!(over.status, 410);
        assert!(over.body.contains("<h1"), "{}", over.body);
    }

    for step in ["secret", "ip", "live"] {
        let page = walk.page(step).await;
        assert!(!page.body.contains(SECRET), "the agency sees the secret at {step}");
    }
    assert!(walk.page("secret").await.body.contains("…cdef"), "only its end");
    let resumed = walk.user.get(&walk.base).await;
    assert_eq!(resumed.location().path(), format!("{}/verify", walk.base));

    // Late, taken back, and made up.
    let late = hand_over(&walk, "1").await;
    let taken = hand_over(&walk, "30").await;
    let page = walk.page("secret").await;
    let revoke = part(&page.body, "/hand-over/01", "\"").to_owned();
    let revoke = format!("/admin/tenants/{}{revoke}", walk.code);
    let back = format!("{}/secret", walk.base);
    let done = walk.user.submit(&back, &revoke, &[("back", &back)]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(owner.get(&taken).await.status, 410);
    assert_eq!(owner.get(&late).await.status, 200);
    app.clock.advance(Duration::from_secs(86_401));
    assert_eq!(owner.get(&late).await.status, 410);
    assert_eq!(owner.get("/admin/hand-over/made-up").await.status, 410);
    walk.user.sign_in().await;
    for (note, days) in [("", "7"), ("x", "0"), ("x", "31"), ("x", "many")] {
        let id = walk.base.rsplit('/').next().unwrap();
        let form = [("onboarding", id), ("note", note), ("days", days)];
        let to = format!("/admin/tenants/{}/hand-over", walk.code);
        let page = walk.user.submit(&back, &to, &form).await;
        assert_eq!(page.status, 422, "{note} {days}");
    }
}

/// A new secret is tried before the old one goes.
pub(crate) async fn swap(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let owner = app.operator(Seat::OWNER, None).await;
    let show = format!("/admin/tenants/acme/connectors/{}", acme.connector.id);
    let swap = async |secret: &str| {
        let form = [("setting_secret", secret)];
        owner.submit(&show, &format!("{show}/secret"), &form).await
    };
    let stored = async || {
        let id = acme.connector.id;
        app.manager().connector(&acme.tenant.code, id).await.unwrap().secrets["secret"]
            .expose_secret()
            .to_owned()
    };
    let log_in = async |user: &str| {
        let login = acme.app.start(user);
        let page = Browser::wechat(user)
            .follow(&login.url, &[&app.url, &app.simulator_url])
            .await;
        acme.app.finish(&login, &page.location()).await;
    };
    let old = stored().await;

    for (wrong, said) in [("sh0rt-secret", "aria-invalid"), (WRONG, "40125")] {
        let page = swap(wrong).await;
        assert_eq!(page.status, 422, "{}", page.body);
        assert!(page.body.contains(said) && !page.body.contains(wrong));
        assert_eq!(stored().await, old, "the old one stays");
    }
    log_in("lisi").await;

    // A login that began with the old secret ends with the new one.
    let login = acme.app.start("zhangsan");
    let phone = Browser::wechat("zhangsan");
    let waiting = phone.follow(&login.url, &[&app.simulator_url]).await;
    assert!(waiting.location().as_str().starts_with(&app.url), "on the way back");
    app.simulator
        .update_account(&acme.app_id, |account| account.secret = OTHER.to_owned());
    let page = swap(OTHER).await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert_eq!(stored().await, OTHER, "the old one is gone");
    let page = phone.follow(waiting.location(), &[&app.url, &app.simulator_url]).await;
    acme.app.finish(&login, &page.location()).await;
    log_in("alice").await;

    let events = app.events(&acme.tenant, Action::ConnectorRotateSecret).await;
    assert_eq!(events.len(), 1);
    let event = format!("{:?}", events[0]);
    assert!(event.contains(&owner.operator.id.to_string()) || event.contains(&owner.operator.login.to_string()));
    assert!(!event.contains(OTHER) && !event.contains(&old));
    let page = owner.page(&show).await;
    assert!(page.body.contains("…3210") && !page.body.contains(OTHER));

    // Long after the password was given, it is asked for again.
    app.clock.advance(Duration::from_secs(25 * 60));
    let page = swap(&old).await;
    assert_eq!(page.status, 303, "{}", page.body);
    assert_eq!(page.location().path(), "/admin/confirm");
    assert_eq!(stored().await, OTHER);
}

/// Two people at the same page: the second learns of the first.
pub(crate) async fn two_editors(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (first, second) = (
        app.operator(Seat::OWNER, None).await,
        app.operator(Seat::OWNER, None).await,
    );
    let show = format!("/admin/tenants/acme/connectors/{}", acme.connector.id);
    let edit = async |user: &ConsoleUser, held: &BTreeMap<String, String>, name: &str| {
        let form = filled(held, &[("name", name), ("setting_appid", acme.app_id.as_str())]);
        user.browser.post(format!("{}{show}", app.url), &form).await
    };
    let (mine, theirs) = (
        fields(&first.page(&show).await.body),
        fields(&second.page(&show).await.body),
    );
    let saved = edit(&first, &mine, "新名字 🐼<i>").await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let late = edit(&second, &theirs, "别的名字").await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert!(late.body.contains("<h1"), "a page");
    let page = second.page(&show).await;
    assert!(page.body.contains("新名字 🐼&#60;i&#62;") && !page.body.contains("别的名字"));
    // Once the first change was seen, the second goes through.
    let again = edit(&second, &fields(&page.body), "别的名字").await;
    assert_eq!(again.status, 303, "{}", again.body);

    // The wizard's steps the same.
    add_account(&app);
    let walk = Walk::begin(&app).await;
    let path = format!("{}/account", walk.base);
    let held = fields(&walk.page("account").await.body);
    walk.account().await;
    let form = filled(&held, &[("setting_appid", "wx00000000000000aa")]);
    let late = walk.user.browser.post(format!("{}{path}", app.url), &form).await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert!(walk.page("secret").await.body.contains(APP_ID));
}

/// Ids of others, and ids of nothing, are not there.
pub(crate) async fn tampered(engine: Engine) {
    let app = TestApp::start(engine).await;
    add_account(&app);
    let walk = Walk::begin(&app).await;
    walk.account().await;
    walk.secret(SECRET, "ip").await;
    let (_, result) = walk.trial().await;
    let other = app.tenant("other").await;
    let id = walk.base.rsplit('/').next().unwrap();
    let trial = result.rsplit('/').next().unwrap();
    let nothing = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let connector = other.connector.id;
    for path in [
        format!("/admin/onboarding/other/{id}/secret"),
        format!("/admin/onboarding/yunfan/{nothing}/secret"),
        "/admin/onboarding/yunfan/1%27%20or%201=1/secret".to_owned(),
        format!("/admin/onboarding/nobody/{id}"),
        format!("{}/try/{nothing}", walk.base),
        format!("/admin/tenants/yunfan/connectors/{connector}"),
        format!("/admin/tenants/other/connectors/{connector}/trial/{trial}"),
        format!("/admin/tenants/yunfan/connectors/{connector}/trial/{trial}"),
        "/admin/tenants/yunfan/connectors/%00".to_owned(),
        "/admin/tenants/yunfan/domains/remove?host=127.0.0.1&token=x".to_owned(),
    ] {
        let page = walk.user.get(&path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("<h1"), "{path}: a page");
    }
    let from = format!("{}/secret", walk.base);
    for (to, form) in [
        (
            format!("/admin/onboarding/other/{id}/secret"),
            vec![("setting_secret", OTHER)],
        ),
        (
            "/admin/tenants/other/hand-over".to_owned(),
            vec![("onboarding", id), ("note", "x"), ("days", "7")],
        ),
        (
            format!("/admin/tenants/yunfan/connectors/{connector}/status"),
            vec![("status", "disabled")],
        ),
        (
            format!("/admin/tenants/yunfan/connectors/{connector}/secret"),
            vec![("setting_secret", OTHER)],
        ),
    ] {
        let page = walk.user.submit(&from, &to, &form).await;
        assert_eq!(page.status, 404, "{to}: {}", page.body);
    }
    let kept = app.manager().connector(&other.tenant.code, connector).await.unwrap();
    assert_eq!(kept.status, Status::Active);
    assert_eq!(kept.version, other.connector.version);
}

/// One AppID may stand in several tenants; whoever connects it is told of those that they may see.
pub(crate) async fn same_account(engine: Engine) {
    let app = TestApp::start(engine).await;
    add_account(&app);
    let first = Walk::begin_as(&app, app.operator(Seat::OWNER, None).await, "first", "第一家 🌸").await;
    first.account().await;
    first.secret(SECRET, "ip").await;
    let again = Walk::begin_as(&app, app.operator(Seat::OWNER, None).await, "again", "第二家").await;
    again.account().await;
    let page = again.page("account").await;
    assert!(page.body.contains("第一家 🌸"), "{}", page.body);
    again.secret(SECRET, "ip").await;

    // Another agency's staff learn nothing of it.
    let by = hufu_core::manage::By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let agency = app.hufu.operators.add_agency(&by, "别家").await.unwrap();
    let reach = Reach::Agency { agency: agency.id };
    let seat = Seat::new(Role::AgencyAdmin, reach).unwrap();
    let stranger = app.operator(seat, Some(agency.id)).await;
    let third = Walk::begin_as(&app, stranger, "third", "第三家").await;
    third.account().await;
    for step in ["account", "secret"] {
        assert!(!third.page(step).await.body.contains("第一家"), "{step}");
    }
}
