//! Putting the layers together.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use figment::value::Dict;

use super::{Config, DEFAULT_DATA_DIR, DEMO_DATA_DIR, UnknownKey, environment, sqlite_url, unknown};

/// The file that is read when none is named.
const FILE: &str = "hufu.toml";

/// What flags say about the configuration.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `--config`: this file, and it must be there.
    pub file: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// Whether the demo's data may stand in for an installation that is not there.
    pub or_demo: bool,
}

/// A configuration and what is to be said about it.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Keys that nobody reads.
    pub unknown: Vec<UnknownKey>,
    /// The files it was read from, the last one over the others.
    pub files: Vec<PathBuf>,
    /// Whether the demo's data stand in for an installation that is not there.
    pub is_demo_fallback: bool,
    given: Dict,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `--config` names a file that is not there.
    #[error("there is no configuration file {}", .0.display())]
    NoFile(PathBuf),
    /// A value is not what its key takes, or a file is no TOML.
    #[error("{0}")]
    Value(String),
}

impl Loaded {
    /// Reads all layers.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(request: &Request) -> Result<Self, ConfigError> {
        let mut files = Vec::new();
        match &request.file {
            Some(file) if !file.is_file() => return Err(ConfigError::NoFile(file.clone())),
            Some(file) => files.push(file.clone()),
            None => files.extend(existing(PathBuf::from(FILE))),
        }
        let first = given(&layers(&files))?;
        let named = request
            .data_dir
            .clone()
            .or_else(|| text(&first, "data_dir").map(PathBuf::from));
        let is_demo_fallback = request.or_demo
            && named.is_none()
            && files.is_empty()
            && find(&first, "database", "url").is_none()
            && !Path::new(DEFAULT_DATA_DIR).join("hufu.db").exists()
            && Path::new(DEMO_DATA_DIR).join("hufu.db").exists();
        let fallback = if is_demo_fallback {
            DEMO_DATA_DIR
        } else {
            DEFAULT_DATA_DIR
        };
        let data_dir = named.unwrap_or_else(|| PathBuf::from(fallback));
        if request.file.is_none() {
            // What belongs to the data rather than to the machine, such as the addresses of a demo.
            files.extend(existing(data_dir.join(FILE)));
        }
        Self::with(files, &data_dir, is_demo_fallback)
    }

    fn with(files: Vec<PathBuf>, data_dir: &Path, is_demo_fallback: bool) -> Result<Self, ConfigError> {
        let layers = layers(&files);
        let mut given = given(&layers)?;
        let known: Dict = Figment::from(Serialized::defaults(Config::default()))
            .extract()
            .map_err(|error| ConfigError::Value(error.to_string()))?;
        let unknown = unknown::take(&mut given, &known, &layers);
        let mut config: Config = Figment::from(Serialized::defaults(Config::in_dir(data_dir)))
            .merge(Serialized::defaults(&given))
            .extract()
            .map_err(|errors| refused(errors, &layers))?;
        config.data_dir = data_dir.to_owned();
        if find(&given, "database", "url").is_none() {
            config.database.storage.url = sqlite_url(data_dir);
        }
        config.keyring = environment::keyring().or(config.keyring);
        Ok(Self {
            config,
            unknown,
            files,
            is_demo_fallback,
            given,
        })
    }

    /// Whether a layer above the defaults sets `section.name`.
    #[must_use]
    pub fn is_set(&self, section: &str, name: &str) -> bool {
        find(&self.given, section, name).is_some()
    }
}

fn existing(file: PathBuf) -> Option<PathBuf> {
    file.is_file().then_some(file)
}

/// Files and environment, without the defaults.
fn layers(files: &[PathBuf]) -> Figment {
    let files = files
        .iter()
        .fold(Figment::new(), |layers, file| layers.merge(Toml::file_exact(file)));
    files.merge(Env::prefixed("HUFU_").ignore(&["keyring"]).split("__"))
}

fn given(layers: &Figment) -> Result<Dict, ConfigError> {
    layers.extract().map_err(|errors| refused(errors, layers))
}

fn find<'a>(given: &'a Dict, section: &str, name: &str) -> Option<&'a figment::value::Value> {
    given.get(section)?.as_dict()?.get(name)
}

fn text(given: &Dict, name: &str) -> Option<String> {
    given.get(name)?.as_str().map(str::to_owned)
}

/// Every problem with its key and its place.
fn refused(errors: figment::Error, layers: &Figment) -> ConfigError {
    let one = |error: figment::Error| {
        let key = error.path.join(".");
        if key.is_empty() {
            return error.to_string();
        }
        format!("{key} ({}): {}", unknown::place(&key, layers), error.kind)
    };
    ConfigError::Value(errors.into_iter().map(one).collect::<Vec<_>>().join("; "))
}
