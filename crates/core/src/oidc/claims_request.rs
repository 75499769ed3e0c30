//! The `claims` parameter (OpenID Connect Core, section 5.5).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a client asked for by name, as far as Hufu can honour it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// Names of claims wanted in the ID token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token: Vec<String>,
    /// Names of claims wanted from userinfo.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo: Vec<String>,
    /// The only `sub` that will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// The only `acr` values that will do; empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acr: Vec<String>,
}

/// The parameter is no JSON object of the form that section 5.5 gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("claims must be a JSON object with userinfo and id_token objects")]
pub struct ClaimsRequestError;

impl ClaimsRequest {
    /// Names at most; more are no honest request.
    const LIMIT: usize = 50;

    /// Reads the parameter. Members that are not understood are ignored, as section 5.5 wants it.
    ///
    /// # Errors
    /// [`ClaimsRequestError`].
    pub fn parse(text: &str) -> Result<Self, ClaimsRequestError> {
        let all: Map<String, Value> = serde_json::from_str(text).map_err(|_| ClaimsRequestError)?;
        let part = |name: &str| match all.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(part)) if part.len() <= Self::LIMIT => Ok(part.clone()),
            Some(_) => Err(ClaimsRequestError),
        };
        let (id_token, userinfo) = (part("id_token")?, part("userinfo")?);
        for wanted in id_token.values().chain(userinfo.values()) {
            if !wanted.is_null() && !wanted.is_object() {
                return Err(ClaimsRequestError);
            }
        }
        let acr = id_token.get("acr");
        let is_essential = acr.and_then(|acr| acr.get("essential")).and_then(Value::as_bool) == Some(true);
        let sub = [&id_token, &userinfo].into_iter().find_map(|part| {
            let value = part.get("sub")?.get("value")?;
            value.as_str().map(str::to_owned)
        });
        Ok(Self {
            sub,
            acr: if is_essential { values(acr) } else { Vec::new() },
            id_token: id_token.into_iter().map(|(name, _)| name).collect(),
            userinfo: userinfo.into_iter().map(|(name, _)| name).collect(),
        })
    }

    /// Forgets the names of claims that the client gets in no case.
    pub fn keep(&mut self, may_have: impl Fn(&str) -> bool) {
        for names in [&mut self.id_token, &mut self.userinfo] {
            names.retain(|name| may_have(name));
        }
    }

    /// The scopes to which the named claims belong: who asks for a claim by name asks for a part of its scope.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let names = self.id_token.iter().chain(&self.userinfo);
        names.filter_map(|name| claim_scope(name))
    }

    /// Whether it asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The scope by which a claim is given: `profile` for those of the profile that WeChat and its like have, otherwise the
/// word before `_`, by which a provider's own claims are called. `None`: no scope gives it.
#[must_use]
pub fn claim_scope(name: &str) -> Option<&str> {
    match name {
        "name" | "picture" | "locale" => Some("profile"),
        _ => name.split_once('_').map(|(scope, _)| scope),
    }
}

fn values(wanted: Option<&Value>) -> Vec<String> {
    let one = wanted.and_then(|wanted| wanted.get("value"));
    let many = wanted.and_then(|wanted| wanted.get("values")).and_then(Value::as_array);
    one.into_iter()
        .chain(many.into_iter().flatten())
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_asked_for_by_name() {
        let mut asked = ClaimsRequest::parse(
            r#"{"userinfo":{"name":{"essential":true},"sub":{"value":"s"}},
                "id_token":{"auth_time":null,"acr":{"essential":true,"values":["a","b"]}},"other":1}"#,
        )
        .unwrap();
        // Their order is not the client's to count on.
        asked.userinfo.sort_unstable();
        asked.id_token.sort_unstable();
        assert_eq!(asked.userinfo, ["name", "sub"]);
        assert_eq!(asked.id_token, ["acr", "auth_time"]);
        assert_eq!(
            (asked.sub.as_deref(), &*asked.acr),
            (Some("s"), &["a".to_owned(), "b".to_owned()][..])
        );
        asked.keep(|name| name != "auth_time");
        assert_eq!((asked.id_token.len(), asked.userinfo.len()), (1, 2));
        assert_eq!(asked.scopes().collect::<Vec<_>>(), ["profile"]);
        assert_eq!(claim_scope("wechat_openid"), Some("wechat"));
        let voluntary = ClaimsRequest::parse(r#"{"id_token":{"acr":{"values":["a"]}}}"#).unwrap();
        assert!(voluntary.acr.is_empty());
        assert!(ClaimsRequest::parse("{}").unwrap().is_empty());
        for bad in ["", "[]", "1", "{", r#"{"userinfo":1}"#, r#"{"id_token":{"a":1}}"#] {
            assert_eq!(ClaimsRequest::parse(bad), Err(ClaimsRequestError), "{bad}");
        }
    }

    /// Any JSON.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
        ];
        let name = "(userinfo|id_token|acr|sub|value|values|essential|[a-z]{0,6})";
        leaf.prop_recursive(6, 200, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(name, inner, 0..8).prop_map(|all| Value::Object(all.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is sent is read or refused, and what is read names no more than was asked for.
        #[test]
        fn any_text_and_any_json_is_read_or_refused(text in ".{0,300}", value in json()) {
            let _ = ClaimsRequest::parse(&text);
            if let Ok(read) = ClaimsRequest::parse(&value.to_string()) {
                let named = |part: &str| value[part].as_object().map_or(0, Map::len);
                prop_assert_eq!((read.id_token.len(), read.userinfo.len()), (named("id_token"), named("userinfo")));
                prop_assert!(value.is_object());
            }
        }

        /// Depth is refused before it is a depth of calls, and width past what anybody wants.
        #[test]
        fn deep_and_large_json_is_refused(depth in 1..5000_usize, width in 0..2000_usize, is_array: bool) {
            let (open, close) = if is_array { ("[", "]") } else { ("{\"a\":", "}") };
            let deep = format!("{{\"id_token\":{{\"a\":{}1{}}}}}", open.repeat(depth), close.repeat(depth));
            let read = ClaimsRequest::parse(&deep);
            prop_assert!(depth < 128 || read.is_err());
            prop_assert!(!is_array || read.is_err(), "a claim's request is an object");
            prop_assert!(ClaimsRequest::parse(&open.repeat(depth)).is_err());
            let names: Vec<_> = (0..width).map(|n| format!("\"n{n}\":null")).collect();
            let wide = ClaimsRequest::parse(&format!("{{\"userinfo\":{{{}}}}}", names.join(",")));
            prop_assert_eq!(wide.map(|read| read.userinfo.len()).ok(), (width <= ClaimsRequest::LIMIT).then_some(width));
        }
    }
}
