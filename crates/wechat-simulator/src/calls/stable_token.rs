//! `/cgi-bin/stable_token`: the server token that stays the same for everyone who asks.

use serde::Deserialize;

use super::answer::{Failure, json};
use super::caller::Call;
use super::cgi_token::ServerToken;

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    appid: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    force_refresh: bool,
}

pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    let request: Request = call.json_body()?;
    if request.grant_type != "client_credential" {
        return Err(Failure::new(40002, "invalid grant_type"));
    }
    if request.appid.is_empty() {
        return Err(Failure::new(41002, "appid missing"));
    }
    let account = call.account(&request.appid)?;
    if request.secret.is_empty() {
        return Err(Failure::new(41004, "appsecret missing"));
    }
    call.check_token_caller(&account, &request.secret)?;
    call.take_token_quota(&account, true)?;
    let mut world = call.inner.world();
    let tokens = world.server_tokens.entry(account.app_id.clone()).or_default();
    let new = || call.inner.random.server_token();
    let (access_token, expires_in) = tokens.stable(call.now, request.force_refresh, new);
    Ok(json(&ServerToken {
        access_token,
        expires_in,
    }))
}
