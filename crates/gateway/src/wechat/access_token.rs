//! The account's access token, for apps that call WeChat themselves.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use hufu_core::flow::Declined;
use hufu_core::oidc::Form;
use hufu_core::secret::SecretString;
use serde_json::Value;

use super::{Call, required, token};
use crate::Gateway;

/// The token's name, in the provider's words and in the answer.
const NAME: &str = "access_token";

/// The token as it is held.
pub(crate) async fn get(State(gateway): State<Gateway>, call: Call) -> Response {
    let result = current(&gateway, &call).await;
    call.answer(result)
}

async fn current(gateway: &Gateway, call: &Call) -> Result<Value, Declined> {
    let (proved, form) = (call.proved()?, Form::default());
    let asked = call.asked(&proved, &form);
    let held = gateway.site.engine.server_token(&asked, NAME).await?;
    Ok(token(gateway, NAME, &held))
}

/// Another token than `dead_token`, which WeChat refused with 40001, 40014 or 42001.
pub(crate) async fn post(State(gateway): State<Gateway>, call: Call, body: Body) -> Response {
    let result = replaced(&gateway, &call, body).await;
    call.answer(result)
}

async fn replaced(gateway: &Gateway, call: &Call, body: Body) -> Result<Value, Declined> {
    let (proved, form) = (call.proved()?, call.form(body).await?);
    let asked = call.asked(&proved, &form);
    let dead = SecretString::from(required(&form, "dead_token")?);
    let held = gateway.site.engine.replace_token(&asked, NAME, &dead).await?;
    Ok(token(gateway, NAME, &held))
}
