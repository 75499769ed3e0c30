#![allow(warnings, clippy::all)]
use hufu_core::clock::SystemRandom;
use hufu_core::store::Store;
use hufu_storage::*;
use hufu_test_kit::{builders, store_contract::World};
use std::sync::Arc;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let n: usize = std::env::args().nth(2).map_or(6400, |s| s.parse().unwrap());
    let config = Config::at(url);
    Database::migrate(&config).await.unwrap();
    let keys =
        KeyRing::parse("[[keys]]\nid = \"test\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n").unwrap();
    let db = Database::open(&config, keys, Arc::new(SystemRandom)).await.unwrap();
    let world = Arc::new(World::new(&*db).await);
    for conc in std::env::args().nth(3).map_or(vec![1usize, 16, 64, 64, 256], |s| {
        s.split(",").map(|c| c.parse().unwrap()).collect()
    }) {
        let before = db.statements();
        let (c0, t0) = (cpu(), std::time::Instant::now());
        let per = n / conc;
        let tasks: Vec<_> = (0..conc)
            .map(|w| {
                let (db, world) = (db.clone(), world.clone());
                tokio::spawn(async move {
                    for i in 0..per {
                        let begun = world.begun(&*db).await;
                        let (attempt, _, saved) = world
                            .complete(&*db, begun, builders::identity(&format!("o{conc}-{w}-{}", i % 20)))
                            .await;
                        let (_, _, changes) = world.redemption(attempt, saved.subject_id.unwrap());
                        world.save(&*db, changes).await.unwrap();
                    }
                })
            })
            .collect();
        for t in tasks {
            t.await.unwrap();
        }
        let logins = (per * conc) as f64;
        let a = db.statements();
        println!(
            "conc {conc}: cpu {:.0} us/login, {:.0} logins/s, {:.2} writes/login {:.2} tx/login",
            (cpu() - c0) / logins * 1e6,
            logins / t0.elapsed().as_secs_f64(),
            (a.writes - before.writes) as f64 / logins,
            (a.transactions - before.transactions) as f64 / logins
        );
    }
}
