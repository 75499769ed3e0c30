//! The device authorization endpoint (RFC 8628, section 3.1).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use hufu_core::flow::DeviceAuthorization;
use hufu_core::oidc::{OAuthError, OAuthErrorCode};
use hufu_web::body::read_form;
use hufu_web::error::{caused, json_error};
use hufu_web::tenant::Hosted;

use super::Api;
use super::credentials::{Credentials, credentials};
use super::token::refused;
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    match begin(&gateway, &api.0, &headers, body).await {
        Ok(begun) => Json(begun).into_response(),
        Err(response) => response,
    }
}

async fn begin(
    gateway: &Gateway,
    hosted: &Hosted,
    headers: &HeaderMap,
    body: Body,
) -> Result<DeviceAuthorization, Response> {
    let refused = |error: OAuthError| refused(&error, hosted);
    let basic = match credentials(headers).map_err(refused)? {
        Credentials::None => None,
        Credentials::Basic(basic) => Some(basic),
        Credentials::Bearer(_) | Credentials::Unreadable => {
            let error = OAuthError::new(OAuthErrorCode::InvalidClient, "client authentication failed");
            return Err(refused(error.with_debug("the Authorization header is no Basic one")));
        }
    };
    let form = read_form(headers, body).await.map_err(|error| {
        let code = OAuthErrorCode::InvalidRequest.as_str();
        let text = error.to_string();
        caused(json_error(error.status(), code, &text), code, &text)
    })?;
    let engine = &gateway.site.engine;
    let begun = engine.begin_device(&hosted.tenant, basic.as_ref(), &form, &hosted.visit);
    begun.await.map_err(refused)
}
