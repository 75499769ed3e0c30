//! Mistakes that login systems have made, one a story: that they are not made here. `docs/security.md` lists the classes.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use hufu_core::manage::{By, ClientEdit, NewClient};
use hufu_core::model::{ClientKind, Right, Seat, SnapshotPolicy};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::secret::ExposeSecret as _;
use hufu_core::store::{ConsoleStore as _, PersonFilter};
use hufu_tests::{Browser, Engine, Login, RelyingParty, TestApp, TestTenant};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use wechat_simulator::{Effect, Fault, NextUser};

use crate::consume::consumer;
use crate::{log_in, parameter, up_to_callback, whole_login};

const EXCHANGE: &str = "/sns/oauth2/access_token";

fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// A confidential app of the tenant with these redirect URIs; it uses the first.
async fn app_at(app: &TestApp, tenant: &TestTenant, uris: &[&str]) -> RelyingParty {
    let new = NewClient {
        name: "另一个应用".to_owned(),
        kind: ClientKind::Confidential,
        redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
        post_logout_redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
        scopes: Vec::new(),
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
    };
    let (client, secret) = app.manager().add_client(&tenant.tenant.code, new).await.unwrap();
    let secret = secret.unwrap();
    RelyingParty::new(
        &tenant.app.issuer,
        &client.id.to_string(),
        Some(secret.expose_secret()),
        uris[0],
    )
}

/// The link of a program that was written for WeChat.
fn classic(app: &TestApp, party: &RelyingParty, redirect_uri: &str) -> String {
    format!(
        "{}/connect/oauth2/authorize?appid={}&redirect_uri={}&response_type=code&scope=snsapi_base&state=s",
        app.url,
        party.client_id,
        encoded(redirect_uri)
    )
}

/// A callback that says in its query who came back is believed.
pub(crate) async fn a_query_says_nothing_about_who_it_is(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let victim = app.simulator.openid("zhangsan", &acme.app_id);
    let known = whole_login("zhangsan", &acme, &app).await;
    let claimed = format!(
        "openid={victim}&unionid=u&sub={}&user=zhangsan&access_token=x",
        known.sub()
    );
    let attacker = Browser::wechat("lisi");
    let login = acme.app.start("attacker");
    let asked = Login {
        url: format!("{}&{claimed}&login_hint={victim}", login.url),
        ..login
    };
    let callback = up_to_callback(&attacker, &asked, &app).await;
    let state = parameter(&callback, "state").unwrap();
    let before = app.simulator.count(EXCHANGE);
    let base = format!("{}/callback/{}", acme.app.issuer, acme.connector.id);
    for bare in [
        format!("{base}?{claimed}"),
        format!("{base}?{claimed}&code=x"),
        format!("{base}?{claimed}&state=made-up"),
    ] {
        let page = attacker.get(&bare).await;
        assert!([400, 404].contains(&page.status.as_u16()), "{} {bare}", page.status);
        assert!(page.header("location").is_none() && page.header("set-cookie").is_none());
    }
    assert_eq!(app.simulator.count(EXCHANGE), before);
    assert_eq!(parameter(&callback, "state").unwrap(), state);
    let sent = attacker.get(format!("{callback}&{claimed}")).await.location();
    let tokens = acme.app.finish(&asked, &sent).await;
    assert_ne!(tokens.sub(), known.sub());
    assert_ne!(tokens.claims["wechat_openid"], victim.as_str());
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log holds who logged in, or what opens something; or somebody writes lines of their own into it. On one thread, so
/// that one subscriber hears all of it.
#[tokio::test]
async fn a_login_writes_nobody_into_the_log() {
    let lines = Lines::default();
    // A second subscriber makes tracing ask each one about every call site, not the first thread that meets it alone.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let writer = lines.clone();
    let wanted = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("hufu", LevelFilter::TRACE)
        .with_target("wechat_simulator", LevelFilter::OFF);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let guard = tracing_subscriber::registry().with(wanted).with(layer).set_default();

    let app = TestApp::start_signed_in(Engine::Sqlite).await;
    let acme = app.tenant("acme").await;
    let account = app.simulator.accounts().remove(0);
    let browser = Browser::wechat("zhangsan");
    let login = acme.app.start("canary-of-the-app");
    let callback = up_to_callback(&browser, &login, &app).await;
    let sent = browser.get(&callback).await.location();
    let tokens = acme.app.finish(&login, &sent).await;
    let code = parameter(&sent, "code").unwrap();
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 400);
    // What goes wrong is told in more words.
    app.simulator.fault(Fault {
        endpoint: EXCHANGE.to_owned(),
        effect: Effect::Errcode {
            code: 40125,
            message: format!("invalid appsecret {}", account.secret),
        },
        times: Some(1),
    });
    let failing = up_to_callback(
        &browser,
        &Login {
            url: format!("{}&prompt=login", login.url),
            ..login.clone()
        },
        &app,
    )
    .await;
    let page = browser.get(&failing).await;
    assert!(page.body.contains("40125"), "{}", page.body);
    let stranger = Browser::wechat("lisi");
    stranger.get(&callback).await;
    let classic = format!(
        "{}/sns/oauth2/access_token?appid={}&secret={}&code=canary-code&grant_type=authorization_code",
        app.url,
        acme.app.client_id,
        acme.app.client_secret.as_deref().unwrap()
    );
    stranger.get(&classic).await;
    // Line breaks and escapes in all that reaches a line.
    let forged = "x%0A2026-11-22T00:00:00Z%20%20INFO%20forged%1B[31m";
    for path in [
        format!("/t/acme/login?client_id={forged}"),
        format!("/t/{forged}/login"),
        format!("/{forged}"),
        format!(
            "/t/acme/oauth2/authorize?client_id={}&redirect_uri={forged}",
            acme.app.client_id
        ),
        format!("/t/acme/callback/{}?state={forged}&code={forged}", acme.connector.id),
        format!("/sns/auth?access_token={forged}&openid={forged}"),
    ] {
        stranger.get(format!("{}{path}", app.url)).await;
    }
    stranger
        .post(
            format!("{}/oauth2/token", acme.app.issuer),
            &[("client_id", "x\n2026 INFO forged"), ("grant_type", "\u{1b}[31m")],
        )
        .await;
    drop(guard);

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.matches("http.route").count() > 15, "it was listened to: {text}");
    assert!(
        text.contains("attempt_unknown") && text.contains("wechat.call"),
        "{text}"
    );
    for line in text.lines() {
        let is_one = line.get(..2).is_some_and(|start| start == "20") && line.contains('Z');
        assert!(
            is_one && !line.contains('\u{1b}'),
            "a line that is none of ours: {line:?}"
        );
    }
    assert!(!text.contains("\n2026-11-22T00:00:00Z  INFO forged"), "{text}");
    let of = |answer: &Value, name: &str| answer[name].as_str().unwrap().to_owned();
    let state = |url: &Url| parameter(url, "state").unwrap();
    for (what, secret) in [
        ("AppSecret", account.secret.clone()),
        ("client secret", acme.app.client_secret.clone().unwrap()),
        ("WeChat's code", parameter(&callback, "code").unwrap()),
        ("state", state(&callback)),
        ("state of a failure", state(&failing)),
        ("code", code),
        ("app's state", "canary-of-the-app".to_owned()),
        ("verifier", login.verifier.clone()),
        ("access token", of(&tokens.answer, "access_token")),
        ("ID token", of(&tokens.answer, "id_token")),
        ("session cookie", browser.cookie("hufu_session_acme").unwrap()),
        ("browser cookie", browser.cookie("hufu_browser").unwrap()),
        ("code in a query", "canary-code".to_owned()),
        ("openid", app.simulator.openid("zhangsan", &acme.app_id)),
        ("unionid", app.simulator.unionid("zhangsan", &acme.app_id).unwrap()),
        ("nickname", "张三".to_owned()),
    ] {
        assert!(!text.contains(&secret), "{what} ({secret}) stands in the log");
    }
}

/// A secret in the query, where logs and histories keep it, is taken.
pub(crate) async fn a_secret_in_the_query_is_no_proof(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let login = acme.app.start("query");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    let code = parameter(&callback, "code").unwrap();
    let (id, secret) = (&acme.app.client_id, acme.app.client_secret.clone().unwrap());
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", &acme.app.redirect_uri),
        ("code_verifier", &login.verifier),
    ];
    let proof = [("client_id", id.as_str()), ("client_secret", secret.as_str())];
    for endpoint in ["token", "par", "introspect", "revoke", "device_authorization"] {
        let url = format!("{}/oauth2/{endpoint}", acme.app.issuer);
        let post = http().post(&url).query(&proof).form(&grant).send().await.unwrap();
        assert_eq!(post.status(), 401, "{endpoint}");
        let whole = http().post(&url).query(&proof).query(&grant).send().await.unwrap();
        assert!([400, 401].contains(&whole.status().as_u16()), "{endpoint}");
        let get = http().get(&url).query(&proof).query(&grant).send().await.unwrap();
        assert_eq!(get.status(), 405, "{endpoint}");
    }
    let tokens = acme.app.finish(&login, &callback).await;
    let access = tokens.answer["access_token"].as_str().unwrap();
    let userinfo = format!("{}/oauth2/userinfo", acme.app.issuer);
    let get = http()
        .get(&userinfo)
        .query(&[("access_token", access)])
        .send()
        .await
        .unwrap();
    assert_eq!(get.status(), 401, "RFC 6750, 2.3 is not offered");
    let by = By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let day = std::time::Duration::from_secs(86_400);
    let key = app
        .hufu
        .operators
        .add_api_key(&by, "k", Seat::OWNER, None, true, day)
        .await;
    let (_, key) = key.unwrap();
    for name in ["access_token", "key", "api_key", "token"] {
        let url = format!("{}/admin/api/v1/me", app.url);
        let get = http()
            .get(url)
            .query(&[(name, key.expose_secret())])
            .send()
            .await
            .unwrap();
        assert_eq!(get.status(), 401, "{name}");
    }
}

/// A list of hosts serves all apps, or whatever looks like the main part of a registered host passes.
pub(crate) async fn a_redirect_uri_is_one_apps_own(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let (ours, sisters, theirs) = (
        "https://shop.com.cn/cb",
        "https://sister.example/cb",
        "https://zoo.example/cb",
    );
    let party = app_at(&app, &acme, &[ours]).await;
    app_at(&app, &acme, &[sisters]).await;
    app_at(&app, &zoo, &[theirs]).await;
    let browser = Browser::wechat("lisi");
    let login = party.start("1");
    let tokens = party.finish(&login, &log_in(&browser, &login, &app).await).await;
    let hint = tokens.answer["id_token"].as_str().unwrap();
    for foreign in [
        sisters,
        theirs,
        "https://evil.com.cn/cb",
        "https://com.cn/cb",
        "https://a.shop.com.cn/cb",
        "https://shop.com.cn.evil.example/cb",
        "https://shop.com.cn/cb2",
        "https://shop.com.cn/",
    ] {
        let mut changed = party.clone();
        changed.redirect_uri = foreign.to_owned();
        for url in [
            changed.start("2").url,
            format!("{}&prompt=none", changed.start("3").url),
            format!(
                "{}/login?client_id={}&redirect_uri={}",
                party.issuer,
                party.client_id,
                encoded(foreign)
            ),
            classic(&app, &party, foreign),
            format!(
                "{}/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={}",
                party.issuer,
                encoded(foreign)
            ),
        ] {
            let page = browser.get(&url).await;
            assert_eq!(page.status, 400, "{url}");
            assert!(page.header("location").is_none(), "{url}");
        }
        let pushed = party
            .ask("par", &[("response_type", "code"), ("redirect_uri", foreign)], &[])
            .await;
        assert_eq!(pushed.0, 400, "{}", pushed.1);
    }
    let bye = format!(
        "{}/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={}",
        party.issuer,
        encoded(ours)
    );
    assert_eq!(browser.get(&bye).await.location().as_str(), ours, "its own it is");
}

/// A parameter of the redirect URI's own gets lost on the way back.
pub(crate) async fn every_parameter_comes_back(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let uri = "https://app.example/cb?a=1&b=%E8%99%8E%26&a=2&empty=&flag";
    let party = app_at(&app, &acme, &[uri]).await;
    let login = party.start("1");
    let callback = log_in(&Browser::wechat("lisi"), &login, &app).await;
    assert!(callback.as_str().starts_with(&format!("{uri}&code=")), "{callback}");
    party.finish(&login, &callback).await;
    let posted = Browser::wechat("lisi")
        .follow(
            format!("{}&response_mode=form_post", party.start("2").url),
            &[&app.url, &app.simulator_url],
        )
        .await;
    let action = uri.replace('&', "&#38;");
    assert!(posted.body.contains(&format!("action=\"{action}\"")), "{}", posted.body);
    for link in [
        classic(&app, &party, uri),
        // As some programs send it: not encoded, so that its parameters stand among the request's.
        classic(&app, &party, uri).replace(&encoded(uri), uri),
    ] {
        let page = Browser::wechat("lisi")
            .follow(&link, &[&app.url, &app.simulator_url])
            .await;
        let to = page
            .header("location")
            .unwrap_or_else(|| panic!("{link}: {}", page.body));
        assert!(to.starts_with(&format!("{uri}&code=")), "{link}: {to}");
        assert!(to.ends_with("&state=s"), "{to}");
    }
    let denied = log_in(&Browser::wechat("lisi").refusing(), &party.start("3"), &app).await;
    assert!(
        denied.as_str().starts_with(&format!("{uri}&error=access_denied")),
        "{denied}"
    );
}

/// An app's credentials are an administrator's; or programs write into the log of changes.
pub(crate) async fn an_apps_credentials_administer_nothing(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let all = [Right::Token, Right::SignPages, Right::RefreshProfiles];
    let cms = consumer(&app, &acme.tenant.code, &all).await;
    let code = &acme.tenant.code;
    let mut edit = ClientEdit::from(&*app.manager().client(code, cms.client.id).await.unwrap());
    edit.protocol.client_credentials = true;
    edit.protocol.resource_server = true;
    app.manager()
        .change_client(code, cms.client.id, edit, None)
        .await
        .unwrap();
    let party = RelyingParty::new(
        &acme.app.issuer,
        &cms.client.id.to_string(),
        Some(&cms.secret),
        "https://cms.example/cb",
    );
    let (_, own) = party.ask("token", &[("grant_type", "client_credentials")], &[]).await;
    let own = own["access_token"].as_str().unwrap_or_else(|| panic!("{own}"));
    let person = whole_login("lisi", &acme, &app).await;

    let by = By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let day = std::time::Duration::from_secs(86_400);
    let key = app
        .hufu
        .operators
        .add_api_key(&by, "owner", Seat::OWNER, None, true, day)
        .await;
    let (_, key) = key.unwrap();
    let base = format!("{}/admin/api/v1", app.url);
    let http = http();
    let document = http
        .get(format!("{base}/openapi.json"))
        .bearer_auth(key.expose_secret());
    let document: Value = document.send().await.unwrap().json().await.unwrap();
    let mut calls = 0;
    let mut written = BTreeSet::new();
    // The description of the API is everybody's.
    let paths = document["paths"].as_object().unwrap().iter();
    for (path, item) in paths.filter(|(path, _)| !path.ends_with("/openapi.json")) {
        for method in item.as_object().unwrap().keys() {
            let verb: Method = method.to_uppercase().parse().unwrap();
            if path.contains("/audit/") && verb != Method::GET {
                written.insert(format!("{verb} {path}"));
            }
            let path = path
                .strip_prefix("/admin/api/v1")
                .unwrap_or(path)
                .replace("{code}", code.as_str());
            let url = format!("{base}{}", path.replace("{id}", &cms.client.id.to_string()));
            let ask = || {
                http.request(verb.clone(), &url)
                    .header("if-match", "*")
                    .json(&json!({}))
            };
            for request in [
                ask().basic_auth(cms.client.id, Some(&cms.secret)),
                ask().bearer_auth(&cms.secret),
                ask().bearer_auth(own),
                ask().bearer_auth(person.answer["access_token"].as_str().unwrap()),
                ask().query(&[
                    ("client_id", cms.client.id.to_string()),
                    ("client_secret", cms.secret.clone()),
                ]),
            ] {
                let status = request.send().await.unwrap().status();
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{verb} {url}");
                calls += 1;
            }
        }
    }
    assert!(calls > 250, "{calls}");
    assert!(
        written.is_empty(),
        "nobody writes the log but what it reports: {written:?}"
    );
}

/// What a page or an answer shows in a secret's place is stored as the secret when it is sent back.
pub(crate) async fn what_stands_for_a_secret_is_never_stored(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let by = By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let day = std::time::Duration::from_secs(86_400);
    let key = app
        .hufu
        .operators
        .add_api_key(&by, "owner", Seat::OWNER, None, false, day)
        .await;
    let (_, key) = key.unwrap();
    let url = format!("{}/admin/api/v1/tenants/acme/connectors/{}", app.url, acme.connector.id);
    let send = async |request: reqwest::RequestBuilder| {
        let answer = request
            .bearer_auth(key.expose_secret())
            .header("if-match", "*")
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (_, read) = send(http().get(&url)).await;
    let secret = app.simulator.accounts().remove(0).secret;
    assert!(!read.to_string().contains(&secret), "{read}");
    let shown = read["secrets"]["secret"].clone();
    // Read, and written back whole.
    let (status, answer) = send(http().put(&url).json(&read)).await;
    assert_eq!(status, 400, "what cannot be changed here is not ignored: {answer}");
    let change = json!({"name": "新名字", "settings": read["settings"]});
    assert_eq!(send(http().put(&url).json(&change)).await.0, 200);
    for masked in [
        shown,
        json!(""),
        json!("••••••"),
        json!("********"),
        json!(null),
        json!("*".repeat(32)),
    ] {
        let (status, answer) = send(
            http()
                .put(format!("{url}/secret"))
                .json(&json!({"secrets": {"secret": masked}})),
        )
        .await;
        assert!([400, 422].contains(&status), "{masked}: {answer}");
    }
    whole_login("lisi", &acme, &app).await;

    // The same on the page.
    let user = app.operator(Seat::OWNER, None).await;
    let page = user
        .page(&format!("/admin/tenants/acme/connectors/{}", acme.connector.id))
        .await;
    assert!(!page.body.contains(&secret));
    for input in page.body.split("<input").skip(1) {
        let input = input.split('>').next().unwrap();
        assert!(
            !input.contains("type=\"password\"") || !input.contains("value=\"") || input.contains("value=\"\""),
            "{input}"
        );
    }
}

/// A call that only an administrator can mend is made again and again.
pub(crate) async fn what_only_an_admin_can_mend_is_not_repeated(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let cms = consumer(&app, &acme.tenant.code, &[Right::Token]).await;
    app.simulator
        .update_account(&acme.app_id, |account| account.ip_whitelist = Some(Vec::new()));
    for _ in 0..3 {
        let asked = (0..20).map(|_| cms.get(&app, &acme, "access_token"));
        for (status, body) in futures::future::join_all(asked).await {
            assert!(status.is_server_error() || status.is_client_error(), "{status}");
            assert_eq!(body["errcode"], 40164, "{body}");
            assert!(
                body.to_string().contains("127.0.0.1"),
                "it says which address to allow: {body}"
            );
        }
    }
    let calls = app.simulator.count("/cgi-bin/stable_token");
    assert!(calls <= 6, "sixty readers, {calls} calls");

    // A login's too: one call, one page, one event.
    app.simulator.fault(Fault {
        endpoint: EXCHANGE.to_owned(),
        effect: Effect::Errcode {
            code: 40164,
            message: "invalid ip 203.0.113.9, not in whitelist".to_owned(),
        },
        times: None,
    });
    let browser = Browser::wechat("lisi");
    let callback = up_to_callback(&browser, &acme.app.start("1"), &app).await;
    for _ in 0..5 {
        let page = browser.get(&callback).await;
        assert!(
            page.status.is_client_error() || page.status.is_server_error(),
            "{}",
            page.status
        );
    }
    assert_eq!(app.simulator.count(EXCHANGE), 1);
}

/// The field of the unionid holds the openid.
pub(crate) async fn who_has_no_union_id_has_none(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant_with("acme", &[("open_platform", "main")]).await;
    let next = || {
        app.simulator.next_user(NextUser {
            user: Some("lisi".to_owned()),
            unionid: Some(None),
            ..NextUser::default()
        });
    };
    next();
    let tokens = whole_login("lisi", &acme, &app).await;
    let openid = app.simulator.openid("lisi", &acme.app_id);
    assert_eq!(tokens.claims["wechat_openid"], openid.as_str());
    for told in [&tokens.claims, &tokens.userinfo] {
        assert!(told.get("wechat_unionid").is_none(), "{told}");
    }
    next();
    let link = classic(&app, &acme.app, &acme.app.redirect_uri).replace("snsapi_base", "snsapi_userinfo");
    let page = Browser::wechat("lisi")
        .follow(&link, &[&app.url, &app.simulator_url])
        .await;
    let code = page.location_parameter("code").unwrap();
    let exchange = [
        ("appid", acme.app.client_id.as_str()),
        ("secret", acme.app.client_secret.as_deref().unwrap()),
        ("code", &code),
        ("grant_type", "authorization_code"),
    ];
    let exchange = http().get(format!("{}{EXCHANGE}", app.url)).query(&exchange);
    let body: Value = serde_json::from_str(&exchange.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(body["openid"], openid.as_str());
    assert!(body.get("unionid").is_none(), "{body}");
    let all = PersonFilter::default();
    let people = app.hufu.database.list_people(acme.tenant.id, &all, 10).await.unwrap();
    assert_eq!(people.len(), 1);
    assert!(
        people[0].identities.iter().all(|one| one.identity.union_id.is_none()),
        "{people:?}"
    );
}

/// The state is a constant, or the app's own; or what stands in the place of one passes.
pub(crate) async fn a_state_is_made_for_one_login(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let login = acme.app.start(&"same".repeat(300));
        let sent = browser.get(&login.url).await.location();
        let state = parameter(&sent, "state").unwrap();
        assert!(
            state.len() == 32 && state.bytes().all(|b| b.is_ascii_alphanumeric()),
            "{state}"
        );
        assert!(seen.insert(state), "a state that came before");
    }
    let base = format!("{}/callback/{}", acme.app.issuer, acme.connector.id);
    let own = acme.app.start("own");
    let callback = up_to_callback(&browser, &own, &app).await;
    let code = parameter(&callback, "code").unwrap();
    for state in [
        "",
        "STATE",
        "hufu",
        "acme",
        "商城",
        &acme.app.client_id,
        &own.state,
        &"A".repeat(128),
        "0",
    ] {
        let page = browser
            .get(format!("{base}?code={code}&state={}", encoded(state)))
            .await;
        assert!([400, 404].contains(&page.status.as_u16()), "{state}: {}", page.status);
    }
    assert_eq!(app.simulator.count(EXCHANGE), 0);
    acme.app.finish(&own, &browser.get(&callback).await.location()).await;
}
