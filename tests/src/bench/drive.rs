//! People who do one thing again and again, closed loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::machine::cpu_micros;

/// Errors in a run after which it means nothing.
const ERRORS: u64 = 5;

/// Who does it.
pub trait Person: Send + 'static {
    /// Does it once; how long it took, or what went wrong.
    fn once(&mut self) -> impl Future<Output = Result<Duration, String>> + Send;
}

/// What a run said.
#[derive(Debug)]
pub struct Measured {
    /// Microseconds of each.
    pub latencies: Histogram<u64>,
    /// How long it lasted.
    pub elapsed: Duration,
    /// CPU time each process spent meanwhile, in microseconds; in the order in which they were named.
    pub cpu: Vec<u64>,
}

impl Measured {
    /// How often it was done in a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// A quantile in milliseconds.
    pub fn ms(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1000.0
    }

    /// CPU time of one of the processes for each, in microseconds.
    pub fn cpu_each(&self, process: usize) -> f64 {
        self.cpu[process] as f64 / self.latencies.len().max(1) as f64
    }
}

/// Has people warm up for a second and then measures them, and what they cost these processes.
pub async fn measure<P: Person>(people: Vec<P>, seconds: u64, processes: &[u32]) -> (Measured, Vec<P>) {
    let (people, _) = drive(people, Instant::now() + Duration::from_secs(1)).await;
    let spent = || processes.iter().map(|pid| cpu_micros(*pid)).collect::<Vec<_>>();
    let (before, started) = (spent(), Instant::now());
    let (people, latencies) = drive(people, started + Duration::from_secs(seconds)).await;
    let elapsed = started.elapsed();
    let cpu = spent()
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .collect();
    let measured = Measured {
        latencies,
        elapsed,
        cpu,
    };
    (measured, people)
}

/// Has each of the people do it, one time after the other, until `end`; microseconds of each.
pub async fn drive<P: Person>(people: Vec<P>, end: Instant) -> (Vec<P>, Histogram<u64>) {
    let failed = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for mut person in people {
        let failed = Arc::clone(&failed);
        tasks.spawn(async move {
            let mut latencies = Histogram::<u64>::new(3).unwrap();
            while Instant::now() < end {
                match person.once().await {
                    Ok(took) => latencies.record(u64::try_from(took.as_micros()).unwrap()).unwrap(),
                    Err(what) => assert!(failed.fetch_add(1, Ordering::Relaxed) < ERRORS, "it fails: {what}"),
                }
            }
            (person, latencies)
        });
    }
    let (mut people, mut all) = (Vec::new(), Histogram::<u64>::new(3).unwrap());
    while let Some(ended) = tasks.join_next().await {
        let (person, latencies) = ended.unwrap();
        people.push(person);
        all.add(latencies).unwrap();
    }
    (people, all)
}
