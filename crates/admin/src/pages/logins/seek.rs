//! The one box: what somebody holds in their hand, known by its form.

use std::net::IpAddr;

use hufu_core::ids::RequestId;

/// What a text can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sought {
    /// A ULID: a request, a login, a person or an event; what it is only the log knows.
    Id(String),
    /// A number of the provider.
    Errcode(i64),
    /// An address, in its one spelling.
    Ip(String),
    /// The provider's id of a person.
    Openid(String),
    /// Hufu's code of a reason.
    Error(String),
}

impl Sought {
    /// Knows a text by its form.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let upper = text.to_ascii_uppercase();
        if upper.parse::<RequestId>().is_ok() {
            return Some(Self::Id(upper));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Some(Self::Ip(ip.to_string()));
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.len() <= 7 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok().map(Self::Errcode);
        }
        let is_code = |b: u8| b.is_ascii_lowercase() || b == b'_';
        if (4..=40).contains(&text.len()) && text.contains('_') && text.bytes().all(is_code) {
            return Some(Self::Error(text.to_owned()));
        }
        let is_openid = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        ((16..=64).contains(&text.len()) && text.bytes().all(is_openid)).then(|| Self::Openid(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_known_by_its_form() {
        let ulid = "01JZ8QH7ZC4N9V2KX5T3B6W8YD";
        let sought = |text: &str| Sought::of(text);
        assert_eq!(sought(ulid), Some(Sought::Id(ulid.to_owned())));
        assert_eq!(
            sought(&format!(" {}\n", ulid.to_lowercase())),
            Some(Sought::Id(ulid.to_owned()))
        );
        assert_eq!(sought("40029"), Some(Sought::Errcode(40029)));
        assert_eq!(sought("-1"), Some(Sought::Errcode(-1)));
        assert_eq!(sought("203.0.113.7"), Some(Sought::Ip("203.0.113.7".to_owned())));
        assert_eq!(sought("2001:DB8::0:1"), Some(Sought::Ip("2001:db8::1".to_owned())));
        let openid = "oLVPpjqs9BhvzwPj5A-vTYAX3GLc";
        assert_eq!(sought(openid), Some(Sought::Openid(openid.to_owned())));
        assert_eq!(
            sought("upstream_code_used"),
            Some(Sought::Error("upstream_code_used".to_owned()))
        );
        for none in [
            "",
            "  ",
            "张三",
            "a b",
            "999.1.1.1",
            "12345678",
            "-",
            "o123",
            "' OR 1=1 --",
            &"x".repeat(65),
        ] {
            assert_eq!(sought(none), None, "{none}");
        }
    }
}
