//! The account's tickets, for apps that sign their pages and cards themselves.

use axum::extract::State;
use axum::response::Response;
use hufu_core::flow::Declined;
use hufu_core::oidc::Form;
use hufu_core::text::Text;
use serde_json::Value;

use super::{Call, optional, token};
use crate::Gateway;

/// The ticket of JS-SDK, or with `?type=wx_card` the one of cards.
pub(crate) async fn get(State(gateway): State<Gateway>, call: Call) -> Response {
    let result = current(&gateway, &call).await;
    call.answer(result)
}

async fn current(gateway: &Gateway, call: &Call) -> Result<Value, Declined> {
    let (proved, form, query) = (call.proved()?, Form::default(), call.query()?);
    let name = match optional(&query, "type")? {
        None | Some("jsapi") => "jsapi_ticket",
        Some("wx_card") => "wx_card_ticket",
        Some(_) => {
            let (zh, en) = ("type 须为 jsapi 或 wx_card", "type must be jsapi or wx_card");
            return Err(Declined::invalid(Text::new(zh, en)));
        }
    };
    let asked = call.asked(&proved, &form);
    let held = gateway.site.engine.server_token(&asked, name).await?;
    Ok(token(gateway, "ticket", &held))
}
