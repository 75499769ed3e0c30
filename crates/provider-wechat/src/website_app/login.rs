//! Login by redirect, in any browser but WeChat's own.

use async_trait::async_trait;
use hufu_core::model::Proved;
use hufu_core::provider::{AuthorizationUrl, Callback, ProfilePlan, ProviderError, RedirectLogin};

use super::WebsiteApp;
use crate::login;
use crate::qrconnect_url::{PageLanguage, QrConnectUrl};

#[async_trait]
impl RedirectLogin for WebsiteApp {
    /// Inside WeChat the page shows a QR code that the phone cannot scan: it is on its own screen.
    fn accepts(&self, user_agent: &str) -> bool {
        !user_agent.contains("MicroMessenger")
    }

    /// There is one scope, and one page: asking for the profile costs the person nothing.
    fn profile_plan(&self, wanted: bool) -> ProfilePlan {
        if wanted {
            ProfilePlan::AtOnce
        } else {
            ProfilePlan::Never
        }
    }

    fn authorization_url(&self, request: &AuthorizationUrl<'_>) -> Result<String, ProviderError> {
        let url = QrConnectUrl {
            pages_url: &self.pages_url,
            app_id: self.api.app_id(),
            redirect_uri: request.callback,
            state: request.state,
            language: PageLanguage::Chinese,
        };
        Ok(url.build())
    }

    fn read_callback(&self, parameters: &[(String, String)]) -> Callback {
        login::read_callback(parameters)
    }

    async fn exchange(&self, code: &str, profile: bool) -> Result<Proved, ProviderError> {
        let proved = login::prove(&self.api.within(self.limit), code, profile, self.host.clock.now()).await?;
        // Nobody refreshes profiles of websites yet: what is not used is not kept.
        Ok(proved.identity.into())
    }
}
