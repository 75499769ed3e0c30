//! The device authorization endpoint (RFC 8628, section 3.1).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use hufu_core::flow::DeviceAuthorization;
use hufu_web::tenant::Hosted;

use super::Api;
use super::credentials::{refused, sent, unkept};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    let begun = begin(&gateway, &api.0, &headers, body).await;
    unkept(begun.map_or_else(|response| response, |begun| Json(begun).into_response()))
}

async fn begin(
    gateway: &Gateway,
    hosted: &Hosted,
    headers: &HeaderMap,
    body: Body,
) -> Result<DeviceAuthorization, Response> {
    let asked = sent(gateway, headers, body, hosted).await?;
    let engine = &gateway.site.engine;
    let begun = engine.begin_device(&hosted.tenant, asked.basic.as_ref(), &asked.form, &hosted.visit);
    begun.await.map_err(|error| refused(&error, hosted))
}
