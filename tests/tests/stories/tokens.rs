//! The token centre: an account's own tokens, fetched once for everybody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hufu_core::error::Class;
use hufu_core::model::Connector;
use hufu_core::provider::{Level, Provider, ProviderErrorCode, RelayedCall};
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_provider_wechat::jssdk::Page;
use hufu_tests::{Engine, Parts, TestApp, TestTenant};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use wechat_simulator::{Effect, Fault};

use crate::whole_login;

const STABLE: &str = "/cgi-bin/stable_token";
const CLASSIC: &str = "/cgi-bin/token";
const TICKET: &str = "/cgi-bin/ticket/getticket";
const IPS: &str = "/cgi-bin/get_api_domain_ip";

/// The connector as it is now, opened by an instance.
async fn opened(parts: &Parts, connector: &Connector) -> Arc<dyn Provider> {
    let rows = parts.engine.store().begin(connector.tenant_id);
    let now = rows.lookup_connector(connector.id).await.unwrap().unwrap();
    parts.engine.providers().open(&now).unwrap()
}

async fn current(provider: &Arc<dyn Provider>, name: &str) -> SecretString {
    provider.server_token().unwrap().current(name).await.unwrap().value
}

fn text(token: &SecretString) -> &str {
    token.expose_secret()
}

/// Moves Hufu's clock and WeChat's.
fn advance(app: &TestApp, seconds: u32) {
    app.clock.advance(Duration::from_secs(seconds.into()));
    app.simulator.advance(seconds.into());
}

fn refuse(app: &TestApp, endpoint: &str, effect: Effect) {
    app.simulator.fault(Fault {
        endpoint: endpoint.to_owned(),
        effect,
        times: None,
    });
}

/// All who ask at once, over these providers in turns, get the same token.
async fn all_ask(providers: &[Arc<dyn Provider>], times: usize) -> SecretString {
    let mut readers = JoinSet::new();
    for nth in 0..times {
        let provider = Arc::clone(&providers[nth % providers.len()]);
        readers.spawn(async move { current(&provider, "access_token").await });
    }
    let tokens = readers.join_all().await;
    assert!(tokens.iter().all(|token| text(token) == text(&tokens[0])));
    tokens.into_iter().next().unwrap()
}

/// How often Hufu says it made a call today.
async fn counted(app: &TestApp, tenant: &TestTenant, name: &str) -> u64 {
    app.hufu.database.flush().await;
    let rows = app.hufu.engine.store().begin(tenant.tenant.id);
    let counters = rows.list_counters(tenant.connector.id, 0).await.unwrap();
    counters.iter().filter(|one| one.name == name).map(|one| one.more).sum()
}

pub(crate) async fn many_readers_one_call(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let provider = opened(&app.hufu, &acme.connector).await;
    assert!(
        provider
            .server_token()
            .unwrap()
            .peek("access_token")
            .await
            .unwrap()
            .is_none()
    );
    let token = all_ask(&[Arc::clone(&provider)], 1000).await;
    assert!(app.simulator.server_token_valid(&acme.app_id, text(&token)));
    assert_eq!(app.simulator.count(STABLE), 1);
    assert_eq!(counted(&app, &acme, "api:/cgi-bin/stable_token").await, 1);
    let held = provider
        .server_token()
        .unwrap()
        .peek("access_token")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(text(&held.value), text(&token));
    // Another connector's token is another one, and there are no others than WeChat's.
    let other = app.tenant("other").await;
    let foreign = current(&opened(&app.hufu, &other.connector).await, "access_token").await;
    assert_ne!(text(&foreign), text(&token));
    let unknown = provider
        .server_token()
        .unwrap()
        .current("component_access_token")
        .await
        .unwrap_err();
    assert_eq!(
        (unknown.class, unknown.code),
        (Class::Developer, ProviderErrorCode::NotOffered)
    );
    // What is used of the day's quota can be seen.
    let usage = app.manager().quota_usage(&acme.connector).await.unwrap();
    let stable = usage.iter().find(|one| one.path == STABLE).unwrap();
    assert_eq!((stable.used, stable.limit, stable.level), (1, 500_000, Level::Fine));
    assert!(app.manager().quotas_running_out().await.unwrap().is_empty());
}

/// Another system of the account forced a new token: all who find the old one dead cause one call, and each of their own
/// calls is made.
pub(crate) async fn passive_refresh_once(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let provider = opened(&app.hufu, &acme.connector).await;
    let first = current(&provider, "access_token").await;
    let secret = acme.connector.secrets["secret"].expose_secret();
    let body = json!({
        "grant_type": "client_credential", "appid": acme.app_id, "secret": secret, "force_refresh": true,
    });
    let elsewhere = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{STABLE}", app.simulator_url);
    let forced = elsewhere.post(url).json(&body).send().await.unwrap();
    let forced: Value = forced.json().await.unwrap();
    assert!(!app.simulator.server_token_valid(&acme.app_id, text(&first)));
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let provider = Arc::clone(&provider);
        calls.spawn(async move {
            let call = RelayedCall {
                method: "GET",
                path: IPS,
                query: &[],
                content_type: None,
                body: b"",
            };
            provider.relay().unwrap().relay(&call).await.unwrap()
        });
    }
    for answer in calls.join_all().await {
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["ip_list"], json!(["127.0.0.1"]));
    }
    assert_eq!(
        app.simulator.count(STABLE),
        3,
        "the first, the other system's, one for all who found it dead"
    );
    let now = current(&provider, "access_token").await;
    assert_eq!(text(&now), forced["access_token"].as_str().unwrap());
    let made = app.simulator.count(IPS);
    assert_eq!(counted(&app, &acme, &format!("api:{IPS}")).await, made);
    assert!(made <= 100, "each call once more at most: {made}");
    // What is no call of the account's is not relayed.
    for (method, path) in [
        ("DELETE", IPS),
        ("GET", "/sns/userinfo"),
        ("POST", "/cgi-bin/stable_token"),
        ("GET", "/CGI-BIN/token"),
        ("GET", "//evil.example/x"),
        ("GET", "/cgi-bin/../sns/auth"),
    ] {
        let call = RelayedCall {
            method,
            path,
            query: &[],
            content_type: None,
            body: b"",
        };
        let error = provider.relay().unwrap().relay(&call).await.unwrap_err();
        assert_eq!(error.code, ProviderErrorCode::NotOffered, "{method} {path}");
    }
}

/// While WeChat is down the token is served as long as it lives; then the error says that it passes, and it does.
pub(crate) async fn token_outage(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let provider = opened(&app.hufu, &acme.connector).await;
    let first = all_ask(&[Arc::clone(&provider)], 10).await;
    refuse(&app, STABLE, Effect::HttpStatus { status: 502 });
    advance(&app, 7000);
    for _ in 0..20 {
        assert_eq!(text(&all_ask(&[Arc::clone(&provider)], 10).await), text(&first));
    }
    advance(&app, 300);
    let before = app.simulator.count(STABLE);
    let mut readers = JoinSet::new();
    for _ in 0..200 {
        let provider = Arc::clone(&provider);
        readers.spawn(async move {
            provider
                .server_token()
                .unwrap()
                .current("access_token")
                .await
                .unwrap_err()
        });
    }
    assert!(readers.join_all().await.iter().all(|error| error.class == Class::Retry));
    assert!(
        app.simulator.count(STABLE) - before <= 3,
        "a failure is remembered for a moment"
    );
    app.simulator.clear_faults();
    app.clock.advance(Duration::from_secs(2));
    let next = current(&provider, "access_token").await;
    assert!(app.simulator.server_token_valid(&acme.app_id, text(&next)));
    // What the tenant's admin has to mend says so.
    let other = app.tenant("other").await;
    app.simulator
        .update_account(&other.app_id, |account| account.ip_whitelist = Some(Vec::new()));
    let provider = opened(&app.hufu, &other.connector).await;
    let error = provider
        .server_token()
        .unwrap()
        .current("access_token")
        .await
        .unwrap_err();
    assert_eq!((error.class, error.errcode), (Class::TenantAdmin, Some(40164)));
}

/// WeChat gives the next token in the last five minutes of the present one; it is fetched while readers get the present.
pub(crate) async fn token_renewed_ahead(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let provider = opened(&app.hufu, &acme.connector).await;
    let first = current(&provider, "access_token").await;
    advance(&app, 6600);
    assert_eq!(text(&current(&provider, "access_token").await), text(&first));
    sleep(Duration::from_millis(100)).await;
    assert_eq!(app.simulator.count(STABLE), 1, "WeChat would give the same");
    advance(&app, 320);
    assert_eq!(
        text(&current(&provider, "access_token").await),
        text(&first),
        "nobody waits"
    );
    let deadline = Instant::now() + Duration::from_secs(10);
    let second = loop {
        let token = current(&provider, "access_token").await;
        if text(&token) != text(&first) {
            break token;
        }
        assert!(Instant::now() < deadline, "the next token comes by itself");
        sleep(Duration::from_millis(20)).await;
    };
    assert!(app.simulator.server_token_valid(&acme.app_id, text(&second)));
    assert!(
        app.simulator.server_token_valid(&acme.app_id, text(&first)),
        "who holds the old one may go on"
    );
    assert_eq!(app.simulator.count(STABLE), 2);
}

pub(crate) async fn pages_are_signed(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app
        .tenant_with("acme", &[("js_hosts", "shop.example.cn mp.weixin.qq.com")])
        .await;
    let provider = opened(&app.hufu, &acme.connector).await;
    let signer = provider.page_signer().unwrap();
    let url = "https://shop.example.cn/order?id=1&from=singlemessage";
    let mut pages = JoinSet::new();
    for _ in 0..100 {
        let (provider, url) = (Arc::clone(&provider), format!("{url}#/route"));
        pages.spawn(async move { provider.page_signer().unwrap().sign(&url).await.unwrap() });
    }
    let ticket = current(&provider, "jsapi_ticket").await;
    for fields in pages.join_all().await {
        let (nonce, at) = (
            fields["nonceStr"].as_str().unwrap(),
            fields["timestamp"].as_i64().unwrap(),
        );
        let signature = Page::parse(url).unwrap().sign(&ticket, nonce, at);
        assert_eq!(fields["signature"], signature);
        assert_eq!((&fields["appId"], &fields["url"]), (&json!(acme.app_id), &json!(url)));
    }
    assert_eq!((app.simulator.count(TICKET), app.simulator.count(STABLE)), (1, 1));
    // Tencent's own example.
    let published = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
    let page = Page::parse("http://mp.weixin.qq.com?params=value").unwrap();
    assert_eq!(
        page.sign(&SecretString::from(published), "Wm3WZYTPz0wzccnW", 1_414_587_457),
        "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
    );
    // The card ticket is another one.
    assert_ne!(text(&current(&provider, "wx_card_ticket").await), text(&ticket));
    for foreign in [
        "https://evil.example/order",
        "https://shop.example.cn.evil.example/",
        "https://a.shop.example.cn/",
        "https://shop.example.cn:8443/",
        "http://127.0.0.1:3000/",
        "https://shop.example.cn@evil.example/",
        "not a url",
    ] {
        let error = signer.sign(foreign).await.unwrap_err();
        assert_eq!(error.code, ProviderErrorCode::UrlNotAllowed, "{foreign}");
    }
    assert!(signer.allows("shop.example.cn") && !signer.allows("example.cn"));
    assert_eq!(
        app.simulator.count(TICKET),
        2,
        "nothing was fetched for pages that are not signed"
    );
}

/// `/cgi-bin/token` ends the one before at each call, so it had better be called once.
pub(crate) async fn classic_tokens(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant_with("acme", &[("token_call", "classic")]).await;
    let provider = opened(&app.hufu, &acme.connector).await;
    let first = all_ask(&[Arc::clone(&provider)], 100).await;
    assert_eq!((app.simulator.count(CLASSIC), app.simulator.count(STABLE)), (1, 0));
    let tokens = provider.server_token().unwrap();
    let (one, other) = tokio::join!(
        tokens.replace("access_token", &first),
        tokens.replace("access_token", &first)
    );
    let (one, other) = (one.unwrap().value, other.unwrap().value);
    assert_ne!(text(&one), text(&first));
    assert_eq!(text(&one), text(&other));
    assert_eq!(app.simulator.count(CLASSIC), 2);
    assert!(app.simulator.server_token_valid(&acme.app_id, text(&one)));
}

/// With another AppSecret it is another token, without anybody giving an order.
pub(crate) async fn a_swapped_secret_forgets_tokens(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    current(&opened(&app.hufu, &acme.connector).await, "access_token").await;
    let fresh = "f".repeat(32);
    app.simulator
        .update_account(&acme.app_id, |account| account.secret.clone_from(&fresh));
    let secrets = BTreeMap::from([("secret".to_owned(), fresh.into())]);
    let manager = app.manager();
    manager
        .rotate_connector_secret(&acme.tenant.code, acme.connector.id, secrets)
        .await
        .unwrap();
    let provider = opened(&app.hufu, &acme.connector).await;
    assert!(
        provider
            .server_token()
            .unwrap()
            .peek("access_token")
            .await
            .unwrap()
            .is_none()
    );
    current(&provider, "access_token").await;
    assert_eq!(app.simulator.count(STABLE), 2);
}

/// A person's profile without the person, until what they granted is over.
pub(crate) async fn profiles_are_refreshed(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let tokens = whole_login("zhangsan", &acme, &app).await;
    let rows = app.hufu.engine.store().begin(acme.tenant.id);
    let subject = tokens.sub().parse().unwrap();
    let known = rows.lookup_grant(acme.connector.id, subject).await.unwrap().unwrap();
    let (openid, grant) = (known.known.identity.external_id.clone(), known.grant.unwrap());
    let provider = opened(&app.hufu, &acme.connector).await;
    let refresher = provider.profile_refresh().unwrap();
    let name = known.known.identity.profile.unwrap().name;

    let (identity, same) = refresher.refresh(&openid, &grant).await.unwrap();
    assert_eq!(identity.profile.unwrap().name, name);
    assert_eq!(
        (identity.external_id.as_str(), identity.transient),
        (openid.as_str(), false)
    );
    assert_eq!(same.access_token.expose(), grant.access_token.expose());
    assert_eq!(
        (
            app.simulator.count("/sns/auth"),
            app.simulator.count("/sns/oauth2/refresh_token")
        ),
        (1, 0)
    );

    // WeChat ended the token early.
    refuse(
        &app,
        "/sns/auth",
        Effect::Errcode {
            code: 40001,
            message: "invalid credential".to_owned(),
        },
    );
    refresher.refresh(&openid, &grant).await.unwrap();
    app.simulator.clear_faults();
    assert_eq!(app.simulator.count("/sns/oauth2/refresh_token"), 1);

    advance(&app, 3 * 3600);
    let (_, next) = refresher.refresh(&openid, &grant).await.unwrap();
    assert_eq!(app.simulator.count("/sns/oauth2/refresh_token"), 2);
    assert_eq!(
        app.simulator.count("/sns/auth"),
        2,
        "a token that is over is not asked about"
    );
    assert_eq!(next.expires_at, grant.expires_at, "thirty days are thirty days");
    assert!(next.access_expires_at > grant.access_expires_at);

    let log_in_again = async |what: &str| {
        let error = refresher.refresh(&openid, &grant).await.unwrap_err();
        assert_eq!(
            (error.class, error.code),
            (Class::StartAgain, ProviderErrorCode::TokenInvalid),
            "{what}"
        );
    };
    for code in [40030, 42002, 40029] {
        refuse(
            &app,
            "/sns/oauth2/refresh_token",
            Effect::Errcode {
                code,
                message: "made up".to_owned(),
            },
        );
        log_in_again(&code.to_string()).await;
        app.simulator.clear_faults();
    }
    refuse(&app, "/sns/oauth2/refresh_token", Effect::SystemBusy);
    assert_eq!(
        refresher.refresh(&openid, &grant).await.unwrap_err().class,
        Class::Retry
    );
    app.simulator.clear_faults();
    let calls = app.simulator.count("/sns/oauth2/refresh_token");
    advance(&app, 30 * 86_400);
    log_in_again("its thirty days are over").await;
    assert_eq!(
        app.simulator.count("/sns/oauth2/refresh_token"),
        calls,
        "what is over is not asked about"
    );
}

/// A thousand readers at two instances that share nothing but the database.
#[tokio::test(flavor = "multi_thread")]
async fn two_instances_one_call() {
    let mut app = TestApp::start(Engine::Postgres).await;
    let acme = app.tenant("acme").await;
    let (_, second) = app.another_instance().await;
    let (here, there) = (
        opened(&app.hufu, &acme.connector).await,
        opened(&second, &acme.connector).await,
    );
    let slow = Effect::Latency { millis: 200 };
    refuse(&app, STABLE, slow);
    let first = all_ask(&[Arc::clone(&here), Arc::clone(&there)], 1000).await;
    assert_eq!(app.simulator.count(STABLE), 1);
    // Both find it dead at once: one call that gives the same, one that forces another.
    let report = async |provider: Arc<dyn Provider>| {
        let tokens = provider.server_token().unwrap();
        tokens.replace("access_token", &first).await.unwrap().value
    };
    let (one, other) = tokio::join!(report(here), report(there));
    assert_eq!(text(&one), text(&other));
    assert_ne!(text(&one), text(&first));
    assert_eq!(app.simulator.count(STABLE), 3);
}
