//! Signatures for JS-SDK pages (Tencent's documentation, JS-SDK 使用权限签名算法).
//!
//! The text that is signed is the page's URL letter by letter as the browser has it, without the fragment; the host
//! that decides whether it may be signed at all is read from it the way browsers do (WHATWG URL). Where the two could
//! be understood differently the URL is refused.

use hufu_core::secret::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use crate::hex::sha1_hex;

/// The longest URL that is signed, in bytes.
const LONGEST: usize = 4096;

/// Where `JS接口安全域名` lets pages be; with any other port WeChat says `invalid url domain`.
const PORTS: [u16; 2] = [80, 443];

/// A page that may be signed, once its host is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    signed: String,
    host: String,
}

/// Why a page cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Not the absolute URL of a page as a browser writes it.
    #[error("no absolute URL")]
    NoUrl,
    /// Neither http nor https.
    #[error("neither http nor https")]
    Scheme,
    /// WeChat takes pages at the ports 80 and 443 only.
    #[error("a port other than 80 and 443")]
    Port,
    /// With a user's name or password in front of the host, which fools people and parsers.
    #[error("a user name before the host")]
    Credentials,
    /// Longer than 4096 bytes.
    #[error("too long")]
    TooLong,
}

impl Page {
    /// Reads the URL of a page, as `location.href` gives it.
    ///
    /// # Errors
    /// When WeChat would refuse the page, or it is not clear where it is.
    pub fn parse(url: &str) -> Result<Self, PageError> {
        if url.len() > LONGEST {
            return Err(PageError::TooLong);
        }
        // Browsers drop or rewrite these; in a URL that a browser wrote they do not stand.
        if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(PageError::NoUrl);
        }
        let signed = url.split_once('#').map_or(url, |(page, _)| page);
        let parsed = Url::parse(signed).map_err(|_| PageError::NoUrl)?;
        let Some((scheme, rest)) = signed.split_once("://") else {
            return Err(PageError::NoUrl);
        };
        if !matches!(parsed.scheme(), "http" | "https") || !scheme.eq_ignore_ascii_case(parsed.scheme()) {
            return Err(PageError::Scheme);
        }
        // `http:///a.example` is a.example for browsers, and nothing for others.
        if rest.starts_with('/') {
            return Err(PageError::NoUrl);
        }
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(PageError::Credentials);
        }
        if !parsed.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
            return Err(PageError::Port);
        }
        let host = parsed.host().ok_or(PageError::NoUrl)?.to_string();
        Ok(Self {
            signed: signed.to_owned(),
            host,
        })
    }

    /// The page's host: lower case, international names in their ASCII form (`xn--…`).
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What is signed: the URL without its fragment, otherwise untouched.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.signed
    }

    /// Whether the host is one of these, whole: `www.example.cn` does not let `example.cn` pass, nor the other way
    /// round. Entries may be written in any case and script.
    #[must_use]
    pub fn is_at<S: AsRef<str>>(&self, hosts: &[S]) -> bool {
        hosts
            .iter()
            .any(|host| normal_host(host.as_ref()).as_deref() == Some(self.host.as_str()))
    }

    /// The signature, 40 lower-case hexadecimal digits. `noncestr` and `timestamp` (seconds) are for the page's
    /// `wx.config`, which calls them `nonceStr` and `timestamp`.
    #[must_use]
    pub fn sign(&self, jsapi_ticket: &SecretString, noncestr: &str, timestamp: i64) -> String {
        sign(jsapi_ticket, noncestr, timestamp, &self.signed)
    }
}

/// A host as [`Page::host`] writes it; `None` when it is none, or has a scheme, port or path with it.
#[must_use]
pub fn normal_host(text: &str) -> Option<String> {
    let is_bare = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '/' | '\\' | '?' | '#' | '@' | '%');
    let host = Host::parse(text).ok().filter(|_| text.chars().all(is_bare))?;
    Some(host.to_string())
}

/// The names in lower case and alphabetical order; nothing is URL-encoded.
fn sign(jsapi_ticket: &SecretString, noncestr: &str, timestamp: i64, url: &str) -> String {
    sha1_hex(&[
        b"jsapi_ticket=",
        jsapi_ticket.expose_secret().as_bytes(),
        b"&noncestr=",
        noncestr.as_bytes(),
        b"&timestamp=",
        timestamp.to_string().as_bytes(),
        b"&url=",
        url.as_bytes(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";

    fn published(url: &str) -> String {
        let page = Page::parse(url).unwrap();
        page.sign(&SecretString::from(TICKET), "Wm3WZYTPz0wzccnW", 1_414_587_457)
    }

    #[test]
    fn published_signatures() {
        assert_eq!(
            published("http://mp.weixin.qq.com"),
            "f4d90daf4b3bca3078ab155816175ba34c443a7b"
        );
        assert_eq!(
            published("http://mp.weixin.qq.com?params=value"),
            "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
        );
    }

    #[test]
    fn the_fragment_is_cut_and_nothing_else_changes() {
        assert_eq!(
            published("http://mp.weixin.qq.com?params=value#/route?x=#y"),
            "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
        );
        let odd = "HTTPS://Shop.Example.CN:443/a/../b%2f%e4?x=中文&y=%20+";
        let page = Page::parse(odd).unwrap();
        assert_eq!((page.url(), page.host()), (odd, "shop.example.cn"));
        assert_ne!(
            published("http://mp.weixin.qq.com/"),
            published("http://mp.weixin.qq.com")
        );
    }

    #[test]
    fn hosts_are_compared_whole() {
        let page = Page::parse("https://Www.Example.cn/x").unwrap();
        assert!(page.is_at(&["other.cn", "WWW.example.CN"]));
        for wrong in [
            "example.cn",
            "a.www.example.cn",
            "*.example.cn",
            "www.example.cn:443",
            "https://www.example.cn",
            "www.example.cn/x",
            "www.example.cn.",
            "",
            "%77ww.example.cn",
        ] {
            assert!(!page.is_at(&[wrong]), "{wrong}");
        }
        assert!(!page.is_at::<&str>(&[]));
        let chinese = Page::parse("https://登录.中国/").unwrap();
        assert_eq!(chinese.host(), "xn--w2t382c.xn--fiqs8s");
        assert!(chinese.is_at(&["登录.中国"]) && chinese.is_at(&["XN--w2t382c.xn--fiqs8s"]));
        assert!(
            Page::parse("https://xn--w2t382c.xn--fiqs8s/")
                .unwrap()
                .is_at(&["登录.中国"])
        );
    }

    #[test]
    fn pages_that_wechat_or_we_refuse() {
        let long = format!("https://a.cn/{}", "a".repeat(4096));
        for (url, error) in [
            ("https://a.cn:8443/", PageError::Port),
            ("http://a.cn:8080", PageError::Port),
            ("ftp://a.cn/", PageError::Scheme),
            ("javascript:alert(1)", PageError::NoUrl),
            ("javascript://a.cn/%0aalert(1)", PageError::Scheme),
            ("file:///etc/passwd", PageError::Scheme),
            ("/page", PageError::NoUrl),
            ("a.cn/page", PageError::NoUrl),
            ("", PageError::NoUrl),
            ("https:a.cn", PageError::NoUrl),
            ("https:/a.cn", PageError::NoUrl),
            ("https:///a.cn", PageError::NoUrl),
            ("https://good.cn\\@evil.cn/", PageError::NoUrl),
            ("https://good.cn@evil.cn/", PageError::Credentials),
            ("https://@evil.cn/", PageError::Credentials),
            ("https://a.cn/\r\n", PageError::NoUrl),
            (" https://a.cn/", PageError::NoUrl),
            ("https://a.cn/a b", PageError::NoUrl),
            ("https://", PageError::NoUrl),
            (&long, PageError::TooLong),
        ] {
            assert_eq!(Page::parse(url), Err(error), "{url}");
        }
        assert!(
            Page::parse("https://a.cn:80/@x?u=@").is_ok(),
            "both ports, whichever the scheme"
        );
    }
}
