//! The page that asks a person whether an app may have what it wants. Looking at it changes nothing; only its form does.

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::response::Response;
use http::HeaderMap;
use hufu_core::flow::{Problem, ProblemCode, Step};
use hufu_core::ids::AttemptId;
use hufu_web::body::malformed;
use hufu_web::tenant::Hosted;

use crate::Gateway;
use crate::arrival::{Arrival, read_answer};

type Path = Result<RawPathParams, RawPathParamsRejection>;

/// The login that the path names; one that cannot exist is unknown.
fn attempt(path: Path) -> Result<AttemptId, Problem> {
    let named = path.ok().and_then(|path| {
        let id = path.iter().find(|(name, _)| *name == "attempt");
        id.and_then(|(_, id)| id.parse().ok())
    });
    named.ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))
}

pub(crate) async fn get(State(gateway): State<Gateway>, path: Path, arrival: Arrival) -> Response {
    let Arrival { hosted, scene } = arrival;
    let step = ask(&gateway, hosted, path).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn ask(gateway: &Gateway, hosted: Result<Hosted, Problem>, path: Path) -> Result<Step, Problem> {
    let Hosted { tenant, visit } = hosted?;
    Ok(gateway.site.engine.ask_consent(&tenant, attempt(path)?, &visit).await)
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
    let attempt = attempt(path)?;
    let (form, allowed) = read_answer(headers, body, "allow").await?;
    let token = form.get("token").map_err(|error| malformed(&error))?;
    let token = token.unwrap_or_default().to_owned();
    let engine = &gateway.site.engine;
    Ok(engine.answer_consent(tenant, attempt, token, allowed, visit).await)
}
