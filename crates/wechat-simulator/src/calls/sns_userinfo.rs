//! `/sns/userinfo`: the profile, as much as WeChat still tells.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::answer::{Failure, json};
use super::caller::Call;
use crate::sns_token::{Grant, Scope};

/// Fields in the order of real bodies. `sex` is 0 and the places are empty since 2021-10-20 (Tencent announcement).
#[derive(Serialize)]
struct Profile<'a> {
    openid: &'a str,
    nickname: &'a str,
    sex: u8,
    language: &'static str,
    city: &'static str,
    province: &'static str,
    country: &'static str,
    headimgurl: String,
    privilege: [&'static str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<&'a str>,
}

/// `lang` is accepted and changes nothing: it chose the language of the places, which are empty now.
pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    let token = call
        .params
        .filled("access_token")
        .ok_or(Failure::new(41001, "access_token missing"))?;
    let openid = call
        .params
        .filled("openid")
        .ok_or(Failure::new(41009, "missing openid"))?;
    let grant = grant_of(call, token)?;
    call.take_sns_quota(&grant.app_id, "/sns/userinfo")?;
    let person = &grant.person;
    if person.openid != openid {
        return Err(Failure::new(40003, "invalid openid"));
    }
    let hidden = person.snapshot && !call.inner.settings.snapshot_profile;
    if grant.scope == Scope::Base || hidden {
        return Err(Failure::new(48001, "api unauthorized"));
    }
    let pages = call.inner.settings.pages_url.as_deref().unwrap_or(&call.origin);
    let headimgurl = person.avatar.as_ref().map_or_else(String::new, |avatar| {
        format!("{pages}/avatars/{}/132", utf8_percent_encode(avatar, NON_ALPHANUMERIC))
    });
    let body = json(&Profile {
        openid,
        nickname: &person.nickname,
        sex: 0,
        language: "",
        city: "",
        province: "",
        country: "",
        headimgurl,
        privilege: [],
        unionid: person.unionid.as_deref(),
    });
    // Slashes stand inside strings only, and WeChat escapes them.
    Ok(body.replace('/', "\\/"))
}

/// A server token passed here is as unknown as a made-up one.
pub(super) fn grant_of(call: &Call<'_>, token: &str) -> Result<Grant, Failure> {
    let world = call.inner.world();
    let known = world.access_tokens.get(token);
    let known = known.ok_or(Failure::new(
        40001,
        "invalid credential, access_token is invalid or not latest",
    ))?;
    if call.now >= known.expires_at {
        return Err(Failure::new(42001, "access_token expired"));
    }
    Ok(known.grant.clone())
}
