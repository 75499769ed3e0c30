//! The end session endpoint (OpenID Connect RP-Initiated Logout 1.0, section 2).

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use hufu_core::flow::{Engine, Problem, ProblemCode, Step};
use hufu_core::oidc::{Form, TenantUrls};
use hufu_web::body::{malformed, read_form, read_query};
use hufu_web::tenant::Hosted;

use crate::arrival::{Arrival, Scene};
use crate::{Gateway, step};

/// Bytes of a URL that proxies in front of Hufu take by default.
const URL_LIMIT: usize = 8000;

pub(crate) async fn get(State(gateway): State<Gateway>, RawQuery(query): RawQuery, arrival: Arrival) -> Response {
    let Arrival { hosted, mut scene } = arrival;
    let step = match read_query(query.as_deref()) {
        Ok(form) => ended(&gateway, hosted, &form, &mut scene).await,
        Err(problem) => Err(problem),
    };
    Arrival::answer(&scene, &gateway, step)
}

/// An app's form comes without our Lax cookie, so the browser is sent to ask the same by GET, where the cookie travels;
/// only the page that we showed is answered here.
pub(crate) async fn post(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
    arrival: Arrival,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Arrival { hosted, mut scene } = arrival;
    let form = match read(query.as_deref(), &headers, body).await {
        Ok(form) => form,
        Err(problem) => return step::page(&gateway, &scene, &problem),
    };
    if Engine::is_logout_answer(&form) {
        let step = ended(&gateway, hosted, &form, &mut scene).await;
        return Arrival::answer(&scene, &gateway, step);
    }
    match hosted.and_then(|hosted| as_get(&hosted.visit.urls, &form)) {
        Ok(url) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
        Err(problem) => step::page(&gateway, &scene, &problem),
    }
}

async fn ended(
    gateway: &Gateway,
    hosted: Result<Hosted, Problem>,
    form: &Form,
    scene: &mut Scene,
) -> Result<Step, Problem> {
    let Hosted { tenant, visit } = hosted?;
    scene.prefer(form.get("ui_locales").ok().flatten());
    Ok(gateway.site.engine.logout(&tenant, form, &visit).await)
}

async fn read(query: Option<&str>, headers: &HeaderMap, body: Body) -> Result<Form, Problem> {
    let mut form = read_query(query)?;
    let posted = read_form(headers, body).await.map_err(|error| malformed(&error))?;
    for (name, value) in posted.pairs() {
        form.push(name, value);
    }
    Ok(form)
}

fn as_get(urls: &TenantUrls, form: &Form) -> Result<String, Problem> {
    let query = serde_urlencoded::to_string(form.pairs()).map_err(|error| malformed(&error))?;
    let url = format!("{}?{query}", urls.logout());
    if url.len() > URL_LIMIT {
        return Err(Problem::new(ProblemCode::RequestMalformed).debug("a POST too long to be asked again by GET"));
    }
    Ok(url)
}
