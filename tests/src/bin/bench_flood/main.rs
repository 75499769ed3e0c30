//! `cargo xtask bench flood`: people log in at one tenant at a modest rate, in rounds: alone, then while another tenant of
//! the same instance is flooded from many addresses. Limits are the defaults; the addresses are told by a trusted proxy,
//! so that it is the tenant's own budget that stands between the two. Rounds alternate because machines drift: what is
//! told is the median of the rounds' ratios.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement stops when something is wrong, and prints its result"
)]

mod flood;
mod quiet;

use std::time::Duration;

use clap::Parser;
use hdrhistogram::Histogram;
use hufu_tests::bench::{Prepared, Running, machine, table};
use tokio::time::{Instant, sleep_until};

use crate::flood::{Answers, Flood};
use crate::quiet::Quiet;

/// Who logs in at the quiet tenant, in turns.
const PEOPLE: usize = 200;
/// What a flood may do to others.
const GOAL: f64 = 1.10;

/// Logs people in beside a flood and prints what it does to them.
#[derive(Debug, Parser)]
struct Options {
    /// Rounds: once alone, once beside the flood.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Seconds each half of a round is measured.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Seconds the flood lasts before it is measured: until the burst is used up.
    #[arg(long, default_value_t = 2)]
    before: u64,
    /// Logins a second at the quiet tenant.
    #[arg(long, default_value_t = 20)]
    logins: u32,
    /// Requests a second at the flooded tenant.
    #[arg(long, default_value_t = 1500)]
    flood: u32,
    /// Connections of the flood.
    #[arg(long, default_value_t = 16)]
    connections: u32,
    /// Milliseconds that WeChat takes for a code, as it does in life.
    #[arg(long, default_value_t = 80)]
    latency: u64,
}

/// A half of a round.
struct Half {
    latencies: Histogram<u64>,
    /// Cores that Hufu used.
    cores: f64,
    /// What the flood was answered meanwhile, a second.
    answers: Answers,
}

/// Both halves.
struct Round {
    alone: Half,
    beside: Half,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    println!("{}\n", machine::describe());
    let prepared = Prepared::limited(None, PEOPLE).await;
    prepared.slow(options.latency).await;
    prepared.installation.tenant("flooded").await;
    let quiet = prepared.installation.client("ES256").await.asking("openid");
    let flooded = prepared.installation.client_of("flooded", "ES256").await;
    let running = prepared.start().await;
    let mut quiet = Quiet::new(&quiet, PEOPLE);
    let warm = Instant::now() + Duration::from_secs(2);
    quiet.log_in(options.logins, warm).await;
    let resident = machine::memory_mib(running.hufu_pid, "VmRSS");

    let names = [
        "round",
        "logins",
        "p50 ms",
        "p95 ms",
        "beside: logins",
        "p50 ms",
        "p95 ms",
        "p50 ratio",
        "p95 ratio",
        "passed/s",
        "refused/s",
        "Hufu's cores: alone",
        "beside",
    ];
    println!("{}", table::head(0, &names));
    let mut rounds = Vec::new();
    for number in 1..=options.rounds {
        let round = Round {
            alone: half(&running, &mut quiet, &options, None).await,
            beside: half(&running, &mut quiet, &options, Some(Flood::new(&flooded, number))).await,
        };
        println!("{}", table::row(&round.cells(number)));
        rounds.push(round);
    }

    let p95 = median(rounds.iter().map(|round| round.ratio(0.95)));
    let p50 = median(rounds.iter().map(|round| round.ratio(0.5)));
    println!(
        "\nbeside / alone, median of {} rounds: p50 {p50:.2}, p95 {p95:.2}",
        rounds.len()
    );
    let verdict = if p95 <= GOAL { "within" } else { "not within" };
    println!("p95 is {verdict} the goal of {GOAL:.2}");
    println!(
        "resident: {resident:.0} MiB before the floods, {:.0} MiB after them",
        machine::memory_mib(running.hufu_pid, "VmRSS")
    );
}

/// Measures, beside a flood if there is one.
async fn half(running: &Running, quiet: &mut Quiet, options: &Options, flood: Option<Flood>) -> Half {
    let lead = Duration::from_secs(if flood.is_some() { options.before } else { 0 });
    let begins = Instant::now() + lead;
    let ends = begins + Duration::from_secs(options.seconds);
    let flood = flood.map(|flood| flood.start(options.flood, options.connections, ends));
    sleep_until(begins).await;
    let answered = || flood.as_ref().map(flood::Flowing::answers).unwrap_or_default();
    let (before, cpu) = (answered(), machine::cpu_micros(running.hufu_pid));
    let latencies = quiet.log_in(options.logins, ends).await;
    let cpu = machine::cpu_micros(running.hufu_pid) - cpu;
    let after = answered();
    if let Some(flood) = flood {
        flood.ended().await;
    }
    let seconds = options.seconds.max(1);
    Half {
        latencies,
        cores: cpu as f64 / (seconds * 1_000_000) as f64,
        answers: Answers {
            passed: (after.passed - before.passed) / seconds,
            refused: (after.refused - before.refused) / seconds,
        },
    }
}

impl Half {
    fn ms(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1000.0
    }
}

impl Round {
    fn ratio(&self, quantile: f64) -> f64 {
        self.beside.ms(quantile) / self.alone.ms(quantile)
    }

    fn cells(&self, number: usize) -> Vec<String> {
        let mut cells = vec![number.to_string()];
        for half in [&self.alone, &self.beside] {
            cells.push(half.latencies.len().to_string());
            cells.extend([0.5, 0.95].map(|quantile| format!("{:.1}", half.ms(quantile))));
        }
        cells.extend([0.5, 0.95].map(|quantile| format!("{:.2}", self.ratio(quantile))));
        let Answers { passed, refused } = self.beside.answers;
        cells.extend([passed, refused].map(|count| count.to_string()));
        cells.extend([&self.alone, &self.beside].map(|half| format!("{:.2}", half.cores)));
        cells
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
