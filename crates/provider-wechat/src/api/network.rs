//! WeChat's own addresses (Tencent's documentation, 获取微信 API 接口 IP, 获取微信推送服务器 IP).

use hufu_core::secret::SecretString;

use super::OfficialAccountApi;
use super::call::Value;
use super::endpoint::Endpoint;
use super::failure::CallError;

impl OfficialAccountApi {
    /// `GET /cgi-bin/getcallbackip`: the addresses that pushes come from, or networks as `1.2.3.0/24`. They change;
    /// Tencent advises to ask daily.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn callback_addresses(&self, token: &SecretString) -> Result<Vec<String>, CallError> {
        self.addresses(Endpoint::CallbackIp, token).await
    }

    /// `GET /cgi-bin/get_api_domain_ip`: the addresses of the calls themselves.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn call_addresses(&self, token: &SecretString) -> Result<Vec<String>, CallError> {
        self.addresses(Endpoint::ApiDomainIp, token).await
    }

    async fn addresses(&self, endpoint: Endpoint, token: &SecretString) -> Result<Vec<String>, CallError> {
        let parameters = [("access_token", Value::secret(token))];
        self.read(endpoint, &parameters, |fields| fields.texts("ip_list")).await
    }
}
