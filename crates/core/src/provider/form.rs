//! The form of a connector: one schema from which consoles draw and which validates what they and the command
//! line hand in.

use std::collections::BTreeMap;

use crate::text::Text;

/// One choice of a field.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The stored value.
    pub value: &'static str,
    /// Its name for people.
    pub label: Text,
}

/// What a field takes.
#[derive(Debug, Clone)]
pub enum FieldKind {
    /// One line of text that the check accepts.
    Text {
        /// Whether the value has the right form; the hint says which.
        check: fn(&str) -> bool,
    },
    /// A secret: write-only, sealed at rest.
    Secret {
        /// Whether the value has the right form.
        check: fn(&str) -> bool,
    },
    /// One of a list.
    Choice {
        /// The list.
        choices: Vec<Choice>,
    },
}

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Stable name.
    pub name: &'static str,
    /// Label.
    pub label: Text,
    /// What to enter and where to find it.
    pub hint: Text,
    /// What it takes.
    pub kind: FieldKind,
    /// Value when none is given; `None`: one must be given.
    pub default: Option<&'static str>,
}

/// All fields of a connector kind.
#[derive(Debug, Clone)]
pub struct FormSchema {
    /// In the order people fill them in.
    pub fields: Vec<Field>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's name.
    pub field: String,
    /// What is wrong, and the hint.
    pub message: Text,
}

impl FormSchema {
    /// Checks values and fills in defaults.
    ///
    /// # Errors
    /// Every field that is missing, malformed or unknown.
    pub fn validate(
        &self,
        mut values: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut checked = BTreeMap::new();
        for field in &self.fields {
            let given = values.remove(field.name).filter(|value| !value.is_empty());
            let Some(value) = given.or_else(|| field.default.map(str::to_owned)) else {
                problems.push(field.problem("缺少", "is missing"));
                continue;
            };
            if !field.accepts(&value) {
                problems.push(field.problem("格式不对", "has the wrong form"));
            }
            checked.insert(field.name.to_owned(), value);
        }
        problems.extend(values.into_keys().map(|unknown| FieldProblem {
            message: Text::owned(
                format!("没有名为 {unknown} 的字段"),
                format!("there is no field {unknown}"),
            ),
            field: unknown,
        }));
        if problems.is_empty() {
            Ok(checked)
        } else {
            Err(problems)
        }
    }

    /// Names of the secret fields, those that may be left out too.
    pub fn secrets(&self) -> impl Iterator<Item = &'static str> {
        self.fields
            .iter()
            .filter(|f| matches!(f.kind, FieldKind::Secret { .. }))
            .map(|f| f.name)
    }
}

impl Field {
    fn accepts(&self, value: &str) -> bool {
        match &self.kind {
            FieldKind::Text { check } | FieldKind::Secret { check } => check(value),
            FieldKind::Choice { choices } => choices.iter().any(|choice| choice.value == value),
        }
    }

    fn problem(&self, zh: &str, en: &str) -> FieldProblem {
        FieldProblem {
            field: self.name.to_owned(),
            message: Text::owned(
                format!("{}{zh}：{}", self.label.zh, self.hint.zh),
                format!("{} {en}: {}", self.label.en, self.hint.en),
            ),
        }
    }
}
