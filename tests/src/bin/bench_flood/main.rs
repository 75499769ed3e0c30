//! `cargo xtask bench flood`: people log in at one tenant at a modest rate, first alone, then while another tenant of the
//! same instance is flooded from many addresses. Limits are the defaults; the addresses are told by a trusted proxy, so
//! that it is the tenant's own budget that stands between the two.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement stops when something is wrong, and prints its result"
)]

#[path = "../bench_login/journey.rs"]
mod journey;
#[path = "../bench_login/machine.rs"]
mod machine;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;
use hdrhistogram::Histogram;
use hufu_tests::RelyingParty;
use hufu_tests::installation::Installation;
use hufu_tests::process::{Hufu, free_ports};
use reqwest::redirect::Policy;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::journey::Journey;

mod setup {
    /// People who log in, in turns.
    pub(crate) const PEOPLE: usize = 200;
}

/// Logs people in beside a flood and prints what it does to them.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds each run is measured.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Seconds the flood lasts before it is measured: until the burst is used up.
    #[arg(long, default_value_t = 6)]
    before: u64,
    /// Logins a second at the quiet tenant.
    #[arg(long, default_value_t = 10)]
    logins: u64,
    /// Requests a second at the flooded tenant.
    #[arg(long, default_value_t = 1500)]
    flood: u64,
    /// Connections of the flood.
    #[arg(long, default_value_t = 16)]
    connections: u64,
    /// Milliseconds that WeChat takes for a code, as it does in life.
    #[arg(long, default_value_t = 80)]
    latency: u64,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    println!("{}\n", machine::describe());
    let port = free_ports(1).to_string();
    let _simulator = Hufu::start(&["simulate", "--port", &port]).await;
    let simulator = format!("http://127.0.0.1:{port}");
    populate(&simulator, options.latency).await;
    let installation = Installation::make_with(None, &simulator, "").await;
    installation.tenant("flooded").await;
    let quiet = installation.client("ES256").await;
    let flooded = installation.client_of("flooded", "ES256").await;
    let (hufu, _) = installation.serve().await;
    let hufu = hufu_pid(&hufu);

    let seconds = Duration::from_secs(options.seconds);
    log_in(&quiet, &options, Instant::now() + Duration::from_secs(1)).await;
    let alone = log_in(&quiet, &options, Instant::now() + seconds).await;
    let memory = machine::memory_mib(hufu, "VmRSS");
    let begins = Instant::now() + Duration::from_secs(options.before);
    let answers = Arc::new(Answers::default());
    let flood = tokio::spawn(flood(
        flooded,
        begins + seconds,
        options.flood,
        options.connections,
        Arc::clone(&answers),
    ));
    sleep_until(begins).await;
    let (passed, refused) = answers.read();
    let cpu = machine::cpu_micros(hufu);
    let beside = log_in(&quiet, &options, Instant::now() + seconds).await;
    let cpu = machine::cpu_micros(hufu) - cpu;
    let (passed, refused) = (answers.read().0 - passed, answers.read().1 - refused);
    flood.await.unwrap();

    println!("| quiet tenant | logins | p50 ms | p95 ms |\n|---|--:|--:|--:|");
    let ms = |histogram: &Histogram<u64>, quantile| histogram.value_at_quantile(quantile) as f64 / 1000.0;
    for (name, histogram) in [("alone", &alone), ("beside the flood", &beside)] {
        let (p50, p95) = (ms(histogram, 0.5), ms(histogram, 0.95));
        println!("| {name} | {} | {p50:.1} | {p95:.1} |", histogram.len());
    }
    let ratio = |quantile| ms(&beside, quantile) / ms(&alone, quantile);
    println!("\nbeside / alone: p50 {:.2}, p95 {:.2}", ratio(0.5), ratio(0.95));
    let each = |count: u64| count / options.seconds;
    println!(
        "flood: {} a second passed, {} a second were refused",
        each(passed),
        each(refused)
    );
    let share = cpu as f64 / seconds.as_micros() as f64;
    println!("Hufu used {share:.2} cores beside the flood, all of it and the logins together");
    println!(
        "resident: {memory:.0} MiB before the flood, {:.0} MiB after it",
        machine::memory_mib(hufu, "VmRSS")
    );
}

fn hufu_pid(child: &tokio::process::Child) -> u32 {
    child.id().expect("it runs")
}

async fn populate(simulator: &str, latency: u64) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |path: &str, body: serde_json::Value| {
        let answer = http
            .post(format!("{simulator}{path}"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    };
    for number in 0..setup::PEOPLE {
        let user = json!({"id": format!("p{number}"), "nickname": format!("人 {number}")});
        post("/_sim/users", user).await;
    }
    post("/_sim/quotas", json!({"sns_per_minute": 100_000_000_u64})).await;
    let late = json!({"endpoint": "/sns/oauth2/access_token", "effect": {"type": "latency", "millis": latency}});
    post("/_sim/faults", late).await;
}

/// Logs in so often a second, each by somebody of their own, until `end`; microseconds of each login.
async fn log_in(app: &RelyingParty, options: &Options, end: Instant) -> Histogram<u64> {
    let mut ticks = interval(Duration::from_secs(1) / u32::try_from(options.logins).unwrap());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Browsers come back: connections and cookies are theirs for the whole run.
    let mut free: Vec<Journey> = (0..20).map(|first| Journey::new(app, first, 20)).collect();
    let mut under_way = JoinSet::new();
    let mut latencies = Histogram::<u64>::new(3).unwrap();
    let mut done = |journey: Journey, result: Result<journey::Timing, String>| {
        let timing = result.unwrap_or_else(|what| panic!("a login at the quiet tenant failed: {what}"));
        latencies
            .record(u64::try_from(timing.total.as_micros()).unwrap())
            .unwrap();
        journey
    };
    while Instant::now() < end {
        ticks.tick().await;
        while let Some(ended) = under_way.try_join_next() {
            let (journey, result) = ended.unwrap();
            free.push(done(journey, result));
        }
        let Some(mut journey) = free.pop() else { continue };
        under_way.spawn(async move {
            let result = journey.log_in().await;
            (journey, result)
        });
    }
    while let Some(ended) = under_way.join_next().await {
        let (journey, result) = ended.unwrap();
        done(journey, result);
    }
    latencies
}

#[derive(Debug, Default)]
struct Answers {
    passed: AtomicU64,
    refused: AtomicU64,
}

impl Answers {
    fn read(&self) -> (u64, u64) {
        (
            self.passed.load(Ordering::Relaxed),
            self.refused.load(Ordering::Relaxed),
        )
    }
}

/// Begins logins, none of which is finished, each from another address.
async fn flood(app: RelyingParty, end: Instant, per_second: u64, connections: u64, answers: Arc<Answers>) {
    let url = format!(
        "{}/oauth2/authorize?client_id={}&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code&scope=openid",
        app.issuer, app.client_id
    );
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(hufu_tests::WECHAT_USER_AGENT)
        .build()
        .unwrap();
    let mut tasks = JoinSet::new();
    for connection in 0..connections {
        let (http, url, answers) = (http.clone(), url.clone(), Arc::clone(&answers));
        tasks.spawn(async move {
            let mut ticks = interval(Duration::from_secs(connections).div_f64(per_second as f64));
            let mut number = connection;
            while Instant::now() < end {
                ticks.tick().await;
                number += connections;
                let address = std::net::Ipv4Addr::from(
                    u32::from(std::net::Ipv4Addr::new(11, 0, 0, 0)) + u32::try_from(number).unwrap(),
                );
                let asked = http.get(&url).header("x-forwarded-for", address.to_string()).send();
                match asked.await.unwrap().status().as_u16() {
                    303 => answers.passed.fetch_add(1, Ordering::Relaxed),
                    429 => answers.refused.fetch_add(1, Ordering::Relaxed),
                    other => panic!("the flood is answered with {other}"),
                };
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
