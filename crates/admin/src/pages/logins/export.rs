//! `GET /admin/logins/export` and `GET /admin/changes/export`: all that a filter finds, as a file.
//!
//! Rows are read page by page as the reader takes them, so memory stays flat however long the log is. That somebody
//! exports stands in the log before the first row leaves; the last line says whether it was all.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::RawQuery;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use futures::stream;
use hufu_core::clock::Timestamp;
use hufu_core::model::AuditFilter;
use hufu_core::sheet::{Format, MARK};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::kind::Kind;
use super::names::Names;
use super::wanted::Wanted;
use crate::access::{Access, Overview};
use crate::http::{Answer, Refusal, SignedIn};

/// Rows that are in memory at once.
const PAGE: u64 = 500;

pub(super) async fn logins(signed_in: SignedIn, RawQuery(query): RawQuery) -> Answer {
    export(signed_in, &query.unwrap_or_default(), Kind::Logins).await
}

pub(super) async fn changes(signed_in: SignedIn, RawQuery(query): RawQuery) -> Answer {
    export(signed_in, &query.unwrap_or_default(), Kind::Changes).await
}

async fn export(signed_in: SignedIn, query: &str, kind: Kind) -> Answer {
    let asked = Asked::read(query).of(kind).first_page();
    let wanted = Wanted::of(&signed_in, &asked, kind).await?;
    if !wanted.problems.is_empty() {
        // The list says beside each field what is wrong.
        return Ok(Redirect::to(&asked.url(kind.base())).into_response());
    }
    let format = format_of(query);
    let export = Export {
        access: signed_in.access,
        log: wanted.tenant.as_ref().map(|tenant| tenant.tenant().code.to_string()),
        overview: wanted.overview,
        filter: wanted.filter,
        kind,
        format,
        asked: filters(&asked),
    };
    export.begin().await
}

/// All that a filter finds, as a file.
pub(crate) struct Export {
    /// Who reads.
    pub(crate) access: Access,
    /// The log, and the code of its tenant when it is one's.
    pub(crate) overview: Overview,
    pub(crate) log: Option<String>,
    /// What of it.
    pub(crate) filter: AuditFilter,
    pub(crate) kind: Kind,
    pub(crate) format: Format,
    /// The filter as it was asked for, for the log.
    pub(crate) asked: Map<String, Value>,
}

impl Export {
    /// Says in the log that it begins, and answers with the file.
    ///
    /// # Errors
    /// When the log cannot be written: then nothing leaves.
    pub(crate) async fn begin(self) -> Answer {
        self.overview.export_begun(&self.detail()).await?;
        let name = file_name(self.log.as_deref(), self.kind, self.format, self.overview.now());
        let run = Run {
            access: self.access,
            overview: self.overview,
            filter: self.filter,
            format: self.format,
            names: Names::default(),
            rows: 0,
            stage: Stage::Head,
        };
        Ok(answer(run, &name))
    }

    /// What the log says of it: which list, as what, and the filter.
    fn detail(&self) -> Map<String, Value> {
        let fields = [
            ("list", json!(self.kind.name())),
            ("format", json!(self.format.name())),
            ("filter", Value::Object(self.asked.clone())),
        ];
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

fn format_of(query: &str) -> Format {
    let named = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "format");
    named.and_then(|(_, value)| Format::of(&value)).unwrap_or(Format::Csv)
}

/// The filter as it was asked for.
fn filters(asked: &Asked) -> Map<String, Value> {
    asked
        .filters()
        .chain(
            ["range", "all"]
                .into_iter()
                .filter(|name| asked.has(name))
                .map(|name| (name, asked.get(name))),
        )
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect()
}

/// `hufu-logins-acme-20261121T140322Z.csv`: code and time are plain ASCII.
fn file_name(log: Option<&str>, kind: Kind, format: Format, now: Timestamp) -> String {
    let at: String = now
        .to_string()
        .chars()
        .take(19)
        .filter(|c| !matches!(c, '-' | ':'))
        .collect();
    let of = log.map(|log| format!("-{log}")).unwrap_or_default();
    format!("hufu-{}{of}-{at}Z.{}", kind.name(), format.name())
}

fn answer(run: Run, name: &str) -> Response {
    let media_type = run.format.media_type();
    let chunks = stream::unfold(run, async |mut run| {
        let chunk = run.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(chunk)), run))
    });
    let mut response = (StatusCode::OK, Body::from_stream(chunks)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Rows,
    Over,
}

/// An export under way.
struct Run {
    access: Access,
    overview: Overview,
    filter: AuditFilter,
    format: Format,
    names: Names,
    rows: u64,
    stage: Stage,
}

impl Run {
    /// The next piece of the file; none after the last line.
    async fn next(&mut self) -> Option<String> {
        match self.stage {
            Stage::Over => None,
            Stage::Head => {
                self.stage = Stage::Rows;
                match self.format {
                    Format::Csv => Some(format!("{MARK}{}", self.format.head())),
                    Format::Jsonl => Some(self.page().await),
                }
            }
            Stage::Rows => Some(self.page().await),
        }
    }

    async fn page(&mut self) -> String {
        match self.rows().await {
            Ok(rows) => rows,
            Err(refusal) => {
                tracing::warn!(
                    error = refusal.code(),
                    rows = self.rows,
                    "an export ends before its end"
                );
                self.stage = Stage::Over;
                self.format.tail(self.rows, false)
            }
        }
    }

    async fn rows(&mut self) -> Result<String, Refusal> {
        let events = self.overview.events(&self.filter, PAGE).await?;
        self.names.learn_tenants(&self.access, &events).await?;
        let mut text = String::new();
        for event in &events {
            text.push_str(&self.format.row(&self.names.log(event.tenant_id), event));
        }
        self.rows += events.len() as u64;
        self.filter.before = events.last().map(|event| event.id);
        if (events.len() as u64) < PAGE {
            self.stage = Stage::Over;
            text.push_str(&self.format.tail(self.rows, true));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_what_is_in_it() {
        let at = Timestamp::parse("2026-11-21T14:03:22.5Z").unwrap();
        assert_eq!(
            file_name(Some("acme"), Kind::Logins, Format::Csv, at),
            "hufu-logins-acme-20261121T140322Z.csv"
        );
        let name = file_name(None, Kind::Changes, Format::Jsonl, at);
        assert_eq!(name, "hufu-changes-20261121T140322Z.jsonl");
        assert_eq!(format_of("format=jsonl"), Format::Jsonl);
        assert_eq!(format_of("format=exe"), Format::Csv);
    }

    #[test]
    fn the_log_names_the_filter() {
        let asked = Asked::read("tenant=acme&range=24h&ip=::1");
        let filters = Value::Object(filters(&asked));
        assert_eq!(filters, json!({"tenant": "acme", "range": "24h", "ip": "::1"}));
    }
}
