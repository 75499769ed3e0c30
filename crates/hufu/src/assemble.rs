//! The parts of a running Hufu.

mod error;

use std::fmt;
use std::sync::Arc;

use hufu_core::clock::{Clock, Random, SystemClock, SystemRandom};
use hufu_core::error::StoreError;
use hufu_core::flow::{Engine, Parts, ProviderRegistry};
use hufu_core::manage::{Manager, Operators};
use hufu_core::password::Passwords;
use hufu_core::probe::Probe;
use hufu_core::provider::ProviderHost;
use hufu_core::secret::DerivationKey;
use hufu_core::store::{ConsoleStore, RecordStore, Store};
use hufu_storage::{Database, DatabaseTokens, KeyRing};

use crate::config::Config;
use crate::deliverer::HttpDeliverer;
use crate::measures;
use crate::probe::PublicProbe;
use crate::providers;
pub use error::AssembleError;

/// Time and randomness; a test brings its own.
#[derive(Debug, Clone)]
pub struct Injected {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Default for Injected {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }
}

/// Everything, put together.
pub struct Hufu {
    /// Decides logins.
    pub engine: Arc<Engine>,
    /// Keeps them.
    pub database: Arc<Database>,
    /// The installed plug-ins.
    pub providers: Arc<ProviderRegistry>,
    /// Looks at public URLs.
    pub probe: Arc<PublicProbe>,
    /// Posts what is forwarded.
    pub deliverer: Arc<HttpDeliverer>,
    /// Hashes operators' passwords.
    pub passwords: Passwords,
    /// Derives the tokens of the console's forms.
    pub form_key: DerivationKey,
    /// Time and randomness.
    pub injected: Injected,
    /// What it was put together from.
    pub config: Config,
}

impl fmt::Debug for Hufu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hufu")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Hufu {
    /// Puts the parts together. The schema of the database is brought up to date when the configuration says so.
    ///
    /// # Errors
    /// [`AssembleError`]: no key ring, pending migrations, or a part that cannot work.
    pub async fn assemble(config: &Config, injected: Injected) -> Result<Self, AssembleError> {
        // Before the database, whose handles are made when it is opened.
        measures::install();
        let keys = keys(config)?;
        let plug_ins = providers::installed(config)?;
        migrated(config).await?;

        let probe = PublicProbe::new(&config.gateway.public_url).map_err(AssembleError::Probe)?;
        let database = Database::open(&config.database.storage, keys, Arc::clone(&injected.random)).await?;
        let root = database.derivation_root().await.map_err(|error| match error {
            // The first sealed value that is read, and it is always there.
            StoreError::Inconsistent { .. } => AssembleError::WrongKeyRing(error),
            error => error.into(),
        })?;
        let (code_key, form_key) = (root.derive("authorization-code"), root.derive("console-forms"));
        let (clock, random) = (Arc::clone(&injected.clock), Arc::clone(&injected.random));
        let tokens = DatabaseTokens::new(Arc::clone(&database), clock, random);
        let deliverer = HttpDeliverer::new(&config.gateway.public_url).map_err(AssembleError::Probe)?;
        let host = ProviderHost {
            clock: Arc::clone(&injected.clock),
            random: Arc::clone(&injected.random),
            tokens: Arc::new(tokens),
            meter: database.meter(Arc::clone(&injected.clock)),
        };
        let providers = Arc::new(ProviderRegistry::new(plug_ins, host));
        let engine = Engine::new(Parts {
            store: Arc::clone(&database) as Arc<dyn Store>,
            records: Arc::clone(&database) as Arc<dyn RecordStore>,
            providers: Arc::clone(&providers),
            clock: Arc::clone(&injected.clock),
            random: Arc::clone(&injected.random),
            settings: config.login.settings(code_key),
        });
        Ok(Self {
            engine: Arc::new(engine),
            database,
            providers,
            probe: Arc::new(probe),
            deliverer: Arc::new(deliverer),
            passwords: Passwords::new(),
            form_key,
            injected,
            config: config.clone(),
        })
    }

    /// Makes changes in the name of `actor`, such as `cli:name`.
    #[must_use]
    pub fn manager(&self, actor: &str) -> Manager {
        Manager {
            store: Arc::clone(&self.database) as Arc<dyn ConsoleStore>,
            providers: Arc::clone(&self.providers),
            clock: Arc::clone(&self.injected.clock),
            random: Arc::clone(&self.injected.random),
            probe: Arc::clone(&self.probe) as Arc<dyn Probe>,
            reserved_hosts: self.reserved_hosts(),
            actor: actor.to_owned(),
            from: None,
        }
    }

    /// Programs with a fixed host reach the drop-in face under the provider's names: no tenant may take them for itself.
    fn reserved_hosts(&self) -> Arc<[String]> {
        let wechat = &self.config.wechat;
        let usual = hufu_provider_wechat::Config::default();
        let urls = [&wechat.pages_url, &wechat.calls_url, &usual.pages_url, &usual.calls_url];
        let own = self.config.gateway.public_url.host();
        let reserved = urls.into_iter().filter_map(|url| url.host_str()).chain([own]);
        reserved.map(str::to_owned).collect()
    }

    /// Lets operators into the console.
    #[must_use]
    pub fn operators(&self) -> Operators {
        Operators {
            store: Arc::clone(&self.database) as Arc<dyn ConsoleStore>,
            clock: Arc::clone(&self.injected.clock),
            random: Arc::clone(&self.injected.random),
            passwords: self.passwords.clone(),
            settings: self.config.console.sign_in(),
        }
    }
}

fn keys(config: &Config) -> Result<KeyRing, AssembleError> {
    if config.keyring.is_none() && !config.keyring_path().exists() {
        return Err(AssembleError::NoKeyRing {
            path: config.keyring_path(),
        });
    }
    Ok(config.load_keyring()?)
}

/// Makes sure that the schema is the one this binary knows.
async fn migrated(config: &Config) -> Result<(), AssembleError> {
    let storage = &config.database.storage;
    let pending = Database::pending_migrations(storage).await?;
    if pending == 0 {
        return Ok(());
    }
    if !config.database.migrates_on_start() {
        return Err(AssembleError::PendingMigrations { pending });
    }
    let applied = Database::migrate(storage).await?;
    tracing::info!(applied, "the database's schema was brought up to date");
    Ok(())
}
