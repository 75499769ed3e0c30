//! Traces over OTLP/HTTP, off unless a collector is configured.
//!
//! Only spans of target `hufu_trace` are sent, and no log line ever is: what a span holds is decided where it is made,
//! and stays a short list (method, route, status, tenant, request id; WeChat's call by name, errcode, outcome; commits).
//! Spans wait in a bounded queue for a thread of their own; when the collector is slow or gone they are dropped, and
//! logins do not notice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hufu_core::secret::{ExposeSecret as _, SecretString};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter, SpanLimits, Tracer,
};
use tracing::{Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use crate::config::Telemetry;
use crate::measures;

/// The target of spans for traces.
const TARGET: &str = "hufu_trace";
/// For one batch.
const EXPORT: Duration = Duration::from_secs(5);
/// Spans that wait; about 1 MiB. More are dropped.
const QUEUE: usize = 4096;
/// For what is left when the process ends.
const FLUSH: Duration = Duration::from_secs(3);

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// `telemetry.otlp_endpoint` is no URL of http or https.
    #[error("telemetry.otlp_endpoint must begin with http:// or https://")]
    Endpoint,
    /// `telemetry.otlp_headers` is not `name=value, name=value`.
    #[error("telemetry.otlp_headers must look like `name=value, name=value`")]
    Headers,
    /// `telemetry.sample_ratio` is not between 0 and 1.
    #[error("telemetry.sample_ratio must be between 0 and 1")]
    Ratio,
    /// The exporter could not be made.
    #[error("the exporter of traces: {0}")]
    Exporter(String),
}

/// Whether a span or line is for traces: the log leaves these out.
#[must_use]
pub fn is_trace(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TARGET
}

/// Traces on their way to a collector.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Traces to the configured collector; `None` without one. Nothing is sent before [`Traces::layer`] is in use.
    ///
    /// # Errors
    /// When the configuration is none.
    pub fn open(config: &Telemetry) -> Result<Option<Self>, TracesError> {
        let Some(endpoint) = &config.otlp_endpoint else {
            return Ok(None);
        };
        if !(0.0..=1.0).contains(&config.sample_ratio) {
            return Err(TracesError::Ratio);
        }
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(traces_url(endpoint)?)
            .with_headers(config.otlp_headers.as_ref().map_or(Ok(HashMap::new()), headers)?)
            .with_timeout(EXPORT)
            .build()
            .map_err(|error| TracesError::Exporter(error.to_string()))?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_scheduled_delay(Duration::from_secs(2))
            .build();
        let exporter = Watched {
            inner: exporter,
            is_failing: AtomicBool::new(false),
        };
        let resource = Resource::builder_empty().with_attributes([
            KeyValue::new("service.name", config.service_name.clone()),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ]);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
            // Every trace begins here, so this alone decides which are kept.
            .with_sampler(Sampler::TraceIdRatioBased(config.sample_ratio))
            .with_span_limits(SpanLimits::default())
            .with_resource(resource.build());
        Ok(Some(Self(provider.build())))
    }

    /// What turns spans into traces.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let layer: OpenTelemetryLayer<S, Tracer> = tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("hufu"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false);
        // A span only: a log line within it could say anything.
        layer.with_filter(filter_fn(|metadata| metadata.is_span() && is_trace(metadata)))
    }

    /// Sends what is left, for a bounded time. Blocks the thread.
    pub fn close(self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Where traces go: the collector's base URL with `/v1/traces` (OTLP specification, "OTLP/HTTP request").
fn traces_url(endpoint: &Url) -> Result<String, TracesError> {
    const PATH: &str = "/v1/traces";
    if !matches!(endpoint.scheme(), "http" | "https") || endpoint.host().is_none() {
        return Err(TracesError::Endpoint);
    }
    let mut url = endpoint.clone();
    let base = endpoint.path().trim_end_matches('/');
    if !base.ends_with(PATH) {
        url.set_path(&format!("{base}{PATH}"));
    }
    Ok(url.into())
}

fn headers(text: &SecretString) -> Result<HashMap<String, String>, TracesError> {
    let pairs = text
        .expose_secret()
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or(TracesError::Headers)?;
            let is_header =
                http::HeaderName::try_from(name.trim()).is_ok() && http::HeaderValue::from_str(value).is_ok();
            is_header
                .then(|| (name.trim().to_owned(), value.trim().to_owned()))
                .ok_or(TracesError::Headers)
        })
        .collect()
}

/// An exporter whose failures are counted, and told once until it works again.
#[derive(Debug)]
struct Watched<T> {
    inner: T,
    is_failing: AtomicBool,
}

impl<T: SpanExporter> SpanExporter for Watched<T> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let answer = self.inner.export(batch).await;
        let was_failing = self.is_failing.swap(answer.is_err(), Ordering::Relaxed);
        match &answer {
            Ok(()) => {
                measures::exported("ok");
                if was_failing {
                    tracing::info!("traces are sent again");
                }
            }
            Err(error) => {
                measures::exported("failed");
                if !was_failing {
                    tracing::warn!(%error, "traces cannot be sent and are dropped");
                }
            }
        }
        answer
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(endpoint: &str) -> Telemetry {
        Telemetry {
            otlp_endpoint: Some(endpoint.parse().unwrap()),
            ..Telemetry::default()
        }
    }

    #[test]
    fn off_by_default() {
        assert!(Traces::open(&Telemetry::default()).unwrap().is_none());
    }

    #[test]
    fn the_path_is_added_once() {
        for (given, wanted) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://c.example/otlp/", "https://c.example/otlp/v1/traces"),
            ("https://c.example/v1/traces", "https://c.example/v1/traces"),
        ] {
            assert_eq!(traces_url(&given.parse().unwrap()).unwrap(), wanted);
        }
    }

    #[test]
    fn what_makes_no_sense_is_said_at_the_start() {
        assert!(matches!(Traces::open(&at("file:///x")), Err(TracesError::Endpoint)));
        let ratio = Telemetry {
            sample_ratio: 1.5,
            ..at("http://127.0.0.1:1")
        };
        assert!(matches!(Traces::open(&ratio), Err(TracesError::Ratio)));
        for wrong in ["no-pair", "a b=c", "a=b\nc"] {
            let config = Telemetry {
                otlp_headers: Some(wrong.to_owned().into()),
                ..at("http://127.0.0.1:1")
            };
            let error = Traces::open(&config).unwrap_err();
            assert!(matches!(error, TracesError::Headers), "{wrong}");
            assert!(!error.to_string().contains(wrong));
        }
        let read = headers(&"authorization=Basic a2V5=, x-team = hufu".to_owned().into()).unwrap();
        assert_eq!(read["authorization"], "Basic a2V5=");
        assert_eq!(read["x-team"], "hufu");
    }
}
