//! The OpenAPI document, made from the same list as the router.

use utoipa::openapi::OpenApi;

use super::answer::ok;
use super::table;
use crate::http::Answer;

/// Where the API is.
pub(crate) const BASE: &str = "/admin/api/v1";

/// The document.
pub(crate) fn document() -> &'static OpenApi {
    static DOCUMENT: std::sync::LazyLock<OpenApi> = std::sync::LazyLock::new(|| table().into_openapi());
    &DOCUMENT
}

/// Reads this document
#[utoipa::path(get, path = "/openapi.json", tag = "about",
    responses((status = 200, description = "OpenAPI 3.1.")))]
pub(super) async fn get_openapi() -> Answer {
    Ok(ok(document()))
}
