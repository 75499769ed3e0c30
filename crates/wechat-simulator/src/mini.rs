//! Mini programs: what `wx.login` leaves behind (Tencent doc: mini program login).

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use sha1::{Digest as _, Sha1};

use crate::ids::hex;
use crate::person::Person;
use crate::shelf::Shelf;

/// A js_code lives for five minutes.
const CODE_SECONDS: i64 = 300;
const MOST_CODES: usize = 100_000;

#[derive(Clone)]
pub(crate) struct JsCode {
    pub(crate) app_id: String,
    pub(crate) person: Arc<Person>,
    issued_at: i64,
    used: bool,
}

/// Why a js_code was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsCodeError {
    Invalid,
    Used,
}

pub(crate) struct MiniLogins {
    codes: Shelf<JsCode>,
    /// By AppID and openid.
    session_keys: HashMap<(String, String), String>,
}

impl Default for MiniLogins {
    fn default() -> Self {
        Self {
            codes: Shelf::new(CODE_SECONDS, MOST_CODES),
            session_keys: HashMap::new(),
        }
    }
}

impl MiniLogins {
    /// The session key changes only when asked to, or if there is none.
    pub(crate) fn login(
        &mut self,
        now: i64,
        code: String,
        app_id: &str,
        person: Person,
        fresh_key: Option<String>,
        first_key: impl FnOnce() -> String,
    ) {
        let key = (app_id.to_owned(), person.openid.clone());
        match fresh_key {
            Some(fresh) => {
                self.session_keys.insert(key, fresh);
            }
            None => {
                self.session_keys.entry(key).or_insert_with(first_key);
            }
        }
        let entry = JsCode {
            app_id: app_id.to_owned(),
            person: Arc::new(person),
            issued_at: now,
            used: false,
        };
        self.codes.insert(now, code, entry);
    }

    /// Looks only; it is consumed by [`MiniLogins::consume`].
    pub(crate) fn find(&self, now: i64, app_id: &str, code: &str) -> Result<JsCode, JsCodeError> {
        let known = self.codes.get(code).ok_or(JsCodeError::Invalid)?;
        if known.app_id != app_id || now >= known.issued_at + CODE_SECONDS {
            return Err(JsCodeError::Invalid);
        }
        if known.used {
            return Err(JsCodeError::Used);
        }
        Ok(known.clone())
    }

    pub(crate) fn consume(&mut self, code: &str) {
        if let Some(known) = self.codes.get_mut(code) {
            known.used = true;
        }
    }

    pub(crate) fn session_key(&self, app_id: &str, openid: &str) -> Option<&str> {
        let key = (app_id.to_owned(), openid.to_owned());
        self.session_keys.get(&key).map(String::as_str)
    }
}

/// What a mini program gets of its user and sends to its server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedData {
    /// `rawData`: the user's profile as JSON.
    pub raw_data: String,
    /// `signature`: SHA-1 over `rawData` and the session key.
    pub signature: String,
}

/// Fields in the order of real ones.
#[derive(Serialize)]
struct Profile<'a> {
    #[serde(rename = "nickName")]
    nickname: &'a str,
    gender: u8,
    language: &'static str,
    city: &'static str,
    province: &'static str,
    country: &'static str,
    #[serde(rename = "avatarUrl")]
    avatar_url: &'a str,
}

impl SignedData {
    pub(crate) fn of(nickname: &str, avatar_url: &str, session_key: &str) -> Self {
        let profile = Profile {
            nickname,
            gender: 0,
            language: "zh_CN",
            city: "",
            province: "",
            country: "",
            avatar_url,
        };
        let raw_data = serde_json::to_string(&profile).unwrap_or_default();
        let signature = signature(&raw_data, session_key);
        Self { raw_data, signature }
    }
}

fn signature(raw_data: &str, session_key: &str) -> String {
    hex(&Sha1::digest(format!("{raw_data}{session_key}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_signature() {
        let raw_data = r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#;
        let signed = signature(raw_data, "HyVFkGl5F5OQWJZZaNzBBg==");
        assert_eq!(signed, "75e81ceda165f4ffa64f4068af58c64b8f54b88c");
    }

    #[test]
    fn the_profile_has_the_order_of_real_ones() {
        let data = SignedData::of("张三", "", "k");
        assert_eq!(
            data.raw_data,
            r#"{"nickName":"张三","gender":0,"language":"zh_CN","city":"","province":"","country":"","avatarUrl":""}"#
        );
    }
}
