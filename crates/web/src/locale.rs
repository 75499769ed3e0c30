//! The language of a page: what the browser prefers, then what WeChat is set to, then the tenant's.

use http::{HeaderMap, header};
use hufu_core::text::Locale;

/// The best language for a request.
///
/// WeChat's browser names the app's language in its `User-Agent` (`… MicroMessenger/8.0.50 Language/zh_CN`); it
/// serves where `Accept-Language` names none that Hufu has.
#[must_use]
pub fn choose(headers: &HeaderMap, fallback: Locale) -> Locale {
    accepted(headers).or_else(|| of_wechat(headers)).unwrap_or(fallback)
}

/// The language with the highest weight (RFC 9110, 12.5.4); of equals the first.
fn accepted(headers: &HeaderMap) -> Option<Locale> {
    let lines = headers
        .get_all(header::ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut best: Option<(f32, Locale)> = None;
    for range in lines.flat_map(|line| line.split(',')) {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight = parameters
            .trim()
            .strip_prefix("q=")
            .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
        if weight > best.map_or(0.0, |(best, _)| best)
            && let Some(locale) = Locale::of_tag(tag.trim())
        {
            best = Some((weight, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

fn of_wechat(headers: &HeaderMap) -> Option<Locale> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    agent
        .split(' ')
        .find_map(|product| product.strip_prefix("Language/"))
        .and_then(Locale::of_tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &str, agent: &str) -> Locale {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        headers.insert(header::USER_AGENT, agent.parse().unwrap());
        choose(&headers, Locale::En)
    }

    #[test]
    fn weights_decide_and_wechat_fills_in() {
        assert_eq!(chosen("zh-CN,zh;q=0.9,en;q=0.8", ""), Locale::ZhCn);
        assert_eq!(chosen("zh;q=0.3, en;q=0.8", ""), Locale::En);
        assert_eq!(chosen("fr, zh-TW;q=0.2, en;q=0", ""), Locale::ZhCn);
        assert_eq!(chosen("en", "x MicroMessenger/8.0.50 Language/zh_CN"), Locale::En);
        assert_eq!(chosen("fr", "x MicroMessenger/8.0.50 Language/zh_CN"), Locale::ZhCn);
        assert_eq!(chosen("*", "curl"), Locale::En);
        assert_eq!(chosen("zh;q=NaN", "curl"), Locale::En);
    }
}
