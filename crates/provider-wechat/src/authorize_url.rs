//! The URL of WeChat's authorization page.
//!
//! Tencent's documentation (网页授权): the link is matched by a strict pattern, a wrong order of parameters makes the
//! page unreachable, and `#wechat_redirect` must be there. So it is written by hand in this order and in this place
//! only, never from a map.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// Everything but RFC 3986's unreserved characters: "full URL-encoding", as the documentation asks for `redirect_uri`.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the page is asked with.
pub(crate) struct AuthorizeUrl<'a> {
    /// Where WeChat's pages are.
    pub(crate) pages_url: &'a Url,
    pub(crate) app_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) state: &'a str,
    /// `snsapi_userinfo` instead of `snsapi_base`.
    pub(crate) profile: bool,
    /// Ask for consent even where WeChat would not. Means something with the profile only.
    pub(crate) force_popup: bool,
}

impl AuthorizeUrl<'_> {
    pub(crate) fn build(&self) -> String {
        let mut url = self.pages_url.as_str().trim_end_matches('/').to_owned();
        url.push_str("/connect/oauth2/authorize");
        let encode = |text| utf8_percent_encode(text, ENCODED);
        // Writing to a string cannot fail.
        let _ = write!(
            url,
            "?appid={}&redirect_uri={}&response_type=code&scope={}&state={}",
            encode(self.app_id),
            encode(self.redirect_uri),
            if self.profile { "snsapi_userinfo" } else { "snsapi_base" },
            encode(self.state),
        );
        if self.profile && self.force_popup {
            url.push_str("&forcePopup=true");
        }
        url.push_str("#wechat_redirect");
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(change: impl FnOnce(&mut AuthorizeUrl<'_>)) -> String {
        let pages_url = Url::parse("https://open.weixin.qq.com").unwrap();
        let mut request = AuthorizeUrl {
            pages_url: &pages_url,
            app_id: "wx8f3a1c5e7b9d2046",
            redirect_uri: "https://login.example.cn/t/acme/callback/01JD",
            state: "0123456789abcdefghijABCDEFGHIJxy",
            profile: false,
            force_popup: false,
        };
        change(&mut request);
        request.build()
    }

    #[test]
    fn ids_only() {
        assert_eq!(
            url(|_| {}),
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx8f3a1c5e7b9d2046\
             &redirect_uri=https%3A%2F%2Flogin.example.cn%2Ft%2Facme%2Fcallback%2F01JD\
             &response_type=code&scope=snsapi_base&state=0123456789abcdefghijABCDEFGHIJxy#wechat_redirect"
        );
    }

    #[test]
    fn with_the_profile() {
        assert_eq!(
            url(|request| request.profile = true),
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx8f3a1c5e7b9d2046\
             &redirect_uri=https%3A%2F%2Flogin.example.cn%2Ft%2Facme%2Fcallback%2F01JD\
             &response_type=code&scope=snsapi_userinfo&state=0123456789abcdefghijABCDEFGHIJxy#wechat_redirect"
        );
    }

    #[test]
    fn the_popup_stands_after_the_state_and_before_the_fragment() {
        assert_eq!(
            url(|request| (request.profile, request.force_popup) = (true, true)),
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx8f3a1c5e7b9d2046\
             &redirect_uri=https%3A%2F%2Flogin.example.cn%2Ft%2Facme%2Fcallback%2F01JD&response_type=code\
             &scope=snsapi_userinfo&state=0123456789abcdefghijABCDEFGHIJxy&forcePopup=true#wechat_redirect"
        );
        assert!(!url(|request| request.force_popup = true).contains("forcePopup"));
    }

    #[test]
    fn the_callback_is_encoded_whole() {
        let built = url(|request| request.redirect_uri = "http://127.0.0.1:8080/回调?a=b c&d=%20#x+y~\n");
        assert_eq!(
            built,
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx8f3a1c5e7b9d2046\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2F%E5%9B%9E%E8%B0%83%3Fa%3Db%20c%26d%3D%2520%23x%2By~%0A\
             &response_type=code&scope=snsapi_base&state=0123456789abcdefghijABCDEFGHIJxy#wechat_redirect"
        );
    }

    #[test]
    fn pages_may_stand_below_a_path() {
        let pages_url = Url::parse("http://127.0.0.1:9000/wechat/").unwrap();
        let request = AuthorizeUrl {
            pages_url: &pages_url,
            app_id: "wx",
            redirect_uri: "x",
            state: "a&b",
            profile: false,
            force_popup: false,
        };
        assert_eq!(
            request.build(),
            "http://127.0.0.1:9000/wechat/connect/oauth2/authorize?appid=wx&redirect_uri=x&response_type=code\
             &scope=snsapi_base&state=a%26b#wechat_redirect"
        );
    }
}
