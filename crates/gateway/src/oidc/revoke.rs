//! The revocation endpoint (RFC 7009).

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::Api;
use super::credentials::{refused, sent, unkept};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    unkept(
        revoke(&gateway, api, &headers, body)
            .await
            .unwrap_or_else(|response| response),
    )
}

/// The answer has no body: the status says all (section 2.2).
async fn revoke(gateway: &Gateway, api: Api, headers: &HeaderMap, body: Body) -> Result<Response, Response> {
    let hosted = &api.0;
    let asked = sent(headers, body, hosted).await?;
    let engine = &gateway.site.engine;
    let revoked = engine.revoke(&hosted.tenant, asked.basic.as_ref(), &asked.form, &hosted.visit);
    revoked.await.map_err(|error| refused(&error, hosted))?;
    Ok(StatusCode::OK.into_response())
}
