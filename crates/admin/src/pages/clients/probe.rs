//! Which registered redirect URI is the one that an app sends, and why none is.
//!
//! Whether one matches is core's word alone ([`is_registered`]); what is said here of those that do not is for reading.

use std::slice;

use hufu_core::oidc::{RedirectUriError, is_registered, validate_redirect_uri};

/// Characters of what was typed that are looked at.
const LONGEST: usize = 4000;

/// What was typed, and what comes of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Probe {
    /// As it was typed.
    pub(super) typed: String,
    /// A login's whole address was typed; this is the `redirect_uri` in it.
    pub(super) taken_out: Option<String>,
    /// The registered one that it is.
    pub(super) matches: Option<String>,
    /// Why none is, the registered one that is most like it being the measure.
    pub(super) reasons: Vec<Reason>,
    /// How it differs from that one.
    pub(super) differs: Option<Differs>,
    /// Why it could not be registered either.
    pub(super) unfit: Option<RedirectUriError>,
}

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    /// Key of the sentence, which has room for the two values.
    pub(super) key: &'static str,
    pub(super) registered: String,
    pub(super) asked: String,
}

/// Two texts: what is the same at both ends, and what is not in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Differs {
    pub(super) head: String,
    pub(super) registered: String,
    pub(super) asked: String,
    pub(super) tail: String,
}

/// Looks at a `redirect_uri` as an app sends it.
pub(super) fn probe(registered: &[String], typed: &str) -> Probe {
    let typed: String = typed.chars().take(LONGEST).collect();
    let taken_out = taken_out(&typed);
    let asked = taken_out.as_deref().unwrap_or(&typed);
    let matches = registered
        .iter()
        .find(|uri| is_registered(slice::from_ref(uri), asked))
        .cloned();
    let nearest = if matches.is_none() {
        nearest(registered, asked)
    } else {
        None
    };
    let (reasons, differs) = match nearest {
        Some((uri, reasons)) => (reasons, Some(differs(uri, asked))),
        None => (Vec::new(), None),
    };
    Probe {
        unfit: if matches.is_none() {
            validate_redirect_uri(asked).err()
        } else {
            None
        },
        matches,
        reasons,
        differs,
        taken_out,
        typed,
    }
}

/// The `redirect_uri` of a login's address, such as somebody copies out of a browser.
fn taken_out(typed: &str) -> Option<String> {
    let (place, query) = typed.trim().split_once('?')?;
    let is_login = place.contains("://") && (place.ends_with("/oauth2/authorize") || place.ends_with("/login"));
    let query = query.split('#').next().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| is_login && name == "redirect_uri")
        .map(|(_, uri)| uri.into_owned())
}

fn nearest<'a>(registered: &'a [String], asked: &str) -> Option<(&'a String, Vec<Reason>)> {
    let compared = registered.iter().map(|uri| {
        let reasons = reasons(uri, asked);
        let cost: u32 = reasons.iter().map(|reason| cost(reason.key)).sum();
        (cost, uri, reasons)
    });
    compared
        .min_by_key(|(cost, ..)| *cost)
        .map(|(_, uri, reasons)| (uri, reasons))
}

/// How unlike two URIs are for a reason.
fn cost(key: &str) -> u32 {
    match key {
        "clients.probe_host" => 20,
        "clients.probe_path" => 8,
        "clients.probe_query" | "clients.probe_www" | "clients.probe_port" => 3,
        _ => 1,
    }
}

/// What is not the same, in the order of the parts of a URI.
fn reasons(registered: &str, asked: &str) -> Vec<Reason> {
    let mut found = Vec::new();
    let mut say = |key: &'static str, registered: &str, asked: &str| {
        found.push(Reason {
            key,
            registered: registered.to_owned(),
            asked: asked.to_owned(),
        });
    };
    if asked.trim() != asked {
        say("clients.probe_space", "", "");
    }
    let mut asked = asked.trim().to_owned();
    if let Some(plain) = decoded(&asked) {
        say("clients.probe_encoded", "", &plain);
        asked = plain;
    }
    let (own, other) = (Parts::of(registered), Parts::of(&asked));
    if own.scheme != other.scheme {
        say("clients.probe_scheme", own.scheme, other.scheme);
    }
    if own.host != other.host {
        let bare = |host: &str| host.to_ascii_lowercase().trim_start_matches("www.").to_owned();
        let key = if own.host.eq_ignore_ascii_case(other.host) {
            "clients.probe_host_case"
        } else if bare(own.host) == bare(other.host) {
            "clients.probe_www"
        } else {
            "clients.probe_host"
        };
        say(key, own.host, other.host);
    }
    if own.port != other.port {
        let key = match (own.port, other.port) {
            (None, Some(_)) => "clients.probe_port_extra",
            (Some(_), None) => "clients.probe_port_missing",
            _ => "clients.probe_port",
        };
        say(key, own.port.unwrap_or_default(), other.port.unwrap_or_default());
    }
    if own.path != other.path {
        say(path_key(own.path, other.path), own.path, other.path);
    }
    if own.query != other.query {
        say(
            query_key(own.query, other.query),
            own.query.unwrap_or_default(),
            other.query.unwrap_or_default(),
        );
    }
    if own.fragment != other.fragment {
        say("clients.probe_fragment", "", other.fragment.unwrap_or_default());
    }
    if found.is_empty() {
        // User names, and whatever else the parts do not show.
        found.push(Reason {
            key: "clients.probe_other",
            registered: registered.to_owned(),
            asked,
        });
    }
    found
}

fn path_key(own: &str, other: &str) -> &'static str {
    if own.trim_end_matches('/') == other.trim_end_matches('/') {
        if other.len() > own.len() {
            "clients.probe_slash_extra"
        } else {
            "clients.probe_slash_missing"
        }
    } else if own.eq_ignore_ascii_case(other) {
        "clients.probe_path_case"
    } else {
        "clients.probe_path"
    }
}

fn query_key(own: Option<&str>, other: Option<&str>) -> &'static str {
    let sorted = |query: Option<&str>| {
        let mut pairs: Vec<_> = query.unwrap_or_default().split('&').map(str::to_owned).collect();
        pairs.sort();
        pairs
    };
    match (own, other) {
        (None, Some(_)) => "clients.probe_query_extra",
        (Some(_), None) => "clients.probe_query_missing",
        _ if sorted(own) == sorted(other) => "clients.probe_query_order",
        _ => "clients.probe_query",
    }
}

/// What a URI was before it was percent-encoded once too often.
fn decoded(asked: &str) -> Option<String> {
    let head: String = asked.chars().take(12).collect::<String>().to_ascii_lowercase();
    if !head.contains("%3a") || asked.contains("://") {
        return None;
    }
    let query = format!("u={}", asked.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.next().map(|(_, plain)| plain.into_owned())
}

/// A URI as it is written: nothing made smaller, nothing decoded.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(uri: &'a str) -> Self {
        let (rest, fragment) = cut(uri, '#');
        let (rest, query) = cut(rest, '?');
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest))
                if scheme.chars().all(is_letter) && !rest.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                (scheme, rest)
            }
            _ => ("", rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None if scheme.is_empty() => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
            _ => (authority, None),
        };
        Self {
            scheme,
            host,
            port,
            path,
            query,
            fragment,
        }
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((head, rest)) => (head, Some(rest)),
        None => (text, None),
    }
}

fn differs(registered: &str, asked: &str) -> Differs {
    let same = |(a, b): &(char, char)| a == b;
    let (own, other): (Vec<char>, Vec<char>) = (registered.chars().collect(), asked.chars().collect());
    let pairs = own.iter().copied().zip(other.iter().copied());
    let head = pairs.take_while(same).count();
    let back = own.iter().rev().copied().zip(other.iter().rev().copied());
    let tail = back.take_while(same).count().min(own.len().min(other.len()) - head);
    let text = |chars: &[char]| chars.iter().collect::<String>();
    Differs {
        head: text(&own[..head]),
        registered: text(&own[head..own.len() - tail]),
        asked: text(&other[head..other.len() - tail]),
        tail: text(&own[own.len() - tail..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered() -> Vec<String> {
        [
            "https://app.example/cb",
            "https://app.example/second?from=hufu&x=1",
            "com.example.app:/cb",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn why(asked: &str) -> Vec<&'static str> {
        let found = probe(&registered(), asked);
        assert_eq!(found.matches, None, "{asked}");
        assert_eq!(found.typed, asked);
        let keys = found
            .reasons
            .iter()
            .map(|reason| reason.key.trim_start_matches("clients.probe_"));
        keys.collect()
    }

    #[test]
    fn what_matches_is_named() {
        for uri in registered() {
            let found = probe(&registered(), &uri);
            assert_eq!(found.matches.as_deref(), Some(uri.as_str()));
            assert!(found.reasons.is_empty() && found.differs.is_none() && found.unfit.is_none());
        }
    }

    #[test]
    fn each_difference_has_its_reason() {
        for (asked, reasons) in [
            ("https://app.example/cb/", ["slash_extra"].as_slice()),
            ("https://app.example/CB", &["path_case"]),
            ("https://app.example/other", &["path"]),
            ("https://APP.example/cb", &["host_case"]),
            ("https://www.app.example/cb", &["www"]),
            ("https://evil.example/cb", &["host"]),
            ("https://app.example:443/cb", &["port_extra"]),
            ("https://app.example:8443/cb", &["port_extra"]),
            ("http://app.example/cb", &["scheme"]),
            ("https://app.example/cb?", &["query_extra"]),
            ("https://app.example/cb?a=1", &["query_extra"]),
            ("https://app.example/second", &["query_missing"]),
            ("https://app.example/second?x=1&from=hufu", &["query_order"]),
            ("https://app.example/second?from=hufu&x=2", &["query"]),
            ("https://app.example/cb#top", &["fragment"]),
            (" https://app.example/cb", &["space"]),
            ("https://app.example/cb\n", &["space"]),
            ("https%3A%2F%2Fapp.example%2Fcb", &["encoded"]),
            ("app.example/cb", &["scheme"]),
            ("/cb", &["scheme"]),
            (
                "http://app.example:80/CB/#x",
                &["scheme", "port_extra", "path", "fragment"],
            ),
            ("com.example.app:/CB", &["path_case"]),
            ("https://a:b@app.example/cb", &["host"]),
            ("https://app.example/%63b", &["path"]),
        ] {
            assert_eq!(why(asked), reasons, "{asked}");
        }
        // Nothing at all, no URI, and what no text should break.
        for odd in [
            "",
            "🐯",
            "://",
            "[::1]:x",
            "%3a",
            "%3a%",
            "https://例子.example/cb",
            "a:1",
            "?#",
        ] {
            assert!(!why(odd).is_empty(), "{odd}");
        }
    }

    #[test]
    fn what_could_not_be_registered_is_said_too() {
        let unfit = |asked: &str| probe(&registered(), asked).unfit;
        assert_eq!(unfit("https://app.example/other"), None);
        assert_eq!(unfit("http://app.example/cb"), Some(RedirectUriError::Scheme));
        assert_eq!(unfit("https://app.example/cb#x"), Some(RedirectUriError::Fragment));
    }

    #[test]
    fn the_difference_stands_between_what_is_the_same() {
        let found = probe(&registered(), "https://app.example:443/cb").differs.unwrap();
        assert_eq!(
            [found.head, found.registered, found.asked, found.tail],
            ["https://app.example", "", ":443", "/cb"].map(str::to_owned)
        );
        // The ends never overlap, and a character is never cut.
        let found = differs("aa", "aaa");
        assert_eq!(
            (found.head.as_str(), found.asked.as_str(), found.tail.as_str()),
            ("aa", "a", "")
        );
        let found = differs("🐯x", "🐅x");
        assert_eq!((found.registered.as_str(), found.asked.as_str()), ("🐯", "🐅"));
    }

    #[test]
    fn a_logins_whole_address_will_do() {
        let address = "https://hufu.example/t/acme/oauth2/authorize?client_id=x&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=1";
        let found = probe(&registered(), address);
        assert_eq!(found.taken_out.as_deref(), Some("https://app.example/cb"));
        assert_eq!(found.matches.as_deref(), Some("https://app.example/cb"));
        assert_eq!(
            probe(&registered(), "https://app.example/cb?redirect_uri=x").taken_out,
            None
        );
    }

    #[test]
    fn without_any_registered_there_is_nothing_to_compare() {
        let found = probe(&[], "https://app.example/cb");
        assert!(found.matches.is_none() && found.reasons.is_empty() && found.differs.is_none());
    }
}
