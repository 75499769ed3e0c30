//! Typed access to an answer's fields. Complaints name the field and never show its value.

use hufu_core::secret::SecretString;
use serde_json::{Map, Value};

use super::failure::Failure;

/// The fields of an answer; no `Debug`, they hold tokens.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) const fn new(object: Map<String, Value>) -> Self {
        Self(object)
    }

    /// A text that must be there and not be empty.
    pub(super) fn text(&self, name: &str) -> Result<String, Failure> {
        self.optional_text(name)?
            .ok_or_else(|| Failure::Nonsense(format!("{name} is missing or empty")))
    }

    /// A text that may be absent, `null` or empty.
    pub(super) fn optional_text(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(Failure::Nonsense(format!("{name} is no text"))),
        }
    }

    pub(super) fn secret(&self, name: &str) -> Result<SecretString, Failure> {
        self.text(name).map(SecretString::from)
    }

    pub(super) fn optional_secret(&self, name: &str) -> Result<Option<SecretString>, Failure> {
        Ok(self.optional_text(name)?.map(SecretString::from))
    }

    /// An id of a person: printable ASCII, 1 to 128 characters. WeChat's have 28, which nobody promises.
    pub(super) fn person_id(&self, name: &str) -> Result<String, Failure> {
        let id = self.optional_person_id(name)?;
        id.ok_or_else(|| Failure::Nonsense(format!("{name} is missing or empty")))
    }

    pub(super) fn optional_person_id(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.optional_text(name)? {
            Some(id) if id.len() > 128 || !id.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(Failure::Nonsense(format!("{name} does not have the form of an id")))
            }
            id => Ok(id),
        }
    }

    /// A number, which older answers write as a text.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let value = self.0.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    /// Any value that must be there.
    pub(super) fn value(&self, name: &str) -> Result<&Value, Failure> {
        self.0
            .get(name)
            .ok_or_else(|| Failure::Nonsense(format!("{name} is missing")))
    }

    /// A list of texts that must be there.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Failure> {
        let no_list = || Failure::Nonsense(format!("{name} is no list of texts"));
        let list = self.value(name)?.as_array().ok_or_else(no_list)?;
        let texts = list.iter().map(|text| text.as_str().map(str::to_owned));
        texts.collect::<Option<_>>().ok_or_else(no_list)
    }

    /// `errcode` 0: all there is to a good answer that says nothing else.
    pub(super) fn done(&self) -> Result<(), Failure> {
        match self.number("errcode") {
            Some(0) => Ok(()),
            _ => Err(Failure::Nonsense("errcode is missing".to_owned())),
        }
    }

    /// `1`; absent is no.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.number(name) == Some(1) || self.0.get(name) == Some(&Value::Bool(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields {
        Fields::new(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn ids_have_a_form() {
        let long = format!(r#"{{"openid":"{}"}}"#, "o".repeat(129));
        for wrong in [
            r#"{"openid":"a b"}"#,
            r#"{"openid":"张"}"#,
            r#"{"openid":""}"#,
            r#"{"openid":1}"#,
            "{}",
            &long,
        ] {
            assert!(fields(wrong).person_id("openid").is_err(), "{wrong}");
        }
        let real = r#"{"openid":"o4Npv5uYBUPKKQFW7pb70JcN9eQo"}"#;
        assert_eq!(
            fields(real).person_id("openid").unwrap(),
            "o4Npv5uYBUPKKQFW7pb70JcN9eQo"
        );
        assert_eq!(fields("{}").optional_person_id("unionid").unwrap(), None);
    }

    #[test]
    fn numbers_may_be_texts() {
        assert_eq!(fields(r#"{"sex":"1"}"#).number("sex"), Some(1));
        assert_eq!(fields(r#"{"sex":2}"#).number("sex"), Some(2));
        assert!(fields(r#"{"is_snapshotuser":1}"#).flag("is_snapshotuser"));
        assert!(fields(r#"{"is_snapshotuser":"1"}"#).flag("is_snapshotuser"));
        assert!(!fields(r#"{"is_snapshotuser":0}"#).flag("is_snapshotuser"));
        assert!(!fields("{}").flag("is_snapshotuser"));
    }

    #[test]
    fn complaints_hide_values() {
        let complaint = fields(r#"{"access_token":["86_secret"]}"#)
            .secret("access_token")
            .unwrap_err()
            .to_string();
        assert!(
            complaint.contains("access_token") && !complaint.contains("86_secret"),
            "{complaint}"
        );
    }
}
