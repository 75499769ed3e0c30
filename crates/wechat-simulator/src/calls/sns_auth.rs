//! `/sns/auth`: does this token still work?

use super::answer::{Failure, OK};
use super::caller::Call;
use super::sns_userinfo::grant_of;

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
    call.take_sns_quota(&grant.app_id, "/sns/auth")?;
    if grant.person.openid != openid {
        return Err(Failure::new(40003, "invalid openid"));
    }
    Ok(OK.to_owned())
}
