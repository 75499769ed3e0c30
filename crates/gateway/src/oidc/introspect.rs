//! The introspection endpoint (RFC 7662).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use super::Api;
use super::credentials::{refused, sent, unkept};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    unkept(
        introspect(&gateway, api, &headers, body)
            .await
            .unwrap_or_else(|response| response),
    )
}

async fn introspect(gateway: &Gateway, api: Api, headers: &HeaderMap, body: Body) -> Result<Response, Response> {
    let hosted = &api.0;
    let asked = sent(headers, body, hosted).await?;
    let engine = &gateway.site.engine;
    let told = engine.introspect(&hosted.tenant, asked.basic.as_ref(), &asked.form, &hosted.visit);
    let told = told.await.map_err(|error| refused(&error, hosted))?;
    Ok(Json(told).into_response())
}
