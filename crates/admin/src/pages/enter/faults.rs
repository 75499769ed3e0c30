//! What is wrong with a form, each thing beside its field.

use hufu_core::clock::Timestamp;
use hufu_core::manage::OperatorError;

use crate::http::{Refusal, Visitor};

/// What is wrong with a form about people: nothing by default.
#[derive(Debug, Clone, Default)]
pub(in crate::pages) struct Faults {
    fields: Vec<(&'static str, String)>,
    /// What is wrong with no field in particular.
    pub(in crate::pages) general: Option<String>,
    /// When to try again.
    pub(in crate::pages) until: Option<Timestamp>,
}

impl Faults {
    /// One fault.
    pub(in crate::pages) fn at(field: &'static str, text: String) -> Self {
        let mut faults = Self::default();
        faults.add(field, text);
        faults
    }

    /// A fault of the whole form.
    pub(in crate::pages) fn general(text: String) -> Self {
        Self {
            general: Some(text),
            ..Self::default()
        }
    }

    pub(in crate::pages) fn add(&mut self, field: &'static str, text: String) {
        self.fields.push((field, text));
    }

    pub(in crate::pages) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.general.is_none() && self.until.is_none()
    }

    /// What is wrong with a field.
    pub(in crate::pages) fn of(&self, field: &str) -> Option<String> {
        let found = self.fields.iter().find(|(name, _)| *name == field);
        found.map(|(_, text)| text.clone())
    }

    /// What an operator's form can show of an error.
    ///
    /// # Errors
    /// What no form shows: it has a page of its own.
    pub(in crate::pages) fn of_error(visitor: &Visitor, error: OperatorError) -> Result<Self, Refusal> {
        match error {
            OperatorError::Wait { until } => Ok(Self {
                general: Some(visitor.text("enter.wait")),
                until: Some(until),
                ..Self::default()
            }),
            OperatorError::Busy => Ok(Self::general(visitor.text("enter.busy"))),
            other => Self::of_refusal(visitor, other.into()),
        }
    }

    /// The same for what went through a handle.
    pub(in crate::pages) fn of_refusal(visitor: &Visitor, refusal: Refusal) -> Result<Self, Refusal> {
        let Refusal::Wrong(code, text) = &refusal else {
            return Err(refusal);
        };
        let text = visitor.say(text);
        Ok(field_of(code).map_or_else(|| Self::general(text.clone()), |field| Self::at(field, text.clone())))
    }
}

/// The field that an error is about, by its code.
fn field_of(code: &str) -> Option<&'static str> {
    match code {
        "login_name" | "duplicate" => Some("login"),
        "name" => Some("name"),
        "password_short" | "password_long" | "password_is_login" | "password_common" => Some("password"),
        "seat" | "last_owner" => Some("role"),
        "lifetime" => Some("days"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hufu_core::password::PasswordProblem;

    use super::*;

    #[test]
    fn errors_stand_beside_their_fields() {
        let field = |error: OperatorError| field_of(error.code());
        assert_eq!(field(OperatorError::LoginName), Some("login"));
        assert_eq!(field(OperatorError::Duplicate { what: "login" }), Some("login"));
        assert_eq!(field(OperatorError::Name), Some("name"));
        for problem in [
            PasswordProblem::Short,
            PasswordProblem::Long,
            PasswordProblem::LoginName,
            PasswordProblem::Common,
        ] {
            assert_eq!(field(OperatorError::PasswordRule(problem)), Some("password"));
        }
        assert_eq!(field(OperatorError::LastOwner), Some("role"));
        assert_eq!(field(OperatorError::Lifetime), Some("days"));
        assert_eq!(field(OperatorError::Refused), None);
    }

    #[test]
    fn faults_are_found_by_field() {
        let mut faults = Faults::at("login", "taken".to_owned());
        faults.add("password", "short".to_owned());
        assert_eq!(faults.of("login").as_deref(), Some("taken"));
        assert_eq!(faults.of("password").as_deref(), Some("short"));
        assert_eq!(faults.of("name"), None);
        assert!(!faults.is_empty() && Faults::default().is_empty());
    }
}
