//! Audit events as people and programs outside read them: lines of a file for spreadsheets or of JSON, times as text,
//! the log by its tenant's code. The console, the admin API and the command line write the same.

mod mask;

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::model::{AuditEvent, StepTime};
pub use mask::masked;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, for spreadsheets: no cell is a formula.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// The byte order mark, in front of a CSV file that a person opens: without it Excel does not read UTF-8.
pub const MARK: &str = "\u{feff}";

/// Columns, in their order.
const COLUMNS: [&str; 20] = [
    "id",
    "at",
    "tenant",
    "action",
    "outcome",
    "attempt_id",
    "client_id",
    "connector_id",
    "subject",
    "openid",
    "scope",
    "error",
    "errcode",
    "upstream_ms",
    "ip",
    "user_agent",
    "request_id",
    "actor",
    "steps",
    "detail",
];

/// An event as JSON: times as text, the log by the tenant's code.
pub fn value(log: &str, event: &AuditEvent) -> Map<String, Value> {
    let step = |step: &StepTime| json!({"step": step.step, "at": step.at.to_string()});
    let id = |id: Option<String>| id.map_or(Value::Null, Value::String);
    let fields: [Value; 20] = [
        json!(event.id.to_string()),
        json!(event.at.to_string()),
        json!(log),
        json!(event.action.as_str()),
        json!(event.outcome.as_str()),
        id(event.attempt_id.map(|id| id.to_string())),
        id(event.client_id.map(|id| id.to_string())),
        id(event.connector_id.map(|id| id.to_string())),
        id(event.subject_id.map(|id| id.to_string())),
        json!(event.external_id),
        json!(event.scope),
        json!(event.error),
        json!(event.errcode),
        json!(event.upstream_ms),
        json!(event.ip),
        json!(event.user_agent),
        id(event.request_id.map(|id| id.to_string())),
        json!(event.actor),
        Value::Array(event.steps.iter().map(step).collect()),
        Value::Object(masked(&event.detail)),
    ];
    COLUMNS.iter().map(|name| (*name).to_owned()).zip(fields).collect()
}

impl Format {
    /// By its name in the query.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }

    /// As it stands in a query, and behind the dot of a file's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// For `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson; charset=utf-8",
        }
    }

    /// What stands before the first row: the names of the columns, or nothing.
    pub fn head(self) -> String {
        match self {
            Self::Csv => line(COLUMNS.iter().copied()),
            Self::Jsonl => String::new(),
        }
    }

    /// One event as a line, with its end.
    pub fn row(self, log: &str, event: &AuditEvent) -> String {
        let value = value(log, event);
        match self {
            Self::Jsonl => format!("{}\n", Value::Object(value)),
            Self::Csv => {
                let cells: Vec<String> = COLUMNS.iter().map(|name| cell(value.get(*name))).collect();
                line(cells.iter().map(String::as_str))
            }
        }
    }

    /// The last line: whether this is all of it.
    pub fn tail(self, rows: u64, is_complete: bool) -> String {
        let state = if is_complete { "complete" } else { "incomplete" };
        match self {
            Self::Csv => line(["#export", state, &rows.to_string()].into_iter()),
            Self::Jsonl => format!("{}\n", json!({"export": state, "rows": rows})),
        }
    }
}

/// A value as text; what has structure as JSON, what is not there as nothing.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.is_empty() => String::new(),
        Some(Value::Object(fields)) if fields.is_empty() => String::new(),
        Some(other) => other.to_string(),
    }
}

/// A line of CSV (RFC 4180).
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let written = writer.write_record(cells.map(|cell| harmless(cell).into_owned()));
    // Writing to memory does not fail, and the cells are text.
    let bytes = written.ok().and_then(|()| writer.into_inner().ok());
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

/// Characters that start a formula, or that a program drops before it looks for one; the wide forms too, which Excel
/// reads as the narrow ones in Chinese and Japanese.
const STARTS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// The cell with a `'` in front when its first character would start a formula: user agents and errors come from
/// people outside, and whoever opens the file must not run what they wrote.
fn harmless(cell: &str) -> Cow<'_, str> {
    // A number of the provider such as -1 is one.
    let is_number = cell.parse::<i64>().is_ok() && !cell.starts_with('+');
    if cell.starts_with(STARTS) && !is_number {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{EventId, TenantId};
    use crate::model::{Action, Outcome};

    fn event() -> AuditEvent {
        let at = Timestamp::from_millis(1_795_253_400_123);
        AuditEvent::new(
            EventId::floor(1),
            TenantId::floor(1),
            at,
            Action::Login,
            Outcome::Failed,
        )
    }

    #[test]
    fn formulas_become_text() {
        for formula in [
            "=HYPERLINK(\"http://evil\")",
            "+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\0=1",
            "＝1+1",
            "＠SUM(A1)",
            "-",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["", "oX-_1", "Mozilla/5.0", "40029", "-1", "'quoted", "{\"a\":1}"] {
            assert_eq!(harmless(text), text);
        }
        let mut event = event();
        event.user_agent = Some("=cmd|' /C calc'!A0, \"x\"\n🐯".to_owned());
        let row = Format::Csv.row("acme", &event);
        assert!(row.contains(",\"'=cmd|' /C calc'!A0, \"\"x\"\"\n🐯\","), "{row}");
        assert!(row.ends_with("\r\n"));
    }

    #[test]
    fn each_line_of_json_is_one_and_hides_secrets() {
        let mut event = event();
        event.user_agent = Some("a\nb".to_owned());
        event.detail.insert("app_secret".to_owned(), "canary".into());
        let row = Format::Jsonl.row("acme", &event);
        assert_eq!(row.lines().count(), 1);
        assert!(!row.contains("canary") && !Format::Csv.row("acme", &event).contains("canary"));
        let read: Value = serde_json::from_str(&row).unwrap();
        assert_eq!(read["tenant"], "acme");
        assert_eq!(read["at"], "2026-11-21T09:30:00.123Z");
        assert_eq!(read.as_object().unwrap().len(), COLUMNS.len());
    }

    #[test]
    fn the_last_line_says_whether_it_is_all() {
        assert_eq!(Format::Csv.tail(7, true), "#export,complete,7\r\n");
        assert_eq!(Format::Jsonl.tail(7, false), "{\"export\":\"incomplete\",\"rows\":7}\n");
        assert!(Format::Csv.head().starts_with("id,at,tenant,"));
        assert_eq!(Format::of("xls"), None);
    }
}
