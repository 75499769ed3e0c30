//! Counters of calls: `/cgi-bin/clear_quota/v2` (Tencent's documentation, 使用 AppSecret 重置 API 调用次数).

use super::OfficialAccountApi;
use super::call::{Method, Request, Value};
use super::endpoint::Endpoint;
use super::failure::CallError;
use super::fields::Fields;

impl OfficialAccountApi {
    /// `POST /cgi-bin/clear_quota/v2`: all of today's counters back to zero. Ten times a month, together with those
    /// made in WeChat's console; needs no token, so that it helps when the tokens are what ran out. Never made twice.
    ///
    /// # Errors
    /// What WeChat or the network answers; 48006 when the month's ten are gone.
    pub async fn clear_quota(&self) -> Result<(), CallError> {
        let request = Request {
            endpoint: Endpoint::ClearQuota,
            method: Method::PostJson,
            parameters: &[
                ("appid", Value::Open(&self.app_id)),
                ("appsecret", Value::secret(&self.secret)),
            ],
        };
        self.call(&request, Fields::done).await
    }
}
