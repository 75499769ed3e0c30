//! Calls that a client may have made in an account's name, as operators write them.

use std::fmt;
use std::str::FromStr;

/// Paths that give tokens: what they give belongs to Hufu alone, and asking for it kills what others hold.
const TOKENS: [&str; 3] = ["/cgi-bin/token", "/cgi-bin/stable_token", "/sns"];

/// Characters of a rule.
const LIMIT: usize = 200;

/// The text is no rule for calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no call such as `POST /cgi-bin/message/template/send`")]
pub struct CallRuleError(String);

/// One call, or all below a path: `GET /cgi-bin/user/info`, `POST /cgi-bin/message/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRule {
    method: &'static str,
    path: String,
    below: bool,
}

impl CallRule {
    /// Whether it allows this call. Paths that give tokens it never allows.
    #[must_use]
    pub fn allows(&self, method: &str, path: &str) -> bool {
        if method != self.method || gives_tokens(path) || !is_plain(path) {
            return false;
        }
        if self.below {
            path.strip_prefix(&self.path)
                .is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
        } else {
            path == self.path
        }
    }
}

fn gives_tokens(path: &str) -> bool {
    let of = |tokens: &str| {
        path.strip_prefix(tokens)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    TOKENS.into_iter().any(of)
}

/// A path that means the same to everybody who reads it: no dots that climb, nothing encoded, no empty segment.
fn is_plain(path: &str) -> bool {
    let plain = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && segment
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    path.len() <= LIMIT && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain))
}

impl FromStr for CallRule {
    type Err = CallRuleError;

    fn from_str(text: &str) -> Result<Self, CallRuleError> {
        let bad = || CallRuleError(text.chars().take(LIMIT).collect());
        let (method, path) = text.trim().split_once(' ').ok_or_else(bad)?;
        let method = match method {
            "GET" => "GET",
            "POST" => "POST",
            _ => return Err(bad()),
        };
        let path = path.trim();
        let (path, below) = path.strip_suffix("/*").map_or((path, false), |path| (path, true));
        if !is_plain(path) || gives_tokens(path) {
            return Err(bad());
        }
        Ok(Self {
            method,
            path: path.to_owned(),
            below,
        })
    }
}

impl fmt::Display for CallRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.method, self.path, if self.below { "/*" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rule: &str, method: &str, path: &str) -> bool {
        rule.parse::<CallRule>().unwrap().allows(method, path)
    }

    #[test]
    fn one_call_or_all_below_a_path() {
        let one = "POST /cgi-bin/message/template/send";
        assert!(allows(one, "POST", "/cgi-bin/message/template/send"));
        assert!(!allows(one, "GET", "/cgi-bin/message/template/send"));
        assert!(!allows(one, "POST", "/cgi-bin/message/template/sendall"));
        assert!(!allows(one, "POST", "/cgi-bin/message/template/send/"));
        let below = "GET /cgi-bin/user/*";
        assert!(allows(below, "GET", "/cgi-bin/user/info/batchget"));
        assert!(!allows(below, "GET", "/cgi-bin/user"));
        assert!(!allows(below, "GET", "/cgi-bin/user/"));
        assert!(!allows(below, "GET", "/cgi-bin/users/info"));
    }

    #[test]
    fn no_rule_reaches_the_tokens() {
        let all = "POST /cgi-bin/*";
        assert!(allows(all, "POST", "/cgi-bin/tokens"));
        for path in [
            "/cgi-bin/token",
            "/cgi-bin/stable_token",
            "/cgi-bin/user/../token",
            "/cgi-bin//token",
            "/cgi-bin/%74oken",
        ] {
            assert!(!allows(all, "POST", path), "{path}");
        }
    }

    #[test]
    fn nothing_else_is_a_rule() {
        let long = format!("GET /{}", "a".repeat(300));
        for bad in [
            "",
            "GET",
            "/cgi-bin/x",
            "get /cgi-bin/x",
            "PUT /cgi-bin/x",
            "GET cgi-bin/x",
            "GET /*",
            "GET /",
            "GET /a/../b",
            "GET /a?x=1",
            "GET /a*",
            "GET https://x/a",
            "POST /cgi-bin/stable_token",
            "GET /sns/userinfo",
            "GET /a b",
            &long,
        ] {
            assert!(bad.parse::<CallRule>().is_err(), "{bad}");
        }
        for good in ["GET /cgi-bin/user/info", "POST /wxa/*"] {
            assert_eq!(good.parse::<CallRule>().unwrap().to_string(), good);
        }
    }
}
