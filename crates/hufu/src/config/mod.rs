//! The configuration of an installation.
//!
//! Layers, each over the one before: defaults, the file, the environment (`HUFU_DATABASE__URL` is `database.url`),
//! flags. Every crate owns its part; they are put together here, once. `config/hufu.example.toml` shows every key.

mod data_dir;
pub mod environment;
mod load;
mod sections;
#[cfg(test)]
mod tests;
mod unknown;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use hufu_core::clock::Random;
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_storage::{KeyRing, KeyRingError};

pub use data_dir::{DEFAULT as DEFAULT_DATA_DIR, DEMO as DEMO_DATA_DIR, sqlite_url};
pub use load::{ConfigError, Loaded, Request};
pub use sections::{
    Console, Database, Keys, Log, LogFormat, Login, Metrics, Networks, SecondFactor, Server, Telemetry,
};
pub use unknown::UnknownKey;

/// Everything an installation can set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the database (when it is SQLite) and the key ring are.
    pub data_dir: PathBuf,
    /// The key ring's file; default `{data_dir}/keyring.toml`.
    pub keyring_file: Option<PathBuf>,
    /// The key ring itself instead of a file, for `HUFU_KEYRING` filled by a secret store.
    #[serde(serialize_with = "never")]
    pub keyring: Option<SecretString>,
    /// The server.
    pub server: Server,
    /// How the world reaches this installation.
    pub gateway: hufu_gateway::Config,
    /// The database.
    pub database: Database,
    /// WeChat as a whole; what belongs to one account stands in its connector.
    pub wechat: hufu_provider_wechat::Config,
    /// How much is let in.
    pub limits: hufu_web::limits::Settings,
    /// Lifetimes of a login.
    pub login: Login,
    /// When signing keys change.
    pub keys: Keys,
    /// The console.
    pub console: Console,
    /// The log.
    pub log: Log,
    /// What Prometheus reads.
    pub metrics: Metrics,
    /// Traces for a collector.
    pub telemetry: Telemetry,
}

/// A secret goes into no answer, and into no file that is made from a configuration.
fn never<S: Serializer>(_: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}

impl Default for Config {
    fn default() -> Self {
        Self::in_dir(Path::new(DEFAULT_DATA_DIR))
    }
}

impl Config {
    /// The defaults with everything in one directory.
    #[must_use]
    pub fn in_dir(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            keyring_file: None,
            keyring: None,
            server: Server::default(),
            gateway: sections::gateway(),
            database: Database {
                storage: hufu_storage::Config::at(sqlite_url(data_dir)),
                migrate_on_start: None,
            },
            wechat: hufu_provider_wechat::Config::default(),
            limits: hufu_web::limits::Settings::default(),
            login: Login::default(),
            keys: Keys::default(),
            console: Console::default(),
            log: Log::default(),
            metrics: Metrics::default(),
            telemetry: Telemetry::default(),
        }
    }

    /// Where the key ring's file is, or would be.
    #[must_use]
    pub fn keyring_path(&self) -> PathBuf {
        self.keyring_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("keyring.toml"))
    }

    /// The key ring: the one in the configuration, else the file's.
    ///
    /// # Errors
    /// [`KeyRingError`]; a file that is not there is [`KeyRingError::File`].
    pub fn load_keyring(&self) -> Result<KeyRing, KeyRingError> {
        match &self.keyring {
            Some(text) => KeyRing::parse(text.expose_secret()),
            None => KeyRing::load(&self.keyring_path()),
        }
    }

    /// Makes the key ring's file and the data directory, both for the owner alone.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create_keyring(&self, random: &dyn Random) -> Result<KeyRing, KeyRingError> {
        let path = self.keyring_path();
        if let Some(parent) = path.parent() {
            data_dir::create(parent).map_err(|cause| KeyRingError::File {
                path: path.clone(),
                cause,
            })?;
        }
        KeyRing::create_file(&path, random)
    }

    /// Makes the data directory, for the owner alone. One that is there stays as it is.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create_data_dir(&self) -> std::io::Result<()> {
        data_dir::create(&self.data_dir)
    }
}
