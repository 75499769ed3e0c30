//! What the logins by redirect have in common, inside WeChat and on websites: the callback, the exchange, and the rules
//! of which call may be made twice.

use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::model::{Proved, UserGrant};
use hufu_core::provider::{Callback, ProviderError};
use hufu_core::secret::{ExposeSecret as _, SecretString, StoredSecret};

use crate::api::{CallError, CodeGrant, OfficialAccountApi, PROFILE_SCOPES, once_more};
use crate::errors;
use crate::person::identity;

/// A person's tokens can be refreshed for 30 days, then the person must come again (Tencent's documentation, 网页授权).
const GRANT_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// Life of a person's token when WeChat does not say.
pub(crate) const TOKEN_LIFE: u64 = 7200;

/// What clients of 2013–14 put in place of a code when the person refused.
const AUTH_DENY: &str = "authdeny";

/// A code, or none: the person refused.
pub(crate) fn read_callback(parameters: &[(String, String)]) -> Callback {
    match parameters.iter().find(|(name, _)| name == "code") {
        Some((_, code)) if !code.is_empty() && code != AUTH_DENY => Callback::Code(code.clone()),
        _ => Callback::Denied,
    }
}

/// Who the code stands for; with `profile` their profile, when it was granted.
pub(crate) async fn prove(
    api: &OfficialAccountApi,
    code: &str,
    profile: bool,
    now: Timestamp,
) -> Result<Proved, ProviderError> {
    if !has_form_of_code(code) {
        return Err(errors::malformed_code());
    }
    // A code works once: it is sent again only when the first time surely did not spend it.
    let grant = once_more(|| api.exchange_code(code), CallError::leaves_code_unused).await?;
    // The token of a snapshot opens no profile: it answers 48001.
    let info = if profile && grant.may_read_profile() && !grant.snapshot {
        Some(api.userinfo(&grant.access_token, &grant.openid).await?)
    } else {
        None
    };
    let kept = user_grant(&grant, now);
    Ok(Proved {
        identity: identity(api.app_id(), grant, info),
        grant: kept,
    })
}

/// What is kept for a refresh without the person: only a token that opens their profile is worth it, and a snapshot's
/// opens none.
fn user_grant(grant: &CodeGrant, now: Timestamp) -> Option<UserGrant> {
    let scope = grant.scope.clone().unwrap_or_default();
    if grant.snapshot || !scope.split(',').any(|one| PROFILE_SCOPES.contains(&one.trim())) {
        return None;
    }
    let stored = |secret: &SecretString| StoredSecret::new(secret.expose_secret().to_owned());
    Some(UserGrant {
        access_token: stored(&grant.access_token),
        access_expires_at: now.plus(Duration::from_secs(grant.expires_in.unwrap_or(TOKEN_LIFE))),
        refresh_token: grant.refresh_token.as_ref().map(stored),
        expires_at: now.plus(GRANT_LIFE),
        scope,
    })
}

/// WeChat's have 32 letters and digits, which nobody promises.
pub(crate) fn has_form_of_code(code: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=128).contains(&code.len()) && code.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_a_form() {
        let longest = "a".repeat(128);
        for fine in ["021kz2200LsayS1uXi400me0oP3kz22M", "a", "A-_9", &longest] {
            assert!(has_form_of_code(fine), "{fine}");
        }
        let too_long = "a".repeat(129);
        for wrong in ["", " ", "a b", "a&secret=b", "代码", "a\0", &too_long] {
            assert!(!has_form_of_code(wrong), "{wrong}");
        }
    }
}
