//! What the OpenID Foundation's modules do, done here. `docs/conformance.md` names for each module the story that does it.
//!
//! The Form Post plan is the Basic plan with another way to answer, so each story of the Basic plan is told in both.

use std::time::Duration;

use hufu_core::clock::Clock as _;
use hufu_core::manage::ClientEdit;
use hufu_core::model::{ClientKind, ConsentPolicy};
use hufu_core::oidc::SigningAlgorithm;
use hufu_tests::{Browser, Engine, Login, Page, RelyingParty, TestApp, TestTenant, fields};
use reqwest::{Client, Response, Url};
use serde_json::{Value, json};

use crate::logout::Receiver;
use crate::parameter;

/// Changes of a request: an empty value takes a parameter away, [`KEEP`] brings it back as the last one.
type Changes<'a> = &'a [(&'a str, &'a str)];

const KEEP: &str = "keep";

/// How the answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Redirect,
    FormPost,
}

/// The provider as the suite sees it.
struct Op<'a> {
    app: &'a TestApp,
    tenant: &'a TestTenant,
    party: RelyingParty,
    mode: Mode,
}

/// What a login gave.
#[derive(Debug)]
struct Given {
    login: Login,
    /// The authorization endpoint's answer.
    back: Url,
    /// The token endpoint's.
    answer: Value,
    /// Of the ID token, verified.
    claims: Value,
    userinfo: Value,
    /// Whether WeChat was asked who is there.
    at_wechat: bool,
}

impl Given {
    fn text(&self, name: &str) -> &str {
        self.answer[name].as_str().unwrap()
    }

    fn code(&self) -> String {
        parameter(&self.back, "code").unwrap()
    }

    fn auth_time(&self) -> i64 {
        self.claims["auth_time"].as_i64().unwrap()
    }
}

/// The request as the suite makes it: without PKCE unless the module is about that.
fn request(login: &Login, changes: Changes<'_>) -> Url {
    let asked = Url::parse(&login.url).unwrap();
    let mut pairs: Vec<_> = asked.query_pairs().into_owned().collect();
    let plain = [("code_challenge", ""), ("code_challenge_method", "")];
    for (name, value) in plain.iter().chain(changes) {
        pairs.retain(|(known, _)| known != name);
        let value = match *value {
            KEEP => parameter(&asked, name).unwrap(),
            value => value.to_owned(),
        };
        if !value.is_empty() {
            pairs.push(((*name).to_owned(), value));
        }
    }
    let mut url = asked;
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}

/// What a browser would post to the app, as a URL.
fn posted(page: &Page) -> Url {
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, form) = page.body.split_once("method=\"post\" action=\"").unwrap();
    let mut url = Url::parse(form.split('"').next().unwrap()).unwrap();
    for (name, value) in fields(form) {
        let value = value.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">");
        let value = value.replace("&#39;", "'").replace("&#38;", "&");
        url.query_pairs_mut().append_pair(&name, &value);
    }
    url
}

async fn success(answer: Response) -> Value {
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["pragma"], "no-cache");
    let status = answer.status();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["token_type"], "Bearer");
    answer
}

async fn edit(app: &TestApp, tenant: &TestTenant, party: &RelyingParty, change: impl FnOnce(&mut ClientEdit)) {
    let (code, id) = (&tenant.tenant.code, party.client_id.parse().unwrap());
    let mut edit = ClientEdit::from(&*app.manager().client(code, id).await.unwrap());
    change(&mut edit);
    app.manager().change_client(code, id, edit, None).await.unwrap();
}

impl Op<'_> {
    fn login(&self, party: &RelyingParty, changes: Changes<'_>) -> Login {
        let login = party.start("conformance");
        let mut url = request(&login, changes);
        if self.mode == Mode::FormPost {
            url.query_pairs_mut().append_pair("response_mode", "form_post");
        }
        Login {
            url: url.into(),
            ..login
        }
    }

    /// Where the app's redirect URI is called, with what; on the way the person says yes to WeChat and to us.
    async fn answered(&self, mut page: Page, browser: &Browser) -> Url {
        let within = [self.app.url.as_str(), self.app.simulator_url.as_str()];
        let is_ours = |page: &Page| within.iter().any(|base| page.location().as_str().starts_with(base));
        if page.status.is_redirection() && is_ours(&page) {
            page = browser.follow(page.location(), &within).await;
        }
        if page.url.path().contains("/consent/") {
            let token = fields(&page.body)["token"].clone();
            page = browser.post(&page.url, &[("token", &token), ("answer", "allow")]).await;
        }
        let back = match self.mode {
            Mode::Redirect => {
                assert_eq!(page.status, 303, "{}", page.body);
                page.location()
            }
            Mode::FormPost => posted(&page),
        };
        assert!(back.as_str().starts_with(&self.party.redirect_uri), "{back}");
        let issuer = parameter(&back, "iss");
        assert_eq!(issuer.as_deref(), Some(&*self.party.issuer), "RFC 9207");
        back
    }

    /// A whole login with these changes to the request.
    async fn logs_in(&self, browser: &Browser, changes: Changes<'_>) -> Given {
        self.logs_in_at(&self.party, browser, changes).await
    }

    async fn logs_in_at(&self, party: &RelyingParty, browser: &Browser, changes: Changes<'_>) -> Given {
        let login = self.login(party, changes);
        let before = self.at_wechat();
        let back = self.answered(browser.get(&login.url).await, browser).await;
        let at_wechat = self.at_wechat() > before;
        self.redeems(party, login, back, at_wechat).await
    }

    fn at_wechat(&self) -> u64 {
        self.app.simulator.count("/connect/oauth2/authorize")
    }

    async fn redeems(&self, party: &RelyingParty, login: Login, back: Url, at_wechat: bool) -> Given {
        assert_eq!(parameter(&back, "state").as_deref(), Some(&*login.state), "{back}");
        let code = parameter(&back, "code").unwrap_or_else(|| panic!("no code: {back}"));
        assert!(code.len() >= 43, "256 bits: {code}");
        let answer = success(party.redeem(&code, &login, proof(&login)).await).await;
        let id_token = answer["id_token"].as_str().unwrap();
        let header = jsonwebtoken::decode_header(id_token).unwrap();
        assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);
        assert!(header.kid.is_some());
        let claims = party.verify(id_token).await;
        let asked = Url::parse(&login.url).unwrap();
        assert_eq!(claims["nonce"].as_str(), parameter(&asked, "nonce").as_deref());
        let access = answer["access_token"].as_str().unwrap();
        assert_eq!(claims["at_hash"], SigningAlgorithm::Rs256.half_hash(access));
        let sub = claims["sub"].as_str().unwrap();
        assert!((1..=255).contains(&sub.len()) && sub.is_ascii());
        let (status, userinfo) = party.userinfo(access).await;
        assert_eq!((status.as_u16(), &userinfo["sub"]), (200, &claims["sub"]));
        Given {
            login,
            back,
            answer,
            claims,
            userinfo,
            at_wechat,
        }
    }

    /// The error that the app is told, without anybody being asked anything.
    async fn is_told(&self, browser: &Browser, changes: Changes<'_>) -> String {
        let login = self.login(&self.party, changes);
        let before = self.at_wechat();
        let back = self.answered(browser.get(&login.url).await, browser).await;
        assert_eq!(parameter(&back, "state").as_deref(), Some(&*login.state));
        assert!(parameter(&back, "code").is_none());
        assert_eq!(self.at_wechat(), before);
        parameter(&back, "error").unwrap()
    }

    async fn is_signed_in(&self, browser: &Browser) -> bool {
        let login = self.login(&self.party, &[("prompt", "none")]);
        let back = self.answered(browser.get(&login.url).await, browser).await;
        let error = parameter(&back, "error");
        assert!(error.is_none() || error.as_deref() == Some("login_required"), "{back}");
        error.is_none()
    }
}

/// The verifier is sent when the request had a challenge.
fn proof(login: &Login) -> Changes<'static> {
    if login.url.contains("code_challenge=") {
        &[]
    } else {
        &[("code_verifier", "")]
    }
}

/// Tells a story in both ways to answer, each at a tenant of its own.
async fn in_both_modes(engine: Engine, story: impl AsyncFn(Op<'_>)) {
    let app = TestApp::start_signed_in(engine).await;
    for (mode, code) in [(Mode::Redirect, "acme"), (Mode::FormPost, "posted")] {
        let tenant = app.tenant(code).await;
        let op = Op {
            app: &app,
            tenant: &tenant,
            party: tenant.app.clone().asking("openid"),
            mode,
        };
        story(op).await;
    }
}

/// Whatever is asked besides, the login succeeds and the answer means what the specification says.
pub(crate) async fn requests_that_succeed(engine: Engine) {
    let acrs = "urn:hufu:acr:provider urn:hufu:acr:session";
    let name = r#"{"userinfo":{"name":{"essential":true}}}"#;
    let modules: [(&str, Changes<'_>); 19] = [
        ("oidcc-server", &[]),
        (
            "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
            &[("nonce", "")],
        ),
        ("oidcc-scope-profile", &[("scope", "openid profile")]),
        ("oidcc-scope-email", &[("scope", "openid email")]),
        ("oidcc-scope-address", &[("scope", "openid address")]),
        ("oidcc-scope-phone", &[("scope", "openid phone")]),
        ("oidcc-scope-all", &[("scope", "openid address email phone profile")]),
        ("oidcc-ensure-other-scope-order-succeeds", &[("scope", "email openid")]),
        (
            "oidcc-alternate-happy-flow",
            &[
                ("scope", "profile openid"),
                ("response_type", KEEP),
                ("client_id", KEEP),
            ],
        ),
        ("oidcc-display-page", &[("display", "page")]),
        ("oidcc-display-popup", &[("display", "popup")]),
        (
            "oidcc-ensure-request-with-unknown-parameter-succeeds",
            &[("extra", "foobar")],
        ),
        ("oidcc-login-hint", &[("login_hint", "buffy@app.example")]),
        ("oidcc-ui-locales", &[("ui_locales", "se de-DE")]),
        ("oidcc-claims-locales", &[("claims_locales", "se de-DE")]),
        ("oidcc-ensure-request-with-acr-values-succeeds", &[("acr_values", acrs)]),
        (
            "oidcc-ensure-request-with-acr-values-succeeds",
            &[("acr_values", "1 2")],
        ),
        ("oidcc-claims-essential", &[("claims", name)]),
        (
            "oidcc-ensure-request-with-valid-pkce-succeeds",
            &[("code_challenge", KEEP), ("code_challenge_method", KEEP)],
        ),
    ];
    in_both_modes(engine, async |op| {
        for (module, changes) in modules {
            let given = op.logs_in(&Browser::wechat("zhangsan"), changes).await;
            let asked = changes.iter().find(|(name, _)| *name == "scope");
            let has_profile = asked.is_some_and(|(_, scope)| scope.contains("profile"));
            let by_name = module == "oidcc-claims-essential";
            assert_eq!(given.userinfo["name"].is_string(), has_profile || by_name, "{module}");
            assert_eq!(given.claims["name"].is_string(), has_profile, "{module}");
            for unknown in ["email", "email_verified", "address", "phone_number"] {
                assert!(given.userinfo.get(unknown).is_none(), "{module}: {unknown} is made up");
            }
            assert_eq!(given.claims["acr"], "urn:hufu:acr:provider", "{module}");
            let scope = given.text("scope");
            let known = scope.split(' ').all(|scope| ["openid", "profile"].contains(&scope));
            assert!(known, "{module}: {scope}");
        }
        // oidcc-ensure-post-request-succeeds
        let (login, browser) = (op.login(&op.party, &[]), Browser::wechat("zhangsan"));
        let asked = Url::parse(&login.url).unwrap();
        let form: Vec<_> = asked.query_pairs().into_owned().collect();
        let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        let page = browser.post(login.url.split('?').next().unwrap(), &form).await;
        let back = op.answered(page, &browser).await;
        op.redeems(&op.party, login, back, true).await;
    })
    .await;
}

/// Modules that log in twice in one browser.
pub(crate) async fn requests_of_a_known_browser(engine: Engine) {
    in_both_modes(engine, async |op| {
        let modules: [(&str, Changes<'_>, Changes<'_>, bool); 5] = [
            ("oidcc-prompt-login", &[], &[("prompt", "login")], true),
            ("oidcc-prompt-none-logged-in", &[], &[("prompt", "none")], false),
            ("oidcc-max-age-1", &[], &[("max_age", "1")], true),
            (
                "oidcc-max-age-10000",
                &[("max_age", "15000")],
                &[("max_age", "10000")],
                false,
            ),
            ("oidcc-id-token-hint", &[], &[("prompt", "none")], false),
        ];
        for (module, first, second, goes_to_wechat) in modules {
            let browser = Browser::wechat("lisi");
            let one = op.logs_in(&browser, first).await;
            assert!(one.at_wechat, "{module}");
            op.app.clock.advance(Duration::from_secs(3));
            let mut second = second.to_vec();
            if module == "oidcc-id-token-hint" {
                second.push(("id_token_hint", one.text("id_token")));
            }
            let two = op.logs_in(&browser, &second).await;
            assert_eq!(two.at_wechat, goes_to_wechat, "{module}");
            assert_eq!(two.claims["sub"], one.claims["sub"], "{module}");
            if goes_to_wechat {
                assert!(two.auth_time() > one.auth_time(), "{module}");
                assert!(op.app.clock.now().as_secs() - two.auth_time() <= 2, "{module}: recent");
            } else {
                assert_eq!(two.auth_time(), one.auth_time(), "{module}");
            }
        }
        // oidcc-prompt-none-not-logged-in
        let told = op.is_told(&Browser::wechat("lisi"), &[("prompt", "none")]).await;
        assert_eq!(told, "login_required");
    })
    .await;
}

/// Modules that expect an error.
pub(crate) async fn requests_that_fail(engine: Engine) {
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzY29wZSI6Im9wZW5pZCJ9.";
    let elsewhere = ("redirect_uri", "https://app.example/callback/xyz");
    in_both_modes(engine, async |op| {
        let browser = Browser::wechat("lisi");
        let modules: [(&str, Changes<'_>, &str); 3] = [
            (
                "oidcc-response-type-missing",
                &[("response_type", "")],
                "invalid_request",
            ),
            (
                "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
                &[("request_uri", "https://app.example/request.jwt")],
                "request_uri_not_supported",
            ),
            (
                "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
                &[("request", unsigned)],
                "request_not_supported",
            ),
        ];
        for (module, changes, error) in modules {
            assert_eq!(op.is_told(&browser, changes).await, error, "{module}");
        }
        let modules: [(&str, Changes<'_>); 2] = [
            ("oidcc-ensure-registered-redirect-uri", &[elsewhere]),
            (
                "oidcc-ensure-request-object-with-redirect-uri",
                &[elsewhere, ("request", unsigned)],
            ),
        ];
        for (module, changes) in modules {
            let page = browser.get(op.login(&op.party, changes).url).await;
            assert_eq!(page.status, 400, "{module}");
            assert!(page.header("location").is_none() && !page.body.contains("/callback/xyz"));
            assert!(page.body.contains("not registered"), "{module}: {}", page.body);
        }
    })
    .await;
}

/// Modules about codes, client authentication and userinfo.
pub(crate) async fn codes_and_tokens(engine: Engine) {
    in_both_modes(engine, async |op| {
        let browser = Browser::wechat("lisi");
        for (module, seconds) in [("oidcc-codereuse", 0), ("oidcc-codereuse-30seconds", 30)] {
            let given = op.logs_in(&browser, &[]).await;
            op.app.clock.advance(Duration::from_secs(seconds));
            let again = op.party.redeem(&given.code(), &given.login, proof(&given.login)).await;
            assert_eq!(again.status(), 400, "{module}");
            let again: Value = again.json().await.unwrap();
            assert_eq!(again["error"], "invalid_grant", "{module}");
            let (status, _) = op.party.userinfo(given.text("access_token")).await;
            assert_eq!(status, 401, "{module}: what the first use gave is revoked");
        }

        // oidcc-server-client-secret-post
        let login = op.login(&op.party, &[]);
        let back = op.answered(browser.get(&login.url).await, &browser).await;
        let code = parameter(&back, "code").unwrap();
        let secret = op.party.client_secret.clone().unwrap();
        let mut posting = op.party.clone();
        posting.client_secret = None;
        let form = [("code_verifier", ""), ("client_secret", &*secret)];
        success(posting.redeem(&code, &login, &form).await).await;

        // oidcc-userinfo-get, oidcc-userinfo-post-header, oidcc-userinfo-post-body
        let given = op.logs_in(&browser, &[("scope", "openid profile")]).await;
        let (http, url) = (http(), format!("{}/oauth2/userinfo", op.party.issuer));
        let token = given.text("access_token");
        for (module, request) in [
            ("oidcc-userinfo-get", http.get(&url).bearer_auth(token)),
            ("oidcc-userinfo-post-header", http.post(&url).bearer_auth(token)),
            (
                "oidcc-userinfo-post-body",
                http.post(&url).form(&[("access_token", token)]),
            ),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{module}");
            assert_eq!(answer.headers()["content-type"], "application/json", "{module}");
            let answer: Value = answer.json().await.unwrap();
            assert_eq!(answer, given.userinfo, "{module}");
            // OpenIDSchema.verify(): standard claims have their standard types.
            assert!(answer["name"].is_string(), "{module}");
            let picture = answer.get("picture");
            assert!(picture.is_none_or(|picture| Url::parse(picture.as_str().unwrap()).is_ok()));
        }
    })
    .await;
}

/// `oidcc-refresh-token`, and `oidcc-idtoken-signature` over it: the new ID token is signed as the first.
pub(crate) async fn refresh_tokens_of_two_clients(engine: Engine) {
    in_both_modes(engine, async |op| {
        let (_, other) = op.app.client(&op.tenant.tenant.code, ClientKind::Confidential).await;
        let browser = Browser::wechat("zhangsan");
        let changes: Changes<'_> = &[("scope", "openid offline_access"), ("prompt", "consent")];
        let mut tokens = Vec::new();
        for party in [&op.party, &other] {
            edit(op.app, op.tenant, party, |edit| {
                edit.scopes = vec!["openid".to_owned(), "offline_access".to_owned()];
            })
            .await;
            let first = op.logs_in_at(party, &browser, changes).await;
            let token = first.text("refresh_token");
            assert!(
                token.bytes().all(|byte| (0x20..=0x7e).contains(&byte)),
                "RFC 6749, A.17"
            );
            op.app.clock.advance(Duration::from_secs(2));
            let (status, second) = party.refresh(token, &[]).await;
            assert_eq!(status, 200, "{second}");
            assert_ne!(second["access_token"], first.answer["access_token"]);
            let id_token = second["id_token"].as_str().unwrap();
            assert_eq!(
                jsonwebtoken::decode_header(id_token).unwrap().alg,
                jsonwebtoken::Algorithm::RS256
            );
            let claims = party.verify(id_token).await;
            for same in ["iss", "sub", "aud", "auth_time"] {
                assert_eq!(claims[same], first.claims[same], "{same}");
            }
            assert!(claims["iat"].as_i64() > first.claims["iat"].as_i64());
            assert!(claims.get("nonce").is_none(), "Core, 12.2");
            let (status, userinfo) = party.userinfo(second["access_token"].as_str().unwrap()).await;
            assert_eq!((status.as_u16(), userinfo), (200, first.userinfo));
            tokens.push(second["refresh_token"].as_str().unwrap().to_owned());
        }
        let (status, refused) = op.party.refresh(&tokens[1], &[]).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
    })
    .await;
}

/// Core, 3.1.2.4: what is asked for by name is asked of the person as what is asked for by scope.
pub(crate) async fn claims_by_name_need_consent(engine: Engine) {
    in_both_modes(engine, async |op| {
        edit(op.app, op.tenant, &op.party, |edit| {
            edit.protocol.consent = ConsentPolicy::Ask;
        })
        .await;
        let browser = Browser::wechat("zhangsan");
        let given = op.logs_in(&browser, &[]).await;
        assert_eq!(given.userinfo.as_object().unwrap().len(), 1, "{}", given.userinfo);
        let named = r#"{"userinfo":{"name":null},"id_token":{"wechat_openid":null,"auth_time":null}}"#;
        let silent = [("claims", named), ("prompt", "none")];
        assert_eq!(op.is_told(&browser, &silent).await, "consent_required");
        let login = op.login(&op.party, &[("claims", named)]);
        let within = [op.app.url.as_str(), op.app.simulator_url.as_str()];
        let page = browser.follow(&login.url, &within).await;
        assert!(page.url.path().contains("/consent/"), "{}", page.url);
        for part in ["nickname and picture", "openid, unionid"] {
            assert!(page.body.contains(part), "{part} in {}", page.body);
        }
        // Allowed once, it is not asked again; and the claims are where they were asked for.
        op.answered(page, &browser).await;
        let given = op.logs_in(&browser, &silent).await;
        assert!(given.userinfo["name"].is_string() && given.claims["wechat_openid"].is_string());
        assert!(given.claims.get("name").is_none() && given.userinfo.get("wechat_openid").is_none());
    })
    .await;
}

fn http() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// Members that the specifications require, or whose default would be wrong here.
fn check_document(document: &Value, issuer: &str) {
    assert_eq!(document["issuer"], issuer);
    let url = Url::parse(issuer).unwrap();
    assert!(url.query().is_none() && url.fragment().is_none() && !issuer.ends_with('/'));
    let urls = document.as_object().unwrap().iter();
    let urls: Vec<_> = urls
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .collect();
    assert_eq!(urls.len(), 9, "{urls:?}");
    for (name, url) in urls {
        let url = url.as_str().unwrap_or_else(|| panic!("{name}"));
        assert!(url.starts_with(&format!("{issuer}/")), "{name}: {url}");
        assert!(Url::parse(url).unwrap().fragment().is_none(), "{name}");
    }
    for (name, needed) in [
        ("response_types_supported", &["code"][..]),
        ("response_modes_supported", &["query", "form_post"]),
        ("grant_types_supported", &["authorization_code", "refresh_token"]),
        ("subject_types_supported", &["public"]),
        ("id_token_signing_alg_values_supported", &["RS256"]),
        ("userinfo_signing_alg_values_supported", &[]),
        (
            "token_endpoint_auth_methods_supported",
            &["client_secret_basic", "client_secret_post"],
        ),
        ("token_endpoint_auth_signing_alg_values_supported", &["RS256"]),
        ("code_challenge_methods_supported", &["S256"]),
        ("scopes_supported", &["openid", "profile", "offline_access"]),
        ("claims_supported", &["sub", "iss", "auth_time", "acr"]),
        ("prompt_values_supported", &["none", "login", "consent"]),
        ("ui_locales_supported", &["zh-CN", "en"]),
    ] {
        let list = document[name].as_array().unwrap_or_else(|| panic!("{name}"));
        assert!(
            !list.is_empty() && list.iter().all(Value::is_string),
            "{name}: {list:?}"
        );
        for needed in needed {
            assert!(list.contains(&json!(needed)), "{name} without {needed}");
        }
        for never in ["none", "plain", "email", "phone", "address", "token", "implicit"] {
            let is_allowed =
                never == "none" && ["prompt_values_supported", "token_endpoint_auth_methods_supported"].contains(&name);
            assert!(is_allowed || !list.contains(&json!(never)), "{name} with {never}");
        }
    }
    for (name, value) in [
        ("request_parameter_supported", false),
        ("request_uri_parameter_supported", false),
        ("claims_parameter_supported", true),
        ("authorization_response_iss_parameter_supported", true),
        ("backchannel_logout_supported", true),
        ("backchannel_logout_session_supported", true),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    let scope = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    let scopes = document["scopes_supported"].as_array().unwrap();
    assert!(scopes.iter().all(|text| scope(text.as_str().unwrap())), "RFC 6749, 3.3");
}

/// `oidcc-discovery-endpoint-verification` and what the logout plans ask of the document.
pub(crate) async fn discovery(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let http = http();
    let fetch = async |url: String| {
        let answer = http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        answer.json::<Value>().await.unwrap()
    };
    let issuer = &acme.app.issuer;
    let document = fetch(format!("{issuer}/.well-known/openid-configuration")).await;
    check_document(&document, issuer);
    // RFC 8414, section 3: the same by the other order.
    let other = format!("{}/.well-known/oauth-authorization-server/t/acme", app.url);
    assert_eq!(fetch(other).await, document);

    let keys = fetch(document["jwks_uri"].as_str().unwrap().to_owned()).await;
    let keys = keys["keys"].as_array().unwrap();
    let mut names = Vec::new();
    for key in keys {
        for needed in ["kty", "kid", "alg"] {
            assert!(key[needed].is_string(), "{needed} in {key}");
        }
        assert_eq!(key["use"], "sig");
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        names.push(key["kid"].as_str().unwrap());
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "each kid once");
    let signs = document["id_token_signing_alg_values_supported"].as_array().unwrap();
    for algorithm in signs {
        assert!(
            keys.iter().any(|key| key["alg"] == *algorithm),
            "{algorithm} has no key"
        );
    }

    // What is listed is there, and what is given is listed. At the authorization endpoint a login follows.
    for (name, url) in document.as_object().unwrap() {
        if name.ends_with("_endpoint") && name != "authorization_endpoint" {
            let status = http.get(url.as_str().unwrap()).send().await.unwrap().status();
            assert_ne!(status, 404, "{name}");
        }
    }
    let whole = Op {
        app: &app,
        tenant: &acme,
        party: acme.app.clone(),
        mode: Mode::Redirect,
    };
    let given = whole.logs_in(&Browser::wechat("zhangsan"), &[]).await;
    let listed = document["claims_supported"].as_array().unwrap();
    for answer in [&given.claims, &given.userinfo] {
        for name in answer.as_object().unwrap().keys() {
            assert!(listed.contains(&json!(name)), "{name} is given and not listed");
        }
    }
}

/// The same where the world comes by https: every address is.
pub(crate) async fn discovery_by_https(engine: Engine) {
    let simulator = wechat_simulator::Config::strict();
    let app = TestApp::start_as(engine, simulator, |config| {
        config.gateway.public_url = "https://login.example.com".parse().unwrap();
    })
    .await;
    app.tenant("acme").await;
    let url = format!("{}/t/acme/.well-known/openid-configuration", app.url);
    let answer = http()
        .get(url)
        .header("host", "login.example.com")
        .send()
        .await
        .unwrap();
    let document: Value = answer.json().await.unwrap();
    check_document(&document, "https://login.example.com/t/acme");
}

const BYE: &str = "https://app.example/bye";

async fn leaves(browser: &Browser, issuer: &str, parameters: Changes<'_>) -> Page {
    let mut url = Url::parse(&format!("{issuer}/oauth2/logout")).unwrap();
    if !parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    browser.get(&url).await
}

/// What a logout comes to.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// Signed out, and back at the app with this state.
    Back(Option<String>),
    /// Signed out, and told so.
    Told,
    /// A question; signed in until it is answered.
    Asked,
    /// An error page; still signed in.
    Refused,
}

fn end_of(page: &Page) -> End {
    match page.status.as_u16() {
        303 => {
            let to = page.location();
            assert_eq!(to.as_str().split('?').next(), Some(BYE));
            assert!(to.query_pairs().all(|(name, _)| name == "state"), "{to}");
            End::Back(parameter(&to, "state"))
        }
        200 if page.body.contains("Sign out?") => End::Asked,
        200 if page.body.contains("You are signed out") => End::Told,
        400 => End::Refused,
        _ => panic!("{page:?}"),
    }
}

/// The plan for RP-initiated logout, with sessions that logins began; `prompt=none` says who is signed in afterwards.
pub(crate) async fn rp_initiated_logout(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let (acme, zoo) = (app.tenant("acme").await, app.tenant("zoo").await);
    let at = |tenant| Op {
        app: &app,
        tenant,
        party: tenant.app.clone(),
        mode: Mode::Redirect,
    };
    let (op, elsewhere) = (at(&acme), at(&zoo));
    edit(&app, &acme, &op.party, |edit| {
        edit.post_logout_redirect_uris = vec![BYE.to_owned()];
    })
    .await;
    let foreign = elsewhere.logs_in(&Browser::wechat("lisi"), &[]).await;
    let (uri, state) = (("post_logout_redirect_uri", BYE), ("state", "s<\"1&"));
    let bad = ("post_logout_redirect_uri", "https://app.example/other");
    let added = ("post_logout_redirect_uri", "https://app.example/bye?foo=bar");
    for module in [
        "oidcc-rp-initiated-logout",
        "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-modified-id-token-hint",
        "oidcc-rp-initiated-logout-bad-id-token-hint",
        "oidcc-rp-initiated-logout-no-id-token-hint",
        "oidcc-rp-initiated-logout-no-params",
        "oidcc-rp-initiated-logout-only-state",
        "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-no-state",
    ] {
        let browser = Browser::wechat("lisi");
        let given = op.logs_in(&browser, &[]).await;
        let token = given.text("id_token");
        let (head, signature) = token.rsplit_once('.').unwrap();
        let turned: String = signature.chars().rev().collect();
        let modified = format!("{head}.{turned}");
        let hint = ("id_token_hint", token);
        let (parameters, end) = match module.trim_start_matches("oidcc-rp-initiated-logout") {
            "" => (vec![hint, uri, state], End::Back(Some(state.1.to_owned()))),
            "-bad-post-logout-redirect-uri" => (vec![hint, bad, state], End::Refused),
            "-query-added-to-post-logout-redirect-uri" => (vec![hint, added, state], End::Refused),
            "-modified-id-token-hint" => (vec![("id_token_hint", &*modified), uri, state], End::Refused),
            "-bad-id-token-hint" => (
                vec![("id_token_hint", foreign.text("id_token")), uri, state],
                End::Refused,
            ),
            "-no-id-token-hint" => (vec![uri, state], End::Asked),
            "-no-params" => (vec![], End::Asked),
            "-only-state" => (vec![state], End::Asked),
            "-no-post-logout-redirect-uri" => (vec![hint, state], End::Told),
            _ => (vec![hint, uri], End::Back(None)),
        };
        let page = leaves(&browser, &op.party.issuer, &parameters).await;
        assert_eq!(end_of(&page), end, "{module}");
        let stays = matches!(end, End::Asked | End::Refused);
        assert_eq!(op.is_signed_in(&browser).await, stays, "{module}");
        if end == End::Asked {
            let mut form: Vec<_> = fields(&page.body).into_iter().collect();
            form.push(("answer".to_owned(), "logout".to_owned()));
            let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
            let page = browser.post(format!("{}/oauth2/logout", op.party.issuer), &form).await;
            assert_eq!(end_of(&page), End::Told, "{module}: no way back without a hint");
            assert!(!op.is_signed_in(&browser).await, "{module}");
        }
    }
}

/// `oidcc-backchannel-rp-initiated-logout`
pub(crate) async fn back_channel_logout(engine: Engine) {
    let app = TestApp::start_signed_in(engine).await;
    let acme = app.tenant("acme").await;
    let op = Op {
        app: &app,
        tenant: &acme,
        party: acme.app.clone(),
        mode: Mode::Redirect,
    };
    let receiver = Receiver::start(200).await;
    edit(&app, &acme, &op.party, |edit| {
        edit.post_logout_redirect_uris = vec![BYE.to_owned()];
        edit.protocol.backchannel_logout_uri = Some(receiver.url.clone());
    })
    .await;
    let browser = Browser::wechat("lisi");
    let given = op.logs_in(&browser, &[]).await;
    let parameters = [
        ("id_token_hint", given.text("id_token")),
        ("post_logout_redirect_uri", BYE),
        ("state", "xyz"),
    ];
    let page = leaves(&browser, &op.party.issuer, &parameters).await;
    assert_eq!(end_of(&page), End::Back(Some("xyz".to_owned())));
    // Signature, issuer, audience, time, event, no nonce and no other parameter are looked at there.
    let told = receiver.token(1, &op.party).await;
    assert!(given.claims["sid"].is_string());
    for same in ["sub", "sid", "iss", "aud"] {
        assert_eq!(told[same], given.claims[same], "{same}");
    }
    assert!(!op.is_signed_in(&browser).await);
}
