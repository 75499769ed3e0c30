//! Signatures of JS-SDK: for an app's server, or for a page that asks itself.
//!
//! A page's script may read the answer only when its `Origin` is a host of the connector's list: that origin is
//! echoed, never `*`, and no credentials are allowed, so that nobody is led to put a secret into a page. Why a page
//! needs none stands at `hufu_core::flow::consume`'s browser part.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use hufu_core::flow::{Declined, DeclinedCode, PageAsked};
use hufu_core::oidc::Form;
use serde_json::Value;

use super::{Call, optional, required};
use crate::Gateway;

/// Seconds for which a browser need not ask again whether it may ask.
const PREFLIGHT: HeaderValue = HeaderValue::from_static("600");

/// What `wx.config` wants for `?url=`.
pub(crate) async fn get(State(gateway): State<Gateway>, call: Call) -> Response {
    let result = signed(&gateway, &call).await;
    let response = call.answer(result);
    shared(&gateway, &call, response).await
}

/// What a browser asks before a request that is not simple (Fetch, CORS-preflight).
pub(crate) async fn options(State(gateway): State<Gateway>, call: Call) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let mut response = shared(&gateway, &call, response).await;
    let headers = response.headers_mut();
    if headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET"));
        // Not `authorization`: a page has no business with the client's secret.
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("content-type"),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT);
    }
    response
}

async fn signed(gateway: &Gateway, call: &Call) -> Result<Value, Declined> {
    let engine = &gateway.site.engine;
    let (proved, query) = (call.proved()?, call.query()?);
    let url = required(&query, "url");
    if proved.is_some() {
        let form = Form::default();
        return Ok(engine.sign_page(&call.asked(&proved, &form), url?).await?.into());
    }
    let nobody = || Declined::new(DeclinedCode::InvalidClient).debug("neither credentials nor a page's origin");
    let client_id = optional(&query, "client_id")?.ok_or_else(nobody)?;
    let asked = PageAsked {
        tenant: &call.hosted.tenant,
        connector: &call.connector,
        client_id,
        origin: origin(call).or_else(|| referer(call)).ok_or_else(nobody)?,
        url: url?,
        visit: &call.hosted.visit,
    };
    Ok(engine.sign_own_page(&asked).await?.into())
}

fn origin(call: &Call) -> Option<&str> {
    call.headers.get(header::ORIGIN)?.to_str().ok()
}

/// Where no `Origin` is sent: a page of the same host, or a script loaded by a `script` element.
fn referer(call: &Call) -> Option<&str> {
    call.headers.get(header::REFERER)?.to_str().ok()
}

/// Lets the page read the answer when its host is on the list; says that the answer depends on it in any case.
async fn shared(gateway: &Gateway, call: &Call, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(value) = call.headers.get(header::ORIGIN)
        && let Some(origin) = origin(call)
        && let Ok(true) = gateway
            .site
            .engine
            .allows_origin(&call.hosted.tenant, &call.connector, origin)
            .await
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value.clone());
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("retry-after, x-request-id"),
        );
    }
    response
}
