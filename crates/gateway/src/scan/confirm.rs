//! The page on the phone of whoever scanned. Looking at it changes nothing, so that previews of the link are harmless;
//! only the form does. Who has the link may answer: it was sent to the scanner's chat, works once, and nothing but its
//! token is believed, so a form of another site has nothing to send.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use hufu_core::flow::{Problem, Step};
use hufu_web::tenant::Hosted;

use super::{Path, parameter};
use crate::Gateway;
use crate::arrival::{Arrival, read_answer};

pub(crate) async fn get(State(gateway): State<Gateway>, path: Path, arrival: Arrival) -> Response {
    let Arrival { hosted, scene } = arrival;
    let step = ask(&gateway, hosted, path).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn ask(gateway: &Gateway, hosted: Result<Hosted, Problem>, path: Path) -> Result<Step, Problem> {
    let tenant = hosted?.tenant;
    let token = parameter(path, "token").unwrap_or_default();
    Ok(gateway.site.engine.ask_scan(&tenant, &token).await)
}

pub(crate) async fn post(
    State(gateway): State<Gateway>,
    path: Path,
    arrival: Arrival,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Arrival { hosted, scene } = arrival;
    let step = answer(&gateway, hosted, path, &headers, body).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn answer(
    gateway: &Gateway,
    hosted: Result<Hosted, Problem>,
    path: Path,
    headers: &HeaderMap,
    body: Body,
) -> Result<Step, Problem> {
    let Hosted { tenant, visit } = hosted?;
    let token = parameter(path, "token").unwrap_or_default();
    let (_, confirmed) = read_answer(headers, body, "confirm").await?;
    let engine = &gateway.site.engine;
    Ok(engine.answer_scan(&tenant, &token, confirmed, &visit).await)
}
