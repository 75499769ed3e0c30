//! What an operator's Prometheus and trace collector get to see of a login, and what nobody gets to see there.
#![cfg(test)]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use hufu_core::manage::ClientEdit;
use hufu_core::model::Right;
use hufu_tests::installation::Installation;
use hufu_tests::process::free_ports;
use hufu_tests::{Browser, Engine, RelyingParty, TestApp, fields};
use reqwest::{Client, StatusCode, Url};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use wechat_simulator::{Config, Simulator};

/// The AppSecret of the simulator's demo account.
const APP_SECRET: &str = "5d0c7e1f93ab4862b7e4d1906fa8c235";

fn http() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// Names of all series of an exposition.
fn series(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let names = lines.map(|line| line.split(['{', ' ']).next().unwrap());
    names.map(str::to_owned).collect()
}

/// The value of the series whose line starts with `start`.
fn value(text: &str, start: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(start));
    let line = line.unwrap_or_else(|| panic!("no {start} in {text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_counted_and_nobody_in_it_is_named() {
    let app = TestApp::start(Engine::Sqlite).await;
    let acme = app.tenant("canarytenant").await;
    let browser = Browser::wechat("zhangsan");
    let login = acme.app.start("metrics");
    let within = [app.url.as_str(), app.simulator_url.as_str()];
    let callback = browser.follow(&login.url, &within).await.location();
    acme.app.finish(&login, &callback).await;
    // Spent: refused, and counted as that.
    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1;
    assert_eq!(acme.app.redeem(&code, &login, &[]).await.status(), 400);
    http().get(format!("{}/CANARYPATH", app.url)).send().await.unwrap();

    let answer = http().get(format!("{}/metrics", app.url)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    let text = answer.text().await.unwrap();

    let at_least = |start: &str, least: f64| assert!(value(&text, start) >= least, "{start}: {text}");
    at_least("hufu_logins_total{outcome=\"succeeded\",error=\"none\"}", 1.0);
    let grants = "hufu_token_grants_total{grant=\"authorization_code\",outcome=";
    at_least(&format!("{grants}\"succeeded\",error=\"none\"}}"), 1.0);
    at_least(&format!("{grants}\"rejected\",error="), 1.0);
    let call = "provider=\"wechat\",operation=\"/sns/oauth2/access_token\"";
    at_least(
        &format!("hufu_upstream_calls_total{{{call},outcome=\"ok\",fault=\"none\"}}"),
        1.0,
    );
    at_least(&format!("hufu_upstream_call_duration_seconds_count{{{call}}}"), 1.0);
    let route = "method=\"POST\",route=\"/t/{tenant}/oauth2/token\"";
    at_least(&format!("hufu_http_requests_total{{{route},status=\"200\"}}"), 1.0);
    at_least(&format!("hufu_http_requests_total{{{route},status=\"400\"}}"), 1.0);
    at_least(
        &format!("hufu_http_request_duration_seconds_bucket{{{route},le=\"30\"}}"),
        2.0,
    );
    at_least("hufu_db_commit_duration_seconds_count{kind=\"batch\"}", 2.0);
    at_least("hufu_db_statement_duration_seconds_count{kind=\"write\"}", 2.0);
    at_least("hufu_db_batch_units_count", 2.0);
    at_least("hufu_cache_reads_total{cache=\"tenants\",result=\"hit\"}", 1.0);
    at_least("hufu_cache_reads_total{cache=\"attempts\",result=\"hit\"}", 1.0);
    at_least("hufu_build_info{", 1.0);
    at_least("process_start_time_seconds", 1_700_000_000.0);
    assert!(value(&text, "hufu_db_writer_queue_units") >= 0.0);
    assert!(value(&text, "hufu_http_requests_in_flight") >= 0.0);

    let known: BTreeSet<&str> = hufu::measures::all().map(|(name, _)| name).collect();
    for name in series(&text) {
        let ends = ["_bucket", "_sum", "_count"];
        let base = ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        assert!(known.contains(base), "{name} is in no catalogue");
        assert!(text.contains(&format!("# HELP {base} ")), "{base} is not explained");
    }
    assert!(
        !text.contains("quantile="),
        "a summary cannot be added up over instances"
    );
    let openid = app.simulator.openid("zhangsan", &acme.app_id);
    let client = acme.client.id.to_string();
    let connector = acme.connector.id.to_string();
    for canary in [
        "canarytenant",
        "CANARYPATH",
        &openid,
        &client,
        &connector,
        &acme.app_id,
        "127.0.0.1",
    ] {
        assert!(!text.contains(canary), "{canary} is in {text}");
    }
}

/// A device asks, and its person says yes on their phone.
async fn device_code(app: &TestApp, party: &RelyingParty) -> String {
    let (status, asked) = party.ask("device_authorization", &[("scope", "openid")], &[]).await;
    assert_eq!(status, 200, "{asked}");
    let text = |name: &str| asked[name].as_str().unwrap();
    let phone = Browser::wechat("lisi");
    phone.get(text("verification_uri")).await;
    let typed = phone
        .post(text("verification_uri"), &[("user_code", text("user_code"))])
        .await;
    let fields = fields(&typed.body);
    let mut url = Url::parse(text("verification_uri")).unwrap();
    url.query_pairs_mut()
        .append_pair("user_code", &fields["user_code"])
        .append_pair("confirm", &fields["confirm"]);
    let done = phone.follow(url, &[&app.url, &app.simulator_url]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    text("device_code").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_grant_is_counted_under_its_own_name() {
    const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let app = TestApp::start(Engine::Sqlite).await;
    let acme = app.tenant("grants").await;
    let (manager, code) = (app.manager(), &acme.tenant.code);
    let mut edit = ClientEdit::from(&*manager.client(code, acme.client.id).await.unwrap());
    edit.scopes = ["openid", "offline_access"].map(str::to_owned).to_vec();
    edit.protocol.client_credentials = true;
    edit.protocol.device_code = true;
    edit.rights.granted = BTreeSet::from([Right::SignPages]);
    manager.change_client(code, acme.client.id, edit, None).await.unwrap();

    let party = acme.app.clone().asking("openid offline_access");
    let login = party.start("grants");
    let within = [app.url.as_str(), app.simulator_url.as_str()];
    let callback = Browser::wechat("zhangsan").follow(&login.url, &within).await.location();
    let tokens = party.finish(&login, &callback).await;
    let refresh_token = tokens.answer["refresh_token"].as_str().unwrap();
    let (status, refreshed) = party.refresh(refresh_token, &[]).await;
    assert_eq!(status, 200, "{refreshed}");
    let revoked = [("token", refreshed["refresh_token"].as_str().unwrap())];
    assert_eq!(party.ask("revoke", &revoked, &[]).await.0, 200);
    let own = [("grant_type", "client_credentials")];
    assert_eq!(party.ask("token", &own, &[]).await.0, 200);
    let device_code = device_code(&app, &party).await;
    let device = [("grant_type", DEVICE), ("device_code", &*device_code)];
    let (status, answer) = party.ask("token", &device, &[]).await;
    assert_eq!(status, 200, "{answer}");

    let text = http().get(format!("{}/metrics", app.url)).send().await.unwrap();
    let text = text.text().await.unwrap();
    // One recorder counts for all tests here, of which the others know the code only.
    let grants = |name: &str| {
        let series = format!("hufu_token_grants_total{{grant=\"{name}\",outcome=\"succeeded\",error=\"none\"}}");
        value(&text, &series)
    };
    for own in ["refresh_token", "client_credentials", DEVICE] {
        assert!((grants(own) - 1.0).abs() < f64::EPSILON, "{own}: {text}");
    }
    assert!(grants("authorization_code") >= 1.0, "{text}");
    assert!(!text.contains("grant=\"other\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_what_stands_at_any_other_address() {
    let app = TestApp::start(Engine::Sqlite).await;
    let get = async |path: &str, header: (&str, &str)| {
        let request = http().get(format!("{}{path}", app.url)).header(header.0, header.1);
        let answer = request.send().await.unwrap();
        let (status, id) = (answer.status(), answer.headers().contains_key("x-request-id"));
        (
            status,
            id,
            answer.text().await.unwrap().contains("hufu_http_requests_total"),
        )
    };
    for header in [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("host", "login.example.com"),
    ] {
        assert_eq!(
            get("/metrics", header).await,
            (StatusCode::NOT_FOUND, true, false),
            "{header:?}"
        );
        assert_eq!(
            get("/metricz", header).await,
            (StatusCode::NOT_FOUND, true, false),
            "{header:?}"
        );
    }
    let answer = http().post(format!("{}/metrics", app.url)).send().await.unwrap();
    assert_eq!(answer.status(), 404);
}

/// What a collector was sent.
#[derive(Debug, Clone, Default)]
struct Collected {
    bodies: Arc<Mutex<Vec<u8>>>,
    keys: Arc<Mutex<BTreeSet<String>>>,
}

impl Collected {
    fn has(&self, text: &str) -> bool {
        let bodies = self.bodies.lock().unwrap();
        bodies.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

async fn collector() -> (String, Collected) {
    let collected = Collected::default();
    let kept = collected.clone();
    let take = async move |headers: HeaderMap, body: Bytes| {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        let key = headers.get("x-key").map(|key| key.to_str().unwrap().to_owned());
        kept.keys.lock().unwrap().extend(key);
        kept.bodies.lock().unwrap().extend_from_slice(&body);
    };
    let router = Router::new().route("/v1/traces", post(take));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, collected)
}

async fn simulator() -> (String, wechat_simulator::Control) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let simulator = Simulator::new(Config::strict());
    let router = simulator.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, simulator.control())
}

/// As a service manager does; the process ends by itself.
async fn stop(mut child: Child) {
    let pid = child.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_names_the_steps_of_a_login_and_no_secret() {
    let (simulator_url, _) = simulator().await;
    let (collector_url, collected) = collector().await;
    let installation = Installation::make(None, &simulator_url).await;
    let app = installation.client("RS256").await;
    let environment = [
        ("HUFU_TELEMETRY__OTLP_ENDPOINT", collector_url.as_str()),
        ("HUFU_TELEMETRY__OTLP_HEADERS", "x-key=CANARYKEY"),
        ("HUFU_TELEMETRY__SERVICE_NAME", "hufu-under-test"),
    ];
    let (server, _) = installation.serve_with(&environment).await;

    let browser = Browser::wechat("zhangsan");
    let login = app.start("CANARYSTATE");
    let sent = browser.get(&login.url).await.location();
    let answered = browser
        .follow(sent.as_str(), &[simulator_url.as_str()])
        .await
        .location();
    let callback = browser.get(&answered).await.location();
    let tokens = app.finish(&login, &callback).await;
    // What a stranger sends to be found in traces.
    let asked = http()
        .get(format!("{}/t/acme/CANARYPATH?code=CANARYQUERY", installation.url))
        .header("traceparent", "00-43414e4152594944414141414141414d-43414e4152595350-01")
        .header("baggage", "CANARYBAGGAGE=1")
        .header("cookie", "CANARYCOOKIE=1")
        .header("user-agent", "CANARYAGENT");
    asked.send().await.unwrap();
    stop(server).await;

    for there in [
        "hufu-under-test",
        "http.request",
        "wechat.call",
        "db.commit",
        "/sns/oauth2/access_token",
        "/sns/userinfo",
        "/t/{tenant}/callback/{connector}",
        "/t/{tenant}/oauth2/token",
        "hufu.tenant",
        "hufu.request_id",
    ] {
        assert!(collected.has(there), "no {there} in what the collector got");
    }
    let parameter = |url: &Url, name: &str| {
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
    };
    let secrets = [
        APP_SECRET.to_owned(),
        parameter(&answered, "code"),
        parameter(&answered, "state"),
        parameter(&callback, "code"),
        app.client_secret.clone().unwrap(),
        app.client_id.clone(),
        login.verifier.clone(),
        tokens.sub().to_owned(),
        tokens.answer["access_token"].as_str().unwrap().to_owned(),
        tokens.claims["wechat_openid"].as_str().unwrap().to_owned(),
        // Bytes of the traceparent's ids.
        "CANARYIDAAAAAAAM".to_owned(),
        "CANARYSP".to_owned(),
    ];
    for secret in secrets
        .iter()
        .map(String::as_str)
        .chain(["CANARY", "张三", "127.0.0.1"])
    {
        assert!(
            secret.len() >= 6 && !collected.has(secret),
            "{secret} is in what the collector got"
        );
    }
    assert_eq!(
        *collected.keys.lock().unwrap(),
        BTreeSet::from(["CANARYKEY".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_collector_hufu_logs_people_in_and_ends_in_peace() {
    let (simulator_url, _) = simulator().await;
    let installation = Installation::make(None, &simulator_url).await;
    let app = installation.client("RS256").await;
    let nobody = format!("http://127.0.0.1:{}", free_ports(1));
    let own = format!("127.0.0.1:{}", free_ports(1));
    let environment = [
        ("HUFU_TELEMETRY__OTLP_ENDPOINT", nobody.as_str()),
        ("HUFU_METRICS__LISTEN", own.as_str()),
    ];
    let (server, _) = installation.serve_with(&environment).await;
    let browser = Browser::wechat("zhangsan");
    let within = [installation.url.as_str(), simulator_url.as_str()];
    for number in 0..3 {
        let login = app.start(&format!("collector{number}"));
        let callback = browser.follow(&login.url, &within).await.location();
        app.finish(&login, &callback).await;
    }
    // The figures have moved to their own address, where nothing else is.
    let status = async |url: String| http().get(url).send().await.unwrap().status();
    assert_eq!(status(format!("{}/metrics", installation.url)).await, 404);
    assert_eq!(status(format!("http://{own}/metrics")).await, 200);
    assert_eq!(status(format!("http://{own}/healthz")).await, 404);
    stop(server).await;
}
