//! Links to WeChat's authorization page. In a menu they give followers a silent login with their profile, and WeChat
//! takes them in exactly one form (Tencent's documentation, 网页授权).

use hufu_core::text::Text;
use url::Url;

use super::violation::{Place, Severity, Violation};

const HOST: &str = "open.weixin.qq.com";
const PATH: &str = "/connect/oauth2/authorize";
const ENDING: &str = "#wechat_redirect";

/// The order; `state` may be absent, and others may follow.
const ORDER: [&str; 5] = ["appid", "redirect_uri", "response_type", "scope", "state"];

pub(super) fn is_one(url: &Url) -> bool {
    url.host_str() == Some(HOST) && url.path() == PATH
}

/// What is wrong with `url` if it is such a link.
pub(super) fn check(url: &str, place: &Place) -> Vec<Violation> {
    let is_one = Url::parse(url).is_ok_and(|url| is_one(&url));
    if !is_one {
        return Vec::new();
    }
    let error = |code, message| place.unseen("url", Severity::Error, code, message);
    let mut found = Vec::new();
    let (before, _) = url.split_once('#').unwrap_or((url, ""));
    let query = before.split_once('?').map_or("", |(_, query)| query);
    let names: Vec<&str> = query
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
        .collect();
    let is_ordered = names.starts_with(&ORDER) || (names == ORDER[..4]);
    if !is_ordered {
        let (written, wanted) = (names.join(", "), ORDER.join(", "));
        found.push(error(
            "menu_authorize_order",
            Text::owned(
                format!("网页授权链接的参数顺序为 {written}，微信只接受 {wanted}"),
                format!("The parameters of the authorization link are {written}; WeChat takes only {wanted}"),
            ),
        ));
    }
    if !is_redirect_encoded(query) {
        found.push(error(
            "menu_authorize_redirect_not_encoded",
            Text::new(
                "网页授权链接中的 redirect_uri 没有完整 URL 编码",
                "The redirect_uri in the authorization link is not fully URL-encoded",
            ),
        ));
    }
    if !url.ends_with(ENDING) {
        found.push(error(
            "menu_authorize_ending",
            Text::new(
                "网页授权链接须以 #wechat_redirect 结尾",
                "An authorization link must end with #wechat_redirect",
            ),
        ));
    }
    found
}

fn is_redirect_encoded(query: &str) -> bool {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("redirect_uri="));
    value.is_none_or(|value| !value.contains([':', '/', '?', '=']))
}
