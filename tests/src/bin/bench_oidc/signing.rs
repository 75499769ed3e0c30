//! What this machine signs: the same signer as Hufu's, one core, nothing else.

use std::time::Duration;

use hufu_core::clock::{SystemClock, SystemRandom};
use hufu_core::ids::KeyId;
use hufu_core::oidc::{PrivateKey, Signer, SigningAlgorithm};
use hufu_tests::bench::machine::cpu_micros;
use serde_json::Value;
use tokio::time::Instant;

/// How long it is measured.
const LASTS: Duration = Duration::from_secs(2);

/// Bare signatures.
pub(crate) struct Bare {
    /// In a second, on one core.
    pub(crate) rate: f64,
    /// CPU time of each in microseconds.
    pub(crate) cpu: f64,
}

/// Signs these claims again and again, while nobody asks Hufu for anything.
pub(crate) async fn measure(algorithm: SigningAlgorithm, claims: Value) -> Bare {
    let signing = tokio::task::spawn_blocking(move || {
        let key = PrivateKey::generate(algorithm).unwrap();
        let signer = Signer::new(KeyId::generate(&SystemClock, &SystemRandom), &key).unwrap();
        let (started, before) = (Instant::now(), cpu_micros(std::process::id()));
        let mut count = 0_u64;
        while started.elapsed() < LASTS {
            for _ in 0..16 {
                std::hint::black_box(signer.sign(&claims).unwrap());
            }
            count += 16;
        }
        let spent = cpu_micros(std::process::id()) - before;
        Bare {
            rate: count as f64 / started.elapsed().as_secs_f64(),
            cpu: spent as f64 / count as f64,
        }
    });
    signing.await.unwrap()
}
