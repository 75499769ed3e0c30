//! Checks of an account against WeChat.

use async_trait::async_trait;
use hufu_core::provider::{CheckResult, Diagnose};
use hufu_core::text::Text;

use super::OfficialAccount;

#[async_trait]
impl Diagnose for OfficialAccount {
    async fn check(&self) -> Vec<CheckResult> {
        let credentials = self.api.within(self.limit).stable_token().await;
        vec![
            CheckResult {
                name: "form",
                title: Text::new("设置已填写且格式正确", "The settings are there and have the right form"),
                // An account whose settings are not does not open.
                problem: None,
            },
            CheckResult {
                name: "credentials",
                title: Text::new(
                    "微信接受 AppID、AppSecret 和本服务器的 IP",
                    "WeChat takes AppID, AppSecret and this server's address",
                ),
                problem: credentials.err().map(Into::into),
            },
        ]
    }
}
