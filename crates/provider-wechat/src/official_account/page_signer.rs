//! Signatures for the account's pages.

use async_trait::async_trait;
use hufu_core::clock::random_alphanumeric;
use hufu_core::error::Class;
use hufu_core::provider::{PageSigner, ProviderError, ProviderErrorCode};
use hufu_core::text::Text;
use serde_json::{Map, Value};

use super::OfficialAccount;
use crate::jssdk::{Page, PageError, normal_host};
use crate::server_tokens::JSAPI_TICKET;

const NONCE_LENGTH: usize = 16;

#[async_trait]
impl PageSigner for OfficialAccount {
    fn allows(&self, host: &str) -> bool {
        let host = normal_host(host);
        host.is_some() && self.settings.js_hosts.iter().any(|known| normal_host(known) == host)
    }

    async fn sign(&self, url: &str) -> Result<Map<String, Value>, ProviderError> {
        let page = Page::parse(url).map_err(unfit)?;
        if !page.is_at(&self.settings.js_hosts) {
            return Err(foreign(page.host()));
        }
        let ticket = self.tokens.current(JSAPI_TICKET).await?.value;
        let nonce = random_alphanumeric(&*self.host.random, NONCE_LENGTH);
        let timestamp = self.host.clock.now().as_secs();
        let fields = [
            ("appId", Value::from(self.api.app_id())),
            ("timestamp", Value::from(timestamp)),
            ("signature", Value::from(page.sign(&ticket, &nonce, timestamp))),
            ("nonceStr", Value::from(nonce)),
            ("url", Value::from(page.url())),
        ];
        Ok(fields
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect())
    }
}

/// A URL that no page may have, whatever its host.
fn unfit(error: PageError) -> ProviderError {
    ProviderError {
        class: Class::Developer,
        code: ProviderErrorCode::UrlNotAllowed,
        errcode: None,
        message: Text::new("不能为该网址签名", "This URL cannot be signed for"),
        remedy: Some(Text::new(
            "传入页面的完整网址（location.href），http 或 https，端口只能是 80 或 443。",
            "Send the page's whole URL (location.href): http or https, at port 80 or 443.",
        )),
        debug: format!("page: {error}"),
    }
}

fn foreign(host: &str) -> ProviderError {
    ProviderError {
        class: Class::TenantAdmin,
        code: ProviderErrorCode::UrlNotAllowed,
        errcode: None,
        message: Text::owned(
            format!("{host} 不在 JS-SDK 域名中"),
            format!("{host} is not among the JS-SDK hosts"),
        ),
        remedy: Some(Text::new(
            "在公众平台把域名加入「JS接口安全域名」，再加入本连接的「JS-SDK 域名」。",
            "Add the host to the JS interface domains in WeChat's console, then to this connection's JS-SDK hosts.",
        )),
        debug: format!("page at {host}"),
    }
}
