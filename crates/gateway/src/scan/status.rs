//! `GET …/scan/{attempt}/status?since=`: how a scan stands, for browsers to which no stream comes through. Waits a while
//! for something other than `since`.

use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use hufu_core::flow::{Problem, ScanStatus};
use hufu_web::body::read_query;
use hufu_web::tenant::Hosted;
use serde_json::json;

use super::{Path, attempt, seat};
use crate::arrival::Arrival;
use crate::{Gateway, step};

/// Less than most proxies wait for the first byte.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn get(
    State(gateway): State<Gateway>,
    path: Path,
    RawQuery(query): RawQuery,
    arrival: Arrival,
) -> Response {
    let Arrival { hosted, scene } = arrival;
    match status(&gateway, hosted, path, query.as_deref()).await {
        Ok(status) => Json(json!({"status": status.as_str()})).into_response(),
        Err(problem) => step::page(&gateway, &scene, &problem),
    }
}

async fn status(
    gateway: &Gateway,
    hosted: Result<Hosted, Problem>,
    path: Path,
    query: Option<&str>,
) -> Result<ScanStatus, Problem> {
    let Hosted { tenant, visit } = hosted?;
    let form = read_query(query)?;
    let since = form.get("since").ok().flatten();
    let seat = seat();
    let patience = if seat.is_some() { PATIENCE } else { Duration::ZERO };
    let engine = &gateway.site.engine;
    engine
        .scan_status(&tenant, attempt(path)?, &visit, since, patience)
        .await
}
