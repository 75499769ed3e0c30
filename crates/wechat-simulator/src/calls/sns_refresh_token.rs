//! `/sns/oauth2/refresh_token`: asks for no secret (Tencent doc).

use super::answer::{Failure, json};
use super::caller::Call;
use super::sns_access_token::Tokens;
use crate::sns_token::ACCESS_SECONDS;

pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    let app_id = call
        .params
        .filled("appid")
        .ok_or(Failure::new(41002, "appid missing"))?;
    let refresh = call
        .params
        .filled("refresh_token")
        .ok_or(Failure::new(41003, "missing refresh_token"))?;
    if call.inner.settings.strict && call.params.get("grant_type") != Some("refresh_token") {
        return Err(Failure::new(40002, "invalid grant_type"));
    }
    call.account(app_id)?;
    call.take_sns_quota(app_id, "/sns/oauth2/refresh_token")?;
    let fresh = call.inner.random.sns_token();
    let mut world = call.inner.world();
    let known = world
        .refresh_tokens
        .get(refresh)
        .filter(|token| *token.grant.app_id == *app_id);
    let known = known.ok_or(Failure::new(40030, "invalid refresh_token"))?;
    if call.now >= known.expires_at {
        return Err(Failure::new(42002, "refresh_token expired"));
    }
    let grant = known.grant.clone();
    let mut access = known.access_token.clone();
    // Still valid: the same token, its time extended. Expired: a new one.
    match world.access_tokens.get_mut(&access) {
        Some(token) if call.now < token.expires_at => token.expires_at = call.now + ACCESS_SECONDS,
        _ => {
            access = fresh;
            world.add_access_token(call.now, &access, &grant);
            if let Some(known) = world.refresh_tokens.get_mut(refresh) {
                known.access_token.clone_from(&access);
            }
        }
    }
    drop(world);
    Ok(json(&Tokens {
        access_token: &access,
        expires_in: ACCESS_SECONDS,
        refresh_token: refresh,
        openid: &grant.person.openid,
        scope: grant.scope.as_str(),
        unionid: None,
        is_snapshotuser: None,
    }))
}
