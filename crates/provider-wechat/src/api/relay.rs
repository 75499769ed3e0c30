//! Calls made for other systems of the account, which then need neither the AppSecret nor a token of their own.
//!
//! Nothing of such a call is understood here, and nothing of it but path and outcome is logged: query and bodies hold
//! what the other system and WeChat say to each other.

use std::fmt;

use hufu_core::secret::{ExposeSecret as _, SecretString};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::OfficialAccountApi;
use super::endpoint::Endpoint;
use super::envelope;
use super::failure::{CallError, Failure};
use crate::measures;

/// The longest body of a relayed call, either way: 1 MiB.
pub const MAX_RELAYED_BYTES: usize = 1024 * 1024;

const LONGEST_PATH: usize = 200;

/// The parameter that is the account's own.
const TOKEN: &str = "access_token";

/// A call to make for another system.
#[derive(Clone)]
pub struct Relay<'a> {
    path: &'a str,
    query: Vec<(&'a str, &'a str)>,
    body: Option<RelayBody<'a>>,
}

/// A body, which makes it a POST.
#[derive(Clone, Copy)]
pub struct RelayBody<'a> {
    /// As the other system names it.
    pub content_type: &'a str,
    /// At most [`MAX_RELAYED_BYTES`].
    pub bytes: &'a [u8],
}

/// Why a call is not made for another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRelayed {
    /// Not an absolute path of letters, digits, `_`, `-`, `.` and single slashes: anything else could end up elsewhere.
    #[error("not a path of a call")]
    Path,
    /// Not a content type.
    #[error("not a content type")]
    ContentType,
    /// The body is longer than [`MAX_RELAYED_BYTES`].
    #[error("a body of more than {MAX_RELAYED_BYTES} bytes")]
    TooLong,
}

/// WeChat's answer to a relayed call.
#[derive(Clone, PartialEq, Eq)]
pub struct Relayed {
    /// The HTTP status; 200 even for refusals.
    pub status: u16,
    /// What WeChat calls the body.
    pub content_type: Option<String>,
    /// At most [`MAX_RELAYED_BYTES`].
    pub body: Vec<u8>,
}

/// By path alone.
impl fmt::Debug for Relay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relay({})", self.path)
    }
}

/// By shape alone.
impl fmt::Debug for Relayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relayed({}, {} bytes)", self.status, self.body.len())
    }
}

impl<'a> Relay<'a> {
    /// A GET, or with a body a POST, of `path` such as `/cgi-bin/message/template/send`. An `access_token` in the query
    /// is left out: the account's stands there. Which paths another system may use, the caller decides.
    ///
    /// # Errors
    /// When it cannot be said for certain where the call would go, or it is too long.
    pub fn new(path: &'a str, query: &'a [(String, String)], body: Option<RelayBody<'a>>) -> Result<Self, NotRelayed> {
        if !is_path(path) {
            return Err(NotRelayed::Path);
        }
        if let Some(RelayBody { content_type, bytes }) = body {
            let is_printable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
            if !(1..=200).contains(&content_type.len()) || !content_type.bytes().all(is_printable) {
                return Err(NotRelayed::ContentType);
            }
            if bytes.len() > MAX_RELAYED_BYTES {
                return Err(NotRelayed::TooLong);
            }
        }
        let query = query
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case(TOKEN))
            .map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(Self {
            path,
            query: query.collect(),
            body,
        })
    }

    pub(super) const fn path(&self) -> &str {
        self.path
    }

    pub(super) fn query(&self) -> &[(&'a str, &'a str)] {
        &self.query
    }

    pub(super) const fn body(&self) -> Option<RelayBody<'a>> {
        self.body
    }
}

fn is_path(path: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    path.len() <= LONGEST_PATH
        && rest
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_part))
}

/// Overwrites the account's token where an answer repeats it, as a proxy's page about a failed call does.
fn strike(body: &mut [u8], token: &str) {
    let token = token.as_bytes();
    if token.is_empty() {
        return;
    }
    let mut rest = body;
    while let Some(at) = rest.windows(token.len()).position(|window| window == token) {
        let (_, found) = rest.split_at_mut(at);
        let (repeated, after) = found.split_at_mut(token.len());
        repeated.fill(b'*');
        rest = after;
    }
}

impl Relayed {
    /// WeChat's number, when the body is a JSON object with one; 0 is success.
    #[must_use]
    pub fn errcode(&self) -> Option<i64> {
        envelope::errcode(&self.body)
    }
}

impl OfficialAccountApi {
    /// Makes the call as the account. Whatever WeChat answers, refusals too, is handed back, but for the account's token,
    /// which is not the caller's; never made twice.
    ///
    /// # Errors
    /// When the network or the bounds of time and size do not let the answer through.
    pub async fn relay(&self, token: &SecretString, relay: &Relay<'_>) -> Result<Relayed, CallError> {
        let started = Instant::now();
        let span = measures::span(Endpoint::Relay);
        let sent = async {
            self.count(relay.path());
            self.http.relay(relay, token, self.deadline).await
        };
        let result = self.in_turn(Endpoint::Relay, sent).instrument(span.clone()).await;
        let took = started.elapsed();
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let relayed = result.map(|mut answer| {
            strike(&mut answer.body, token.expose_secret());
            Relayed {
                status: answer.status,
                content_type: answer.content_type,
                body: answer.body,
            }
        });
        tracing::info!(
            endpoint = Endpoint::Relay.path(),
            path = relay.path,
            outcome = relayed.as_ref().err().map_or("ok", Failure::outcome),
            errcode = relayed.as_ref().ok().and_then(Relayed::errcode),
            millis,
            "wechat.call"
        );
        let refused = relayed
            .as_ref()
            .ok()
            .and_then(Relayed::errcode)
            .filter(|errcode| *errcode != 0);
        let outcome = match (&relayed, refused) {
            (Err(failure), _) => failure.outcome(),
            (Ok(_), Some(_)) => "refused",
            (Ok(_), None) => "ok",
        };
        measures::called(&span, Endpoint::Relay, outcome, refused, took);
        relayed.map_err(|failure| CallError {
            endpoint: Endpoint::Relay,
            failure,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_relayed() {
        for fine in ["/cgi-bin/message/template/send", "/wxa/getwxacodeunlimit", "/a.b/c-d_e"] {
            assert!(Relay::new(fine, &[], None).is_ok(), "{fine}");
        }
        let long = format!("/{}", "a".repeat(200));
        for wrong in [
            "",
            "/",
            "cgi-bin/x",
            "//evil.cn/x",
            "/cgi-bin//x",
            "/cgi-bin/",
            "/cgi-bin/../sns/auth",
            "/cgi-bin/./x",
            "/cgi-bin/%2e%2e/x",
            "/cgi-bin/x?access_token=1",
            "/cgi-bin/x#y",
            "/cgi-bin\\x",
            "/cgi bin/x",
            "/菜单",
            "https://evil.cn/x",
            &long,
        ] {
            assert_eq!(Relay::new(wrong, &[], None).err(), Some(NotRelayed::Path), "{wrong}");
        }
    }

    #[test]
    fn bodies_are_bounded_and_named() {
        let relay = |content_type, bytes| {
            let body = RelayBody { content_type, bytes };
            Relay::new("/x", &[], Some(body)).err()
        };
        let largest = vec![0; MAX_RELAYED_BYTES + 1];
        assert_eq!(relay("application/json", &largest[1..]), None);
        assert_eq!(relay("application/json", &largest), Some(NotRelayed::TooLong));
        assert_eq!(relay("a\r\nX: y", b""), Some(NotRelayed::ContentType));
        assert_eq!(relay("", b""), Some(NotRelayed::ContentType));
    }

    #[test]
    fn nobody_brings_a_token_of_their_own() {
        let query = [("Access_Token", "x"), ("type", "y"), ("access_token", "z")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Relay::new("/x", &query, None).unwrap().query(), [("type", "y")]);
    }

    #[test]
    fn an_answer_that_repeats_the_token_comes_without() {
        let struck = |body: &str, token: &str| {
            let mut body = body.as_bytes().to_vec();
            strike(&mut body, token);
            String::from_utf8(body).unwrap()
        };
        assert_eq!(
            struck("GET /x?access_token=abc&y=abc ab", "abc"),
            "GET /x?access_token=***&y=*** ab"
        );
        for whole in ["", "ab", "{}"] {
            assert_eq!(struck(whole, "abc"), whole);
            assert_eq!(struck(whole, ""), whole);
        }
    }

    #[test]
    fn the_number_of_an_answer() {
        let errcode = |body: &[u8]| {
            let answer = Relayed {
                status: 200,
                content_type: None,
                body: body.to_vec(),
            };
            assert!(!format!("{answer:?}").contains("40001"));
            answer.errcode()
        };
        assert_eq!(errcode(br#"{"errcode":40001,"errmsg":"x"}"#), Some(40001));
        assert_eq!(errcode(br#" {"errcode":0}"#), Some(0));
        assert_eq!(errcode(br#"{"ip_list":[]}"#), None);
        assert_eq!(errcode(b"\xff\xd8\xff\xe0"), None);
        assert_eq!(errcode(br#"{"errcode":40001"#), None);
    }
}
