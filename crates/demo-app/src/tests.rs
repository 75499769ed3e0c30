//! The app against a small provider of the tests' own

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::{Form, Query, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use crate::{Config, DemoApp, DemoError};

const NICKNAME: &str = "张三🙂<b>";

enum Key {
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl Key {
    fn ec() -> Self {
        Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Ec(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    fn public(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ec(key) => {
                let point = key.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
                       "x": text(&point[1..33]), "y": text(&point[33..])})
            }
            Self::Rsa(key) => {
                let public = key.public_key();
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
                       "n": text(public.modulus().big_endian_without_leading_zero()),
                       "e": text(public.exponent().big_endian_without_leading_zero())})
            }
        }
    }

    fn sign(&self, kid: &str, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "kid": kid, "typ": "JWT"});
        let signed = [header.to_string(), claims.to_string()]
            .map(|part| URL_SAFE_NO_PAD.encode(part))
            .join(".");
        let random = SystemRandom::new();
        let signature = match self {
            Self::Ec(key) => key.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature)
                    .unwrap();
                signature
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What the provider does, and what was asked of it.
struct Script {
    issuer: String,
    kid: String,
    key: Key,
    /// Signs in place of the key that is published.
    forger: Option<Key>,
    /// Claims in place of the right ones in the ID token.
    claims: Value,
    userinfo_subject: &'static str,
    /// By code: the nonce and the code challenge it was given for.
    codes: HashMap<String, (String, String)>,
    codes_redeemed: usize,
    down: bool,
    /// Whether it offers logout.
    logs_out: bool,
    /// What its logout was asked.
    left: Vec<HashMap<String, String>>,
}

#[derive(Clone)]
struct FakeProvider(Arc<Mutex<Script>>);

impl FakeProvider {
    async fn start(key: Key) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self(Arc::new(Mutex::new(Script {
            issuer,
            kid: "first".to_owned(),
            key,
            forger: None,
            claims: json!({}),
            userinfo_subject: "person-1",
            codes: HashMap::new(),
            codes_redeemed: 0,
            down: false,
            logs_out: true,
            left: Vec::new(),
        })));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/end", get(end_session))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }
}

async fn metadata(State(provider): State<FakeProvider>) -> Response {
    let script = provider.script();
    if script.down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let issuer = &script.issuer;
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    });
    if script.logs_out {
        document["end_session_endpoint"] = format!("{issuer}/end?kind=oidc").into();
    }
    Json(document).into_response()
}

async fn end_session(
    State(provider): State<FakeProvider>,
    Query(query): Query<HashMap<String, String>>,
) -> impl IntoResponse {
    let mut back = Url::parse(&query["post_logout_redirect_uri"]).unwrap();
    back.query_pairs_mut().append_pair("state", &query["state"]);
    provider.script().left.push(query);
    Redirect::to(back.as_str())
}

async fn jwks(State(provider): State<FakeProvider>) -> Json<Value> {
    let script = provider.script();
    Json(json!({"keys": [script.key.public(&script.kid)]}))
}

async fn authorize(
    State(provider): State<FakeProvider>,
    Query(query): Query<HashMap<String, String>>,
) -> impl IntoResponse {
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["client_id"], "demo");
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["scope"], "openid profile wechat");
    let mut script = provider.script();
    let code = format!("code-{}", script.codes.len());
    script
        .codes
        .insert(code.clone(), (query["nonce"].clone(), query["code_challenge"].clone()));
    let mut back = Url::parse(&query["redirect_uri"]).unwrap();
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &query["state"])
        .append_pair("iss", &script.issuer);
    Redirect::to(back.as_str())
}

async fn token(
    State(provider): State<FakeProvider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut script = provider.script();
    script.codes_redeemed += 1;
    let basic = format!("Basic {}", STANDARD.encode("demo:secret"));
    if headers.get(AUTHORIZATION).is_none_or(|given| given != basic.as_str()) {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))).into_response();
    }
    let Some((nonce, challenge)) = script.codes.remove(&form["code"]) else {
        let refusal = json!({"error": "invalid_grant", "error_description": "the code is <not> known"});
        return (StatusCode::BAD_REQUEST, Json(refusal)).into_response();
    };
    let verifier = digest(&SHA256, form["code_verifier"].as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(verifier), challenge);
    let hash = digest(&SHA256, b"access");
    let mut claims = json!({
        "iss": script.issuer, "sub": "person-1", "aud": "demo", "iat": 1_700_000_000, "exp": 4_102_444_800_u64,
        "nonce": nonce, "at_hash": URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]), "nickname": NICKNAME,
        "vendor_unionid": "union-1", "vendor_tags": ["a", "b"],
    });
    for (name, value) in script.claims.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let id_token = script.forger.as_ref().unwrap_or(&script.key).sign(&script.kid, &claims);
    Json(json!({"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}))
        .into_response()
}

async fn userinfo(State(provider): State<FakeProvider>, headers: HeaderMap) -> Response {
    if headers.get(AUTHORIZATION).is_none_or(|given| given != "Bearer access") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let subject = provider.script().userinfo_subject;
    Json(
        json!({"sub": subject, "nickname": NICKNAME, "picture": "https://pictures.example/1.png?a=1&b=2",
                "vendor_openid": "open-1"}),
    )
    .into_response()
}

/// A browser with cookies that follows no redirect by itself.
struct Browser {
    client: reqwest::Client,
    cookies: HashMap<String, String>,
    app: String,
    language: &'static str,
}

struct Page {
    status: StatusCode,
    location: Option<String>,
    body: String,
}

impl Browser {
    async fn with(provider: &FakeProvider) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let app = format!("http://{}", listener.local_addr().unwrap());
        let config = Config {
            issuer: provider.script().issuer.clone(),
            client_id: "demo".to_owned(),
            client_secret: Some("secret".to_owned()),
            app_url: app.clone(),
            scopes: Vec::new(),
            provider_name: "WeChat 微信".to_owned(),
        };
        let router = DemoApp::new(config).unwrap().router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let none = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().redirect(none).no_proxy().build().unwrap();
        Self {
            client,
            cookies: HashMap::new(),
            app,
            language: "en",
        }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = request
            .header("cookie", cookies.join("; "))
            .header("accept-language", self.language)
            .send()
            .await
            .unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page {
            status: answer.status(),
            location: answer
                .headers()
                .get("location")
                .map(|to| to.to_str().unwrap().to_owned()),
            body: answer.text().await.unwrap(),
        }
    }

    async fn get(&mut self, to: &str) -> Page {
        let to = if to.starts_with('/') {
            format!("{}{to}", self.app)
        } else {
            to.to_owned()
        };
        let request = self.client.get(to);
        self.send(request).await
    }

    /// Logs in as far as the address the provider sends the browser back to.
    async fn callback_address(&mut self) -> String {
        let login = self.get("/login").await;
        assert_eq!(login.status, StatusCode::SEE_OTHER, "{}", login.body);
        let answer = self.get(&login.location.unwrap()).await;
        answer.location.unwrap()
    }

    async fn log_in(&mut self) -> Page {
        let callback = self.callback_address().await;
        self.get(&callback).await
    }

    async fn log_out(&mut self) -> Page {
        let request = self.client.post(format!("{}/logout", self.app));
        self.send(request).await
    }

    async fn signed_in(&mut self) -> bool {
        self.get("/").await.body.contains("id=\"logout\"")
    }
}

fn went_home(page: &Page) -> bool {
    page.status == StatusCode::SEE_OTHER && page.location.as_deref() == Some("/")
}

#[tokio::test]
async fn a_login_shows_every_claim_until_logout() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    let home = browser.get("/").await;
    assert!(
        home.body.contains("href=\"/login\">Log in with WeChat 微信</a>"),
        "{}",
        home.body
    );

    let page = browser.log_in().await;
    assert!(went_home(&page), "{}", page.body);
    let home = browser.get("/").await.body;
    for shown in [
        "张三🙂&#60;b&#62;",
        "person-1",
        "vendor_unionid",
        "union-1",
        "a, b",
        "vendor_openid",
        "open-1",
        "2100-01-01T00:00:00Z",
        "src=\"https://pictures.example/1.png?a=1&#38;b=2\"",
        "&#34;vendor_unionid&#34;: &#34;union-1&#34;",
    ] {
        assert!(home.contains(shown), "{shown} is missing in {home}");
    }
    assert!(!home.contains("<b>"), "{home}");

    let out = browser.log_out().await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert!(!browser.signed_in().await, "whatever the provider does");
    let back = browser.get(&out.location.unwrap()).await.location.unwrap();
    let asked = provider.script().left.pop().unwrap();
    assert_eq!((&*asked["kind"], &*asked["client_id"]), ("oidc", "demo"));
    assert_eq!(asked["post_logout_redirect_uri"], format!("{}/logged-out", browser.app));
    let claims = asked["id_token_hint"].split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["sub"], "person-1");
    assert!(went_home(&browser.get("/logged-out?state=another").await));
    let left = browser.get(&back).await;
    assert!(
        left.status.is_success() && left.body.contains("id=\"left\""),
        "{}",
        left.body
    );
    assert!(went_home(&browser.get(&back).await), "told once");
}

#[tokio::test]
async fn a_provider_without_logout_or_without_life_keeps_nobody_here() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    provider.script().logs_out = false;
    browser.log_in().await;
    assert!(went_home(&browser.log_out().await));
    assert!(!browser.signed_in().await);
    assert!(went_home(&browser.log_out().await), "who is nobody leaves nothing");
    assert!(provider.script().left.is_empty());
}

#[tokio::test]
async fn the_form_that_logs_out_may_lead_to_the_provider() {
    let provider = FakeProvider::start(Key::ec()).await;
    let browser = Browser::with(&provider).await;
    let answer = browser.client.get(&browser.app).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    let issuer = provider.script().issuer.clone();
    assert!(policy.contains(&format!("form-action 'self' {issuer};")), "{policy}");
}

#[tokio::test]
async fn the_other_algorithm_and_new_keys_are_accepted() {
    let provider = FakeProvider::start(Key::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))).await;
    let mut browser = Browser::with(&provider).await;
    assert!(went_home(&browser.log_in().await));
    // The app still holds the old keys when the next token comes.
    let callback = browser.callback_address().await;
    {
        let mut script = provider.script();
        script.key = Key::ec();
        script.kid = "second".to_owned();
    }
    assert!(went_home(&browser.get(&callback).await));
}

#[tokio::test]
async fn a_token_that_does_not_fit_is_refused() {
    for (claims, why) in [
        (json!({"nonce": "another"}), "nonce"),
        (json!({"aud": "another-app"}), "audience"),
        (json!({"iss": "http://127.0.0.1:1"}), "issuer"),
        (json!({"exp": 1_700_000_001}), "expired"),
        (json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), "at_hash"),
    ] {
        let provider = FakeProvider::start(Key::ec()).await;
        let mut browser = Browser::with(&provider).await;
        provider.script().claims = claims;
        let page = browser.log_in().await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{why}: {}", page.body);
        assert!(page.body.contains("could not be verified"), "{why}: {}", page.body);
        assert!(page.body.to_lowercase().contains(why), "{why}: {}", page.body);
        assert!(!browser.signed_in().await, "{why}");
    }
}

#[tokio::test]
async fn a_forged_signature_is_refused() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    provider.script().forger = Some(Key::ec());
    let page = browser.log_in().await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(page.body.contains("Signature verification failed"), "{}", page.body);
    assert!(!browser.signed_in().await);
}

#[tokio::test]
async fn a_code_the_provider_refuses_is_explained() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    let callback = browser.callback_address().await;
    provider.script().codes.clear();
    let page = browser.get(&callback).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        page.body.contains("invalid_grant: the code is &#60;not&#62; known"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn userinfo_about_someone_else_is_refused() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    provider.script().userinfo_subject = "person-2";
    let page = browser.log_in().await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(
        page.body.contains("The user information could not be verified"),
        "{}",
        page.body
    );
    assert!(!browser.signed_in().await);
}

#[tokio::test]
async fn an_answer_fits_one_login_of_one_browser_once() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    let (first, second) = (browser.callback_address().await, browser.callback_address().await);

    let page = browser.get("/callback?code=code-0&state=guessed").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        page.body.contains("This login does not match") && page.body.contains("id=\"again\""),
        "{}",
        page.body
    );
    let own = std::mem::take(&mut browser.cookies);
    assert_eq!(browser.get(&first).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(provider.script().codes_redeemed, 0);

    // Two logins in two tabs do not disturb each other, but neither answer is good twice.
    browser.cookies = own;
    assert!(went_home(&browser.get(&first).await));
    assert!(went_home(&browser.get(&second).await));
    assert_eq!(browser.get(&first).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(provider.script().codes_redeemed, 2);
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_refused() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    let mut callback = Url::parse(&browser.callback_address().await).unwrap();
    let state = callback
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    callback.set_query(None);
    callback
        .query_pairs_mut()
        .append_pair("code", "code-0")
        .append_pair("state", &state)
        .append_pair("iss", "https://other.example");
    assert_eq!(browser.get(callback.as_str()).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(provider.script().codes_redeemed, 0);
}

#[tokio::test]
async fn a_code_without_a_state_starts_a_login_of_our_own_once() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    let page = browser.get("/callback?code=from-a-menu").await;
    assert_eq!(
        (page.status, page.location.as_deref()),
        (StatusCode::SEE_OTHER, Some("/login"))
    );
    let page = browser.get("/callback?code=from-a-menu&state=").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("This login was not started here"), "{}", page.body);
    assert_eq!(provider.script().codes_redeemed, 0);
    assert!(!browser.signed_in().await);

    // After a login that succeeds the next link from the menu works as the first one did.
    assert_eq!(
        browser.get("/callback?code=from-a-menu").await.status,
        StatusCode::SEE_OTHER
    );
    assert!(went_home(&browser.log_in().await));
    assert_eq!(
        browser.get("/callback?code=from-a-menu").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn an_error_of_the_provider_is_shown() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    browser.language = "zh-CN,zh;q=0.9";
    let page = browser
        .get("/callback?error=access_denied&error_description=%3Cscript%3E%E4%B8%8D&state=x")
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    for shown in [
        "登录未完成",
        "access_denied",
        "&#60;script&#62;不",
        "重新登录",
        "lang=\"zh-CN\"",
    ] {
        assert!(page.body.contains(shown), "{shown} is missing in {}", page.body);
    }
    for broken in ["/callback", "/callback?code=a&code=b", "/callback?state=x"] {
        assert_eq!(browser.get(broken).await.status, StatusCode::BAD_REQUEST, "{broken}");
    }
    assert_eq!(browser.get("/nowhere").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/healthz").await.body, "ok");
}

#[tokio::test]
async fn a_provider_that_was_down_is_asked_again() {
    let provider = FakeProvider::start(Key::ec()).await;
    let mut browser = Browser::with(&provider).await;
    provider.script().down = true;
    let page = browser.get("/login").await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(
        page.body.contains("The login provider is not available"),
        "{}",
        page.body
    );
    provider.script().down = false;
    assert!(went_home(&browser.log_in().await));
}

#[test]
fn addresses_are_checked_and_the_secret_stays_out_of_debug_output() {
    let config = Config {
        issuer: "https://id.example".to_owned(),
        client_id: "demo".to_owned(),
        client_secret: Some("very-secret".to_owned()),
        app_url: "https://app.example/demo/".to_owned(),
        scopes: Vec::new(),
        provider_name: String::new(),
    };
    assert!(!format!("{config:?}").contains("very-secret"));
    assert!(DemoApp::new(config.clone()).is_ok());
    let bad = Config {
        issuer: "id.example".to_owned(),
        ..config.clone()
    };
    assert!(matches!(DemoApp::new(bad), Err(DemoError::Issuer(_))));
    let bad = Config {
        app_url: "https://app.example/?a".to_owned(),
        ..config
    };
    assert!(matches!(DemoApp::new(bad), Err(DemoError::AppUrl(_))));
}
