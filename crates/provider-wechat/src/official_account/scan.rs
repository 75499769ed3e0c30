//! Login at a computer by the account's own QR code (带参数二维码): whoever scans it follows the account, and WeChat
//! pushes who it was.

use std::time::Duration;

use async_trait::async_trait;
use hufu_core::error::Class;
use hufu_core::model::Identity;
use hufu_core::provider::{ProviderError, ProviderErrorCode, ScanChallenge, ScanLogin, is_computer};
use hufu_core::text::Text;

use super::OfficialAccount;
use crate::api::Scene;
use crate::person::by_ids;

#[async_trait]
impl ScanLogin for OfficialAccount {
    /// Inside WeChat there is a better way, on computers too.
    fn accepts(&self, user_agent: &str) -> bool {
        is_computer(user_agent) && !user_agent.contains("MicroMessenger")
    }

    async fn challenge(&self, scene: &str, lifetime: Duration) -> Result<ScanChallenge, ProviderError> {
        let scene = Scene::parse(scene).ok_or_else(no_scene)?;
        let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
        let api = self.api.within(self.limit);
        let code = self.tokens.with_token(|token| {
            let (api, scene) = (api.clone(), scene.clone());
            async move { api.create_qr_code(&token, &scene, seconds).await }
        });
        let code = code.await?;
        let granted = code.expires_in.map_or(lifetime, Duration::from_secs);
        Ok(ScanChallenge {
            content: code.url,
            lifetime: granted.min(lifetime),
        })
    }

    /// Who stopped following since has no unionid; the openid is who it is all the same.
    async fn identify(&self, external_id: &str) -> Result<Identity, ProviderError> {
        let api = self.api.within(self.limit);
        let follower = self.tokens.with_token(|token| {
            let (api, openid) = (api.clone(), external_id.to_owned());
            async move { api.follower(&token, &openid).await }
        });
        let follower = follower.await?;
        Ok(by_ids(api.app_id(), follower.openid, follower.unionid))
    }
}

fn no_scene() -> ProviderError {
    ProviderError {
        class: Class::Operator,
        code: ProviderErrorCode::Unknown,
        errcode: None,
        message: Text::new("场景值格式不对", "The scene has the wrong form"),
        remedy: None,
        debug: "the engine gave a scene that is none".to_owned(),
    }
}
