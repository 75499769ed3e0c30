//! The plug-ins of this binary. Another one is one dependency and one line here.

use std::sync::Arc;

use hufu_core::provider::ProviderKind;
use hufu_provider_wechat::{SetupError, WechatMiniProgram, WechatOfficialAccount, WechatWebsite};

use crate::config::Config;

/// Every kind of connector that can be used.
///
/// # Errors
/// When a plug-in cannot work with this configuration.
pub fn installed(config: &Config) -> Result<Vec<Arc<dyn ProviderKind>>, SetupError> {
    let wechat = WechatOfficialAccount::new(config.wechat.clone())?;
    let website = WechatWebsite::beside(&wechat);
    let mini_program = WechatMiniProgram::beside(&wechat);
    Ok(vec![Arc::new(wechat), Arc::new(website), Arc::new(mini_program)])
}
