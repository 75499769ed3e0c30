//! Login by redirect, and the rules of which call may be made twice.

use async_trait::async_trait;
use hufu_core::model::Identity;
use hufu_core::provider::{AuthorizationUrl, Callback, ProfilePlan, ProviderError, RedirectLogin};

use super::OfficialAccount;
use super::person::identity;
use crate::api::{CallError, once_more};
use crate::authorize_url::AuthorizeUrl;
use crate::errors;

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

    async fn exchange(&self, code: &str, profile: bool) -> Result<Identity, ProviderError> {
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
        Ok(identity(api.app_id(), grant, info))
    }
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
