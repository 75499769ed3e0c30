//! Failures without a number: WeChat did not get to say anything.

use hufu_core::error::Class;
use hufu_core::provider::{ProviderError, ProviderErrorCode};
use hufu_core::text::Text;

use crate::api::Failure;

const UNREACHABLE: Text = Text::new(
    "暂时无法连接微信，请稍后再试",
    "WeChat cannot be reached right now; try again in a moment",
);
const NOT_ASKED: Text = Text::new(
    "微信接口暂时繁忙或异常，请几秒后再试",
    "WeChat is busy or failing right now; try again in some seconds",
);
const NONSENSE: Text = Text::new(
    "微信的应答无法识别，请稍后再试",
    "WeChat's answer makes no sense right now; try again in a moment",
);

/// The meaning of a failure that is no refusal; the caller adds the debug text.
pub(super) fn meaning(failure: &Failure) -> ProviderError {
    let (code, message) = match failure {
        Failure::NotConnected(_) | Failure::TimedOut | Failure::Broken(_) => {
            (ProviderErrorCode::Unreachable, UNREACHABLE)
        }
        Failure::NotAsked(_) => (ProviderErrorCode::Busy, NOT_ASKED),
        Failure::Nonsense(_) | Failure::Refused(_) => (ProviderErrorCode::Nonsense, NONSENSE),
    };
    ProviderError {
        class: Class::Retry,
        code,
        errcode: None,
        message,
        remedy: None,
        debug: String::new(),
    }
}
