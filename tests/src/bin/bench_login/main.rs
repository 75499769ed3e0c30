//! `cargo xtask bench login`: whole logins, closed loop, against a real `hufu serve` and the simulator, each a
//! process of its own, so that the CPU counted is Hufu's alone.
#![expect(clippy::print_stdout, reason = "a measurement prints its result")]

use clap::Parser;
use hufu_tests::RelyingParty;
use hufu_tests::bench::{Database, Journey, Prepared, Running, machine, measure, table};

/// Who logs in, in turns.
const PEOPLE: usize = 1000;

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

const NAMES: [&str; 9] = [
    "database",
    "ID token",
    "people",
    "logins/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU µs/login",
    "upstream µs/login",
];

#[tokio::main]
async fn main() {
    let options = Options::parse();
    println!("{}\n\n{}", machine::describe(), table::head(2, &NAMES));
    let mut notes = Vec::new();
    for database in &options.database {
        let prepared = Prepared::unlimited(database.make().await.as_deref(), PEOPLE).await;
        let mut apps = Vec::new();
        for algorithm in &options.algorithm {
            apps.push((
                algorithm,
                prepared.installation.client(algorithm).await.asking("openid"),
            ));
        }
        let running = prepared.start().await;
        for (algorithm, app) in &apps {
            for people in &options.people {
                let (who, cells) = (people.to_string(), cells(&running, app, *people, options.seconds).await);
                let head = [database.name(), algorithm, &who].map(str::to_owned);
                println!("{}", table::row(&[&head[..], &cells[..]].concat()));
            }
        }
        notes.push(format!("{}: {}", database.name(), running.finish()));
    }
    println!("\n{}", notes.join("\n"));
}

async fn cells(running: &Running, app: &RelyingParty, people: usize, seconds: u64) -> [String; 6] {
    let journeys = (0..people).map(|first| Journey::new(app, first, people, PEOPLE));
    let processes = [running.hufu_pid, running.simulator_pid];
    let (measured, _) = measure(journeys.collect(), seconds, &processes).await;
    [
        format!("{:.0}", measured.rate()),
        format!("{:.1}", measured.ms(0.50)),
        format!("{:.1}", measured.ms(0.95)),
        format!("{:.1}", measured.ms(0.99)),
        format!("{:.0}", measured.cpu_each(0)),
        format!("{:.0}", measured.cpu_each(1)),
    ]
}
