//! The URL of a button.

use hufu_core::text::Text;
use url::Url;

use super::authorize_link;
use super::limits;
use super::violation::{Place, Severity, Violation};

/// Everything that is wrong with `url`, which is not empty.
pub(super) fn check(url: &str, place: &Place) -> Vec<Violation> {
    let mut found = Vec::new();
    found.extend(check_length(url, place));
    // With characters that browsers drop, nothing else that could be said of the URL is sure.
    match check_characters(url, place) {
        Some(violation) => found.push(violation),
        None => match parse(url) {
            Some(_) => found.extend(authorize_link::check(url, place)),
            None => found.push(no_web_page(place)),
        },
    }
    found
}

/// The host of a page that is not WeChat's own; an authorize link counts as the page it comes back to.
pub(super) fn external_host(url: &str) -> Option<String> {
    let parsed = parse(url)?;
    let host = parsed.host_str()?.to_owned();
    if authorize_link::is_one(&parsed) {
        let (_, target) = parsed.query_pairs().find(|(name, _)| name == "redirect_uri")?;
        return parse(&target)?.host_str().map(str::to_owned);
    }
    let is_wechats = host == "weixin.qq.com" || host.ends_with(".weixin.qq.com");
    (!is_wechats).then_some(host)
}

fn parse(url: &str) -> Option<Url> {
    let parsed = Url::parse(url).ok()?;
    let has_slashes = url.get(parsed.scheme().len()..)?.starts_with("://");
    (matches!(parsed.scheme(), "http" | "https") && has_slashes).then_some(parsed)
}

fn check_length(url: &str, place: &Place) -> Option<Violation> {
    let (bytes, allowed) = (url.len(), limits::URL_BYTES);
    (bytes > allowed).then(|| {
        let message = Text::owned(
            format!("链接有 {bytes} 字节，最多 {allowed} 字节"),
            format!("The link has {bytes} bytes; {allowed} are allowed"),
        );
        place.error("url", "menu_url_too_long", limits::URL, message)
    })
}

/// A line break that came along when the link was pasted makes WeChat's page say 10003 later.
fn check_characters(url: &str, place: &Place) -> Option<Violation> {
    let at = url
        .chars()
        .position(|c| c.is_control() || c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}')?;
    let at = at + 1;
    let message = Text::owned(
        format!("链接的第 {at} 个字符是空格、换行或不可见字符，多半是粘贴时带入的；用户打开时会看到错误 10003"),
        format!(
            "Character {at} of the link is a space, a line break or invisible, likely pasted along; people would see \
             the error 10003"
        ),
    );
    Some(place.unseen("url", Severity::Error, "menu_url_blank", message))
}

fn no_web_page(place: &Place) -> Violation {
    let message = Text::new(
        "链接须以 http:// 或 https:// 开头，并有域名",
        "A link begins with http:// or https:// and has a host",
    );
    place.error("url", "menu_url_scheme", limits::HOST, message)
}
