//! `cargo xtask bench login`: whole logins, closed loop, against a real `hufu serve` and the simulator, each a
//! process of its own, so that the CPU counted is Hufu's alone.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement stops when something is wrong, and prints its result"
)]

mod journey;
mod machine;
mod setup;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use hdrhistogram::Histogram;
use hufu_test_kit::postgres;
use hufu_tests::RelyingParty;
use tokio::time::Instant;

use crate::journey::{Journey, Timing};
use crate::setup::Setup;

/// Drives whole logins and prints logins/s, latencies, CPU for each login and memory.
#[derive(Debug, Parser)]
struct Options {
    /// Databases.
    #[arg(long, value_enum, default_values_t = [Database::Sqlite, Database::Postgres])]
    database: Vec<Database>,
    /// People at once.
    #[arg(long, default_values_t = [1_usize, 16, 64])]
    people: Vec<usize>,
    /// Seconds each run is measured.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Algorithms of the ID token.
    #[arg(long, default_values_t = ["ES256".to_owned(), "RS256".to_owned()])]
    algorithm: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    println!("{}\n", machine::describe());
    println!(
        "| database | ID token | people | logins/s | p50 ms | p95 ms | p99 ms | CPU µs/login | upstream µs/login |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut notes = Vec::new();
    for database in &options.database {
        let url = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(postgres::fresh_database().await.url),
        };
        let setup = Setup::make(url.as_deref(), &options.algorithm).await;
        for (algorithm, app) in &setup.apps {
            for people in &options.people {
                let row = measure(&setup, app, *people, options.seconds).await;
                println!("| {database:?} | {algorithm} | {people} | {row} |");
            }
        }
        notes.push(format!("{database:?}: {}", setup.finish()));
    }
    println!("\n{}", notes.join("\n"));
}

async fn measure(setup: &Setup, app: &RelyingParty, people: usize, seconds: u64) -> String {
    let warm_up = Instant::now() + Duration::from_secs(1);
    drive(app, people, warm_up).await;
    let (hufu, simulator) = (
        machine::cpu_micros(setup.hufu_pid),
        machine::cpu_micros(setup.simulator_pid),
    );
    let started = Instant::now();
    let latencies = drive(app, people, started + Duration::from_secs(seconds)).await;
    let elapsed = started.elapsed().as_secs_f64();
    let logins = latencies.len();
    let each = |before: u64, after: u64| (after - before) / logins.max(1);
    let ms = |quantile: f64| latencies.value_at_quantile(quantile) as f64 / 1000.0;
    format!(
        "{:.0} | {:.1} | {:.1} | {:.1} | {} | {}",
        logins as f64 / elapsed,
        ms(0.50),
        ms(0.95),
        ms(0.99),
        each(hufu, machine::cpu_micros(setup.hufu_pid)),
        each(simulator, machine::cpu_micros(setup.simulator_pid)),
    )
}

/// Logs people in, one after the other each, until `end`; microseconds of each login.
async fn drive(app: &RelyingParty, people: usize, end: Instant) -> Histogram<u64> {
    let failed = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for first in 0..people {
        let (mut journey, failed) = (Journey::new(app, first, people), Arc::clone(&failed));
        tasks.spawn(async move {
            let mut latencies = Histogram::<u64>::new(3).unwrap();
            while Instant::now() < end {
                match journey.log_in().await {
                    Ok(Timing { total }) => latencies.record(u64::try_from(total.as_micros()).unwrap()).unwrap(),
                    Err(what) => assert!(failed.fetch_add(1, Ordering::Relaxed) < 5, "logins fail: {what}"),
                }
            }
            latencies
        });
    }
    let mut all = Histogram::<u64>::new(3).unwrap();
    while let Some(latencies) = tasks.join_next().await {
        all.add(latencies.unwrap()).unwrap();
    }
    all
}
