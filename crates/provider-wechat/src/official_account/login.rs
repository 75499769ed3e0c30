//! Login by redirect, and the rules of which call may be made twice.

use std::time::Duration;

use async_trait::async_trait;
use hufu_core::clock::Timestamp;
use hufu_core::model::{Proved, UserGrant};
use hufu_core::provider::{AuthorizationUrl, Callback, ProfilePlan, ProviderError, RedirectLogin};

use hufu_core::secret::{ExposeSecret as _, SecretString, StoredSecret};

use super::OfficialAccount;
use super::person::identity;
use crate::api::{CallError, CodeGrant, once_more};
use crate::authorize_url::AuthorizeUrl;
use crate::errors;

/// A person's tokens can be refreshed for 30 days, then the person must come again (Tencent's documentation, 网页授权).
const GRANT_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// Life of a person's token when WeChat does not say.
pub(super) const TOKEN_LIFE: u64 = 7200;

/// What clients of 2013–14 put in place of a code when the person refused.
const AUTH_DENY: &str = "authdeny";

#[async_trait]
impl RedirectLogin for OfficialAccount {
    fn accepts(&self, user_agent: &str) -> bool {
        self.settings.any_browser || user_agent.contains("MicroMessenger")
    }

    fn profile_plan(&self, wanted: bool) -> ProfilePlan {
        self.settings.profile.plan(wanted)
    }

    fn authorization_url(&self, request: &AuthorizationUrl<'_>) -> Result<String, ProviderError> {
        let url = AuthorizeUrl {
            pages_url: &self.pages_url,
            app_id: self.api.app_id(),
            redirect_uri: request.callback,
            state: request.state,
            profile: request.profile,
            force_popup: self.settings.force_popup,
        };
        Ok(url.build())
    }

    fn read_callback(&self, parameters: &[(String, String)]) -> Callback {
        match parameters.iter().find(|(name, _)| name == "code") {
            Some((_, code)) if !code.is_empty() && code != AUTH_DENY => Callback::Code(code.clone()),
            _ => Callback::Denied,
        }
    }

    async fn exchange(&self, code: &str, profile: bool) -> Result<Proved, ProviderError> {
        if !has_form_of_code(code) {
            return Err(errors::malformed_code());
        }
        let api = self.api.within(self.limit);
        // A code works once: it is sent again only when the first time surely did not spend it.
        let grant = once_more(|| api.exchange_code(code), CallError::leaves_code_unused).await?;
        // The token of a snapshot opens no profile: it answers 48001.
        let info = if profile && grant.may_read_profile() && !grant.snapshot {
            Some(api.userinfo(&grant.access_token, &grant.openid).await?)
        } else {
            None
        };
        let kept = user_grant(&grant, self.host.clock.now());
        Ok(Proved {
            identity: identity(api.app_id(), grant, info),
            grant: kept,
        })
    }
}

/// What is kept for a refresh without the person: only a token that opens their profile is worth it, and a snapshot's
/// opens none.
fn user_grant(grant: &CodeGrant, now: Timestamp) -> Option<UserGrant> {
    let scope = grant.scope.clone().unwrap_or_default();
    if grant.snapshot || !scope.split(',').any(|one| one.trim() == "snsapi_userinfo") {
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
fn has_form_of_code(code: &str) -> bool {
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
