//! `/cgi-bin/getcallbackip`, `/cgi-bin/get_api_domain_ip`: the simplest calls that need a server token, so that
//! its states (missing, invalid, expired, valid) can be seen.

use super::answer::Failure;
use super::caller::Call;
use crate::server_token::Standing;

/// The text WeChat sends for a server token that is not, or no longer, the right one (seen in issue reports).
const INVALID: &str = "invalid credential, access_token is invalid or not latest, could get access_token by \
                       getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r";

pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    let token = call
        .params
        .filled("access_token")
        .ok_or(Failure::new(41001, "access_token missing"))?;
    let world = call.inner.world();
    let standings = world
        .server_tokens
        .values()
        .map(|tokens| tokens.standing(token, call.now));
    let standing = standings.into_iter().find(|standing| *standing != Standing::Unknown);
    match standing {
        Some(Standing::Valid) => Ok(r#"{"ip_list":["127.0.0.1"]}"#.to_owned()),
        Some(Standing::Expired) => Err(Failure::new(42001, "access_token expired")),
        _ => Err(Failure::new(40001, INVALID)),
    }
}
