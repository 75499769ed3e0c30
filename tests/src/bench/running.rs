//! What is measured: an installation and its simulator, processes of their own.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Child;
use tokio::time::sleep;

use super::machine::memory_mib;
use crate::installation::Installation;
use crate::process::{Hufu, free_ports};

/// An installation whose WeChat is a simulator with many people; not yet running.
#[derive(Debug)]
pub struct Prepared {
    /// The installation, with a tenant `acme`.
    pub installation: Installation,
    /// The simulator's URL.
    pub simulator_url: String,
    /// The simulator's process.
    pub simulator: Hufu,
}

/// A running Hufu with its simulator.
#[derive(Debug)]
pub struct Running {
    /// The installation.
    pub installation: Installation,
    /// Hufu's process.
    pub hufu_pid: u32,
    /// The simulator's process.
    pub simulator_pid: u32,
    idle_mib: f64,
    first_answer: Duration,
    _hufu: Child,
    _simulator: Hufu,
}

impl Prepared {
    /// With the limits so wide that nobody meets them.
    pub async fn unlimited(database: Option<&str>, people: usize) -> Self {
        let (simulator, simulator_url) = simulator(people).await;
        Self {
            installation: Installation::make(database, &simulator_url).await,
            simulator_url,
            simulator,
        }
    }

    /// With the limits that an installation has by default.
    pub async fn limited(database: Option<&str>, people: usize) -> Self {
        let (simulator, simulator_url) = simulator(people).await;
        Self {
            installation: Installation::make_with(database, &simulator_url, "").await,
            simulator_url,
            simulator,
        }
    }

    /// Starts it. The first start makes files; what counts is a start on existing data.
    pub async fn start(self) -> Running {
        let (mut first, _) = self.installation.serve().await;
        first.kill().await.unwrap();
        let (hufu, first_answer) = self.installation.serve().await;
        let hufu_pid = hufu.id().unwrap();
        sleep(Duration::from_secs(1)).await;
        Running {
            installation: self.installation,
            hufu_pid,
            simulator_pid: self.simulator.pid(),
            idle_mib: memory_mib(hufu_pid, "VmRSS"),
            first_answer,
            _hufu: hufu,
            _simulator: self.simulator,
        }
    }
}

impl Running {
    /// What is to be said of the whole.
    pub fn finish(self) -> String {
        format!(
            "resident when idle {:.0} MiB, at most {:.0} MiB; first answer on existing data after {} ms",
            self.idle_mib,
            memory_mib(self.hufu_pid, "VmHWM"),
            self.first_answer.as_millis(),
        )
    }
}

/// A simulator with no quotas and enough people: it must not be what is measured. They are `p0`, `p1`, …
async fn simulator(people: usize) -> (Hufu, String) {
    let port = free_ports(1).to_string();
    let simulator = Hufu::start(&["simulate", "--port", &port]).await;
    let url = format!("http://127.0.0.1:{port}");
    for number in 0..people {
        let user = json!({"id": format!("p{number}"), "nickname": format!("人 {number}")});
        tell(&url, "/_sim/users", user).await;
    }
    tell(&url, "/_sim/quotas", json!({"sns_per_minute": 100_000_000_u64})).await;
    (simulator, url)
}

/// Tells a simulator something.
async fn tell(simulator_url: &str, path: &str, body: Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let sent = http.post(format!("{simulator_url}{path}")).json(&body).send();
    let answer = sent.await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
}

impl Prepared {
    /// Has WeChat take so many milliseconds for a code.
    pub async fn slow(&self, millis: u64) {
        let late = json!({"endpoint": "/sns/oauth2/access_token", "effect": {"type": "latency", "millis": millis}});
        tell(&self.simulator_url, "/_sim/faults", late).await;
    }
}
