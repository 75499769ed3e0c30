//! An installation made with the command line, as an operator would make it, and served by the real binary.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::RelyingParty;
use crate::process::{free_ports, hufu_binary, refused_hufu, run_hufu};

/// Where the apps of an installation take their callbacks; nothing listens there.
pub const REDIRECT_URI: &str = "https://app.example/callback";

/// A configured installation, not yet running.
#[derive(Debug)]
pub struct Installation {
    /// Where it will be served.
    pub url: String,
    config: String,
    /// What stands in its configuration after the folder and the database.
    rest: String,
    data: TempDir,
}

impl Installation {
    /// Key ring, schema, a tenant `acme` and a connector to the simulator's demo account at `simulator_url`. Its limits
    /// are so wide that a measurement never meets them, though each request is counted.
    pub async fn make(database: Option<&str>, simulator_url: &str) -> Self {
        let wide = |class| format!("{class} = {{ per_second = 1000000, burst = 1000000 }}\n");
        let of_client = ["login", "token", "read"].map(wide).concat();
        let of_tenant = of_client.clone() + &["callback", "document"].map(wide).concat();
        let more = format!("[limits]\nat_once = 4096\n[limits.client]\n{of_client}[limits.tenant]\n{of_tenant}");
        Self::make_with(database, simulator_url, &more).await
    }

    /// The same with these lines at the end of its configuration.
    pub async fn make_with(database: Option<&str>, simulator_url: &str, more: &str) -> Self {
        let url = format!("http://127.0.0.1:{}", free_ports(1));
        let listen = url.trim_start_matches("http://");
        let rest = format!(
            "[server]\nlisten = \"{listen}\"\n[gateway]\npublic_url = \"{url}\"\n\
             trusted_proxies = [\"127.0.0.1\"]\n\
             [wechat]\npages_url = \"{simulator_url}\"\ncalls_url = \"{simulator_url}\"\n{more}",
        );
        let this = Self::configured(database, url, rest);
        this.run(&["keys", "init"]).await;
        this.run(&["migrate"]).await;
        this.tenant("acme").await;
        this
    }

    /// A new folder with a configuration.
    fn configured(database: Option<&str>, url: String, rest: String) -> Self {
        let data = tempfile::tempdir().unwrap();
        let database = database
            .map(|url| format!("[database]\nurl = \"{url}\"\n"))
            .unwrap_or_default();
        let text = format!("data_dir = \"{}\"\n{database}{rest}", data.path().display());
        let config = data.path().join("installation.toml");
        std::fs::write(&config, text).unwrap();
        Self {
            url,
            config: config.to_str().unwrap().to_owned(),
            rest,
            data,
        }
    }

    /// The same installation in a new folder, which has no database and no key ring yet, or with another database.
    #[must_use]
    pub fn elsewhere(&self, database: Option<&str>) -> Self {
        Self::configured(database, self.url.clone(), self.rest.clone())
    }

    /// A file in its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    /// Adds a tenant with a connector to the simulator's demo account.
    pub async fn tenant(&self, code: &str) {
        self.run(&["tenant", "add", code, "--name", code]).await;
        let secret = self.data.path().join("secret");
        std::fs::write(&secret, "5d0c7e1f93ab4862b7e4d1906fa8c235").unwrap();
        let secret = secret.to_str().unwrap();
        let kind = [
            "connector",
            "add",
            "--tenant",
            code,
            "--kind",
            "wechat-official-account",
            "--name",
            "A",
        ];
        self.run(&[&kind[..], &["--appid", "wx8f3a1c5e7b9d2046", "--secret-file", secret]].concat())
            .await;
    }

    /// Adds an app to `acme`.
    pub async fn client(&self, algorithm: &str) -> RelyingParty {
        self.client_of("acme", algorithm).await
    }

    /// Adds an app.
    pub async fn client_of(&self, tenant: &str, algorithm: &str) -> RelyingParty {
        self.client_with(tenant, algorithm, &[]).await
    }

    /// Adds an app with more options of `hufu client add`.
    pub async fn client_with(&self, tenant: &str, algorithm: &str, more: &[&str]) -> RelyingParty {
        let add = [
            "client",
            "add",
            "--tenant",
            tenant,
            "--name",
            "app",
            "--redirect-uri",
            REDIRECT_URI,
        ];
        let answer = self
            .run(&[&add[..], &["--id-token-alg", algorithm], more].concat())
            .await;
        let text = |name: &str| {
            answer[name]
                .as_str()
                .unwrap_or_else(|| panic!("no {name} in {answer}"))
                .to_owned()
        };
        RelyingParty::new(
            &format!("{}/t/{tenant}", self.url),
            &text("client_id"),
            Some(&text("client_secret")),
            REDIRECT_URI,
        )
    }

    /// Runs a command on it.
    pub async fn run(&self, args: &[&str]) -> Value {
        run_hufu(&[args, &["--config", &self.config]].concat(), &[]).await
    }

    /// Runs a command that is refused; the error.
    pub async fn refused(&self, args: &[&str]) -> Value {
        refused_hufu(&[args, &["--config", &self.config]].concat()).await
    }

    /// Starts `hufu serve`; the process, and how long until it answered.
    pub async fn serve(&self) -> (Child, Duration) {
        self.serve_with(&[]).await
    }

    /// The same with environment variables.
    pub async fn serve_with(&self, environment: &[(&str, &str)]) -> (Child, Duration) {
        let started = Instant::now();
        let mut command = Command::new(hufu_binary());
        command.args(["serve", "--config", &self.config]);
        command.envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.kill_on_drop(true).spawn().unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        while http.get(format!("{}/readyz", self.url)).send().await.is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "hufu serve does not answer"
            );
            sleep(Duration::from_millis(2)).await;
        }
        (child, started.elapsed())
    }
}
