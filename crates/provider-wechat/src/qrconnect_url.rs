//! The URL of the QR code page for website apps (Tencent's documentation, 网站应用微信登录).
//!
//! As for `authorize_url`: written by hand in the documented order, in this place only.

use std::fmt::Write as _;

use percent_encoding::utf8_percent_encode;
use url::Url;

use crate::authorize_url::ENCODED;

/// The language of WeChat's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageLanguage {
    /// Chinese, which WeChat takes when nothing is said.
    #[default]
    Chinese,
    /// English.
    English,
}

/// What the page is asked with.
#[derive(Debug, Clone, Copy)]
pub struct QrConnectUrl<'a> {
    /// Where WeChat's pages are.
    pub pages_url: &'a Url,
    /// The website app's AppID; an official account's answers "Scope 参数错误".
    pub app_id: &'a str,
    /// Its host must be the app's 授权回调域.
    pub redirect_uri: &'a str,
    /// Comes back with the code.
    pub state: &'a str,
    /// The page's language.
    pub language: PageLanguage,
}

impl QrConnectUrl<'_> {
    /// The URL.
    #[must_use]
    pub fn build(&self) -> String {
        let mut url = self.pages_url.as_str().trim_end_matches('/').to_owned();
        url.push_str("/connect/qrconnect");
        let encode = |text| utf8_percent_encode(text, ENCODED);
        // Writing to a string cannot fail.
        let _ = write!(
            url,
            "?appid={}&redirect_uri={}&response_type=code&scope=snsapi_login&state={}",
            encode(self.app_id),
            encode(self.redirect_uri),
            encode(self.state),
        );
        if self.language == PageLanguage::English {
            url.push_str("&lang=en");
        }
        url.push_str("#wechat_redirect");
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(change: impl FnOnce(&mut QrConnectUrl<'_>)) -> String {
        let pages_url = Url::parse("https://open.weixin.qq.com").unwrap();
        let mut request = QrConnectUrl {
            pages_url: &pages_url,
            app_id: "wxbdc5610cc59c1631",
            redirect_uri: "https://passport.yhd.com/wechat/callback.do",
            state: "3d6be0a4035d839573b04816624a415e",
            language: PageLanguage::Chinese,
        };
        change(&mut request);
        request.build()
    }

    /// The documentation's example.
    #[test]
    fn as_documented() {
        assert_eq!(
            url(|_| {}),
            "https://open.weixin.qq.com/connect/qrconnect?appid=wxbdc5610cc59c1631\
             &redirect_uri=https%3A%2F%2Fpassport.yhd.com%2Fwechat%2Fcallback.do&response_type=code\
             &scope=snsapi_login&state=3d6be0a4035d839573b04816624a415e#wechat_redirect"
        );
    }

    #[test]
    fn the_language_stands_before_the_fragment() {
        assert!(
            url(|request| request.language = PageLanguage::English)
                .ends_with("&state=3d6be0a4035d839573b04816624a415e&lang=en#wechat_redirect")
        );
    }

    #[test]
    fn values_cannot_add_parameters() {
        let built = url(|request| (request.redirect_uri, request.state) = ("https://a.cn/回?b=c&d=e#f", "x&scope=y#z"));
        assert_eq!(
            built,
            "https://open.weixin.qq.com/connect/qrconnect?appid=wxbdc5610cc59c1631\
             &redirect_uri=https%3A%2F%2Fa.cn%2F%E5%9B%9E%3Fb%3Dc%26d%3De%23f&response_type=code&scope=snsapi_login\
             &state=x%26scope%3Dy%23z#wechat_redirect"
        );
    }

    #[test]
    fn pages_may_stand_below_a_path() {
        let pages_url = Url::parse("http://127.0.0.1:9000/wechat/").unwrap();
        let built = QrConnectUrl {
            pages_url: &pages_url,
            app_id: "wx",
            redirect_uri: "x",
            state: "s",
            language: PageLanguage::Chinese,
        }
        .build();
        assert!(
            built.starts_with("http://127.0.0.1:9000/wechat/connect/qrconnect?appid=wx&redirect_uri=x&"),
            "{built}"
        );
    }
}
