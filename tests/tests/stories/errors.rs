//! The error tables of the specifications, endpoint by endpoint: which code, where it goes, and with what around it. What
//! is unknown and what is somebody else's answer alike to the last byte, but for the number of the request.
//!
//! `docs/conformance.md` names for each error code the story that tells it.

use std::collections::BTreeSet;
use std::time::Duration;

use hufu_core::clock::Clock as _;
use hufu_core::manage::ClientEdit;
use hufu_core::model::{Client, ClientKind, ConsentPolicy, Right, Rights, Status};
use hufu_tests::{Browser, ClientKey, Engine, Login, Page, RelyingParty, TestApp, TestTenant, Tokens, fields};
use reqwest::{RequestBuilder, Response, Url};
use serde_json::{Value, json};
use wechat_simulator::{Effect, Fault};

use crate::{log_in, parameter, whole_login};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const OFFLINE: &str = "openid profile offline_access";

/// A request, what it is, and what it is answered with: status and error code.
type Row<'a> = (&'a str, RequestBuilder, u16, &'a str);

/// What a machine was told.
#[derive(Debug)]
struct Said {
    status: u16,
    challenges: Vec<String>,
    error: String,
    /// All of it, but for what differs from answer to answer by nature.
    whole: String,
}

/// Replaces the number of a request wherever it stands.
fn numberless(status: u16, headers: &[(String, String)], body: &str) -> String {
    let number = headers.iter().find(|(name, _)| name == "x-request-id");
    let (_, number) = number.expect("every answer has its number");
    let mut lines: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    lines.sort_unstable();
    format!("{status}\n{}\n\n{}", lines.join("\n"), body.replace(number, "NUMBER"))
}

/// Reads an answer for a machine, and checks what all of them have.
async fn said(what: &str, answer: Response) -> Said {
    let status = answer.status().as_u16();
    let headers: Vec<_> = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let all = |wanted: &str| -> Vec<String> {
        let found = headers.iter().filter(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone()).collect()
    };
    assert_eq!(all("cache-control"), ["no-store"], "{what}");
    assert!(all("location").is_empty() && all("set-cookie").is_empty(), "{what}");
    let (types, challenges) = (all("content-type"), all("www-authenticate"));
    let body = answer.text().await.unwrap();
    let whole = numberless(status, &headers, &body);
    let error = if body.is_empty() {
        String::new()
    } else {
        assert_eq!(types, ["application/json"], "{what}");
        let body: Value = serde_json::from_str(&body).unwrap();
        if let Some(text) = body["error_description"].as_str() {
            let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
            assert!(!text.is_empty() && text.chars().all(allowed), "RFC 6749, 5.2: {text}");
        }
        body["error"].as_str().unwrap_or_default().to_owned()
    };
    Said {
        status,
        challenges,
        error,
        whole,
    }
}

/// Endpoints at which clients prove themselves: 401 comes with a challenge for Basic, nothing else with any.
async fn check(rows: Vec<Row<'_>>) {
    for (what, request, status, error) in rows {
        let said = said(what, request.send().await.unwrap()).await;
        assert_eq!((said.status, &*said.error), (status, error), "{what}: {}", said.whole);
        let challenges = said.challenges.iter();
        let basic = challenges.filter(|text| text.starts_with("Basic realm=")).count();
        assert_eq!(
            (basic, said.challenges.len()),
            if status == 401 { (1, 1) } else { (0, 0) },
            "{what}"
        );
    }
}

/// All of these are answered with the same bytes.
async fn alike(requests: Vec<(&str, RequestBuilder)>) {
    let mut answers = BTreeSet::new();
    for (what, request) in requests {
        answers.insert(said(what, request.send().await.unwrap()).await.whole);
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

/// A page with an error, and what all of them have. It tells the time, which is no part of what is compared.
fn page_error(what: &str, page: &Page, status: u16) -> String {
    assert_eq!(page.status.as_u16(), status, "{what}: {}", page.body);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{what}");
    assert_eq!(page.header("cache-control"), Some("no-store"), "{what}");
    assert!(page.header("location").is_none() && page.header("access-control-allow-origin").is_none());
    assert!(
        page.body.contains(page.header("x-request-id").unwrap()),
        "{what}: nobody finds it in the log"
    );
    let (before, rest) = page.body.split_once("<time").unwrap();
    let body = format!("{before}{}", rest.split_once("</time>").unwrap().1);
    numberless(status, &page.headers, &body)
}

fn one_page(pages: &[String]) {
    let all: BTreeSet<_> = pages.iter().collect();
    assert_eq!(all.len(), 1, "{all:#?}");
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Two tenants; the first has two confidential clients, a public one and one that is switched off.
struct Scene {
    app: TestApp,
    acme: TestTenant,
    zoo: TestTenant,
    party: RelyingParty,
    sibling: RelyingParty,
    native: RelyingParty,
    closed: RelyingParty,
}

impl Scene {
    async fn set(engine: Engine) -> Self {
        let app = TestApp::start(engine).await;
        let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
        let code = &acme.tenant.code;
        let (sibling, sibling_app) = app.client(code, ClientKind::Confidential).await;
        let (_, native) = app.client(code, ClientKind::Public).await;
        let (closed, closed_app) = app.client(code, ClientKind::Confidential).await;
        for (tenant, client) in [(&acme, &acme.client), (&acme, &sibling), (&zoo, &zoo.client)] {
            edit(&app, tenant, client, |edit| {
                edit.scopes = OFFLINE.split(' ').map(str::to_owned).collect();
            })
            .await;
        }
        let disabled = app.manager();
        disabled
            .set_client_status(code, closed.id, Status::Disabled)
            .await
            .unwrap();
        Self {
            party: acme.app.clone().asking(OFFLINE),
            sibling: sibling_app.asking(OFFLINE),
            native,
            closed: closed_app,
            app,
            acme,
            zoo,
        }
    }

    /// A POST to an endpoint of the first tenant.
    fn post(&self, endpoint: &str) -> RequestBuilder {
        http().post(format!("{}/oauth2/{endpoint}", self.party.issuer))
    }

    /// A form of that client's.
    fn form(&self, endpoint: &str, party: &RelyingParty, form: &[(&str, &str)]) -> RequestBuilder {
        let request = self.post(endpoint);
        match &party.client_secret {
            Some(secret) => request.basic_auth(&party.client_id, Some(secret)).form(form),
            None => {
                let mut form = form.to_vec();
                form.push(("client_id", &party.client_id));
                request.form(&form)
            }
        }
    }

    /// Clients that do not prove themselves, by all the ways there are to fail at it.
    fn impostors(&self, endpoint: &'static str, form: &[(&str, &str)]) -> Vec<(&'static str, RequestBuilder)> {
        let (id, secret) = (&self.party.client_id, self.party.client_secret.as_deref());
        let foreign = (&self.zoo.app.client_id, self.zoo.app.client_secret.as_deref());
        let closed = (&self.closed.client_id, self.closed.client_secret.as_deref());
        let asks = || self.post(endpoint).form(form);
        let mut nobody = form.to_vec();
        nobody.extend([("client_id", &**id), ("client_secret", "wrong")]);
        let mut public = form.to_vec();
        public.extend([("client_id", &*self.native.client_id), ("client_secret", "x")]);
        vec![
            ("no proof", asks()),
            ("a wrong secret", asks().basic_auth(id, Some("wrong"))),
            ("no secret", asks().basic_auth(id, Some(""))),
            ("a wrong secret in the form", self.post(endpoint).form(&nobody)),
            (
                "an unknown client",
                asks().basic_auth("01ARZ3NDEKTSV4RRFFQ69G5FAV", secret),
            ),
            (
                "a client that has no form of ours",
                asks().basic_auth("' OR 1=1 --", secret),
            ),
            ("another tenant's client", asks().basic_auth(foreign.0, foreign.1)),
            ("a client that is switched off", asks().basic_auth(closed.0, closed.1)),
            ("a public client with a secret", self.post(endpoint).form(&public)),
            ("another scheme", asks().bearer_auth("x")),
        ]
    }

    /// Requests that are wrong in themselves, at each endpoint that takes forms of clients.
    async fn refuses_impostors(&self, endpoint: &'static str, form: &[(&str, &str)]) {
        let rows = self.impostors(endpoint, form);
        let rows = rows
            .into_iter()
            .map(|(what, request)| (what, request, 401, "invalid_client"));
        check(rows.collect()).await;
        alike(self.impostors(endpoint, form)).await;
        let (id, secret) = (&self.party.client_id, self.party.client_secret.as_deref());
        let proved = || self.post(endpoint).basic_auth(id, secret);
        let mut twice = form.to_vec();
        twice.push(("client_secret", "both ways"));
        let mut other = form.to_vec();
        other.push(("client_id", &self.sibling.client_id));
        let encoded = "application/x-www-form-urlencoded";
        check(vec![
            ("two ways of proof", proved().form(&twice), 400, "invalid_request"),
            ("two clients", proved().form(&other), 400, "invalid_request"),
            (
                "two headers",
                proved().basic_auth(id, secret).form(form),
                400,
                "invalid_request",
            ),
            ("JSON", proved().json(&json!({"token": "x"})), 400, "invalid_request"),
            ("no body", proved(), 400, "invalid_request"),
            (
                "not UTF-8",
                proved().header("content-type", encoded).body("token=%FF"),
                400,
                "invalid_request",
            ),
        ])
        .await;
        let got = http()
            .get(format!("{}/oauth2/{endpoint}", self.party.issuer))
            .send()
            .await
            .unwrap();
        assert_eq!(
            (got.status().as_u16(), &got.headers()["content-type"]),
            (405, &"application/json".parse().unwrap())
        );
        assert!(got.headers()["allow"].to_str().unwrap().contains("POST"));
        let nowhere = format!("{}/t/nobody/oauth2/{endpoint}", self.app.url);
        let nowhere = http().post(nowhere).basic_auth(id, secret).form(form);
        check(vec![("no such tenant", nowhere, 404, "tenant_unknown")]).await;
    }

    async fn code(&self, party: &RelyingParty) -> (Login, String) {
        let login = party.start("errors");
        let callback = log_in(&Browser::wechat("lisi"), &login, &self.app).await;
        (login, parameter(&callback, "code").unwrap())
    }

    async fn tokens(&self, party: &RelyingParty) -> Tokens {
        let login = party.start("errors");
        let callback = log_in(&Browser::wechat("lisi"), &login, &self.app).await;
        party.finish(&login, &callback).await
    }

    async fn refresh_token(&self, party: &RelyingParty) -> String {
        text(&self.tokens(party).await.answer, "refresh_token")
    }

    /// Somebody's session, tokens and codes of the other tenant.
    fn elsewhere(&self) -> RelyingParty {
        self.zoo.app.clone().asking(OFFLINE)
    }
}

fn text(answer: &Value, name: &str) -> String {
    answer[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {answer}"))
        .to_owned()
}

async fn edit(app: &TestApp, tenant: &TestTenant, client: &Client, change: impl FnOnce(&mut ClientEdit)) {
    let code = &tenant.tenant.code;
    let mut edit = ClientEdit::from(&*app.manager().client(code, client.id).await.unwrap());
    change(&mut edit);
    app.manager().change_client(code, client.id, edit, None).await.unwrap();
}

/// RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6: at the app when the redirect URI is the app's, else a page.
pub(crate) async fn at_the_authorization_endpoint(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let browser = Browser::wechat("lisi");
    let login = acme.app.start("x");
    let with = |changes: &[(&str, &str)]| {
        let mut url = Url::parse(&login.url).unwrap();
        let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
        for (name, value) in changes {
            pairs.retain(|(known, _)| known != name);
            if !value.is_empty() {
                pairs.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        url.query_pairs_mut().clear().extend_pairs(pairs);
        url
    };
    let silver = r#"{"id_token":{"acr":{"essential":true,"values":["urn:mace:incommon:iap:silver"]}}}"#;
    let consents = app.client(&acme.tenant.code, ClientKind::Confidential).await;
    edit(&app, &acme, &consents.0, |edit| {
        edit.protocol.consent = ConsentPolicy::Ask;
    })
    .await;
    whole(&browser, &acme.app, &app).await;
    let foreign = whole(&Browser::wechat("zhangsan"), &zoo.app, &app).await;
    let hint = text(&foreign.answer, "id_token");
    for (changes, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("max_age", "-1")], "invalid_request"),
        (&[("claims", "{")], "invalid_request"),
        (&[("id_token_hint", &hint)], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("dpop_jkt", "x")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("scope", "email")], "invalid_scope"),
        (&[("scope", "")], "invalid_scope"),
        (&[("prompt", "none"), ("max_age", "0")], "login_required"),
        (
            &[("prompt", "none"), ("client_id", &*consents.1.client_id)],
            "consent_required",
        ),
        (&[("request", "e30.e30.")], "request_not_supported"),
        (&[("request_uri", "https://app.example/r")], "request_uri_not_supported"),
        (&[("registration", "{}")], "registration_not_supported"),
        (&[("claims", silver)], "unmet_authentication_requirements"),
    ] {
        let page = browser.get(with(changes)).await;
        assert_eq!(page.status, 303, "{changes:?} {}", page.body);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert!(page.header("set-cookie").is_none() && page.header("access-control-allow-origin").is_none());
        let to = page.location();
        let names: Vec<_> = to.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["from", "error", "error_description", "state", "iss"], "{to}");
        assert!(to.as_str().starts_with("https://app.example/callback?") && to.fragment().is_none());
        assert_eq!(parameter(&to, "error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(parameter(&to, "state").as_deref(), Some(&*login.state));
        assert_eq!(parameter(&to, "iss").as_deref(), Some(&*acme.app.issuer));
    }
    // access_denied: the person says no.
    let refusing = Browser::wechat("lisi").refusing();
    let page = refusing.follow(&login.url, &[&app.url, &app.simulator_url]).await;
    assert_eq!(page.location_parameter("error").as_deref(), Some("access_denied"));
    // Where the person should read first what happened, the way back to the app is a link.
    for (errcode, status, error) in [(40125, 403, "server_error"), (-1, 503, "temporarily_unavailable")] {
        app.simulator.fault(Fault {
            endpoint: "/sns/oauth2/access_token".to_owned(),
            effect: Effect::Errcode {
                code: errcode,
                message: "no".to_owned(),
            },
            times: None,
        });
        let stranger = Browser::wechat("lisi");
        let page = stranger.follow(&login.url, &[&app.url, &app.simulator_url]).await;
        app.simulator.clear_faults();
        page_error(error, &page, status);
        let back = page
            .body
            .split("href=\"")
            .find(|link| link.starts_with("https://app.example/callback"));
        let back = back.and_then(|link| link.split('"').next()).unwrap_or_default();
        assert!(back.contains(&format!("error={error}&#38;")), "{}", page.body);
    }

    let urn = "urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let (bad, foreign) = ("https://evil.example/", &*zoo.app.client_id);
    for (what, changes, status) in [
        ("no client", &[("client_id", "")][..], 404),
        ("an unknown redirect URI", &[("redirect_uri", bad)], 400),
        (
            "and a silent request",
            &[("redirect_uri", bad), ("prompt", "none")],
            400,
        ),
        (
            "and an unknown response type",
            &[("redirect_uri", bad), ("response_type", "x")],
            400,
        ),
        ("no redirect URI", &[("redirect_uri", "")], 400),
        ("an unknown request", &[("request_uri", urn)], 400),
    ] {
        page_error(what, &browser.get(with(changes)).await, status);
    }
    page_error(
        "a parameter twice",
        &browser.get(format!("{}&state=x", login.url)).await,
        400,
    );
    let mut pages = Vec::new();
    for (what, id) in [
        ("an unknown client", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("another tenant's", foreign),
        ("one without our form", "x"),
    ] {
        pages.push(page_error(what, &browser.get(with(&[("client_id", id)])).await, 404));
    }
    one_page(&pages);
}

async fn whole(browser: &Browser, party: &RelyingParty, app: &TestApp) -> Tokens {
    let login = party.start("errors");
    let callback = log_in(browser, &login, app).await;
    party.finish(&login, &callback).await
}

/// RFC 6749, 5.2; RFC 9449, 5.
pub(crate) async fn at_the_token_endpoint(engine: Engine) {
    let scene = Scene::set(engine).await;
    let party = &scene.party;
    let grant = ("grant_type", "authorization_code");
    scene.refuses_impostors("token", &[grant, ("code", "x")]).await;

    let (login, code) = scene.code(party).await;
    let whole = [
        grant,
        ("code", &*code),
        ("redirect_uri", &*party.redirect_uri),
        ("code_verifier", &*login.verifier),
    ];
    let with = |name: &'static str, value: &'static str| {
        let mut form: Vec<_> = whole.iter().copied().filter(|(known, _)| *known != name).collect();
        if !value.is_empty() {
            form.push((name, value));
        }
        scene.form("token", party, &form)
    };
    let refresh = scene.refresh_token(party).await;
    let wider = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh),
        ("scope", "openid wechat"),
    ];
    let wrong = "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";
    let key = ClientKey::generate();
    let now = scene.app.clock.now().as_secs();
    let old = key.proof("POST", &format!("{}/oauth2/token", party.issuer), now - 600, None);
    check(vec![
        ("no grant", with("grant_type", ""), 400, "invalid_request"),
        ("no code", with("code", ""), 400, "invalid_request"),
        (
            "two codes",
            scene.form("token", party, &[whole[0], whole[1], whole[1]]),
            400,
            "invalid_request",
        ),
        (
            "an unknown grant",
            with("grant_type", "urn:x"),
            400,
            "unsupported_grant_type",
        ),
        (
            "a password",
            with("grant_type", "password"),
            400,
            "unsupported_grant_type",
        ),
        (
            "another redirect URI",
            with("redirect_uri", "https://app.example/second"),
            400,
            "invalid_grant",
        ),
        ("no redirect URI", with("redirect_uri", ""), 400, "invalid_grant"),
        ("another verifier", with("code_verifier", wrong), 400, "invalid_grant"),
        ("no verifier", with("code_verifier", ""), 400, "invalid_grant"),
        (
            "no token to refresh",
            scene.form("token", party, &[wider[0]]),
            400,
            "invalid_request",
        ),
        (
            "more than was granted",
            scene.form("token", party, &wider),
            400,
            "invalid_scope",
        ),
        (
            "a client that may not speak for itself",
            scene.form("token", party, &[("grant_type", "client_credentials")]),
            400,
            "unauthorized_client",
        ),
        (
            "a client that has no devices",
            scene.form("token", party, &[("grant_type", DEVICE), ("device_code", "x")]),
            400,
            "unauthorized_client",
        ),
        (
            "no proof at all",
            scene.form("token", party, &whole).header("dpop", "x"),
            400,
            "invalid_dpop_proof",
        ),
        (
            "an old proof",
            scene.form("token", party, &whole).header("dpop", old),
            400,
            "invalid_dpop_proof",
        ),
    ])
    .await;

    // Codes that are of no use here: unknown, another client's, another tenant's, spent, over.
    let (_, siblings) = scene.code(&scene.sibling).await;
    let (_, foreign) = scene.code(&scene.elsewhere()).await;
    let (spent_login, spent) = scene.code(party).await;
    assert_eq!(party.redeem(&spent, &spent_login, &[]).await.status(), 200);
    let bring = |code: &str| {
        let mut form = whole;
        form[1].1 = code;
        scene.form("token", party, &form)
    };
    alike(vec![
        ("unknown", bring("x")),
        ("another client's", bring(&siblings)),
        ("another tenant's", bring(&foreign)),
        ("spent", bring(&spent)),
        ("a refresh token", bring(&refresh)),
    ])
    .await;
    // And refresh tokens.
    let siblings = scene.refresh_token(&scene.sibling).await;
    let foreign = scene.refresh_token(&scene.elsewhere()).await;
    let revoked = scene.refresh_token(party).await;
    assert_eq!(party.ask("revoke", &[("token", &revoked)], &[]).await.0, 200);
    let bring = |token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        scene.form("token", party, &form)
    };
    let unknown = || bring("01J0000000000000000000000F.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    check(vec![("an unknown refresh token", unknown(), 400, "invalid_grant")]).await;
    alike(vec![
        ("unknown", unknown()),
        ("no token of ours", bring("x")),
        ("another client's", bring(&siblings)),
        ("another tenant's", bring(&foreign)),
        ("revoked", bring(&revoked)),
        ("a code", bring(&code)),
    ])
    .await;
    // The good code was spent by nothing of this; a minute later it is as if it had never been.
    let (_, late) = scene.code(party).await;
    assert_eq!(party.redeem(&code, &login, &[]).await.status(), 200);
    scene.app.clock.advance(Duration::from_secs(61));
    let bring = |code: &str| scene.form("token", party, &[grant, ("code", code), whole[2], whole[3]]);
    check(vec![("an unknown code", bring("x"), 400, "invalid_grant")]).await;
    alike(vec![("unknown", bring("x")), ("over", bring(&late))]).await;
}

/// RFC 7009, 2.2: all is well, or the request is wrong.
pub(crate) async fn at_the_revocation_endpoint(engine: Engine) {
    let scene = Scene::set(engine).await;
    let party = &scene.party;
    scene.refuses_impostors("revoke", &[("token", "x")]).await;
    check(vec![
        (
            "no token",
            scene.form("revoke", party, &[("x", "y")]),
            400,
            "invalid_request",
        ),
        (
            "two tokens",
            scene.form("revoke", party, &[("token", "a"), ("token", "b")]),
            400,
            "invalid_request",
        ),
    ])
    .await;
    let mine = scene.tokens(party).await.answer;
    let siblings = scene.tokens(&scene.sibling).await.answer;
    let foreign = scene.tokens(&scene.elsewhere()).await.answer;
    let access = |answer: &Value| text(answer, "access_token");
    let bring = |token: &str| scene.form("revoke", party, &[("token", token)]);
    let hint = [("token", "x"), ("token_type_hint", "saml2")];
    alike(vec![
        ("unknown", bring("x")),
        ("a hint that says nothing", scene.form("revoke", party, &hint)),
        ("another client's", bring(&access(&siblings))),
        (
            "another client's refresh token",
            bring(&text(&siblings, "refresh_token")),
        ),
        ("another tenant's", bring(&access(&foreign))),
        ("their own", bring(&access(&mine))),
        ("their own again", bring(&access(&mine))),
        ("their own refresh token", bring(&text(&mine, "refresh_token"))),
    ])
    .await;
    check(vec![("unknown", bring("x"), 200, "")]).await;
    // Only their own are.
    assert_eq!(party.userinfo(&access(&mine)).await.0, 401);
    assert_eq!(scene.sibling.userinfo(&access(&siblings)).await.0, 200);
    assert_eq!(scene.zoo.app.userinfo(&access(&foreign)).await.0, 200);
}

/// RFC 7662, 2.2 and 2.3.
pub(crate) async fn at_the_introspection_endpoint(engine: Engine) {
    let scene = Scene::set(engine).await;
    let party = &scene.party;
    scene.refuses_impostors("introspect", &[("token", "x")]).await;
    check(vec![
        (
            "no token",
            scene.form("introspect", party, &[("x", "y")]),
            400,
            "invalid_request",
        ),
        (
            "two tokens",
            scene.form("introspect", party, &[("token", "a"), ("token", "b")]),
            400,
            "invalid_request",
        ),
        (
            "a public client",
            scene.form("introspect", &scene.native, &[("token", "x")]),
            401,
            "invalid_client",
        ),
    ])
    .await;
    let siblings = scene.tokens(&scene.sibling).await.answer;
    let foreign = scene.tokens(&scene.elsewhere()).await.answer;
    let revoked = scene.tokens(party).await.answer;
    let access = |answer: &Value| text(answer, "access_token");
    assert_eq!(party.ask("revoke", &[("token", &access(&revoked))], &[]).await.0, 200);
    let over = scene.tokens(party).await.answer;
    let (status, told) = party.ask("introspect", &[("token", &access(&over))], &[]).await;
    assert_eq!((status, &told["active"]), (200, &json!(true)));
    scene.app.clock.advance(Duration::from_secs(3601));
    let fresh = scene.tokens(&scene.sibling).await.answer;
    let bring = |token: &str| scene.form("introspect", party, &[("token", token)]);
    alike(vec![
        ("unknown", bring("x")),
        ("no token of ours", bring("a.b.c")),
        ("another client's", bring(&access(&fresh))),
        (
            "another client's refresh token",
            bring(&text(&siblings, "refresh_token")),
        ),
        ("another tenant's", bring(&access(&foreign))),
        (
            "another tenant's refresh token",
            bring(&text(&foreign, "refresh_token")),
        ),
        ("revoked", bring(&access(&revoked))),
        ("over", bring(&access(&over))),
    ])
    .await;
    let (_, told) = party.ask("introspect", &[("token", "x")], &[]).await;
    assert_eq!(told, json!({"active": false}));
}

/// RFC 6750, 3.1; RFC 9449, 7.1.
pub(crate) async fn at_userinfo(engine: Engine) {
    let scene = Scene::set(engine).await;
    let url = format!("{}/oauth2/userinfo", scene.party.issuer);
    let get = || http().get(&url);
    let none = said("no token", get().send().await.unwrap()).await;
    assert_eq!(none.status, 401);
    assert_eq!(
        none.challenges[0], "Bearer realm=\"acme\"",
        "no error where no token was sent"
    );
    assert!(
        none.challenges[1].starts_with("DPoP realm=\"acme\", algs=\""),
        "{none:?}"
    );
    let token = text(&scene.tokens(&scene.party).await.answer, "access_token");
    alike(vec![
        ("no token", get()),
        ("another scheme", get().basic_auth("x", Some("y"))),
        (
            "a token in the query",
            http().get(format!("{url}?access_token={token}")),
        ),
    ])
    .await;

    let form = [("access_token", &*token)];
    for (what, request) in [
        ("two tokens", http().post(&url).bearer_auth(&token).form(&form)),
        ("two in the form", http().post(&url).form(&[form[0], form[0]])),
        (
            "two headers",
            get()
                .bearer_auth(&token)
                .header("authorization", format!("Bearer {token}")),
        ),
    ] {
        let said = said(what, request.send().await.unwrap()).await;
        assert_eq!((said.status, &*said.error), (400, "invalid_request"), "{what}");
        assert!(
            said.challenges[0].starts_with("Bearer realm=\"acme\", error=\"invalid_request\""),
            "{said:?}"
        );
    }

    let foreign = text(&scene.tokens(&scene.elsewhere()).await.answer, "access_token");
    let ended = scene.tokens(&scene.party).await.answer;
    let revoked = text(&ended, "access_token");
    assert_eq!(scene.party.ask("revoke", &[("token", &revoked)], &[]).await.0, 200);
    let refresh = scene.refresh_token(&scene.party).await;
    edit(&scene.app, &scene.acme, &scene.acme.client, |edit| {
        edit.protocol.client_credentials = true;
        edit.rights = Rights {
            granted: BTreeSet::from([Right::Token]),
            ..Rights::default()
        };
    })
    .await;
    let own = [("grant_type", "client_credentials")];
    let own = text(&scene.party.ask("token", &own, &[]).await.1, "access_token");
    let over = text(&scene.tokens(&scene.party).await.answer, "access_token");
    scene.app.clock.advance(Duration::from_secs(3601));
    let one = said("unknown", get().bearer_auth("x").send().await.unwrap()).await;
    assert_eq!(
        (one.status, &*one.error, one.challenges.len()),
        (401, "invalid_token", 1)
    );
    assert!(one.challenges[0].starts_with("Bearer realm=\"acme\", error=\"invalid_token\", error_description=\""));
    alike(vec![
        ("unknown", get().bearer_auth("x")),
        ("another tenant's", get().bearer_auth(&foreign)),
        ("revoked", get().bearer_auth(&revoked)),
        ("over", get().bearer_auth(&over)),
        ("a refresh token", get().bearer_auth(&refresh)),
        ("a client's own", get().bearer_auth(&own)),
    ])
    .await;

    // Bound to a key: without its proof it is no token, with a wrong one the proof is what is wrong.
    let (key, thief, now) = (
        ClientKey::generate(),
        ClientKey::generate(),
        scene.app.clock.now().as_secs(),
    );
    let (login, code) = scene.code(&scene.party).await;
    let at = format!("{}/oauth2/token", scene.party.issuer);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", &*scene.party.redirect_uri),
        ("code_verifier", &*login.verifier),
    ];
    let proof = key.proof("POST", &at, now, None);
    let (_, bound) = scene.party.ask("token", &form, &[("DPoP", &proof)]).await;
    let bound = text(&bound, "access_token");
    let dpop = |proof: String| {
        get()
            .header("authorization", format!("DPoP {bound}"))
            .header("dpop", proof)
    };
    for (what, request, error) in [
        ("no proof", get().bearer_auth(&bound), "invalid_token"),
        (
            "another's proof",
            dpop(thief.proof("GET", &url, now, Some(&bound))),
            "invalid_token",
        ),
        (
            "a proof of another token",
            dpop(key.proof("GET", &url, now, Some("x"))),
            "invalid_dpop_proof",
        ),
        ("a proof that is none", dpop("x".to_owned()), "invalid_dpop_proof"),
    ] {
        let said = said(what, request.send().await.unwrap()).await;
        assert_eq!((said.status, &*said.error), (401, error), "{what}");
        let start = format!("DPoP realm=\"acme\", error=\"{error}\"");
        assert!(
            said.challenges[0].starts_with(&start) && said.challenges.len() == 1,
            "{said:?}"
        );
    }
}

/// RFC 9126, 2.3: told to the app's server, as JSON.
pub(crate) async fn at_the_par_endpoint(engine: Engine) {
    let scene = Scene::set(engine).await;
    let party = &scene.party;
    let url = Url::parse(&party.start("par").url).unwrap();
    let pairs: Vec<_> = url
        .query_pairs()
        .into_owned()
        .filter(|(name, _)| name != "client_id")
        .collect();
    let good: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    scene.refuses_impostors("par", &good).await;
    let with = |name: &'static str, value: &'static str| {
        let mut form: Vec<_> = good.iter().copied().filter(|(known, _)| *known != name).collect();
        form.push((name, value));
        scene.form("par", party, &form)
    };
    let mut twice = good.clone();
    twice.push(("scope", "openid"));
    check(vec![
        (
            "an unknown redirect URI",
            with("redirect_uri", "https://evil.example/"),
            400,
            "invalid_request",
        ),
        ("no redirect URI", with("redirect_uri", ""), 400, "invalid_request"),
        ("no response type", with("response_type", ""), 400, "invalid_request"),
        (
            "another response type",
            with("response_type", "token"),
            400,
            "unsupported_response_type",
        ),
        (
            "another way to answer",
            with("response_mode", "fragment"),
            400,
            "invalid_request",
        ),
        ("nothing it may have", with("scope", "email"), 400, "invalid_scope"),
        (
            "a request in the request",
            with("request_uri", "urn:x"),
            400,
            "invalid_request",
        ),
        (
            "a request object",
            with("request", "e30.e30."),
            400,
            "request_not_supported",
        ),
        (
            "prompts that exclude each other",
            with("prompt", "none login"),
            400,
            "invalid_request",
        ),
        (
            "a parameter twice",
            scene.form("par", party, &twice),
            400,
            "invalid_request",
        ),
        (
            "a proof that is none",
            scene.form("par", party, &good).header("dpop", "x"),
            400,
            "invalid_dpop_proof",
        ),
    ])
    .await;

    // What is pushed is one client's at one tenant: to the rest of the world it does not exist.
    let pushed = scene.form("par", party, &good).send().await.unwrap();
    assert_eq!(pushed.status(), 201);
    assert_eq!(pushed.headers()["cache-control"], "no-store");
    let pushed = text(&pushed.json::<Value>().await.unwrap(), "request_uri");
    let browser = Browser::wechat("lisi");
    let bring = async |issuer: &str, client: &str, uri: &str| {
        let url = format!("{issuer}/oauth2/authorize?client_id={client}&request_uri={uri}");
        browser.get(url).await
    };
    let unknown = "urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let (sibling, foreign) = (&scene.sibling.client_id, &scene.zoo.app);
    one_page(&[
        page_error("unknown", &bring(&party.issuer, sibling, unknown).await, 400),
        page_error("another client's", &bring(&party.issuer, sibling, &pushed).await, 400),
    ]);
    one_page(&[
        page_error(
            "unknown",
            &bring(&foreign.issuer, &foreign.client_id, unknown).await,
            400,
        ),
        page_error(
            "another tenant's",
            &bring(&foreign.issuer, &foreign.client_id, &pushed).await,
            400,
        ),
    ]);
    scene.app.clock.advance(Duration::from_secs(91));
    one_page(&[
        page_error("unknown", &bring(&party.issuer, &party.client_id, unknown).await, 400),
        page_error("over", &bring(&party.issuer, &party.client_id, &pushed).await, 400),
    ]);
}

/// RFC 8628, 3.1 and 3.5.
pub(crate) async fn of_devices(engine: Engine) {
    let scene = Scene::set(engine).await;
    let party = &scene.party;
    let sibling = scene.sibling.client_id.parse().unwrap();
    let sibling = scene
        .app
        .manager()
        .client(&scene.acme.tenant.code, sibling)
        .await
        .unwrap();
    let begin = |party: &RelyingParty, scope: &str| scene.form("device_authorization", party, &[("scope", scope)]);
    check(vec![(
        "not allowed",
        begin(party, "openid"),
        400,
        "unauthorized_client",
    )])
    .await;
    for (tenant, client) in [
        (&scene.acme, &scene.acme.client),
        (&scene.acme, &*sibling),
        (&scene.zoo, &scene.zoo.client),
    ] {
        edit(&scene.app, tenant, client, |edit| edit.protocol.device_code = true).await;
    }
    scene.refuses_impostors_of_devices().await;
    let twice = [("scope", "openid"), ("scope", "openid")];
    check(vec![
        ("nothing it may have", begin(party, "email"), 400, "invalid_scope"),
        ("no scope", begin(party, ""), 400, "invalid_scope"),
        (
            "a parameter twice",
            scene.form("device_authorization", party, &twice),
            400,
            "invalid_request",
        ),
    ])
    .await;

    let begun = async |party: &RelyingParty| -> Value {
        let (status, answer) = party.ask("device_authorization", &[("scope", "openid")], &[]).await;
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let asks = |code: &str| scene.form("token", party, &[("grant_type", DEVICE), ("device_code", code)]);
    let (siblings, foreign) = (begun(&scene.sibling).await, begun(&scene.zoo.app).await);
    let (mine, over) = (begun(party).await, begun(party).await);
    let (mine, over) = (text(&mine, "device_code"), text(&over, "device_code"));
    let refused = begun(party).await;
    let browser = Browser::wechat("lisi");
    let page = text(&refused, "verification_uri");
    let form = fields(
        &browser
            .post(&page, &[("user_code", &text(&refused, "user_code"))])
            .await
            .body,
    );
    let no = [
        ("user_code", &*form["user_code"]),
        ("confirm", &*form["confirm"]),
        ("answer", "refuse"),
    ];
    assert_eq!(browser.post(&page, &no).await.status, 200);
    check(vec![
        ("nobody yet", asks(&mine), 400, "authorization_pending"),
        ("too soon", asks(&mine), 400, "slow_down"),
        (
            "the person said no",
            asks(&text(&refused, "device_code")),
            400,
            "access_denied",
        ),
        ("an unknown code", asks("x"), 400, "invalid_grant"),
        (
            "no code",
            scene.form("token", party, &[("grant_type", DEVICE)]),
            400,
            "invalid_request",
        ),
    ])
    .await;
    alike(vec![
        ("unknown", asks("x")),
        ("another client's", asks(&text(&siblings, "device_code"))),
        ("another tenant's", asks(&text(&foreign, "device_code"))),
    ])
    .await;

    // The page: another tenant's code and one that was never given are one.
    let typed = async |code: &str| {
        let shown = Browser::wechat("zhangsan").post(&page, &[("user_code", code)]).await;
        assert_eq!(shown.status, 404, "{}", shown.body);
        let number = shown.header("x-request-id").unwrap();
        shown.body.replace(code, "CODE").replace(number, "NUMBER")
    };
    let unknown = typed("BBBB-BBBB").await;
    assert_eq!(typed(&text(&foreign, "user_code")).await, unknown);
    scene.app.clock.advance(Duration::from_secs(601));
    check(vec![("over", asks(&over), 400, "expired_token")]).await;
    assert_eq!(typed(&text(&siblings, "user_code")).await, unknown);
}

impl Scene {
    /// The grant at the token endpoint, too, is for clients that prove themselves.
    async fn refuses_impostors_of_devices(&self) {
        self.refuses_impostors("device_authorization", &[("scope", "openid")])
            .await;
        let form = [("grant_type", DEVICE), ("device_code", "x")];
        alike(self.impostors("token", &form)).await;
    }
}

/// RP-Initiated Logout, 2 and 4: pages, for there is nobody else to tell.
pub(crate) async fn at_the_logout_endpoint(engine: Engine) {
    let scene = Scene::set(engine).await;
    edit(&scene.app, &scene.acme, &scene.acme.client, |edit| {
        edit.post_logout_redirect_uris = vec!["https://app.example/bye".to_owned()];
    })
    .await;
    let mine = whole_login("lisi", &scene.acme, &scene.app).await;
    let foreign = whole_login("lisi", &scene.zoo, &scene.app).await;
    let (mine, foreign) = (text(&mine.answer, "id_token"), text(&foreign.answer, "id_token"));
    let browser = Browser::wechat("lisi");
    let leaves = async |parameters: &[(&str, &str)]| {
        let mut url = Url::parse(&format!("{}/oauth2/logout", scene.party.issuer)).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        browser.get(&url).await
    };
    let hint = ("id_token_hint", &*mine);
    let evil = ("post_logout_redirect_uri", "https://evil.example/");
    for (what, parameters) in [
        ("a URI that is not registered", &[hint, evil][..]),
        ("by the client's name", &[("client_id", &*scene.party.client_id), evil]),
        ("a hint twice", &[hint, hint]),
        (
            "a hint of another client",
            &[hint, ("client_id", &*scene.sibling.client_id)],
        ),
    ] {
        let page = leaves(parameters).await;
        page_error(what, &page, 400);
        assert!(!page.body.contains("evil.example"), "{what}");
    }
    let mut pages = Vec::new();
    for (what, token) in [
        ("no token", "x"),
        ("without a signature", "eyJhbGciOiJub25lIn0.e30."),
        ("another tenant's", &foreign),
        ("changed", &mine.replacen(".eyJ", ".eyK", 1)),
    ] {
        pages.push(page_error(what, &leaves(&[("id_token_hint", token)]).await, 400));
    }
    one_page(&pages);
    let mut pages = Vec::new();
    for (what, id) in [
        ("an unknown client", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("another tenant's", &*scene.zoo.app.client_id),
        ("no id of ours", "x"),
    ] {
        pages.push(page_error(what, &leaves(&[("client_id", id)]).await, 404));
    }
    one_page(&pages);
}
