//! Signatures for pages, asked for by an app's server or by the page itself.
//!
//! A page may ask without a secret, and that gives nothing away: what it gets is the signature of one URL, which
//! WeChat takes only on a page of that URL, and whoever can see the page can see its signature. The ticket behind the
//! signature is not in it (SHA-1 of ticket, nonce, time and URL). A program that lies about its `Origin` gets what it
//! would have got by opening the page, and it costs the account nothing: the ticket is held, so WeChat is not asked.
//! Three rules keep it so: the host of the `Origin` is on the account's list, the URL's host is the same host, and a
//! client with the right is named, who stands for the reads.

use serde_json::{Map, Value};
use url::Url;

use super::{Asked, Consumer, Declined, DeclinedCode};
use crate::flow::{Engine, Visit};
use crate::ids::ClientId;
use crate::model::{ClientKind, Right, Tenant};
use crate::provider::PageSigner;
use crate::text::Text;

/// Characters of a URL that is signed; longer ones no browser of WeChat opens.
const URL_LIMIT: usize = 4096;

/// What a page in a browser asks with.
#[derive(Debug, Clone, Copy)]
pub struct PageAsked<'a> {
    /// Of which tenant.
    pub tenant: &'a Tenant,
    /// Of which connector: the id, as it was written.
    pub connector: &'a str,
    /// The client that stands for the page.
    pub client_id: &'a str,
    /// `Origin`, or `Referer` when the browser sends none.
    pub origin: &'a str,
    /// The URL to sign.
    pub url: &'a str,
    /// The request.
    pub visit: &'a Visit,
}

/// The host of a web address: lower case, no port. `None` when it is none, such as the origin `null`.
#[must_use]
pub fn host_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    is_web.then(|| url.host_str().map(str::to_owned)).flatten()
}

impl Engine {
    /// What the provider's script wants to be configured with on a page of this URL.
    ///
    /// # Errors
    /// See [`Engine::consumer`]; [`DeclinedCode::UrlRefused`] when the URL's host is not on the account's list.
    pub async fn sign_page(&self, asked: &Asked<'_>, url: &str) -> Result<Map<String, Value>, Declined> {
        let consumer = self.consumer(asked, Right::SignPages).await?;
        self.sign(&consumer, url, None).await
    }

    /// The same for a page that asks itself.
    ///
    /// # Errors
    /// [`DeclinedCode::InvalidClient`] when no active client is named, and the rules of [`Engine::consumer`];
    /// [`DeclinedCode::UrlRefused`] when the page is of another host than it says, or of one not on the list.
    pub async fn sign_own_page(&self, asked: &PageAsked<'_>) -> Result<Map<String, Value>, Declined> {
        let connector = self.connector_of(asked.tenant, asked.connector).await?;
        let unknown = || Declined::new(DeclinedCode::InvalidClient).debug("unknown or disabled client");
        let id: ClientId = asked.client_id.parse().map_err(|_| unknown())?;
        let client = self.parts.store.begin(asked.tenant.id).lookup_client(id).await?;
        let client = client.filter(|client| client.status.is_active()).ok_or_else(unknown)?;
        if client.kind == ClientKind::Public {
            let declined = Declined::new(DeclinedCode::PublicClient);
            return Err(self.refuse_read(connector.as_deref(), client.id, declined));
        }
        let consumer = self.admit(client, connector, Right::SignPages, asked.visit)?;
        self.sign(&consumer, asked.url, Some(asked.origin)).await
    }

    /// Whether pages of this origin may read what the connector signs for them.
    ///
    /// # Errors
    /// In an outage.
    pub async fn allows_origin(&self, tenant: &Tenant, connector: &str, origin: &str) -> Result<bool, Declined> {
        let connector = self.connector_of(tenant, connector).await?;
        let (Some(connector), Some(host)) = (connector.filter(|c| c.status.is_active()), host_of(origin)) else {
            return Ok(false);
        };
        let provider = self.parts.providers.open(&connector)?;
        Ok(provider.page_signer().is_some_and(|signer| signer.allows(&host)))
    }

    async fn sign(&self, consumer: &Consumer, url: &str, origin: Option<&str>) -> Result<Map<String, Value>, Declined> {
        let host = host_of(url).filter(|_| url.len() <= URL_LIMIT).ok_or_else(|| {
            let zh = "url 须为页面的完整地址，以 http:// 或 https:// 开头";
            Declined::invalid(Text::new(
                zh,
                "url must be the page's complete URL, http:// or https://",
            ))
        })?;
        let signer = consumer.provider.page_signer();
        let signer = signer.ok_or_else(|| Declined::new(DeclinedCode::NotOffered))?;
        let own = origin.is_none_or(|origin| host_of(origin).as_ref() == Some(&host));
        if !own || !signer.allows(&host) {
            let declined = Declined::new(DeclinedCode::UrlRefused).debug(format!("a page of {host}"));
            return Err(self.refuse_read(Some(&consumer.connector), consumer.client.id, declined));
        }
        let signed = PageSigner::sign(signer, url).await?;
        self.count_read(&consumer.connector, &format!("read:jssdk:{}", consumer.client.id));
        Ok(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_web_addresses() {
        assert_eq!(host_of("https://Shop.Example:8443").as_deref(), Some("shop.example"));
        assert_eq!(host_of("https://shop.example/a?b#c").as_deref(), Some("shop.example"));
        assert_eq!(
            host_of("https://evil.example@shop.example").as_deref(),
            Some("shop.example")
        );
        for none in [
            "null",
            "",
            "shop.example",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://",
        ] {
            assert_eq!(host_of(none), None, "{none}");
        }
    }
}
