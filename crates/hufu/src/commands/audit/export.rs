//! `hufu audit export`: page by page, so that memory stays flat however long the log is.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use hufu_core::model::{AuditFilter, TenantCode};
use hufu_core::sheet::Format;
use hufu_core::store::Store as _;
use serde_json::json;

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
        pages(m, code, filter, format, BufWriter::new(io::stdout())).await?;
        return Ok(());
    };
    let file = File::create(path).map_err(|error| Failure::file(path, &error))?;
    let count = pages(m, code, filter, format, BufWriter::new(file)).await?;
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
    format: Format,
    mut to: W,
) -> Result<u64, Failure> {
    let tenant = m.manager.tenant(code).await?;
    let rows = m.hufu.database.begin(tenant.id);
    let mut count = 0;
    to.write_all(format.head().as_bytes())?;
    loop {
        let page = rows.list_events(&filter, PAGE).await?;
        for event in &page {
            to.write_all(format.row(code.as_str(), event).as_bytes())?;
        }
        count += page.len() as u64;
        filter.before = page.last().map(|event| event.id);
        if (page.len() as u64) < PAGE {
            to.flush()?;
            return Ok(count);
        }
    }
}
