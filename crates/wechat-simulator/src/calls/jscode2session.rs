//! `/sns/jscode2session`: a mini program's js_code for the user's openid and session key.

use serde::Serialize;

use super::answer::{Failure, json};
use super::caller::{Call, quota_failure};
use crate::account::AccountKind;
use crate::mini::JsCodeError;

/// Fields in the order of real bodies.
#[derive(Serialize)]
struct Session<'a> {
    session_key: &'a str,
    openid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<&'a str>,
}

pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    let required = |name, failure| call.params.filled(name).ok_or(failure);
    let app_id = required("appid", Failure::new(41002, "appid missing"))?;
    let secret = required("secret", Failure::new(41004, "appsecret missing"))?;
    let code = required("js_code", Failure::new(41008, "missing code"))?;
    if call.inner.settings.strict && call.params.get("grant_type") != Some("authorization_code") {
        return Err(Failure::new(40002, "invalid grant_type"));
    }
    let account = call.account(app_id)?;
    if account.kind != AccountKind::MiniProgram {
        return Err(Failure::new(40013, "invalid appid"));
    }
    if account.secret != secret {
        return Err(Failure::new(40125, "invalid appsecret"));
    }
    let mut world = call.inner.world();
    let found = world.mini.find(call.now, app_id, code).map_err(|error| match error {
        JsCodeError::Invalid => Failure::new(40029, "invalid code"),
        JsCodeError::Used => Failure::new(40163, "code been used"),
    })?;
    // The limit is each user's own, which is known only now.
    let person = &found.person;
    let limit = world.quotas.js_code_per_minute;
    let user = format!("{app_id} {}", person.openid);
    world
        .usage
        .take(call.now, &user, "/sns/jscode2session", Some(limit), None)
        .map_err(quota_failure)?;
    if person.blocked {
        return Err(Failure::new(40226, "code blocked"));
    }
    world.mini.consume(code);
    let session_key = world.mini.session_key(app_id, &person.openid);
    Ok(json(&Session {
        session_key: session_key.unwrap_or_default(),
        openid: &person.openid,
        unionid: person.unionid.as_deref(),
    }))
}
