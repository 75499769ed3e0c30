//! Login by redirect, inside WeChat.

use async_trait::async_trait;
use hufu_core::model::Proved;
use hufu_core::provider::{AuthorizationUrl, Callback, ProfilePlan, ProviderError, RedirectLogin};

use super::OfficialAccount;
use crate::authorize_url::AuthorizeUrl;
use crate::login;

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
        login::read_callback(parameters)
    }

    async fn exchange(&self, code: &str, profile: bool) -> Result<Proved, ProviderError> {
        login::prove(&self.api.within(self.limit), code, profile, self.host.clock.now()).await
    }
}
