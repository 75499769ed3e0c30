//! The plug-ins of this binary. Another one is one dependency and one line here.

use std::sync::Arc;

use hufu_core::provider::ProviderKind;
use hufu_provider_wechat::{SetupError, WechatOfficialAccount};

use crate::config::Config;

/// Every kind of connector that can be used.
///
/// # Errors
/// When a plug-in cannot work with this configuration.
pub fn installed(config: &Config) -> Result<Vec<Arc<dyn ProviderKind>>, SetupError> {
    Ok(vec![Arc::new(WechatOfficialAccount::new(config.wechat.clone())?)])
}
