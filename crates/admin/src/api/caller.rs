//! Who calls.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use hufu_core::model::ApiKey;
use hufu_core::text::Locale;

use crate::access::{Access, Actor, Confirmed};
use crate::console::Console;
use crate::http::{Refusal, Visitor};

/// A program with a key that works.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) access: Access,
    pub(super) key: ApiKey,
    pub(super) locale: Locale,
}

impl Caller {
    /// A key is a secret itself.
    pub(super) const fn confirmed() -> Confirmed {
        Confirmed::by_key()
    }
}

impl FromRequestParts<Console> for Caller {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Refusal> {
        let text = bearer(&parts.headers).ok_or(Refusal::SignIn)?;
        let key = console.operators.api_key(text).await?.ok_or(Refusal::SignIn)?;
        // Before the body is looked at, and whatever a handle would allow.
        if key.read_only && !matches!(parts.method, Method::GET | Method::HEAD) {
            return Err(Refusal::Forbidden);
        }
        let visitor = Visitor::of(console, parts);
        Ok(Self {
            access: Access::new(console, Actor::key(&key, &visitor.from)),
            locale: visitor.locale,
            key,
        })
    }
}

/// RFC 6750, 2.1; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (all.next()?, all.next());
    let (scheme, token) = first.to_str().ok()?.split_once(' ')?;
    let is_alone = second.is_none() && scheme.eq_ignore_ascii_case("bearer");
    is_alone.then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn one_bearer_and_nothing_else() {
        assert_eq!(read(&["Bearer hufu_a"]), Some("hufu_a".to_owned()));
        assert_eq!(read(&["bearer  hufu_a"]), Some("hufu_a".to_owned()));
        for bad in [&[][..], &["hufu_a"], &["Basic hufu_a"], &["Bearer a", "Bearer b"]] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
