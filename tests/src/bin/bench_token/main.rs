//! `cargo xtask bench token`: reads of a held token in memory and from its row, and what many who ask at once cost the
//! provider, on one instance and on two.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement stops when something is wrong, and prints its result"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use clap::Parser;
use hufu_core::clock::{SystemClock, SystemRandom};
use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::provider::{FetchedToken, ProviderError, TokenCache, TokenKey, TokenSource};
use hufu_core::secret::{Digest256, SecretString};
use hufu_storage::{Config, Database, DatabaseTokens, KeyRing};
use hufu_test_kit::postgres;
use hufu_tests::bench::{machine, table};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Reads held tokens and counts what readers cost the provider.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds each kind of read is measured.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Who read at once, in a closed loop.
    #[arg(long, default_value_t = 16)]
    readers: usize,
    /// Who ask at once for a token that nobody has.
    #[arg(long, default_value_t = 1000)]
    crowd: usize,
    /// Milliseconds the provider takes.
    #[arg(long, default_value_t = 80)]
    latency: u64,
}

/// A provider that takes its time and counts.
struct Provider {
    calls: AtomicU64,
    latency: Duration,
}

#[async_trait]
impl TokenSource for Provider {
    async fn fetch(&self, _: bool) -> Result<FetchedToken, ProviderError> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        sleep(self.latency).await;
        Ok(FetchedToken {
            // As long as WeChat's.
            value: SecretString::from(format!("{number:0>157}")),
            lifetime: Duration::from_secs(7200),
        })
    }
}

fn key() -> TokenKey {
    TokenKey {
        tenant_id: TenantId::generate(&SystemClock, &SystemRandom),
        connector_id: ConnectorId::generate(&SystemClock, &SystemRandom),
        name: "access_token",
        credentials: Digest256::of("made up"),
    }
}

/// A new instance on a database.
async fn instance(config: &Config) -> Arc<DatabaseTokens> {
    let keys =
        KeyRing::parse("[[keys]]\nid = \"k\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n").unwrap();
    let database = Database::open(config, keys, Arc::new(SystemRandom)).await.unwrap();
    let tokens = DatabaseTokens::new(database, Arc::new(SystemClock), Arc::new(SystemRandom));
    Arc::new(tokens)
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    println!("{}\n", machine::describe());
    let directory = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}?mode=rwc", directory.path().join("hufu.db").display());
    let server = postgres::fresh_database().await;
    let databases = [("SQLite", Config::at(file)), ("PostgreSQL", Config::at(&server.url))];
    let names = [
        "database",
        "read",
        "readers",
        "reads/s",
        "CPU µs/read",
        "calls of the provider",
    ];
    println!("{}", table::head(2, &names));
    for (name, config) in &databases {
        Database::migrate(config).await.unwrap();
        for read in [Read::Memory, Read::Row] {
            println!(
                "| {name} | {} | {} | {} |",
                read.as_str(),
                options.readers,
                reads(config, read, &options).await
            );
        }
    }
    let names = [
        "database",
        "instances",
        "who ask at once",
        "all have it after ms",
        "calls of the provider",
    ];
    println!("\n{}", table::head(1, &names));
    for (name, config) in &databases {
        for instances in [1, 2] {
            let crowd = crowd(config, instances, &options).await;
            println!("| {name} | {instances} | {} | {crowd} |", options.crowd);
        }
    }
    println!(
        "\nresident at most {:.0} MiB",
        machine::memory_mib(std::process::id(), "VmHWM")
    );
}

/// From where a token is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Memory,
    Row,
}

impl Read {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "in memory",
            Self::Row => "its row, unsealed",
        }
    }
}

/// Reads one token in a closed loop.
async fn reads(config: &Config, read: Read, options: &Options) -> String {
    let (tokens, key) = (instance(config).await, key());
    let provider = Arc::new(Provider {
        calls: AtomicU64::new(0),
        latency: Duration::from_millis(options.latency),
    });
    tokens.current(&key, provider.clone()).await.unwrap();
    let (started, cpu) = (Instant::now(), machine::cpu_micros(std::process::id()));
    let end = started + Duration::from_secs(options.seconds);
    let mut readers = JoinSet::new();
    for _ in 0..options.readers {
        let (tokens, provider) = (tokens.clone(), provider.clone());
        readers.spawn(async move {
            let mut count = 0_u64;
            while !count.is_multiple_of(64) || Instant::now() < end {
                match read {
                    Read::Memory => drop(tokens.current(&key, provider.clone()).await.unwrap()),
                    Read::Row => drop(tokens.peek(&key).await.unwrap().expect("it was fetched")),
                }
                count += 1;
                if count.is_multiple_of(1024) {
                    tokio::task::yield_now().await;
                }
            }
            count
        });
    }
    let count: u64 = readers.join_all().await.iter().sum();
    let spent = machine::cpu_micros(std::process::id()) - cpu;
    format!(
        "{:.0} | {:.2} | {}",
        count as f64 / started.elapsed().as_secs_f64(),
        spent as f64 / count as f64,
        provider.calls.load(Ordering::SeqCst)
    )
}

/// Has many ask at once for a token that nobody has.
async fn crowd(config: &Config, instances: usize, options: &Options) -> String {
    let key = key();
    let mut caches = Vec::new();
    for _ in 0..instances {
        caches.push(instance(config).await);
    }
    let provider = Arc::new(Provider {
        calls: AtomicU64::new(0),
        latency: Duration::from_millis(options.latency),
    });
    let started = Instant::now();
    let mut readers = JoinSet::new();
    for nth in 0..options.crowd {
        let (tokens, provider) = (caches[nth % instances].clone(), provider.clone());
        readers.spawn(async move { tokens.current(&key, provider).await.unwrap() });
    }
    readers.join_all().await;
    format!(
        "{} | {}",
        started.elapsed().as_millis(),
        provider.calls.load(Ordering::SeqCst)
    )
}
