//! `cargo xtask bench oidc`: the token endpoint with an ID token of each algorithm, beside what the same machine signs in
//! the same minute with one core and nothing else, and the documents that every client reads. Hufu and its simulator are
//! processes of their own, so that the CPU counted is Hufu's alone.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops when something is wrong, and prints its result"
)]

mod document;
mod refresh;
mod signing;

use clap::Parser;
use hufu_core::oidc::SigningAlgorithm;
use hufu_tests::RelyingParty;
use hufu_tests::bench::{Database, Measured, Prepared, Running, machine, measure, table};
use serde_json::json;

use crate::document::Reader;
use crate::refresh::Refreshing;
use crate::signing::Bare;

/// Who uses the apps.
const PEOPLE: usize = 200;

/// Measures the token endpoint for each algorithm beside the bare signature, and the public documents.
#[derive(Debug, Parser)]
struct Options {
    /// Databases.
    #[arg(long, value_enum, default_values_t = [Database::Sqlite, Database::Postgres])]
    database: Vec<Database>,
    /// People whose apps ask at once.
    #[arg(long, default_values_t = [1_usize, 16])]
    people: Vec<usize>,
    /// Seconds each run is measured.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Algorithms of the ID token.
    #[arg(long, default_values_t = ["RS256", "ES256", "EdDSA"].map(str::to_owned))]
    algorithm: Vec<String>,
}

const TOKENS: [&str; 11] = [
    "database",
    "ID token",
    "people",
    "tokens/s",
    "p50 ms",
    "p95 ms",
    "CPU µs/token",
    "signatures/s, one core",
    "CPU µs/signature",
    "tokens/s ÷ signatures/s",
    "CPU: token ÷ signature",
];

const DOCUMENTS: [&str; 7] = [
    "database",
    "document",
    "connections",
    "answers/s",
    "p50 ms",
    "p95 ms",
    "CPU µs/answer",
];

#[tokio::main]
async fn main() {
    let options = Options::parse();
    println!("{}\n\n{}", machine::describe(), table::head(2, &TOKENS));
    let (mut documents, mut notes) = (Vec::new(), Vec::new());
    for database in &options.database {
        let prepared = Prepared::unlimited(database.make().await.as_deref(), PEOPLE).await;
        let mut apps = Vec::new();
        for name in &options.algorithm {
            apps.push((name, app(&prepared, name).await));
        }
        let running = prepared.start().await;
        for (name, app) in &apps {
            let algorithm: SigningAlgorithm = serde_json::from_value(json!(name)).unwrap();
            for people in &options.people {
                let (who, cells) = (
                    people.to_string(),
                    tokens(&running, app, algorithm, *people, options.seconds).await,
                );
                let head = [database.name(), name, &who].map(str::to_owned);
                println!("{}", table::row(&[&head[..], &cells[..]].concat()));
            }
        }
        let (_, app) = &apps[0];
        for (name, path) in [
            ("discovery", "/.well-known/openid-configuration"),
            ("keys", "/oauth2/jwks"),
        ] {
            let url = format!("{}{path}", app.issuer);
            for connections in &options.people {
                let (many, cells) = (
                    connections.to_string(),
                    reads(&running, &url, *connections, options.seconds).await,
                );
                let head = [database.name(), name, &many].map(str::to_owned);
                documents.push(table::row(&[&head[..], &cells[..]].concat()));
            }
        }
        notes.push(format!("{}: {}", database.name(), running.finish()));
    }
    println!("\n{}\n{}", table::head(2, &DOCUMENTS), documents.join("\n"));
    println!("\n{}", notes.join("\n"));
}

/// A tenant and an app of its own for an algorithm.
async fn app(prepared: &Prepared, algorithm: &str) -> RelyingParty {
    let tenant = algorithm.to_lowercase();
    let installation = &prepared.installation;
    installation.tenant(&tenant).await;
    // A tenant is born with keys for the two that clients ask for.
    if algorithm == "EdDSA" {
        let rotate = ["keys", "rotate", "--tenant", &tenant, "--algorithm", algorithm, "--now"];
        installation.run(&rotate).await;
    }
    let scopes = ["--scope", "openid", "offline_access"];
    let app = installation.client_with(&tenant, algorithm, &scopes).await;
    app.asking("openid offline_access")
}

async fn tokens(
    running: &Running,
    app: &RelyingParty,
    algorithm: SigningAlgorithm,
    people: usize,
    seconds: u64,
) -> [String; 8] {
    let mut refreshing = Vec::new();
    for number in 0..people {
        refreshing.push(Refreshing::log_in(app, number, PEOPLE).await);
    }
    // Signed is what Hufu signs: the claims of a real token.
    let bare = signing::measure(algorithm, refreshing[0].claims()).await;
    let (measured, _) = measure(refreshing, seconds, &[running.hufu_pid]).await;
    let Bare { rate, cpu } = bare;
    let [throughput, p50, p95, cost] = common(&measured);
    [
        throughput,
        p50,
        p95,
        cost,
        format!("{rate:.0}"),
        format!("{cpu:.1}"),
        format!("{:.3}", measured.rate() / rate),
        format!("{:.2}", measured.cpu_each(0) / cpu),
    ]
}

async fn reads(running: &Running, url: &str, connections: usize, seconds: u64) -> [String; 4] {
    let readers = (0..connections).map(|_| Reader::new(url)).collect();
    let (measured, _) = measure(readers, seconds, &[running.hufu_pid]).await;
    common(&measured)
}

/// Throughput, median, 95 %, CPU for each.
fn common(measured: &Measured) -> [String; 4] {
    [
        format!("{:.0}", measured.rate()),
        format!("{:.2}", measured.ms(0.50)),
        format!("{:.2}", measured.ms(0.95)),
        format!("{:.0}", measured.cpu_each(0)),
    ]
}
