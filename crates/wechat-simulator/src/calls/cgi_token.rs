//! `/cgi-bin/token`: the classic server token, a new one each time.

use serde::Serialize;

use super::answer::{Failure, json};
use super::caller::Call;

#[derive(Serialize)]
pub(super) struct ServerToken {
    pub(super) access_token: String,
    pub(super) expires_in: i64,
}

pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    if call.params.get("grant_type") != Some("client_credential") {
        return Err(Failure::new(40002, "invalid grant_type"));
    }
    let app_id = call
        .params
        .filled("appid")
        .ok_or(Failure::new(41002, "appid missing"))?;
    let account = call.account(app_id)?;
    let secret = call
        .params
        .filled("secret")
        .ok_or(Failure::new(41004, "appsecret missing"))?;
    call.check_token_caller(&account, secret)?;
    call.take_token_quota(&account, false)?;
    let mut world = call.inner.world();
    let tokens = world.server_tokens.entry(account.app_id.clone()).or_default();
    let (access_token, expires_in) = tokens.classic(call.now, || call.inner.random.server_token());
    Ok(json(&ServerToken {
        access_token,
        expires_in,
    }))
}
