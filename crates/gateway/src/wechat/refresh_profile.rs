//! A person's profile as it is now, fetched without the person.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use hufu_core::flow::Declined;
use serde_json::Value;

use super::{Call, required};
use crate::Gateway;

/// The claims of `subject`.
pub(crate) async fn post(State(gateway): State<Gateway>, call: Call, body: Body) -> Response {
    let result = refreshed(&gateway, &call, body).await;
    call.answer(result)
}

async fn refreshed(gateway: &Gateway, call: &Call, body: Body) -> Result<Value, Declined> {
    let (proved, form) = (call.proved()?, call.form(body).await?);
    let asked = call.asked(&proved, &form);
    let subject = required(&form, "subject")?;
    Ok(gateway.site.engine.refresh_profile(&asked, subject).await?.into())
}
