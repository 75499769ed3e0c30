//! The waiting browser goes on. Asked again it gives the same result.

use axum::extract::State;
use axum::response::Response;
use hufu_core::flow::{Problem, Step};
use hufu_web::tenant::Hosted;

use super::{Path, attempt};
use crate::Gateway;
use crate::arrival::Arrival;

pub(crate) async fn get(State(gateway): State<Gateway>, path: Path, arrival: Arrival) -> Response {
    let Arrival { hosted, scene } = arrival;
    let step = finish(&gateway, hosted, path).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn finish(gateway: &Gateway, hosted: Result<Hosted, Problem>, path: Path) -> Result<Step, Problem> {
    let Hosted { tenant, visit } = hosted?;
    Ok(gateway.site.engine.finish_scan(tenant, attempt(path)?, visit).await)
}
