//! What is measured: an installation, its simulator, one app an algorithm.

use std::collections::BTreeMap;
use std::time::Duration;

use hufu_tests::RelyingParty;
use hufu_tests::installation::Installation;
use hufu_tests::process::{Hufu, free_ports};
use serde_json::json;
use tokio::process::Child;
use tokio::time::sleep;

use crate::machine::memory_mib;

/// A running Hufu with its simulator.
pub(crate) struct Setup {
    pub(crate) hufu_pid: u32,
    pub(crate) simulator_pid: u32,
    pub(crate) apps: BTreeMap<String, RelyingParty>,
    idle_mib: f64,
    first_answer: Duration,
    _hufu: Child,
    _simulator: Hufu,
    _installation: Installation,
}

impl Setup {
    pub(crate) async fn make(database: Option<&str>, algorithms: &[String]) -> Self {
        let port = free_ports(1).to_string();
        let simulator = Hufu::start(&["simulate", "--port", &port]).await;
        let simulator_url = format!("http://127.0.0.1:{port}");
        populate(&simulator_url).await;
        let installation = Installation::make(database, &simulator_url).await;
        let mut apps = BTreeMap::new();
        for algorithm in algorithms {
            apps.insert(algorithm.clone(), installation.client(algorithm).await);
        }
        // The first start makes files; what counts is a start on existing data.
        let (mut first, _) = installation.serve().await;
        first.kill().await.unwrap();
        let (hufu, first_answer) = installation.serve().await;
        let hufu_pid = hufu.id().unwrap();
        sleep(Duration::from_secs(1)).await;
        Self {
            hufu_pid,
            simulator_pid: simulator.pid(),
            apps,
            idle_mib: memory_mib(hufu_pid, "VmRSS"),
            first_answer,
            _hufu: hufu,
            _simulator: simulator,
            _installation: installation,
        }
    }

    /// What is to be said of the whole.
    pub(crate) fn finish(self) -> String {
        format!(
            "resident when idle {:.0} MiB, at most {:.0} MiB; first answer on existing data after {} ms",
            self.idle_mib,
            memory_mib(self.hufu_pid, "VmHWM"),
            self.first_answer.as_millis(),
        )
    }
}

/// People who log in, in turns: with one person for all, logins would wait for each other's row.
pub(crate) const PEOPLE: usize = 1000;

/// No quotas, and enough people: the simulator must not be what is measured.
async fn populate(simulator: &str) {
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
    for number in 0..PEOPLE {
        post(
            "/_sim/users",
            json!({"id": format!("p{number}"), "nickname": format!("人 {number}")}),
        )
        .await;
    }
    post("/_sim/quotas", json!({"sns_per_minute": 100_000_000_u64})).await;
}
