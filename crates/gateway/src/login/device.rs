//! The page on which a person types the code that a device shows (RFC 8628, section 3.3).

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use hufu_core::flow::{Problem, Step};
use hufu_web::body::{malformed, read_form, read_query};
use hufu_web::tenant::Hosted;

use crate::Gateway;
use crate::arrival::Arrival;

pub(crate) async fn get(State(gateway): State<Gateway>, RawQuery(query): RawQuery, arrival: Arrival) -> Response {
    let Arrival { hosted, scene } = arrival;
    let step = show(&gateway, hosted, query.as_deref()).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn show(gateway: &Gateway, hosted: Result<Hosted, Problem>, query: Option<&str>) -> Result<Step, Problem> {
    let Hosted { tenant, visit } = hosted?;
    let form = read_query(query)?;
    Ok(gateway.site.engine.device_page(&tenant, &form, &visit).await)
}

pub(crate) async fn post(State(gateway): State<Gateway>, arrival: Arrival, headers: HeaderMap, body: Body) -> Response {
    let Arrival { hosted, scene } = arrival;
    let step = answer(&gateway, hosted, &headers, body).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn answer(
    gateway: &Gateway,
    hosted: Result<Hosted, Problem>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Step, Problem> {
    let Hosted { tenant, visit } = hosted?;
    let form = read_form(headers, body).await.map_err(|error| malformed(&error))?;
    Ok(gateway.site.engine.answer_device(&tenant, &form, &visit).await)
}
