//! `/cgi-bin/clear_quota` in both forms, `/cgi-bin/openapi/…`: what is left of the limits.

use serde::Deserialize;
use serde_json::json as value;

use super::answer::{Failure, OK, json};
use super::caller::Call;
use crate::account::Account;

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Request {
    appid: String,
    appsecret: String,
    cgi_path: String,
    rid: String,
}

pub(super) fn clear(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.token_account()?;
    let request: Request = call.json_body()?;
    if request.appid != account.app_id {
        return Err(Failure::new(40013, "invalid appid"));
    }
    clear_for(call, &account)
}

/// With the secret, for whoever has no quota left to fetch a token.
pub(super) fn clear_with_secret(call: &Call<'_>) -> Result<String, Failure> {
    let mut request: Request = if call.body.starts_with(b"{") {
        call.json_body()?
    } else {
        Request::default()
    };
    // The doc shows the two in the query as well.
    for (field, name) in [(&mut request.appid, "appid"), (&mut request.appsecret, "appsecret")] {
        if let Some(given) = call.params.filled(name) {
            given.clone_into(field);
        }
    }
    if request.appid.is_empty() {
        return Err(Failure::new(41002, "appid missing"));
    }
    if request.appsecret.is_empty() {
        return Err(Failure::new(41004, "appsecret missing"));
    }
    let account = call.account(&request.appid)?;
    if account.secret != request.appsecret {
        return Err(Failure::new(40125, "invalid appsecret"));
    }
    clear_for(call, &account)
}

fn clear_for(call: &Call<'_>, account: &Account) -> Result<String, Failure> {
    let mut world = call.inner.world();
    let per_month = world.quotas.clears_per_month;
    if world.usage.clear(call.now, &account.app_id, per_month) {
        Ok(OK.to_owned())
    } else {
        Err(Failure::new(
            48006,
            "forbid to clear quota because of reaching the limit",
        ))
    }
}

/// Endpoints without a limit show 0 of 0.
pub(super) fn show(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.token_account()?;
    let request: Request = call.json_body()?;
    let path = path_of(&request)?;
    let mut world = call.inner.world();
    let limit = world.quotas.per_day(path, account.kind).unwrap_or(0);
    let used = world.usage.used_today(call.now, &account.app_id, path);
    Ok(json(&value!({
        "errcode": 0,
        "errmsg": "ok",
        "quota": {"daily_limit": limit, "used": used, "remain": limit.saturating_sub(used)},
    })))
}

pub(super) fn clear_one(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.token_account()?;
    let request: Request = call.json_body()?;
    let path = path_of(&request)?;
    call.inner.world().usage.clear_endpoint(&account.app_id, path);
    Ok(OK.to_owned())
}

fn path_of(request: &Request) -> Result<&str, Failure> {
    let path = request.cgi_path.as_str();
    if path.starts_with("/cgi-bin/") || path.starts_with("/sns/") {
        Ok(path)
    } else {
        Err(Failure::new(76021, "cgi_path not found"))
    }
}

/// What became of an earlier call that failed.
pub(super) fn explain(call: &Call<'_>) -> Result<String, Failure> {
    call.token_account()?;
    let request: Request = call.json_body()?;
    let world = call.inner.world();
    let known = world.failed_calls.get(&request.rid);
    let known = known.ok_or(Failure::new(76001, "rid not found"))?;
    Ok(json(&value!({"errcode": 0, "errmsg": "ok", "request": known})))
}
