//! Attacks, one a story: what somebody tries, and that nothing comes of it. `docs/security.md` says which threat each one
//! belongs to.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hufu_core::manage::ClientEdit;
use hufu_core::model::{AccessTokenFormat, Action, Client, ClientKind};
use hufu_tests::{Browser, Engine, Login, RelyingParty, TestApp, TestTenant, Tokens};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wechat_simulator::NextUser;

use crate::{log_in, parameter, up_to_callback};

const OFFLINE: &str = "openid profile wechat offline_access";
const SESSION: &str = "hufu_session_acme";

async fn change(app: &TestApp, tenant: &TestTenant, client: &Client, edit: impl FnOnce(&mut ClientEdit)) {
    let code = &tenant.tenant.code;
    let mut changed = ClientEdit::from(&*app.manager().client(code, client.id).await.unwrap());
    edit(&mut changed);
    let manager = app.manager();
    manager.change_client(code, client.id, changed, None).await.unwrap();
}

/// The tenant's app with everything that can be stolen: refresh tokens, and access tokens that are JWTs.
async fn rich(app: &TestApp, tenant: &TestTenant) -> RelyingParty {
    change(app, tenant, &tenant.client, |edit| {
        edit.scopes = OFFLINE.split(' ').map(str::to_owned).collect();
        edit.protocol.access_token = AccessTokenFormat::Jwt;
    })
    .await;
    tenant.app.clone().asking(OFFLINE)
}

async fn logged_in(browser: &Browser, party: &RelyingParty, salt: &str, app: &TestApp) -> Tokens {
    let login = party.start(salt);
    let callback = log_in(browser, &login, app).await;
    party.finish(&login, &callback).await
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("{name} in {answer}"))
}

fn error(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"].as_str().unwrap_or_default())
}

/// Whether the browser is sent to WeChat: nobody is signed in.
async fn is_stranger(browser: &Browser, party: &RelyingParty, app: &TestApp) -> bool {
    let page = browser.get(&party.start("stranger?").url).await;
    page.location().as_str().starts_with(&app.simulator_url)
}

/// Login CSRF and session fixation: a callback, or a cookie, that an attacker made leaves the victim as they were.
pub(crate) async fn a_foreign_callback_signs_nobody_in(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let attacker = Browser::wechat("zhangsan");
    let theirs = acme.app.start("attacker");
    let callback = up_to_callback(&attacker, &theirs, &app).await;

    let victim = Browser::wechat("lisi");
    let planted = "A".repeat(43);
    victim.plant(&app.url, SESSION, &planted);
    // Before and while the victim logs in themselves.
    for _ in 0..2 {
        let page = victim.get(&callback).await;
        assert_eq!(page.status, 403, "{}", page.body);
        assert!(page.header("location").is_none() && page.header("set-cookie").is_none());
        assert_eq!(victim.cookie(SESSION).as_deref(), Some(planted.as_str()));
        assert!(is_stranger(&victim, &acme.app, &app).await);
    }
    let mine = logged_in(&victim, &acme.app, "mine", &app).await;
    let fresh = victim.cookie(SESSION).unwrap();
    assert_ne!(fresh, planted, "a value that was there before is never taken over");
    let thief = Browser::wechat("zhangsan");
    thief.plant(&app.url, SESSION, &planted);
    assert!(is_stranger(&thief, &acme.app, &app).await);
    // Signed in, the victim stays the victim.
    assert_eq!(victim.get(&callback).await.status, 403);
    let login = acme.app.start("still");
    let page = victim.get(&login.url).await;
    assert_eq!(acme.app.finish(&login, &page.location()).await.sub(), mine.sub());
}

/// Authorization code injection, and PKCE taken away at either end.
pub(crate) async fn a_code_is_for_its_own_request(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    let victim = acme.app.start("victim");
    let callback = log_in(&browser, &victim, &app).await;
    let code = parameter(&callback, "code").unwrap();
    // The app itself brings it, in a login that the attacker began.
    let attacker = acme.app.start("attacker");
    let refused = acme.app.redeem(&code, &attacker, &[]).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_grant");
    // Without the proof.
    assert_eq!(
        acme.app.redeem(&code, &victim, &[("code_verifier", "")]).await.status(),
        400
    );
    acme.app.finish(&victim, &callback).await;

    // The attacker took the challenge out of the request on its way: the app, which brings its verifier, is refused.
    let bare = acme.app.start("bare");
    let stripped = Login {
        url: bare.url.split("&code_challenge=").next().unwrap().to_owned(),
        ..bare
    };
    let callback = log_in(&browser, &stripped, &app).await;
    let code = parameter(&callback, "code").unwrap();
    let refused = acme.app.redeem(&code, &stripped, &[]).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_grant");

    let events = app.events(&acme.tenant, Action::Token).await;
    let reasons: Vec<_> = events.iter().filter_map(|event| event.error.as_deref()).collect();
    assert_eq!(reasons, ["pkce_mismatch"; 3]);

    // An app that is known to send a challenge is not even asked without one, nor by the link that begins its login.
    let code = &acme.tenant.code;
    let mut edit = ClientEdit::from(&acme.client);
    edit.protocol.require_pkce = true;
    let manager = app.manager();
    manager.change_client(code, acme.client.id, edit, None).await.unwrap();
    let page = browser.get(&stripped.url).await;
    assert_eq!(page.location_parameter("error").as_deref(), Some("invalid_request"));
    let link = format!("{}/login?client_id={}", acme.app.issuer, acme.client.id);
    let page = browser.get(&link).await;
    assert_eq!(page.location_parameter("error").as_deref(), Some("invalid_request"));
    let login = acme.app.start("proved");
    acme.app.finish(&login, &log_in(&browser, &login, &app).await).await;
}

/// A token signed by an algorithm that the attacker chose.
fn forged(algorithm: &str, claims: &Value, key: &[u8]) -> String {
    if algorithm == "none" {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        return format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(claims));
    }
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(key)).unwrap()
}

/// Token substitution: each kind of token opens what it is for and nothing else, whoever signed it.
pub(crate) async fn tokens_are_taken_for_what_they_are(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let party = rich(&app, &acme).await;
    let browser = Browser::wechat("lisi");
    let tokens = logged_in(&browser, &party, "1", &app).await;
    let (id, access, refresh) = (
        text(&tokens.answer, "id_token"),
        text(&tokens.answer, "access_token"),
        text(&tokens.answer, "refresh_token"),
    );
    // Apps and APIs that check `aud` and `typ`, as the standards want it, cannot mistake one for the other.
    let header = |token: &str| jsonwebtoken::decode_header(token).unwrap().typ;
    assert_eq!(
        (header(id).as_deref(), header(access).as_deref()),
        (Some("JWT"), Some("at+jwt"))
    );
    assert_eq!(tokens.claims["aud"], party.client_id.as_str());
    let mut api = party.clone();
    api.client_id.clone_from(&party.issuer);
    let audience = api.verify(access).await["aud"].clone();
    assert!(
        audience == party.issuer.as_str() || audience == json!([party.issuer]),
        "{audience}"
    );

    let jwks = Browser::new("app")
        .get(format!("{}/oauth2/jwks", party.issuer))
        .await
        .body;
    let public = serde_json::from_str::<Value>(&jwks).unwrap()["keys"][0].to_string();
    let secret = party.client_secret.clone().unwrap();
    let claims = json!({"iss": party.issuer, "sub": tokens.sub(), "aud": party.client_id, "exp": 4_000_000_000_i64});
    let made_up = [
        forged("none", &claims, b""),
        forged("HS256", &claims, public.as_bytes()),
        forged("HS256", &claims, secret.as_bytes()),
    ];
    let made_up = made_up.iter().map(String::as_str);

    for wrong in [id, refresh].into_iter().chain(made_up.clone()) {
        assert_eq!(party.userinfo(wrong).await.0, 401, "{wrong}");
        let about = party.ask("introspect", &[("token", wrong)], &[]).await;
        assert!(wrong == refresh || about.1 == json!({"active": false}), "{}", about.1);
    }
    for wrong in [id, access].into_iter().chain(made_up.clone()) {
        assert_eq!(
            error(&party.refresh(wrong, &[]).await),
            (400, "invalid_grant"),
            "{wrong}"
        );
        let form = [
            ("grant_type", "authorization_code"),
            ("code", wrong),
            ("redirect_uri", &party.redirect_uri),
        ];
        assert_eq!(
            error(&party.ask("token", &form, &[]).await),
            (400, "invalid_grant"),
            "{wrong}"
        );
    }
    for wrong in [access, refresh].into_iter().chain(made_up) {
        let page = browser
            .get(format!("{}&id_token_hint={wrong}", party.start("2").url))
            .await;
        assert_eq!(
            page.location_parameter("error").as_deref(),
            Some("invalid_request"),
            "{wrong}"
        );
        let page = browser
            .get(format!("{}/oauth2/logout?id_token_hint={wrong}", party.issuer))
            .await;
        assert_eq!(page.status, 400, "{wrong}");
    }
    assert!(!is_stranger(&browser, &party, &app).await, "nobody was signed out");
    assert_eq!(party.userinfo(access).await.0, 200);
    assert_eq!(party.refresh(refresh, &[]).await.0, 200);
}

/// Tenant confusion: who is somebody at one tenant is nobody at another, and trying spends nothing.
pub(crate) async fn one_tenants_proof_is_nothing_at_another(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let (ours, theirs) = (rich(&app, &acme).await, rich(&app, &zoo).await);
    let browser = Browser::wechat("lisi");
    let tokens = logged_in(&browser, &ours, "1", &app).await;
    let (id, access, refresh) = (
        text(&tokens.answer, "id_token"),
        text(&tokens.answer, "access_token"),
        text(&tokens.answer, "refresh_token"),
    );
    let login = ours.start("2");
    let callback = browser.get(&login.url).await.location();
    let code = parameter(&callback, "code").unwrap();

    // Our app, with its own proof, at their endpoints.
    let mut stray = ours.clone();
    stray.issuer.clone_from(&theirs.issuer);
    for (endpoint, form) in [
        ("token", vec![("grant_type", "client_credentials")]),
        (
            "token",
            vec![("grant_type", "refresh_token"), ("refresh_token", refresh)],
        ),
        (
            "token",
            vec![("grant_type", "authorization_code"), ("code", code.as_str())],
        ),
        ("par", vec![("response_type", "code")]),
        ("introspect", vec![("token", access)]),
        ("revoke", vec![("token", access)]),
        ("device_authorization", vec![("scope", "openid")]),
    ] {
        assert_eq!(
            error(&stray.ask(endpoint, &form, &[]).await),
            (401, "invalid_client"),
            "{endpoint}"
        );
    }
    // Their app, with what is ours.
    assert_eq!(theirs.redeem(&code, &login, &[]).await.status(), 400);
    assert_eq!(error(&theirs.refresh(refresh, &[]).await), (400, "invalid_grant"));
    for token in [access, refresh, id] {
        assert_eq!(
            theirs.ask("introspect", &[("token", token)], &[]).await.1,
            json!({"active": false})
        );
        assert_eq!(
            theirs.ask("revoke", &[("token", token)], &[]).await.0,
            200,
            "and nothing happens"
        );
        assert_eq!(theirs.userinfo(token).await.0, 401);
    }
    let page = browser
        .get(format!("{}/oauth2/logout?id_token_hint={id}", theirs.issuer))
        .await;
    assert_eq!(page.status, 400);
    browser.plant(&app.url, "hufu_session_zoo", &browser.cookie(SESSION).unwrap());
    assert!(is_stranger(&browser, &theirs, &app).await);

    assert_eq!(ours.userinfo(access).await.0, 200);
    assert_eq!(ours.refresh(refresh, &[]).await.0, 200);
    ours.finish(&login, &callback).await;
}

/// Mix-up among accounts of one tenant: each has a callback of its own, and an answer is taken at that one alone.
pub(crate) async fn a_callback_is_its_own_accounts(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let (_, second) = app.connector(&acme.tenant.code, &[]).await;
    let browser = Browser::wechat("lisi");
    let login = acme.app.start("mix-up");
    let login = Login {
        url: format!("{}&connection={}", login.url, acme.connector.id),
        ..login
    };
    let callback = up_to_callback(&browser, &login, &app).await;
    let moved = callback
        .as_str()
        .replace(&acme.connector.id.to_string(), &second.id.to_string());
    assert_eq!(browser.get(&moved).await.status, 404);
    assert_eq!(
        app.simulator.count("/sns/oauth2/access_token"),
        0,
        "no code goes to the wrong account"
    );
    let sent = browser.get(&callback).await.location();
    acme.app.finish(&login, &sent).await;
}

/// ASVS 6.8.1: whoever runs one account cannot be the person of another, neither by openid nor by unionid, and an app
/// that trusts one account is not satisfied with a session of another.
pub(crate) async fn one_accounts_ids_are_nobody_at_another(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant_with("acme", &[("open_platform", "main")]).await;
    let code = &acme.tenant.code;
    let (_, silent) = app.connector(code, &[]).await;
    let (_, other) = app.connector(code, &[("open_platform", "evil")]).await;
    let (openid, unionid) = ("oVictim0000000000000000001", "uVictim00000000000000000001");
    let through = async |connector: &hufu_core::model::Connector, openid: &str, browser: &Browser| {
        app.simulator.next_user(NextUser {
            user: Some("lisi".to_owned()),
            openid: Some(openid.to_owned()),
            unionid: Some(Some(unionid.to_owned())),
            ..NextUser::default()
        });
        let login = acme.app.start(&format!("{}", connector.id));
        let login = Login {
            url: format!("{}&prompt=login&connection={}", login.url, connector.id),
            ..login
        };
        let callback = log_in(browser, &login, &app).await;
        acme.app.finish(&login, &callback).await
    };
    let victim = through(&acme.connector, openid, &Browser::wechat("lisi")).await;
    assert_eq!(victim.claims["wechat_openid"], openid);
    let evil = Browser::wechat("lisi");
    for connector in [&silent, &other] {
        for openid in [openid, "oVictim0000000000000000002"] {
            let attacker = through(connector, openid, &evil).await;
            assert_eq!(attacker.claims["wechat_openid"], openid);
            assert_ne!(attacker.sub(), victim.sub());
        }
    }
    assert!(app.events(&acme.tenant, Action::PersonMerge).await.is_empty());

    // The browser is signed in by the other account.
    assert!(!is_stranger(&evil, &acme.app, &app).await);
    let (client, careful) = app.client(code, ClientKind::Confidential).await;
    change(&app, &acme, &client, |edit| edit.connectors = vec![acme.connector.id]).await;
    assert!(is_stranger(&evil, &careful, &app).await);
    let refused = evil
        .get(format!("{}&connection={}", careful.start("x").url, other.id))
        .await;
    assert!(
        refused.header("location").is_none_or(|to| !to.contains("code=")),
        "nor is the other account a door: {refused:?}"
    );
}

/// RFC 8252, 8.6: any program of the device can listen at the loopback or take a scheme, and say that it is a native app;
/// so such an app is never answered by the session alone.
pub(crate) async fn a_native_app_is_not_answered_without_the_person(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    logged_in(&browser, &acme.app, "1", &app).await;
    let code = &acme.tenant.code;
    let (client, mut native) = app.client(code, ClientKind::Public).await;
    change(&app, &acme, &client, |edit| {
        edit.redirect_uris = [
            "https://app.example/spa",
            "http://127.0.0.1/cb",
            "http://[::1]/cb",
            "com.example.app:/cb",
            "http://127.0.0.1:5173/dev",
        ]
        .map(str::to_owned)
        .to_vec();
    })
    .await;
    for (uri, is_known) in [
        ("https://app.example/spa", true),
        // A page in development, at the port that was registered.
        ("http://127.0.0.1:5173/dev", true),
        ("http://127.0.0.1:51004/cb", false),
        ("http://[::1]:1/cb", false),
        ("com.example.app:/cb", false),
    ] {
        uri.clone_into(&mut native.redirect_uri);
        assert_eq!(is_stranger(&browser, &native, &app).await, !is_known, "{uri}");
        let silent = browser.get(format!("{}&prompt=none", native.start("x").url)).await;
        let answer = silent.header("location").unwrap();
        assert!(answer.starts_with(uri), "{answer}");
        assert_eq!(answer.contains("code="), is_known, "{answer}");
        assert_eq!(answer.contains("error=login_required"), !is_known, "{answer}");
    }
    // With the person it logs in.
    native.redirect_uri = "http://127.0.0.1:51004/cb".to_owned();
    logged_in(&browser, &native, "2", &app).await;
}

/// What guards every answer against frames, sniffing, caches, referrers and foreign scripts; none repeats a POST.
pub(crate) async fn every_answer_is_guarded(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let browser = Browser::wechat("lisi");
    let (issuer, login) = (acme.app.issuer.clone(), acme.app.start("guarded"));
    let sent = browser.get(&login.url).await;
    let back = browser.follow(sent.location(), &[&app.simulator_url]).await.location();
    let mut answers = vec![sent, browser.get(&back).await, browser.get(&back).await];
    let root = app.url.clone();
    for url in [
        format!("{}&response_mode=form_post", login.url),
        format!("{}&prompt=none", login.url),
        format!("{issuer}/oauth2/authorize?client_id=x"),
        format!("{issuer}/login?client_id=x"),
        format!("{issuer}/login?client_id={}", acme.client.id),
        format!("{issuer}/callback/{}?code=x&state=x", acme.connector.id),
        format!("{issuer}/consent/x"),
        format!("{issuer}/device"),
        format!("{issuer}/oauth2/logout"),
        format!("{issuer}/oauth2/logout?id_token_hint=x"),
        format!("{issuer}/oauth2/userinfo"),
        format!("{issuer}/oauth2/token"),
        format!("{issuer}/oauth2/introspect"),
        format!("{issuer}/oauth2/jwks"),
        format!("{issuer}/.well-known/openid-configuration"),
        format!("{issuer}/webhook/{}", acme.connector.id),
        format!("{issuer}/wechat/{}/access_token", acme.connector.id),
        format!("{root}/"),
        format!("{root}/nothing"),
        format!("{root}/t/nobody/login"),
        format!("{root}/connect/oauth2/authorize?appid=x"),
        format!("{root}/sns/auth"),
        format!("{root}/cgi-bin/token"),
        format!("{root}/admin"),
        format!("{root}/admin/login"),
        format!("{root}/admin/api/v1/me"),
    ] {
        answers.push(browser.get(&url).await);
    }
    answers.push(Browser::new("Mozilla/5.0 (X11; Linux x86_64)").get(&login.url).await);
    for path in ["/oauth2/authorize", "/oauth2/logout", "/oauth2/token", "/device"] {
        answers.push(browser.post(format!("{issuer}{path}"), &[("client_id", "x")]).await);
    }
    for answer in &answers {
        let at = format!("{} {}", answer.status, answer.url);
        let header = |name: &str| answer.header(name).unwrap_or_else(|| panic!("no {name}: {at}"));
        assert_eq!(header("x-content-type-options"), "nosniff", "{at}");
        let policy = header("referrer-policy");
        let is_console = answer.url.path().starts_with("/admin");
        assert!(
            policy == "no-referrer" || is_console && policy == "same-origin",
            "{at}: {policy}"
        );
        assert_eq!(header("x-frame-options"), "DENY", "{at}");
        let policy = header("content-security-policy");
        for must in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(must), "{must}: {at}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{at}: {policy}");
        assert!(![307, 308].contains(&answer.status.as_u16()), "{at}");
        let is_public = answer.url.path().ends_with("/jwks") || answer.url.path().contains("/.well-known/");
        assert_eq!(header("cache-control") == "no-store", !is_public, "{at}");
        let for_scripts = ["/jwks", "/token", "/userinfo", "-configuration"];
        let may_read =
            answer.url.path().starts_with("/t/") && for_scripts.iter().any(|end| answer.url.path().ends_with(end));
        assert!(
            may_read || answer.header("access-control-allow-origin").is_none(),
            "{at}: other sites' scripts read this"
        );
        assert!(answer.header("access-control-allow-credentials").is_none(), "{at}");
    }
}

/// Everything that is answered on one connection.
async fn raw(app: &TestApp, request: &str) -> String {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    let _ended = read.expect("the server ends the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Request smuggling: a body has one length, and what lies behind it is no request that somebody else pays for.
pub(crate) async fn a_request_has_one_length(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let path = Url::parse(&format!("{}/oauth2/token", acme.app.issuer)).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        path.path(),
        app.url.trim_start_matches("http://")
    );
    for lengths in [
        "Content-Length: 3\r\nContent-Length: 30\r\n\r\na=b",
        "Content-Length: 3, 30\r\n\r\na=b",
        "Content-Length: +3\r\n\r\na=b",
        "Content-Length: -1\r\n\r\na=b",
        "Transfer-Encoding: xchunked\r\n\r\na=b",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nZ\r\na=b\r\n0\r\n\r\n",
    ] {
        let answer = raw(&app, &format!("{head}{lengths}")).await;
        let status = answer.get(..13).unwrap_or_default();
        assert!(
            ["HTTP/1.1 400 ", "HTTP/1.1 413 "].contains(&status),
            "{lengths:?}: {answer}"
        );
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{lengths:?}: {answer}");
    }
    // Both: the chunks count (RFC 9112, 6.3), or nothing does; the rest is never a second request with its own answer.
    let hidden = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let both = format!(
        "{head}Content-Length: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n{hidden}",
        5 + hidden.len()
    );
    let answer = raw(&app, &both).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    // A line break in a header's value, or a bare one in the head, makes no other header.
    for forged in [
        "X-Forwarded-For: a\rContent-Length: 0\r\n\r\n",
        "X: a\0b\r\n\r\n",
        " folded: x\r\n\r\n",
    ] {
        let answer = raw(&app, &format!("{head}{forged}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{forged:?}: {answer}");
    }
}
