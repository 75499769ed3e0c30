//! Redirect URIs: what may be registered, and the one comparison that decides where a browser is sent.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Not an absolute URI, or longer than 2000 characters, or with characters outside printable ASCII.
    #[error("not an absolute URI of at most 2000 printable ASCII characters")]
    Malformed,
    /// RFC 6749, section 3.1.2: no fragment.
    #[error("a redirect URI has no fragment (#…)")]
    Fragment,
    /// `https`, or `http` on the loopback, or an app's own scheme in reverse domain form (RFC 8252, 7.1).
    #[error("only https, http on 127.0.0.1, [::1] or localhost, or an app's own scheme such as com.example.app:/cb")]
    Scheme,
    /// User name or password in the URI.
    #[error("a redirect URI carries no user name or password")]
    Credentials,
    /// A wildcard would make it more than one URI.
    #[error("a redirect URI is one exact URI: no *")]
    Wildcard,
}

/// Checks a URI before it is registered.
///
/// # Errors
/// The first rule of [`RedirectUriError`] that it breaks.
pub fn validate_redirect_uri(uri: &str) -> Result<(), RedirectUriError> {
    if uri.len() > 2000 || !uri.bytes().all(|b| b.is_ascii_graphic()) || uri.contains(['\\', '<', '>', '"']) {
        return Err(RedirectUriError::Malformed);
    }
    let parsed = Url::parse(uri).map_err(|_| RedirectUriError::Malformed)?;
    if uri.contains('#') {
        return Err(RedirectUriError::Fragment);
    }
    if uri.contains('*') {
        return Err(RedirectUriError::Wildcard);
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(RedirectUriError::Credentials);
    }
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if matches!(parsed.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")) => Ok(()),
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(RedirectUriError::Scheme),
    }
}

/// Checks where a client wants to hear of the end of a session (OpenID Connect Back-Channel Logout, section 2.2): a
/// server that is called, so an app's own scheme is none.
///
/// # Errors
/// The first rule of [`RedirectUriError`] that it breaks.
pub fn validate_backchannel_logout_uri(uri: &str) -> Result<(), RedirectUriError> {
    validate_redirect_uri(uri)?;
    if uri.starts_with("https://") || uri.starts_with("http://") {
        Ok(())
    } else {
        Err(RedirectUriError::Scheme)
    }
}

/// Whether `asked` is one of the registered URIs: byte for byte (RFC 9700, 4.1.3). No prefix, no case folding, no
/// decoding, no default port: each leniency has been an open redirect somewhere.
#[must_use]
pub fn is_registered(registered: &[String], asked: &str) -> bool {
    registered.iter().any(|uri| uri == asked)
}

/// The loopback by its address: `localhost` may be anybody's (RFC 8252, 8.3).
const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// The same for a client, which may be an app on the person's own device: where such a one registered the loopback
/// without a port, it may listen on any (RFC 8252, 7.3), because it cannot know which one is free. All else stays byte
/// for byte. A client with a secret runs on a server and needs no such thing.
#[must_use]
pub fn is_registered_for(registered: &[String], asked: &str, is_native: bool) -> bool {
    is_registered(registered, asked) || (is_native && registered.iter().any(|uri| is_loopback_of(uri, asked)))
}

fn is_loopback_of(registered: &str, asked: &str) -> bool {
    LOOPBACK.iter().any(|host| {
        let (Some(path), Some(rest)) = (registered.strip_prefix(host), asked.strip_prefix(host)) else {
            return false;
        };
        let port = rest.strip_prefix(':').and_then(|rest| rest.strip_suffix(path));
        let portless = path.is_empty() || path.starts_with(['/', '?']);
        portless && port.is_some_and(is_port)
    })
}

/// 1 to 65535, as it is written.
fn is_port(text: &str) -> bool {
    let digits = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.parse::<u16>().is_ok()
}

/// Unreserved characters of RFC 3986 stay, all else is encoded.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `uri` with parameters added to its query; an existing query stays as it was registered (RFC 6749, 3.1.2).
#[must_use]
pub fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut out = uri.to_owned();
    let mut separator = match uri.find('?') {
        None => "?",
        Some(at) if at + 1 == uri.len() || uri.ends_with('&') => "",
        Some(_) => "&",
    };
    for (name, value) in parameters {
        out.push_str(separator);
        out.push_str(name);
        out.push('=');
        out.extend(utf8_percent_encode(value, QUERY_VALUE));
        separator = "&";
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_may_be_registered() {
        for good in [
            "https://app.example/cb",
            "https://app.example/cb?x=1",
            "http://127.0.0.1:8080/cb",
            "com.example.app:/cb",
        ] {
            assert_eq!(validate_redirect_uri(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("/cb", RedirectUriError::Malformed),
            ("https://a b/", RedirectUriError::Malformed),
            ("https://例.example/", RedirectUriError::Malformed),
            ("https://app.example\\@evil.example/", RedirectUriError::Malformed),
            ("https://app.example/cb#x", RedirectUriError::Fragment),
            ("https://*.example/cb", RedirectUriError::Wildcard),
            ("https://u:p@app.example/", RedirectUriError::Credentials),
            ("http://app.example/cb", RedirectUriError::Scheme),
            ("http://127.0.0.1.evil.example/", RedirectUriError::Scheme),
            ("javascript:alert(1)", RedirectUriError::Scheme),
            ("data:text/html,x", RedirectUriError::Scheme),
        ] {
            assert_eq!(validate_redirect_uri(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_backchannel_is_a_server() {
        let check = validate_backchannel_logout_uri;
        for good in [
            "https://app.example/logout?x=1",
            "http://127.0.0.1:8080/",
            "http://[::1]/",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("com.example.app:/logout", RedirectUriError::Scheme),
            ("http://app.example/", RedirectUriError::Scheme),
            ("https://u@app.example/", RedirectUriError::Credentials),
            ("https://app.example/#x", RedirectUriError::Fragment),
            ("/logout", RedirectUriError::Malformed),
        ] {
            assert_eq!(check(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn similar_is_not_equal() {
        let registered = vec!["https://app.example/cb".to_owned()];
        assert!(is_registered(&registered, "https://app.example/cb"));
        for similar in [
            "https://app.example/cb/",
            "https://app.example/CB",
            "https://APP.example/cb",
            "https://app.example:443/cb",
            "https://app.example/cb?",
            "https://app.example/cb#",
            "https://app.example/./cb",
            "https://app.example/%63b",
            "http://app.example/cb",
            "https://app.example/cb@evil.example",
            "https://app.example.evil.example/cb",
            " https://app.example/cb",
        ] {
            assert!(!is_registered(&registered, similar), "{similar}");
        }
    }

    const NATIVE: [&str; 4] = [
        "http://127.0.0.1/cb",
        "http://[::1]/cb?x=1",
        "http://localhost/cb",
        "http://127.0.0.1:8080/fixed",
    ];

    #[test]
    fn a_native_app_listens_on_any_port_of_the_loopback() {
        let registered = NATIVE.map(str::to_owned);
        for good in [
            "http://127.0.0.1/cb",
            "http://127.0.0.1:1/cb",
            "http://127.0.0.1:65535/cb",
            "http://[::1]:51004/cb?x=1",
            "http://127.0.0.1:8080/fixed",
        ] {
            assert!(is_registered_for(&registered, good, true), "{good}");
        }
        assert!(!is_registered_for(&registered, "http://127.0.0.1:51004/cb", false));
        for bad in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:08080/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1:80.evil.example/cb",
            "http://127.0.0.1:80/cb/",
            "http://127.0.0.1:80/other/cb",
            "http://127.0.0.1:80/cb?x=1",
            "https://127.0.0.1:80/cb",
            "HTTP://127.0.0.1:80/cb",
            "http://127.0.0.2:80/cb",
            "http://127.1:80/cb",
            "http://[::1]:80/cb",
            "http://[0:0:0:0:0:0:0:1]:80/cb?x=1",
            "http://localhost:80/cb",
            "http://127.0.0.1:8081/fixed",
        ] {
            assert!(!is_registered_for(&registered, bad, true), "{bad}");
        }
        let bare = ["http://127.0.0.1".to_owned()];
        assert!(is_registered_for(&bare, "http://127.0.0.1:80", true));
        for bad in [
            "http://127.0.0.1:80/",
            "http://127.0.0.1.evil.example",
            "http://127.0.0.1:80:80",
        ] {
            assert!(!is_registered_for(&bare, bad, true), "{bad}");
        }
    }

    proptest::proptest! {
        /// Whatever passes is registered, or the registered loopback with nothing more than a port in it.
        #[test]
        fn nothing_else_passes(
            host in "(http://127\\.0\\.0\\.1|http://\\[::1\\]|http://localhost|https://app\\.example)",
            port in "(:?[0-9+@.:]{0,7})",
            rest in "(/cb|/cb\\?x=1|/fixed|[/a-z@.:?#]{0,8})",
        ) {
            let registered = NATIVE.map(str::to_owned);
            let asked = format!("{host}{port}{rest}");
            if is_registered_for(&registered, &asked, true) && !is_registered(&registered, &asked) {
                let parsed = Url::parse(&asked).unwrap();
                let mut bare = parsed.clone();
                proptest::prop_assert!(matches!(parsed.host_str(), Some("127.0.0.1" | "[::1]")));
                proptest::prop_assert_eq!((parsed.username(), parsed.password(), parsed.fragment()), ("", None, None));
                bare.set_port(None).unwrap();
                proptest::prop_assert!(is_registered(&registered, bare.as_str()), "{}", asked);
            }
        }
    }

    /// What attackers and mistakes put into a registered URI.
    const INSERTS: [&str; 36] = [
        "/",
        "//",
        "/..",
        "/../",
        "/./",
        "%2e%2e",
        "%2F",
        "%5c",
        "\\",
        "@",
        "user@",
        "user:pw@",
        "evil.example",
        "@evil.example",
        ".evil.example",
        "evil.example/",
        ":443",
        ":80",
        ":8080",
        ":0",
        "#",
        "#x",
        "?",
        "?x=1",
        "&",
        "&x=1",
        ".",
        "%00",
        "\0",
        "\t",
        "\r\n",
        " ",
        "*",
        "\u{430}",
        "xn--",
        "[::1]",
    ];

    #[derive(Debug, Clone)]
    enum Mutation {
        Insert(&'static str),
        Delete,
        Case,
        Encode,
        Replace(char),
        Host(&'static str),
        Scheme(&'static str),
    }

    fn mutation() -> impl Strategy<Value = Mutation> {
        let hosts = [
            "evil.example",
            "APP.example",
            "app.example.",
            "127.0.0.2",
            "127.1",
            "0x7f000001",
            "localhost",
            "[::1]",
        ];
        prop_oneof![
            prop::sample::select(&INSERTS[..]).prop_map(Mutation::Insert),
            Just(Mutation::Delete),
            Just(Mutation::Case),
            Just(Mutation::Encode),
            any::<char>().prop_map(Mutation::Replace),
            prop::sample::select(hosts.to_vec()).prop_map(Mutation::Host),
            prop::sample::select(vec!["http", "https", "HTTPS", "javascript", "data", ""]).prop_map(Mutation::Scheme),
        ]
    }

    /// `uri` mutated at the character that `place` says.
    fn mutated(uri: &str, place: prop::sample::Index, mutation: &Mutation) -> String {
        let mut text: Vec<char> = uri.chars().collect();
        if text.is_empty() {
            return String::new();
        }
        let at = place.index(text.len());
        match mutation {
            Mutation::Insert(insert) => drop(text.splice(at..at, insert.chars())),
            Mutation::Delete => drop(text.remove(at)),
            Mutation::Case => {
                let c = text[at];
                text[at] = if c.is_ascii_lowercase() {
                    c.to_ascii_uppercase()
                } else {
                    c.to_ascii_lowercase()
                };
            }
            Mutation::Encode => {
                let encoded = format!("%{:02x}", u32::from(text[at]));
                text.splice(at..=at, encoded.chars());
            }
            Mutation::Replace(with) => text[at] = *with,
            Mutation::Host(host) => {
                let (scheme, rest) = uri.split_once("://").unwrap_or((uri, ""));
                let path = rest.find('/').map_or("", |at| &rest[at..]);
                return format!("{scheme}://{host}{path}");
            }
            Mutation::Scheme(scheme) => {
                return uri
                    .split_once(':')
                    .map_or(String::new(), |(_, rest)| format!("{scheme}:{rest}"));
            }
        }
        text.into_iter().collect()
    }

    proptest::proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        /// A registered URI that was changed in any way is another one, but for the port of a native app's loopback.
        #[test]
        fn a_mutated_uri_is_another_one(
            place in any::<prop::sample::Index>(),
            mutations in prop::collection::vec((any::<prop::sample::Index>(), mutation()), 1..4),
            is_native: bool,
        ) {
            let mut registered: Vec<_> = NATIVE.map(str::to_owned).into();
            registered.extend(["https://app.example/cb?from=hufu", "https://app.example", "com.example.app:/cb"].map(str::to_owned));
            let mut asked = registered[place.index(registered.len())].clone();
            for (place, mutation) in &mutations {
                asked = mutated(&asked, *place, mutation);
            }
            prop_assert_eq!(is_registered(&registered, &asked), registered.contains(&asked));
            if registered.contains(&asked) || !is_registered_for(&registered, &asked, is_native) {
                return Ok(());
            }
            prop_assert!(is_native, "{}", asked);
            let mut parsed = Url::parse(&asked).unwrap();
            prop_assert!(matches!(parsed.host_str(), Some("127.0.0.1" | "[::1]")), "{}", asked);
            prop_assert_eq!((parsed.scheme(), parsed.username(), parsed.password(), parsed.fragment()), ("http", "", None, None));
            let port = parsed.port_or_known_default().unwrap();
            parsed.set_port(None).unwrap();
            let written = asked.replacen(&format!(":{port}/"), "/", 1);
            prop_assert!(registered.contains(&written) && port > 0, "{}", asked);
        }
    }

    #[test]
    fn parameters_are_added_to_the_query_as_it_stands() {
        assert_eq!(
            with_query("https://a/cb", &[("code", "x"), ("state", "a b&c=\"%00")]),
            "https://a/cb?code=x&state=a%20b%26c%3D%22%2500"
        );
        assert_eq!(
            with_query("https://a/cb?y=1", &[("code", "x")]),
            "https://a/cb?y=1&code=x"
        );
        assert_eq!(with_query("https://a/cb?", &[("code", "x")]), "https://a/cb?code=x");
    }
}
