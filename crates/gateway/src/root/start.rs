//! What somebody sees who opens the host itself.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::Gateway;
use crate::arrival::Scene;
use crate::pages::notice;

pub(crate) async fn get(State(gateway): State<Gateway>, parts: Parts) -> Response {
    notice::respond(
        StatusCode::OK,
        &Scene::of(&gateway, &parts),
        "start",
        gateway.site.engine.now(),
    )
}
