//! The parts of the configuration that belong to the binary.

use std::net::SocketAddr;
use std::time::Duration;

use hufu_core::flow::Settings;
use hufu_core::manage::{RotationPolicy, SignInSettings};
use hufu_core::network::{Network, NetworkError};
use hufu_core::secret::{DerivationKey, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

/// The server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port it listens on.
    pub listen: SocketAddr,
    /// How long running requests may go on after a signal to stop, in seconds.
    pub shutdown_seconds: u64,
    /// How long the head of a request may take from its first byte, in seconds.
    pub header_seconds: u64,
    /// How long a connection may be idle between two requests, in seconds. Longer than the reverse proxy keeps its own:
    /// else it sends a request where nobody listens any more.
    pub idle_seconds: u64,
    /// Connections at once; the process must be allowed as many open files and some more.
    pub connections: usize,
    /// Connections of one address at once. Trusted proxies and `limits.exempt` may have any number.
    pub connections_per_address: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            shutdown_seconds: 30,
            header_seconds: 10,
            idle_seconds: 75,
            connections: 8192,
            connections_per_address: 1024,
        }
    }
}

/// The database, and when its schema is brought up to date.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Database {
    /// Where it is.
    #[serde(flatten)]
    pub storage: hufu_storage::Config,
    /// Whether pending migrations are applied at a start; by default on SQLite only: several instances that share a
    /// PostgreSQL should not be surprised by the first one that is updated.
    pub migrate_on_start: Option<bool>,
}

impl Database {
    /// Whether it is the embedded engine.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.storage.url.starts_with("sqlite:")
    }

    /// Whether pending migrations are applied at a start.
    #[must_use]
    pub fn migrates_on_start(&self) -> bool {
        self.migrate_on_start.unwrap_or_else(|| self.is_sqlite())
    }
}

/// Lifetimes of a login, in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// How long a person may take at the provider.
    pub attempt_seconds: u64,
    /// How long Hufu's code may be redeemed.
    pub code_seconds: u64,
    /// Life of an access token and an ID token.
    pub token_seconds: u64,
    /// Life of a browser session, within which one login serves all apps of a tenant; 0: each login goes to WeChat.
    pub session_seconds: u64,
    /// Days for which an unused refresh token lives.
    pub refresh_days: u64,
    /// How long ended attempts and dead tokens are kept.
    pub retention_seconds: u64,
    /// How often logins whose people never came back are ended.
    pub sweep_seconds: u64,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            attempt_seconds: 600,
            code_seconds: 60,
            token_seconds: 3600,
            session_seconds: 28_800,
            refresh_days: 30,
            retention_seconds: 86_400,
            sweep_seconds: 15,
        }
    }
}

impl Login {
    /// The engine's settings.
    #[must_use]
    pub fn settings(&self, code_key: DerivationKey) -> Settings {
        Settings {
            attempt_lifetime: Duration::from_secs(self.attempt_seconds),
            code_lifetime: Duration::from_secs(self.code_seconds),
            token_lifetime: Duration::from_secs(self.token_seconds),
            session_lifetime: Duration::from_secs(self.session_seconds),
            refresh_lifetime: Duration::from_secs(self.refresh_days * 86_400),
            retention: Duration::from_secs(self.retention_seconds),
            code_key,
        }
    }
}

/// When signing keys change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Days for which a key signs; 0: until an operator says otherwise.
    pub rotate_days: u64,
    /// Hours for which a key is published before it signs.
    pub publish_hours: u64,
    /// Days for which a key stays published after it signed.
    pub keep_days: u64,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            rotate_days: 90,
            publish_hours: 24,
            keep_days: 7,
        }
    }
}

impl Keys {
    /// The policy. A key is published for an hour at least, and stays for two days at least: longer than clients keep the
    /// JWKS, and than any token lives.
    #[must_use]
    pub fn policy(&self) -> RotationPolicy {
        const DAY: u64 = 86_400;
        RotationPolicy {
            every: (self.rotate_days > 0).then(|| Duration::from_secs(self.rotate_days * DAY)),
            publish: Duration::from_secs(self.publish_hours.max(1) * 3600),
            keep: Duration::from_secs(self.keep_days.max(2) * DAY),
        }
    }
}

/// Whether operators need a second factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Everybody enrols one at the first sign-in.
    #[default]
    Required,
    /// Whoever has one is asked for it. For a laptop.
    Optional,
}

/// The console.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Minutes after which an unused session ends.
    pub idle_minutes: u64,
    /// Hours after which any session ends.
    pub session_hours: u64,
    /// Minutes for which a password counts for what touches secrets.
    pub confirm_minutes: u64,
    /// Whether operators need a second factor.
    pub second_factor: SecondFactor,
    /// The time zone of the console's pages.
    pub time_zone: hufu_admin::Zone,
    /// Addresses from which this installation calls WeChat, shown for its allow-list.
    pub egress_ips: Vec<std::net::IpAddr>,
    /// Minutes between two checks of a connector; 0: never by itself.
    pub check_minutes: u64,
    /// Minutes between two looks at an ownership file; 0: never by itself.
    pub probe_minutes: u64,
}

impl Default for Console {
    fn default() -> Self {
        Self {
            idle_minutes: 30,
            session_hours: 12,
            confirm_minutes: 10,
            second_factor: SecondFactor::Required,
            time_zone: hufu_admin::Zone::default(),
            egress_ips: Vec::new(),
            check_minutes: 30,
            probe_minutes: 5,
        }
    }
}

impl Console {
    /// The settings of sign-ins.
    #[must_use]
    pub fn sign_in(&self) -> SignInSettings {
        SignInSettings {
            idle: Duration::from_secs(self.idle_minutes * 60),
            absolute: Duration::from_secs(self.session_hours * 3600),
            confirm: Duration::from_secs(self.confirm_minutes * 60),
            second_factor_required: self.second_factor == SecondFactor::Required,
            issuer_name: "Hufu".to_owned(),
        }
    }
}

/// What log lines look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// The log. It goes to standard error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What a line looks like.
    pub format: LogFormat,
    /// What is logged: `info`, or directives such as `info,hufu_storage=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            level: "info".to_owned(),
        }
    }
}

/// Networks, as addresses or in CIDR form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Networks(pub Vec<Network>);

impl TryFrom<Vec<String>> for Networks {
    type Error = NetworkError;

    fn try_from(texts: Vec<String>) -> Result<Self, NetworkError> {
        let networks = texts.iter().map(|text| text.parse());
        networks.collect::<Result<_, _>>().map(Self)
    }
}

impl From<Networks> for Vec<String> {
    fn from(networks: Networks) -> Self {
        networks.0.iter().map(ToString::to_string).collect()
    }
}

/// What Prometheus reads at `/metrics`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// An address and port of its own; without one it is served where everything is.
    pub listen: Option<SocketAddr>,
    /// Who may read it; everybody else gets 404. Default: this machine.
    pub allow: Networks,
}

impl Default for Metrics {
    fn default() -> Self {
        let loopback = ["127.0.0.0/8", "::1/128"].iter().filter_map(|text| text.parse().ok());
        Self {
            listen: None,
            allow: Networks(loopback.collect()),
        }
    }
}

/// Traces for a collector, over OTLP/HTTP. Off without one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// The collector's base URL, such as `http://127.0.0.1:4318`; `/v1/traces` is added.
    pub otlp_endpoint: Option<Url>,
    /// Headers for the collector, `name=value, name=value`: mostly a key.
    #[serde(serialize_with = "super::never")]
    pub otlp_headers: Option<SecretString>,
    /// What traces say whose they are.
    pub service_name: String,
    /// Which part of all requests is traced, 0 to 1.
    pub sample_ratio: f64,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            otlp_headers: None,
            service_name: "hufu".to_owned(),
            sample_ratio: 1.0,
        }
    }
}

/// The gateway's defaults: this machine alone.
#[expect(clippy::expect_used, reason = "a literal, which every test of the defaults reads")]
pub(super) fn gateway() -> hufu_gateway::Config {
    hufu_gateway::Config {
        public_url: "http://127.0.0.1:8080".parse().expect("a public URL"),
        trusted_proxies: hufu_web::client_ip::TrustedProxies::default(),
    }
}
