//! The OpenID Connect provider of a tenant.

pub(crate) mod authorize;
pub(crate) mod credentials;
pub(crate) mod device_authorization;
pub(crate) mod discovery;
pub(crate) mod introspect;
pub(crate) mod jwks;
pub(crate) mod logout;
pub(crate) mod par;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod userinfo;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header;
use http::request::Parts;
use hufu_core::flow::{Problem, ProblemCode};
use hufu_web::error::json_problem;
use hufu_web::headers::PUBLIC_DOCUMENT;
use hufu_web::tenant::Hosted;
use serde::Serialize;

use crate::Gateway;

/// The tenant of an endpoint that answers machines; there is none: JSON 404.
pub(crate) struct Api(pub(crate) Hosted);

impl FromRequestParts<Gateway> for Api {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Response> {
        gateway
            .site
            .hosted(parts)
            .await
            .map(Self)
            .map_err(|problem| json_problem(&problem))
    }
}

impl Api {
    /// The tenant when it is active. The documents of a disabled one are gone: apps stop trusting its keys.
    pub(crate) fn active(self) -> Result<Hosted, Response> {
        if self.0.tenant.status.is_active() {
            return Ok(self.0);
        }
        Err(json_problem(&Problem::new(ProblemCode::TenantDisabled)))
    }
}

/// A document that anybody may read and keep for a while.
fn public(document: impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, PUBLIC_DOCUMENT)], Json(document)).into_response()
}
