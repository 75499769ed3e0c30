//! The log: lines on standard error, for people or for machines.

use std::io::IsTerminal as _;

use hufu::config::{Loaded, LogFormat};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Starts logging. A command that ends by itself logs warnings only, unless the configuration asks for more.
pub(crate) fn start(loaded: &Loaded, is_server: bool) -> Result<(), Failure> {
    let log = &loaded.config.log;
    let level = if is_server || loaded.is_set("log", "level") {
        log.level.as_str()
    } else {
        "warn"
    };
    let filter = EnvFilter::try_new(level).map_err(|error| {
        let zh = format!("log.level“{level}”无效：{error}");
        Failure::new("configuration", zh, format!("log.level {level:?}: {error}"))
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Json => lines.json().flatten_event(true).init(),
        LogFormat::Pretty => lines.with_target(false).init(),
    }
    Ok(())
}
