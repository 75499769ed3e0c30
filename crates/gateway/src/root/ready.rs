//! Whether requests can be served: the database answers.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use hufu_web::error::caused;

use crate::Gateway;

/// A probe that waits longer has given up.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn get(State(gateway): State<Gateway>) -> Response {
    let debug = match tokio::time::timeout(PATIENCE, gateway.site.engine.store().ping()).await {
        Ok(Ok(())) => return "ready".into_response(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the database does not answer".to_owned(),
    };
    caused(
        (StatusCode::SERVICE_UNAVAILABLE, "not ready").into_response(),
        "unavailable",
        &debug,
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{Host, html};

    #[tokio::test]
    async fn ready_only_with_a_database_alive_without() {
        let host = Host::new();
        assert_eq!(host.get("/readyz").await.status(), 200);
        host.break_store();
        assert_eq!(host.get("/readyz").await.status(), 503);
        let response = host.get("/healthz").await;
        assert_eq!(response.status(), 200);
        assert_eq!(html(response).await, "ok");
    }
}
