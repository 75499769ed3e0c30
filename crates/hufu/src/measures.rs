//! What Prometheus is told, put together: every crate names its own measures, here are their buckets and the one
//! recorder of the process.
//!
//! A process has one recorder whatever number of instances it runs; it is installed by the first that is assembled.

use std::sync::OnceLock;
use std::time::Duration;

use hufu_core::clock::{Clock as _, SystemClock};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Samples of histograms wait in memory until somebody reads them or they are put into their buckets.
pub(crate) const UPKEEP: Duration = Duration::from_secs(5);

const BUILD: &str = "hufu_build_info";
const STARTED: &str = "process_start_time_seconds";
const MEMORY: &str = "process_resident_memory_bytes";
const FILES: &str = "process_open_fds";
const DELIVERIES: &str = "hufu_delivery_tries_total";
const QUOTAS: &str = "hufu_quotas_running_out";
const TRACES: &str = "hufu_trace_exports_total";

/// Those of this crate, with what they mean.
const OWN: [(&str, &str); 7] = [
    (BUILD, "Always 1; the version is its label"),
    (STARTED, "When the process was started, in seconds since the Unix epoch"),
    (MEMORY, "Memory of the process that is not swapped out"),
    (FILES, "Open files and connections of the process"),
    (DELIVERIES, "Tries to forward a push to a tenant's server, by outcome"),
    (QUOTAS, "Daily quotas of accounts at WeChat that run out, by level"),
    (TRACES, "Batches of spans sent to the collector, by outcome"),
];

/// Seconds. Hufu alone answers within a few milliseconds; an answer that waits for WeChat takes tenths of a second;
/// no request is worked on for more than 30 seconds.
const HTTP: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
/// Seconds. WeChat answers in tenths of a second; a call is given up after 5 seconds unless configured otherwise.
const UPSTREAM: [f64; 13] = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 10.0];
/// Seconds. A statement on SQLite takes about 100 µs, over a network about a millisecond.
const STATEMENT: [f64; 12] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0,
];
/// Seconds. A commit waits for the disk: under a millisecond on a good one, tens on a bad one.
const COMMIT: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 10.0,
];
/// Units in one transaction; the writer takes 256 at most.
const BATCH: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Which histogram has which buckets. A histogram without a line here would be a summary, which cannot be added up over
/// instances: a test looks.
const BUCKETS: [(&str, &[f64]); 6] = [
    ("hufu_http_request_duration_seconds", &HTTP),
    ("hufu_upstream_call_duration_seconds", &UPSTREAM),
    ("hufu_db_statement_duration_seconds", &STATEMENT),
    ("hufu_db_save_duration_seconds", &COMMIT),
    ("hufu_db_commit_duration_seconds", &COMMIT),
    ("hufu_db_batch_units", &BATCH),
];

/// All measures there are, with what they mean.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    OWN.into_iter()
        .chain(hufu_web::measures::ALL)
        .chain(hufu_storage::measures::ALL)
        .chain(hufu_provider_wechat::measures::ALL)
}

/// Installs the process's recorder, the first time; the way to what it recorded.
pub fn install() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let bucketed = BUCKETS
            .into_iter()
            .try_fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
                builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)
            });
        // Only an empty list of buckets is refused, and none is empty: a test looks.
        let recorder = bucketed.unwrap_or_default().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("this process has another recorder: /metrics stays empty");
        }
        describe();
        metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1);
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
        metrics::gauge!(STARTED).set(SystemClock.now().as_millis() as f64 / 1000.0);
        handle
    })
}

fn describe() {
    for (name, meaning) in all() {
        if BUCKETS.iter().any(|(histogram, _)| *histogram == name) {
            metrics::describe_histogram!(name, meaning);
        } else if name.ends_with("_total") {
            metrics::describe_counter!(name, meaning);
        } else {
            metrics::describe_gauge!(name, meaning);
        }
    }
}

/// Everything as text (Prometheus's exposition format, version 0.0.4).
pub(crate) fn render() -> String {
    look_at_process();
    install().render()
}

/// What the system says of this process, where it says it as Linux does.
fn look_at_process() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix(" kB")?
            .parse::<f64>()
            .ok()
    });
    if let Some(kilobytes) = kilobytes {
        metrics::gauge!(MEMORY).set(kilobytes * 1024.0);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // One of them is the folder itself, open while it is read.
        let count = u32::try_from(files.count().saturating_sub(1)).unwrap_or(u32::MAX);
        metrics::gauge!(FILES).set(count);
    }
}

/// Counts a try to forward a push.
pub(crate) fn delivered(outcome: &'static str) {
    metrics::counter!(DELIVERIES, "outcome" => outcome).increment(1);
}

/// Notes how many quotas run out.
pub(crate) fn quotas(level: &'static str, count: usize) {
    metrics::gauge!(QUOTAS, "level" => level).set(u32::try_from(count).unwrap_or(u32::MAX));
}

/// Counts a batch of spans.
pub(crate) fn exported(outcome: &'static str) {
    metrics::counter!(TRACES, "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What a text has of names of measures.
    fn names(text: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            let name = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .unwrap_or(word);
            let is_measure = name.starts_with("hufu_") || name.starts_with("process_");
            if is_measure {
                found.insert(name.to_owned());
            }
        }
        found
    }

    fn read(path: &str) -> String {
        let path = format!("{}/../../docs/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn known() -> BTreeSet<String> {
        all().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn every_name_is_told_once_and_well() {
        assert_eq!(known().len(), all().count(), "a name twice");
        for (name, meaning) in all() {
            assert!(!meaning.is_empty() && !meaning.ends_with('.'), "{name}");
            let is_histogram = BUCKETS.iter().any(|(histogram, _)| *histogram == name);
            assert_eq!(
                name.contains("_duration_"),
                is_histogram && name != "hufu_db_batch_units",
                "{name}"
            );
        }
        for (name, buckets) in BUCKETS {
            assert!(
                !buckets.is_empty() && known().contains(name),
                "{name} has buckets and is nowhere"
            );
            assert!(buckets.windows(2).all(|pair| pair[0] < pair[1]), "{name}");
        }
    }

    #[test]
    fn a_recorder_is_installed_once_and_for_all() {
        let first = std::ptr::from_ref(install());
        assert_eq!(first, std::ptr::from_ref(install()));
        let text = render();
        assert!(
            text.contains(concat!(
                "hufu_build_info{version=\"",
                env!("CARGO_PKG_VERSION"),
                "\"} 1"
            )),
            "{text}"
        );
        assert!(text.contains("# HELP process_start_time_seconds"), "{text}");
    }

    #[test]
    fn dashboard_and_alerts_ask_for_what_there_is() {
        let known = known();
        for file in ["dashboards/hufu.json", "alerts/hufu.rules.yml"] {
            let asked = names(&read(file));
            assert!(asked.len() >= 5, "{file} asks for nothing: {asked:?}");
            let unknown: Vec<_> = asked.difference(&known).collect();
            assert!(unknown.is_empty(), "{file} asks for what there is not: {unknown:?}");
        }
        let dashboard: serde_json::Value = serde_json::from_str(&read("dashboards/hufu.json")).unwrap();
        let shown = names(&dashboard.to_string());
        let hidden: Vec<_> = known.difference(&shown).cloned().collect();
        assert!(hidden.is_empty(), "the dashboard does not show {hidden:?}");
    }

    #[test]
    fn the_chapter_tells_of_all_and_of_nothing_else() {
        let text = read("observability.md");
        let told: BTreeSet<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned))
            .filter(|name| name.starts_with("hufu_") || name.starts_with("process_"))
            .collect();
        assert_eq!(told, known());
    }

    #[test]
    fn labels_of_the_sources_are_in_the_chapter() {
        let text = read("observability.md");
        for word in [
            "method",
            "route",
            "status",
            "operation",
            "outcome",
            "fault",
            "errcode",
            "grant",
            "cache",
            "level",
        ] {
            assert!(text.contains(&format!("`{word}`")), "no label {word}");
        }
    }
}
