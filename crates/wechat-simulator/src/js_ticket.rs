//! Tickets for web pages inside WeChat, and whether a page that used one signed well (Tencent doc: JS-SDK).

use std::collections::HashMap;

use sha1::{Digest as _, Sha1};
use url::Url;

use crate::account::Account;
use crate::ids::hex;

/// A ticket lives for two hours.
const TICKET_SECONDS: i64 = 7200;

/// What a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TicketKind {
    /// Signing pages.
    JsApi,
    /// Cards; signing a page with it is a frequent mistake.
    Card,
}

impl TicketKind {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "jsapi" => Some(Self::JsApi),
            "wx_card" => Some(Self::Card),
            _ => None,
        }
    }
}

/// The current ticket of each account and kind.
#[derive(Debug, Default)]
pub(crate) struct JsTickets(HashMap<(String, TicketKind), (String, i64)>);

impl JsTickets {
    /// The same one for everybody while it lives, and the seconds it has left.
    pub(crate) fn take(
        &mut self,
        now: i64,
        app_id: &str,
        kind: TicketKind,
        new: impl FnOnce() -> String,
    ) -> (String, i64) {
        if let Some(current) = self.current(now, app_id, kind) {
            return current;
        }
        let ticket = new();
        let entry = (ticket.clone(), now + TICKET_SECONDS);
        self.0.insert((app_id.to_owned(), kind), entry);
        (ticket, TICKET_SECONDS)
    }

    pub(crate) fn current(&self, now: i64, app_id: &str, kind: TicketKind) -> Option<(String, i64)> {
        let (ticket, expires_at) = self.0.get(&(app_id.to_owned(), kind))?;
        (now < *expires_at).then(|| (ticket.clone(), expires_at - now))
    }
}

/// What a page hands to `wx.config`.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsConfig {
    /// `appId`.
    pub app_id: String,
    /// The page's whole URL, with its fragment if it has one: what the phone sees.
    pub url: String,
    /// `timestamp`, seconds.
    pub timestamp: i64,
    /// `nonceStr`.
    pub nonce: String,
    /// `signature`, 40 lower-case hexadecimal digits.
    pub signature: String,
}

/// What WeChat's client says to a configuration it does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsProblem {
    /// No such account.
    #[error("config:invalid appid")]
    AppId,
    /// The page's host is not among `js_domains`, or its port is another than 80 or 443. Addresses of this machine may
    /// have any port: WeChat takes no addresses at all.
    #[error("config:invalid url domain")]
    Domain,
    /// Another ticket, URL, nonce or time was signed, or the ticket is of the wrong kind or too old.
    #[error("config:invalid signature")]
    Signature,
}

/// As the phone does it: its own URL without the fragment, and the account's current ticket.
pub(crate) fn check(account: &Account, ticket: Option<&str>, config: &JsConfig) -> Result<(), JsProblem> {
    let page = config.url.split('#').next().unwrap_or_default();
    let url = Url::parse(page).map_err(|_| JsProblem::Domain)?;
    let host = url.host_str().unwrap_or_default();
    let local = matches!(host, "127.0.0.1" | "localhost");
    let known = account
        .js_domains
        .iter()
        .any(|domain| domain.eq_ignore_ascii_case(host));
    if !known || !(local || matches!(url.port_or_known_default(), Some(80 | 443))) {
        return Err(JsProblem::Domain);
    }
    let wanted = ticket.map(|ticket| signature(ticket, &config.nonce, config.timestamp, page));
    if wanted.as_deref() == Some(config.signature.as_str()) {
        Ok(())
    } else {
        Err(JsProblem::Signature)
    }
}

fn signature(ticket: &str, nonce: &str, timestamp: i64, url: &str) -> String {
    let text = format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}");
    hex(&Sha1::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        let ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
        let sign = |url| signature(ticket, "Wm3WZYTPz0wzccnW", 1_414_587_457, url);
        assert_eq!(
            sign("http://mp.weixin.qq.com"),
            "f4d90daf4b3bca3078ab155816175ba34c443a7b"
        );
        assert_eq!(
            sign("http://mp.weixin.qq.com?params=value"),
            "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
        );
    }

    #[test]
    fn the_fragment_is_not_signed_and_the_host_counts() {
        let mut account = Account::service("wx", "", &[]);
        let mut config = JsConfig {
            app_id: "wx".into(),
            url: "https://a.test/p?x=1#/route".into(),
            timestamp: 1,
            nonce: "n".into(),
            signature: signature("t", "n", 1, "https://a.test/p?x=1"),
        };
        assert_eq!(check(&account, Some("t"), &config), Err(JsProblem::Domain));
        account.js_domains = vec!["a.test".into(), "127.0.0.1".into()];
        assert_eq!(check(&account, Some("t"), &config), Ok(()));
        assert_eq!(check(&account, Some("other"), &config), Err(JsProblem::Signature));
        assert_eq!(check(&account, None, &config), Err(JsProblem::Signature));
        config.url = "https://a.test:8443/p?x=1".into();
        assert_eq!(check(&account, Some("t"), &config), Err(JsProblem::Domain));
    }
}
