//! The log: lines on standard error, for people or for machines. And traces, for a collector, when one is configured.

use std::io::IsTerminal as _;

use hufu::config::{Loaded, LogFormat};
use hufu::traces::{Traces, is_trace};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

use crate::failure::Failure;

/// Traces that are to be sent before the process ends.
#[derive(Debug)]
pub(crate) struct Open(Option<Traces>);

impl Open {
    /// Sends what is left, for a bounded time.
    pub(crate) async fn close(self) {
        if let Some(traces) = self.0
            && tokio::task::spawn_blocking(|| traces.close()).await.is_err()
        {
            tracing::warn!("sending the last traces ended by a fault");
        }
    }
}

/// Starts logging. A command that ends by itself logs warnings only, unless the configuration asks for more, and has
/// no traces.
pub(crate) fn start(loaded: &Loaded, is_server: bool) -> Result<Open, Failure> {
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
    let traces = if is_server {
        Traces::open(&loaded.config.telemetry).map_err(|error| {
            let zh = format!("telemetry 配置无效：{error}");
            Failure::new("configuration", zh, error.to_string())
        })?
    } else {
        None
    };
    let lines = fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Pretty => lines.with_target(false).boxed(),
    };
    registry()
        .with(lines.with_filter(filter.and(filter_fn(|metadata| !is_trace(metadata)))))
        .with(traces.as_ref().map(Traces::layer))
        .init();
    Ok(Open(traces))
}
