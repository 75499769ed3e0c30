//! `hufu audit export`: page by page, so that memory stays flat however long the log is.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use hufu_core::model::{AuditEvent, AuditFilter, TenantCode};
use hufu_core::store::Store as _;
use serde_json::json;

use super::Format;
use super::csv_cell::harmless;
use super::row::Row;
use crate::commands::context::Managing;
use crate::failure::Failure;

const PAGE: u64 = 500;

pub(super) async fn run(
    m: &Managing<'_>,
    code: &TenantCode,
    format: Format,
    output: Option<&Path>,
    filter: AuditFilter,
) -> Result<(), Failure> {
    let Some(path) = output else {
        pages(m, code, filter, Sink::new(format, BufWriter::new(io::stdout()))?).await?;
        return Ok(());
    };
    let file = File::create(path).map_err(|error| Failure::file(path, &error))?;
    let count = pages(m, code, filter, Sink::new(format, BufWriter::new(file))?).await?;
    let shown = path.display().to_string();
    m.output
        .answer(&json!({"tenant": code, "events": count, "file": shown}), || {
            format!("{shown}: {count} {}", m.output.say("条", "events"))
        })
}

async fn pages<W: Write>(
    m: &Managing<'_>,
    code: &TenantCode,
    mut filter: AuditFilter,
    mut sink: Sink<W>,
) -> Result<u64, Failure> {
    let tenant = m.manager.tenant(code).await?;
    let rows = m.hufu.database.begin(tenant.id);
    let mut count = 0;
    loop {
        let page = rows.list_events(&filter, PAGE).await?;
        for event in &page {
            sink.write(code, event)?;
        }
        count += page.len() as u64;
        filter.before = page.last().map(|event| event.id);
        if (page.len() as u64) < PAGE {
            sink.flush()?;
            return Ok(count);
        }
    }
}

enum Sink<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: Write> Sink<W> {
    fn new(format: Format, to: W) -> Result<Self, Failure> {
        Ok(match format {
            Format::Jsonl => Self::Jsonl(to),
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(to);
                csv.write_record(Row::COLUMNS).map_err(csv_failure)?;
                Self::Csv(Box::new(csv))
            }
        })
    }

    fn write(&mut self, code: &TenantCode, event: &AuditEvent) -> Result<(), Failure> {
        let row = Row::new(code, event);
        match self {
            Self::Csv(csv) => csv
                .write_record(row.cells().iter().map(|cell| harmless(cell).into_owned()))
                .map_err(csv_failure),
            Self::Jsonl(to) => Ok(writeln!(to, "{}", crate::output::line(&row)?)?),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Csv(csv) => csv.flush(),
            Self::Jsonl(to) => to.flush(),
        }
    }
}

fn csv_failure(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => Failure::new("csv", format!("CSV：{other:?}"), format!("CSV: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::event;
    use super::*;

    #[test]
    fn a_user_agent_is_no_formula() {
        let mut event = event(0);
        event.user_agent = Some("=cmd|' /C calc'!A0, \"x\"\n".to_owned());
        let mut out = Vec::new();
        let mut sink = Sink::new(Format::Csv, &mut out).unwrap();
        sink.write(&"acme".parse().unwrap(), &event).unwrap();
        sink.flush().unwrap();
        drop(sink);
        let mut reader = csv::Reader::from_reader(out.as_slice());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(&record[15], "'=cmd|' /C calc'!A0, \"x\"\n");
        assert_eq!(record.len(), Row::COLUMNS.len());
    }

    #[test]
    fn json_lines_are_lines() {
        let mut event = event(0);
        event.user_agent = Some("a\nb".to_owned());
        let mut out = Vec::new();
        let mut sink = Sink::new(Format::Jsonl, &mut out).unwrap();
        sink.write(&"acme".parse().unwrap(), &event).unwrap();
        sink.flush().unwrap();
        drop(sink);
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 1);
    }
}
