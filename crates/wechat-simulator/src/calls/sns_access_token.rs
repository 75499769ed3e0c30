//! `/sns/oauth2/access_token`: a code for tokens.

use serde::Serialize;

use super::answer::{Failure, json};
use super::caller::Call;
use crate::sns_token::{ACCESS_SECONDS, CodeError, Grant, Scope};

/// Fields in the order of real bodies.
#[derive(Serialize)]
pub(super) struct Tokens<'a> {
    pub(super) access_token: &'a str,
    pub(super) expires_in: i64,
    pub(super) refresh_token: &'a str,
    pub(super) openid: &'a str,
    pub(super) scope: &'static str,
    /// Only with `snsapi_userinfo` and an account bound to an Open Platform account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unionid: Option<&'a str>,
    /// Only present when it is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_snapshotuser: Option<u8>,
}

pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    let app_id = call
        .params
        .filled("appid")
        .ok_or(Failure::new(41002, "appid missing"))?;
    let secret = call
        .params
        .filled("secret")
        .ok_or(Failure::new(41004, "appsecret missing"))?;
    let code = call.params.filled("code").ok_or(Failure::new(41008, "missing code"))?;
    // The doc requires it; no source shows what its absence does, so only strict mode minds.
    if call.inner.settings.strict && call.params.get("grant_type") != Some("authorization_code") {
        return Err(Failure::new(40002, "invalid grant_type"));
    }
    // A wrong secret comes before the code is looked at: it does not consume it.
    if call.account(app_id)?.secret != secret {
        return Err(Failure::new(40125, "invalid appsecret"));
    }
    call.take_sns_quota(app_id, "/sns/oauth2/access_token")?;
    let (access, refresh) = (call.inner.random.sns_token(), call.inner.random.sns_token());
    let grant = redeem(call, app_id, code, &access, &refresh)?;
    let person = &grant.person;
    Ok(json(&Tokens {
        access_token: &access,
        expires_in: ACCESS_SECONDS,
        refresh_token: &refresh,
        openid: &person.openid,
        scope: grant.scope.as_str(),
        unionid: person.unionid.as_deref().filter(|_| grant.scope != Scope::Base),
        is_snapshotuser: person.snapshot.then_some(1),
    }))
}

/// Under one lock: of two exchanges at the same moment one wins.
fn redeem(call: &Call<'_>, app_id: &str, code: &str, access: &str, refresh: &str) -> Result<Grant, Failure> {
    let mut world = call.inner.world();
    let outcome = match world.codes.get_mut(code) {
        Some(code) => code.redeem(app_id, call.now),
        None => Err(CodeError::Invalid),
    };
    let grant = outcome.map_err(|error| match error {
        CodeError::Invalid => Failure::new(40029, "invalid code"),
        CodeError::Used => Failure::new(40163, "code been used"),
        CodeError::Blocked => Failure::new(40226, "code blocked"),
    })?;
    world.add_tokens(call.now, access, refresh, &grant);
    Ok(grant)
}
