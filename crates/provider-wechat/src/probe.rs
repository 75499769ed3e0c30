//! Whether WeChat takes AppID and AppSecret, asked with a code that nobody has: WeChat looks at the code last.

use hufu_core::provider::{CheckResult, ProviderError, ProviderErrorCode};
use hufu_core::text::Text;

/// No code of WeChat's: theirs have 32 characters.
pub(crate) const NO_CODE: &str = "hufu-check";

/// The checks of an account of which nothing but a login can be asked.
pub(crate) fn checks(answer: Result<(), ProviderError>) -> Vec<CheckResult> {
    let problem = answer
        .err()
        .filter(|error| !matches!(error.code, ProviderErrorCode::CodeInvalid | ProviderErrorCode::CodeUsed));
    vec![
        CheckResult {
            name: "form",
            title: Text::new("设置已填写且格式正确", "The settings are there and have the right form"),
            // An account whose settings are not does not open.
            problem: None,
        },
        CheckResult {
            name: "credentials",
            title: Text::new("微信接受 AppID 和 AppSecret", "WeChat takes AppID and AppSecret"),
            problem,
        },
    ]
}
